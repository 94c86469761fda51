import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FsErrorKind, fsErrorKind } from "../disk/fs-errors.ts";
import { replaceSharedFileSync } from "./shared-file.ts";

/**
 * Owns a JSON file of small preferences that the client keeps between two runs. They are a
 * convenience, so errors are ignored: the client asks the user again.
 */
export class StateFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Returns the parsed JSON, unchecked; `null` when the file can't be read or isn't JSON. */
  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.path, "utf8"));
    } catch {
      return null;
    }
  }

  /** Replaces the file's content. Returns whether that succeeded; if not, the next run asks again. */
  write(content: object): boolean {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      replaceSharedFileSync(this.path, `${JSON.stringify({ format: 1, ...content }, null, 2)}\n`);
      return true;
    } catch {
      return false;
    }
  }
}

/** Creates the folder of the client's files if need be. Returns why it can't be written to, or `null`. */
export function folderProblem(folder: string): FsErrorKind | null {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    writeProbe(join(folder, "write-probe"));
    return null;
  } catch (error) {
    return fsErrorKind(error);
  }
}

/** Writes a file and removes it: on a full disk the permission is there, and only the write fails. */
function writeProbe(path: string): void {
  try {
    writeFileSync(path, "\n", { mode: 0o600 });
  } finally {
    rmSync(path, { force: true });
  }
}
