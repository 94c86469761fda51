import { close, fstatSync, openSync } from "node:fs";
import { formatTime } from "../../protocol/time.ts";
import { closeQuietly, readBytes } from "../disk/disk.ts";
import { atPath, isMissing } from "../disk/fs-errors.ts";
import { parseRawLine } from "./stored-event.ts";

const DAY_FILE = /^(\d{4}-\d\d-\d\d)\.jsonl$/;
const HEAD = /^\{"at":(\d{1,15}),"time":"([^"]{20,30})","msgid":"([\w-]{1,64})"/;
const HEAD_BYTES_MAX = 160;
const NEWLINE = 10;
/** Some thirty lines: enough for most pages in three reads. */
const FIRST_READ_BYTES = 8 << 10;
/** Splitting this much into lines stays under a millisecond. */
const READ_BYTES_MAX = 128 << 10;
/** Below this, reading on is quicker than halving. */
const BISECT_BYTES_MIN = 8 << 10;
/** Most lines are shorter; a longer one takes another read. */
const PROBE_READ_BYTES = 1 << 10;

/** One line of a day's file: its bytes without the "\n", and where it lies. */
export interface DayLine {
  readonly bytes: Buffer;
  /** Offset in the file. */
  readonly start: number;
  /** Offset behind its "\n". */
  readonly end: number;
}

/** The first fields of a line, enough to find a line. */
export interface LineHead {
  readonly position: number;
  /** As it is written in the line: such texts compare as the times do. */
  readonly timestamp: string;
  readonly msgid: string;
}

/**
 * One day of a conversation, open for reading. A rewrite puts another file in its place, and leaves this one whole until
 * it is closed.
 *
 * Positions and times only grow along the file, so a line is found by halving, in a dozen small reads, with no index to
 * build, keep or mend: 0.2 ms in a day of 234 MB.
 */
export class DayFile {
  readonly #path: string;
  readonly #fd: number;
  /** Length when it was opened. */
  readonly bytes: number;

  private constructor(path: string, fd: number, bytes: number) {
    this.#path = path;
    this.#fd = fd;
    this.bytes = bytes;
  }

