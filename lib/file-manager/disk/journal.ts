import { existsSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type Decoder, isJsonObject } from "../../protocol/json-decoder.ts";
import {
  type AppendState,
  appendOrCutBack,
  closeQuietly,
  cutBack,
  DISK,
  type Disk,
  readBytes,
} from "./disk.ts";
import { fsErrorText, isMissing } from "./fs-errors.ts";
import { replaceGrowingFile } from "./growing-copy.ts";
import {
  PRIVATE_FILE,
  secondTemporaryOf,
  syncFolder,
  syncFolderSync,
  temporaryOf,
} from "./replace-file.ts";

const NEWLINE = 10;

/** The format of a journal's lines: `{"n": 12, "<key>": <content>}`. */
export interface JournalFormat<T> {
  readonly key: string;
  /** Checks a line's content. */
  readonly decode: Decoder<T>;
}

/** One line of a journal. */
export interface JournalLine<T> {
  /** Numbers go up by one from line to line, and on when the beginning of the journal is taken off. */
  readonly number: number;
  readonly content: T;
  /** Offset in the file behind its "\n". */
  readonly end: number;
}

/** A place between two lines. A snapshot taken now holds every change up to it. */
export interface JournalMark {
  /** Number of the last line before it: the snapshot stores it. */
  readonly number: number;
  readonly bytes: number;
}

/**
 * The changes since a snapshot was written to another file, one JSON value a line. Owns the file, and alone writes it.
 *
 * An append is one write: when it has returned, a killed process loses nothing. {@link Journal.sync} makes it survive a
 * loss of power. {@link Journal.fold} takes off the beginning what two snapshots hold.
 */
export class Journal<T> {
  readonly path: string;
  readonly #format: JournalFormat<T>;
  readonly #disk: Disk;
  #fd: number;
  #state: AppendState;
  #lastNumber: number;
  /** Where the lines end that the last snapshot holds. */
  #foldedBytes: number;
  #isDirty = false;
  /** A sync was refused: see {@link Journal.#rewrite}. */
  #isDoubtful = false;
  /** Whether its disk counts a file's names. Some FUSE disks say 0 of every file. */
  readonly #countsNames: boolean;
  /** Another file lies at the path, and its name is not safe yet. */
  #isRenamed = false;
  /** Ends, and never rejects, when the syncs that were asked for are through. */
  #syncing: Promise<void> | null = null;
  #isClosed = false;

  /** Use {@link openJournal}. */
  constructor(
    path: string,
    fd: number,
    format: JournalFormat<T>,
    start: { readonly mark: JournalMark; readonly foldedBytes: number },
    disk: Disk,
  ) {
    this.path = path;
    this.#fd = fd;
    this.#format = format;
    this.#state = { bytes: start.mark.bytes, isRagged: false };
    this.#lastNumber = start.mark.number;
    this.#foldedBytes = start.foldedBytes;
    this.#disk = disk;
    this.#countsNames = countsNames(fd);
  }

  /** Length of the file, all of it whole lines. */
  get bytes(): number {
    return this.#state.bytes;
  }

