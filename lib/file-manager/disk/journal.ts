import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { fsErrorText, isMissing } from "./fs-errors.ts";
import { PRIVATE_FILE, syncFolderSync } from "./replace-file.ts";

/**
 * A file to which lines are added and in which no line changes: one JSON value a line. The object owns the
 * open file and its length; nobody else writes to it.
 *
 * An append is one `writeSync`: when it has answered, a killed process loses nothing. Against a loss of
 * power, {@link Journal.sync} follows.
 */
export class Journal<T> {
  readonly path: string;
  readonly #fd: number;
  readonly #disk: Disk;
  #bytes: number;
  /** Something lies behind `#bytes` that could not be cut off. */
  #ragged = false;
  #closed = false;

  constructor(path: string, fd: number, bytes: number, disk: Disk = DISK) {
    this.path = path;
    this.#fd = fd;
    this.#bytes = bytes;
    this.#disk = disk;
  }

  /** Length of the file, all of it whole lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds one line. `null`: kept. Otherwise what the disk threw, and the file is as it was: the part of a
   * line that was written is cut off again, at once or before the next append.
   */
  append(value: T): { readonly failed: unknown } | null {
    return this.appendText(`${JSON.stringify(value)}\n`);
  }

  /** Adds several lines, all or none (as far as this process lives). */
  appendAll(values: readonly T[]): { readonly failed: unknown } | null {
    if (values.length === 0) return null;
    return this.appendText(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  }

  /** Adds whole lines that are JSON already, each ending in "\n". */
  appendText(lines: string): { readonly failed: unknown } | null {
    return this.appendBytes(Buffer.from(lines));
  }

  /** The same from the bytes of another journal, wherever they were cut. */
  appendBytes(bytes: Uint8Array): { readonly failed: unknown } | null {
    if (this.#closed) return { failed: new Error(`${this.path} is closed`) };
    try {
      if (this.#ragged) this.#cut(this.#bytes);
      let at = 0;
      while (at < bytes.length) {
        const taken = this.#disk.write(this.#fd, bytes, at);
        if (taken <= 0) throw new Error("the disk took nothing");
        at += taken;
      }
    } catch (failed) {
      this.cutBack(this.#bytes);
      return { failed };
    }
    this.#bytes += bytes.length;
    return null;
  }

  /** Cuts the file back to a length it had before: what could not be made safe was never there. */
  cutBack(bytes: number): void {
    this.#bytes = Math.min(this.#bytes, bytes);
    try {
      this.#cut(this.#bytes);
    } catch {
      this.#ragged = true;
    }
  }

  /** Resolves when all that was added before the call outlasts a loss of power; rejects when it may not. */
  sync(): Promise<void> {
    return this.#disk.sync(this.#fd);
  }

  /** {@link sync}, holding the thread: for stopping. Throws what the disk throws. */
  syncNow(): void {
    this.#disk.syncNow(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }

  #cut(bytes: number): void {
    this.#disk.truncate(this.#fd, bytes);
    this.#ragged = false;
  }
}

/** What was in a journal when it was opened. */
export interface OpenedJournal<T> {
  readonly journal: Journal<T>;
  readonly values: readonly T[];
  /** Bytes of a torn last line that were cut off: a write that a crash interrupted. 0 when there was none. */
  readonly torn: number;
}

/**
 * Opens a journal to read and go on writing, and makes it when there is none. A torn last line is cut off;
 * a damaged line elsewhere is refused with its number, and nothing is touched.
 *
 * @param decode turns a line's JSON into a value, or `null` when it isn't one.
 * @example
 * const opened = openJournal(join(folder, "people.jsonl"), decodePersonChange);
 * if ("refused" in opened) return opened;
 * opened.journal.append(change);
 */
export function openJournal<T>(
  path: string,
  decode: (value: unknown) => T | null,
  disk: Disk = DISK,
): OpenedJournal<T> | { readonly refused: string } {
  const read = readJournal(path, decode);
  if ("refused" in read) return read;
  try {
    const isNew = !existsSync(path);
    const fd = openSync(path, "a", PRIVATE_FILE);
    if (isNew) syncFolderSync(dirname(path));
    if (read.torn > 0) ftruncateSync(fd, read.bytes);
    const journal = new Journal<T>(path, fd, read.bytes, disk);
    if (read.unended) {
      const failure = endLine(journal, fd);
      if (failure !== null) return cannot(path, "written", failure);
    }
    return { journal, values: read.values, torn: read.torn };
  } catch (error) {
    return cannot(path, "opened", error);
  }
}

/**
 * Reads a journal and leaves it as it is: for a look from outside, such as a check or an export.
 * `bytes` is where its whole lines end; a missing file is an empty journal.
 */
export function readJournal<T>(
  path: string,
  decode: (value: unknown) => T | null,
):
  | {
      readonly values: readonly T[];
      readonly torn: number;
      readonly bytes: number;
      /** The last line is whole, and only its newline is missing. */
      readonly unended: boolean;
    }
  | { readonly refused: string } {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return { values: [], torn: 0, bytes: 0, unended: false };
    return cannot(path, "read", error);
  }
  const ended = content.lastIndexOf(NEWLINE) + 1;
  const values: T[] = [];
  let number = 0;
  for (const line of content.toString("utf8", 0, ended).split("\n")) {
    number += 1;
    if (line === "") continue;
    const value = decodeLine(line, decode);
    if (value === null) {
      return {
        refused: `${path} is damaged at line ${number}. Take the line out or put back a copy of the file, then start again; nothing was changed.`,
      };
    }
    values.push(value);
  }
  // Somebody's editor may have left off the last newline; half a line never reads as a whole one.
  const rest = content.toString("utf8", ended);
  const last = rest === "" ? null : decodeLine(rest, decode);
  if (last !== null) {
    values.push(last);
    return { values, torn: 0, bytes: content.length, unended: true };
  }
  return { values, torn: content.length - ended, bytes: ended, unended: false };
}

/** The calls that a journal makes while it is written; a test hands in a disk that fails. */
export interface Disk {
  /** Answers how many bytes were taken, from `at` on. */
  write(fd: number, bytes: Uint8Array, at: number): number;
  truncate(fd: number, bytes: number): void;
  sync(fd: number): Promise<void>;
  syncNow(fd: number): void;
}

/** The disk of this machine. */
export const DISK: Disk = {
  write: (fd, bytes, at) => writeSync(fd, bytes, at),
  truncate: (fd, bytes) => ftruncateSync(fd, bytes),
  sync: (fd) =>
    new Promise((resolve, reject) => fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
  syncNow: (fd) => fdatasyncSync(fd),
};

const NEWLINE = 10;

function decodeLine<T>(line: string, decode: (value: unknown) => T | null): T | null {
  try {
    return decode(JSON.parse(line));
  } catch {
    return null;
  }
}

function endLine<T>(journal: Journal<T>, fd: number): unknown {
  const failure = journal.appendText("\n");
  if (failure === null) return null;
  closeSync(fd);
  return failure.failed;
}

function cannot(path: string, done: string, error: unknown): { readonly refused: string } {
  return {
    refused: `${path} cannot be ${done}: ${fsErrorText(error)}. Put that right, then start again.`,
  };
}