  /** Returns `null` when there is no such file. Throws file-system errors. Must be closed. */
  static open(path: string): DayFile | null {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    try {
      return new DayFile(
        path,
        fd,
        atPath(path, () => fstatSync(fd).size),
      );
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
  }

  /**
   * Reads `count` bytes from offset `start` on, also behind the length that the file had when it was opened; fewer at its
   * end. Uses `buffer` when that is large enough.
   */
  read(start: number, count: number, buffer?: Buffer): Buffer {
    return atPath(this.#path, () => readBytes(this.#fd, start, count, buffer));
  }

  /** Yields whole lines from the line that starts at `start` on, and reads only as far as they are taken. */
  *forward(start: number, firstReadBytes: number = FIRST_READ_BYTES): Generator<DayLine, void> {
    let from = start;
    let count = firstReadBytes;
    while (from < this.bytes) {
      const chunk = this.read(from, Math.min(count, this.bytes - from));
      let lineStart = 0;
      for (;;) {
        const newline = chunk.indexOf(NEWLINE, lineStart);
        if (newline < 0) break;
        const bytes = chunk.subarray(lineStart, newline);
        yield { bytes, start: from + lineStart, end: from + newline + 1 };
        lineStart = newline + 1;
      }
      if (lineStart === 0 && from + chunk.length >= this.bytes) return;
      from += lineStart;
      count = lineStart === 0 ? count * 2 : Math.min(count * 2, READ_BYTES_MAX);
    }
  }

  /** Yields whole lines that end at or before `end`, the last one first. */
  *backward(end: number): Generator<DayLine, void> {
    let to = end;
    let count = FIRST_READ_BYTES;
    while (to > 0) {
      const from = Math.max(0, to - count);
      const chunk = this.read(from, to - from);
      // Bytes after the last "\n" are no line. `newline` is where the next line to yield ends.
      let newline = chunk.lastIndexOf(NEWLINE);
      while (newline >= 0) {
        const before = newline === 0 ? -1 : chunk.lastIndexOf(NEWLINE, newline - 1);
        if (before < 0 && from > 0) break;
        const bytes = chunk.subarray(before + 1, newline);
        yield { bytes, start: from + before + 1, end: from + newline + 1 };
        newline = before;
      }
      if (from === 0) return;
      if (newline < 0 || from + newline + 1 === to) count *= 2;
      else count = Math.min(count * 2, READ_BYTES_MAX);
      if (newline >= 0) to = from + newline + 1;
    }
  }

  /** Yields pieces of many whole lines each, from the line that starts at `start` on: for reading all of them. */
  *pieces(start: number): Generator<{ readonly bytes: Buffer; readonly start: number }, void> {
    let from = start;
    let count = READ_BYTES_MAX;
    while (from < this.bytes) {
      const chunk = this.read(from, Math.min(count, this.bytes - from));
      const whole = chunk.lastIndexOf(NEWLINE) + 1;
      if (whole > 0) yield { bytes: chunk.subarray(0, whole), start: from };
      else if (from + chunk.length >= this.bytes) return;
      from += whole;
      count = whole === 0 ? count * 2 : READ_BYTES_MAX;
    }
  }

  /**
   * Returns the offset of the first line for whose head `isReached` is true, or the length when there is none. It must
   * be true for all lines behind that one, too.
   */
  find(isReached: (head: LineHead) => boolean): number {
    let low = 0;
    let high = this.bytes;
    while (high - low > BISECT_BYTES_MIN) {
      const middle = low + ((high - low) >> 1);
      const probe = this.#firstFrom(middle, high);
      if (probe === null) high = middle;
      else if (isReached(probe.head)) high = probe.line.start;
      else low = probe.line.end;
    }
    for (const line of this.forward(low)) {
      const head = headOf(line.bytes);
      if (head !== null && isReached(head)) return line.start;
    }
    return this.bytes;
  }

  /** Returns the head of the first line that can be read, or `null`. */
  first(): LineHead | null {
    return this.#firstFrom(0, this.bytes)?.head ?? null;
  }

  close(): void {
    closeQuietly(this.#fd);
  }

  /**
   * Closes a file that has lost its name: the disk frees its blocks then, which takes 7 ms for a day of 100,000 messages,
   * on another thread.
   */
  closeLast(): Promise<void> {
    return new Promise((resolve) => close(this.#fd, () => resolve()));
  }

  /** Returns the first line at or behind `offset`, and before `end`, that can be read. */
  #firstFrom(offset: number, end: number): { line: DayLine; head: LineHead } | null {
    const start = offset === 0 ? 0 : this.#lineStart(offset);
    for (const line of this.forward(start, PROBE_READ_BYTES)) {
      if (line.start >= end) return null;
      const head = headOf(line.bytes);
      if (head !== null) return { line, head };
    }
    return null;
  }

  /** Returns where the first line starts at or behind `offset`. */
  #lineStart(offset: number): number {
    for (let from = offset - 1; from < this.bytes; from += PROBE_READ_BYTES) {
      const newline = this.read(from, PROBE_READ_BYTES).indexOf(NEWLINE);
      if (newline >= 0) return from + newline + 1;
    }
    return this.bytes;
  }
}

/** Reads position, time and msgid of a line, in whatever order an editor left them. Returns `null` when it can't. */
export function headOf(line: Buffer): LineHead | null {
  const match = HEAD.exec(line.toString("latin1", 0, HEAD_BYTES_MAX));
  const raw = match === null ? parseRawLine(line.toString("utf8")) : null;
  const position = match === null ? raw?.["at"] : Number(match[1]);
  const timestamp = match === null ? raw?.["time"] : match[2];
  const msgid = match === null ? raw?.["msgid"] : match[3];
  if (typeof position !== "number" || typeof timestamp !== "string") return null;
  return typeof msgid === "string" ? { position, timestamp, msgid } : null;
}

/** Returns the UTC day of a time, as its file is called (without ".jsonl"): "2026-11-22". */
export function dayOf(ms: number): string {
  return formatTime(ms).slice(0, 10);
}

/** Returns the day of a file name, or `null` when it is no day's file. */
export function dayOfFile(name: string): string | null {
  return DAY_FILE.exec(name)?.[1] ?? null;
}
