import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "../disk/fs-errors.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";

/*
 * cluster.position in the folder of a cluster's node: the sequence of the last record that was written into its files, and
 * whether this node led then. cluster.json says up to where all is safe, and is up to a minute older. It is needed when
 * NATS has lost the log: then the node that has most of it makes it anew.
 */

const FILE = "cluster.position";
/** Always as many letters: a line is written over the one before. */
const LINE_LETTERS = 26;
const LINE = new RegExp(`^(?=[^]{${LINE_LETTERS}}$) *(\\d{1,16}) (led|followed)\\n$`);

/** Up to where a folder's files have the log. */
export interface ReachedPosition {
  readonly sequence: number;
  readonly led: boolean;
}

/** Reads where a folder has got to. `null` when it isn't known. Throws file-system errors. */
export function readReachedPosition(folder: string): ReachedPosition | null {
  try {
    const line = LINE.exec(readFileSync(join(folder, FILE), "utf8"));
    return line === null ? null : { sequence: Number(line[1]), led: line[2] === "led" };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes where a folder has got to: one call of some microseconds for each record. */
export class PositionFile {
  readonly #onProblem: (error: unknown) => void;
  readonly #fd: number;
  #hasFailed = false;

  /** Throws file-system errors. `onProblem` is called once. */
  constructor(folder: string, onProblem: (error: unknown) => void) {
    this.#onProblem = onProblem;
    this.#fd = openSync(join(folder, FILE), constants.O_CREAT | constants.O_WRONLY, PRIVATE_FILE);
  }

  write({ sequence, led }: ReachedPosition): void {
    const line = `${sequence} ${led ? "led" : "followed"}\n`.padStart(LINE_LETTERS);
    try {
      writeSync(this.#fd, line, 0);
    } catch (error) {
      if (!this.#hasFailed) this.#onProblem(error);
      this.#hasFailed = true;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Notes where a folder is, whatever it had reached before. Throws file-system errors. */
export function markPosition(folder: string, reached: ReachedPosition): void {
  const file = new PositionFile(folder, () => {});
  file.write(reached);
  file.close();
}