  /** The journal's end. Take it in the same turn as the snapshot. */
  mark(): JournalMark {
    return { number: this.#lastNumber, bytes: this.#state.bytes };
  }

  /**
   * Appends lines by one write, all or none. Returns `null`, or the file-system error; the file is unchanged then: a
   * partly written line is cut off, at once or before the next append.
   */
  append(...contents: readonly T[]): { readonly failed: unknown } | null {
    if (this.#isClosed) return { failed: new Error(`${this.path} is closed`) };
    let number = this.#lastNumber;
    let lines = "";
    for (const content of contents) {
      number += 1;
      lines += formatJournalLine(this.#format, number, content);
    }
    try {
      appendOrCutBack(this.#disk, this.#fd, this.#state, Buffer.from(lines));
    } catch (failed) {
      return { failed };
    }
    this.#lastNumber = number;
    this.#isDirty = true;
    return null;
  }

  /** Makes the next line's number follow this one, if it is higher: the lines before it are lost. */
  continueAfter(number: number): void {
    this.#lastNumber = Math.max(this.#lastNumber, number);
  }

  /** Removes all lines after a mark, when they could not be synced. Must not be called during a fold. */
  rewind(mark: JournalMark): void {
    this.#lastNumber = mark.number;
    cutBack(this.#disk, this.#fd, this.#state, mark.bytes);
  }

  /** Resolves when all that was appended before the call survives a loss of power; rejects when it may not. */
  sync(): Promise<void> {
    const done = (this.#syncing ?? Promise.resolve()).then(() => this.#syncOnce());
    const settled: Promise<void> = done
      .catch(() => {})
      .then(() => {
        if (this.#syncing === settled) this.#syncing = null;
      });
    this.#syncing = settled;
    return done;
  }

  /**
   * Shortens the journal. Call it when the snapshot of `mark` has taken the old one's place and is safe.
   *
   * The lines between the old snapshot and this one stay until the next fold: a copy of the folder made meanwhile may
   * have the old one. A crash on the way leaves a longer journal; the line numbers show that the snapshot holds them.
   * Lines are copied as bytes: reading a megabyte of them would hold the thread for 30 ms.
   *
   * Lines may be appended meanwhile; calls must not overlap. Resolves to whether the file was replaced, so that the
   * next sync must include its name. Rejects with file-system errors, and the journal stays unchanged.
   */
  async fold(mark: JournalMark): Promise<boolean> {
    const start = this.#foldedBytes;
    this.#foldedBytes = mark.bytes;
    if (start === 0) return false;
    // A sync in progress uses the old descriptor.
    await this.#replace(start, temporaryOf(this.path), () => this.#syncing);
    this.#foldedBytes -= start;
    return true;
  }

  /** Closes the file, without a sync. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeQuietly(this.#fd);
  }

  async #syncOnce(): Promise<void> {
    if (!this.#isDirty && !this.#isRenamed) return;
    this.#isDirty = false;
    try {
      await this.#disk.sync(this.#fd);
      if (this.#isDoubtful || this.#hasLostName()) await this.#rewrite();
      this.#isDoubtful = false;
    } catch (error) {
      this.#isDirty = true;
      this.#isDoubtful = true;
      throw error;
    }
    if (!this.#isRenamed) return;
    await syncFolder(dirname(this.path));
    this.#isRenamed = false;
  }

  /** Whether another program has removed or moved the file: at the next start it would be missing. */
  #hasLostName(): boolean {
    if (this.#countsNames && fstatSync(this.#fd).nlink === 0) return true;
    return statSync(this.path, { throwIfNoEntry: false }) === undefined;
  }

  /**
   * Replaces the journal by a copy. After a failed fsync the kernel may mark pages as clean that aren't on the disk, and
   * the next fsync of the same file would write nothing. Only called within a sync, for which
   * {@link Journal.fold} waits before it replaces the file.
   */
  #rewrite(): Promise<void> {
    return this.#replace(0, secondTemporaryOf(this.path));
  }

  async #replace(
    start: number,
    temporary: string,
    inProgress?: () => Promise<unknown> | null,
  ): Promise<void> {
    await replaceGrowingFile({
      path: this.path,
      temporary,
      start,
      disk: this.#disk,
      source: { read: (offset, count) => readBytes(this.#fd, offset, count) },
      length: () => this.#state.bytes,
      ...(inProgress && { inProgress }),
      adopt: (fd, bytes) => {
        closeQuietly(this.#fd);
        this.#fd = fd;
        this.#state = { bytes, isRagged: false };
        this.#isRenamed = true;
        return true;
      },
    });
  }
}

/** The content of a journal when it was opened. */
export interface OpenedJournal<T> {
  readonly journal: Journal<T>;
  /** The lines that the snapshot does not hold, in order. */
  readonly lines: readonly JournalLine<T>[];
  /** Bytes of a torn last line that were cut off: a crash interrupted its write. 0 when there was none. */
  readonly torn: number;
}

/**
 * Opens a journal for reading and appending, and creates it when there is none. Cuts off a torn last line. Returns a
 * refusal with the line number when another line is damaged, and changes nothing then.
 *
 * @param folded number of the last line that the snapshot holds
 * @example
 * const opened = openJournal(join(folder, "people.journal"), PERSON_CHANGES, snapshot.peopleFolded);
 * if ("refused" in opened) return opened;
 * opened.journal.append(change);
 */
export function openJournal<T>(
  path: string,
  format: JournalFormat<T>,
  folded: number,
  disk: Disk = DISK,
): OpenedJournal<T> | { readonly refused: string } {
  const read = readJournal(path, format);
  if ("refused" in read) return read;
  const later = read.lines.filter((line) => line.number > folded);
  const number = Math.max(folded, read.lines.at(-1)?.number ?? 0);
  const foldedBytes = read.lines.findLast((line) => line.number <= folded)?.end ?? 0;
  try {
    const isNew = !existsSync(path);
    const fd = openSync(path, "a+", PRIVATE_FILE);
    if (isNew) syncFolderSync(dirname(path));
    if (read.torn > 0) disk.truncate(fd, read.bytes);
    const state: AppendState = { bytes: read.bytes, isRagged: false };
    if (read.isUnended) appendOrCutBack(disk, fd, state, Buffer.of(NEWLINE));
    const start = { mark: { number, bytes: state.bytes }, foldedBytes };
    const journal = new Journal(path, fd, format, start, disk);
    return { journal, lines: later, torn: read.torn };
  } catch (error) {
    return cannot(path, "opened", error);
  }
}

/** The result of {@link readJournal}. */
export interface ReadJournal<T> {
  readonly lines: readonly JournalLine<T>[];
  /** Bytes of a torn last line; 0 when there is none. */
  readonly torn: number;
  /** Where the whole lines end. */
  readonly bytes: number;
  /** The last line is whole, and only its "\n" is missing. */
  readonly isUnended: boolean;
}

/**
 * Reads a journal and changes nothing: for a look from outside, such as a check or an export. A missing file is an empty
 * journal; a damaged line is refused with its number.
 */
export function readJournal<T>(
  path: string,
  format: JournalFormat<T>,
): ReadJournal<T> | { readonly refused: string } {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return { lines: [], torn: 0, bytes: 0, isUnended: false };
    return cannot(path, "read", error);
  }
  const lines: JournalLine<T>[] = [];
  let start = 0;
  let lineNumber = 0;
  for (let end = content.indexOf(NEWLINE); end >= 0; end = content.indexOf(NEWLINE, start)) {
    lineNumber += 1;
    if (end > start) {
      const line = decodeLine(content.toString("utf8", start, end), format, end + 1);
      if (line === null) {
        return {
          refused: `${path} is damaged at line ${lineNumber}. Take the line out or put back a copy of the file, then start again; nothing was changed.`,
        };
      }
      lines.push(line);
    }
    start = end + 1;
  }
  // An editor may have left off the last "\n"; half a line never reads as a whole one.
  const rest = content.toString("utf8", start);
  const last = rest === "" ? null : decodeLine(rest, format, content.length + 1);
  if (last === null) return { lines, torn: content.length - start, bytes: start, isUnended: false };
  return { lines: [...lines, last], torn: 0, bytes: content.length, isUnended: true };
}

/** Returns a line of a journal, with its "\n". */
export function formatJournalLine<T>(
  { key }: JournalFormat<T>,
  number: number,
  content: T,
): string {
  return `${JSON.stringify({ n: number, [key]: content })}\n`;
}

function decodeLine<T>(
  text: string,
  { key, decode }: JournalFormat<T>,
  end: number,
): JournalLine<T> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return null;
    const number = value["n"];
    if (typeof number !== "number") return null;
    const content = decode(value[key]);
    return content === undefined ? null : { number, content, end };
  } catch {
    return null;
  }
}

function countsNames(fd: number): boolean {
  try {
    return fstatSync(fd).nlink > 0;
  } catch {
    return false;
  }
}

function cannot(path: string, done: string, error: unknown): { readonly refused: string } {
  return {
    refused: `${path} cannot be ${done}: ${fsErrorText(error)}. Put that right, then start again.`,
  };
}
