import { close, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { formatTime } from "../../protocol/time.ts";
import { isMissing } from "../disk/fs-errors.ts";
import { parseRaw } from "./stored-event.ts";

/** One line of a day's file: where it lies, and its bytes without the "\n". */
export interface DayLine {
  readonly bytes: Buffer;
  readonly start: number;
  /** Behind its "\n". */
  readonly end: number;
}

/** What a line begins with, and what searching needs. */
export interface Head {
  readonly at: number;
  /** As it is written: such stamps compare as the times do. */
  readonly stamp: string;
  readonly msgid: string;
}

/**
 * One day of a conversation, open for reading. It stays what it was when it was opened: a rewrite puts another
 * file in its place, and leaves this one whole until it is closed.
 *
 * Positions and times only grow along the file, so a line is found by halving, in a dozen small reads,
 * with no index to build, keep or mend: 0.2 ms in a day of 234 MB.
 */
export class DayFile {
  readonly #fd: number;
  /** Length when it was opened. */
  readonly bytes: number;

  private constructor(fd: number, bytes: number) {
    this.#fd = fd;
    this.bytes = bytes;
  }

  /** `null` when there is no such file. Throws what the disk throws. Must be closed. */
  static open(path: string): DayFile | null {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    return new DayFile(fd, fstatSync(fd).size);
  }

  /** Bytes from `start` on; fewer than asked at the end of the file. In `into`, if it is large enough. */
  read(start: number, count: number, into?: Buffer): Buffer {
    const fits = into !== undefined && into.length >= count;
    const bytes = fits ? into : Buffer.allocUnsafe(Math.max(0, count));
    let filled = 0;
    while (filled < count) {
      const got = readSync(this.#fd, bytes, filled, count - filled, start + filled);
      if (got === 0) break;
      filled += got;
    }
    return bytes.subarray(0, filled);
  }

  /** Whole lines from the line that starts at `start`, reading as far as they are taken. */
  *forward(start: number, firstRead: number = FIRST_READ_BYTES): Generator<DayLine, void> {
    let from = start;
    let count = firstRead;
    while (from < this.bytes) {
      const chunk = this.read(from, Math.min(count, this.bytes - from));
      let at = 0;
      for (;;) {
        const newline = chunk.indexOf(NEWLINE, at);
        if (newline < 0) break;
        yield { bytes: chunk.subarray(at, newline), start: from + at, end: from + newline + 1 };
        at = newline + 1;
      }
      if (at === 0 && from + chunk.length >= this.bytes) return;
      from += at;
      count = at === 0 ? count * 2 : Math.min(count * 2, READ_BYTES_MAX);
    }
  }

  /** Whole lines that end at or before `end`, the last one first. */
  *backward(end: number): Generator<DayLine, void> {
    let to = end;
    let count = FIRST_READ_BYTES;
    while (to > 0) {
      const from = Math.max(0, to - count);
      const chunk = this.read(from, to - from);
      // What stands behind the last "\n" is no line; `last` is where the line that is looked for ends.
      let last = chunk.lastIndexOf(NEWLINE);
      while (last >= 0) {
        const before = last === 0 ? -1 : chunk.lastIndexOf(NEWLINE, last - 1);
        if (before < 0 && from > 0) break;
        const start = from + before + 1;
        yield { bytes: chunk.subarray(before + 1, last), start, end: from + last + 1 };
        last = before;
      }
      if (from === 0) return;
      if (last < 0 || from + last + 1 === to) count *= 2;
      else count = Math.min(count * 2, READ_BYTES_MAX);
      if (last >= 0) to = from + last + 1;
    }
  }

  /** The same as pieces of many whole lines each, for reading all of it. */
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

  /** Where the first line starts of which `isThere` is true; true for all lines behind it, too. Else the length. */
  find(isThere: (head: Head) => boolean): number {
    let low = 0;
    let high = this.bytes;
    while (high - low > PROBE_BYTES) {
      const middle = low + ((high - low) >> 1);
      const probe = this.#firstFrom(middle, high);
      if (probe === null) high = middle;
      else if (isThere(probe.head)) high = probe.line.start;
      else low = probe.line.end;
    }
    for (const line of this.forward(low)) {
      const head = headOf(line.bytes);
      if (head !== null && isThere(head)) return line.start;
    }
    return this.bytes;
  }

  /** The first line that can be read. */
  first(): Head | null {
    return this.#firstFrom(0, this.bytes)?.head ?? null;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /**
   * The same for a file that has lost its name: the disk gives back its room then, which takes 7 ms for a day
   * of 100,000 messages. Another thread waits for that.
   */
  closeLast(): Promise<void> {
    return new Promise((resolve) => close(this.#fd, () => resolve()));
  }

  /** The first line at or behind `offset`, and before `end`, that can be read. */
  #firstFrom(offset: number, end: number): { line: DayLine; head: Head } | null {
    const start = offset === 0 ? 0 : this.#lineStart(offset);
    for (const line of this.forward(start, PROBE_READ_BYTES)) {
      if (line.start >= end) return null;
      const head = headOf(line.bytes);
      if (head !== null) return { line, head };
    }
    return null;
  }

  /** Where the first line starts at or behind `offset`. */
  #lineStart(offset: number): number {
    for (let from = offset - 1; from < this.bytes; from += PROBE_READ_BYTES) {
      const newline = this.read(from, PROBE_READ_BYTES).indexOf(NEWLINE);
      if (newline >= 0) return from + newline + 1;
    }
    return this.bytes;
  }
}

/** Position, time and msgid of a line, in whatever order somebody's editor left them. `null`: unreadable. */
export function headOf(line: Buffer): Head | null {
  const found = HEAD.exec(line.toString("latin1", 0, HEAD_BYTES_MAX));
  const raw = found === null ? parseRaw(line.toString("utf8")) : null;
  const at = found === null ? raw?.["at"] : Number(found[1]);
  const stamp = found === null ? raw?.["time"] : found[2];
  const msgid = found === null ? raw?.["msgid"] : found[3];
  if (typeof at !== "number" || typeof stamp !== "string" || typeof msgid !== "string") return null;
  return { at, stamp, msgid };
}

/** The UTC day of a moment, as its file is called (without ".jsonl"): "2026-11-22". */
export function dayOf(ms: number): string {
  return formatTime(ms).slice(0, 10);
}

/** The day that a file name stands for, or `null` when it is no day's file. */
export function dayOfFile(name: string): string | null {
  return DAY_FILE.exec(name)?.[1] ?? null;
}

const DAY_FILE = /^(\d{4}-\d\d-\d\d)\.jsonl$/;
const HEAD = /^\{"at":(\d{1,15}),"time":"([^"]{20,30})","msgid":"([\w-]{1,64})"/;
const HEAD_BYTES_MAX = 160;
const NEWLINE = 10;
/** Some thirty lines: enough for most pages in three reads. */
const FIRST_READ_BYTES = 8 << 10;
/** Splitting this much into lines stays under a millisecond. */
const READ_BYTES_MAX = 128 << 10;
/** Below this, reading on is quicker than halving. */
const PROBE_BYTES = 8 << 10;
/** Most lines are shorter; a longer one takes another read. */
const PROBE_READ_BYTES = 1 << 10;
