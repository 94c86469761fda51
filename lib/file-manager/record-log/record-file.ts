import { fstatSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LogEntry } from "../../cluster/engine.ts";
import { closeQuietly, readBytes } from "../disk/disk.ts";
import { isMissing } from "../disk/fs-errors.ts";

/*
 * The file of a log on one machine. Each entry is a line of JSON, its bytes, and "\n". An entry that was erased is a line
 * with its sequence alone, and so is the first line of a file whose beginning was cut: it names the last sequence that is
 * gone. Behind the last entry come zeros, which keep room on the disk. What is no whole entry ends the file: a crash
 * interrupted its write. What a later version adds to an entry's line comes behind `crc`, and is passed over.
 *
 *     {"seq":840}
 *     {"seq":841,"id":"lead-k3vq5m2x","bytes":41,"crc":2837465912}
 *     {"v":1,"kind":"lead","node":"k3vq5m2x"}
 */

/** The longest entry, in bytes: a turn's record in one piece. */
export const ENTRY_BYTES_MAX = 64 << 20;

/** With the longest id. */
const HEAD_BYTES_MAX = 256;
const HEAD =
  /^\{"seq":(\d{1,16})(?:,"id":"([A-Za-z0-9_.-]{1,130})","bytes":(\d{1,9}),"crc":(\d{1,10})(?:,".*)?)?\}$/;
const NEWLINE = 10;
/** Read in one go. */
const WINDOW_BYTES = 64 << 10;

/** What keeps room on the disk, written and read in pieces. */
export const ZEROS = new Uint8Array(64 << 10);

/** Returns where the log of a data folder lies that has one. */
export function recordLogPath(folder: string): string {
  return join(folder, "records.journal");
}

/** A line of the file, with what belongs to it. */
export interface StoredEntry {
  readonly sequence: number;
  /** `null` when it was cut or erased. */
  readonly entry: LogEntry | null;
  /** Offsets in the file. */
  readonly start: number;
  readonly end: number;
}

/** Returns the bytes of an entry in the file. Throws for an id that no entry can have. */
export function formatEntry({ sequence, id, bytes }: LogEntry): Buffer {
  const crc = Bun.hash.crc32(bytes);
  const head = `{"seq":${sequence},"id":"${id}","bytes":${bytes.length},"crc":${crc}}`;
  if (!HEAD.test(head)) throw new Error(`no entry can be called ${JSON.stringify(id)}`);
  const buffer = Buffer.allocUnsafe(head.length + 1 + bytes.length + 1);
  buffer.write(head, "latin1");
  buffer[head.length] = NEWLINE;
  buffer.set(bytes, head.length + 1);
  buffer[buffer.length - 1] = NEWLINE;
  return buffer;
}

/** Returns the line that stands in place of an entry that is gone. */
export function formatGone(sequence: number): Buffer {
  return Buffer.from(`{"seq":${sequence}}\n`);
}

/** Returns how many bytes behind the last entry aren't the zeros that keep room. Throws file-system errors. */
export function tornBytes(fd: number, lastEnd: number): number {
  let torn = 0;
  for (let offset = lastEnd; ; offset += ZEROS.length) {
    const bytes = readBytes(fd, offset, ZEROS.length);
    // Compared at once: it is a megabyte.
    const isRoom = bytes.equals(ZEROS.subarray(0, bytes.length));
    const last = isRoom ? -1 : bytes.findLastIndex((byte) => byte !== 0);
    if (last >= 0) torn = offset - lastEnd + last + 1;
    if (bytes.length < ZEROS.length) return torn;
  }
}

/** A place in a file behind an entry. */
export interface RecordPlace {
  /** Which file it is, whatever its name. */
  readonly inode: number;
  readonly offset: number;
  /** Of the entry before it. */
  readonly sequence: number;
}

/** Reads the file forward, also while it grows. */
export class RecordFileReader {
  readonly #fd: number;
  /** Which file it is, whatever its name. */
  readonly #inode: number;
  readonly #path: string;
  #offset = 0;
  /** Sequence of the last entry that was read; `null` at the beginning. */
  #sequence: number | null = null;
  /** Bytes of the file from `#offset` on. */
  #window = Buffer.alloc(0);

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    this.#inode = fstatSync(fd).ino;
  }

  /**
   * Opens the file; `null` when there is none. Throws other file-system errors.
   *
   * @param place where to begin, if it is still that file
   */
  static open(path: string, place?: RecordPlace): RecordFileReader | null {
    try {
      const reader = new RecordFileReader(path, openSync(path, "r"));
      if (place !== undefined && place.inode === reader.#inode) {
        reader.#offset = place.offset;
        reader.#sequence = place.sequence;
      }
      return reader;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** Which file it is, whatever its name. */
  get inode(): number {
    return this.#inode;
  }

  /** Sequence of the last entry that was read; 0 at the beginning. */
  get sequence(): number {
    return this.#sequence ?? 0;
  }

  /** Offset behind the last entry that was read. */
  get offset(): number {
    return this.#offset;
  }

  /** Returns what comes next; `null` when nothing whole does. Throws file-system errors. */
  next(): StoredEntry | null {
    const known = this.#parse();
    if (known !== null) return known;
    // What was read before may have been half an entry, or the zeros before it.
    this.#window = Buffer.from(readBytes(this.#fd, this.#offset, WINDOW_BYTES));
    const entry = this.#parse();
    if (entry === null) this.#window = Buffer.alloc(0);
    return entry;
  }

  /** Whether another file has taken the place of this one: read this one to its end, and then that one. */
  get isReplaced(): boolean {
    const inode = statSync(this.#path, { throwIfNoEntry: false })?.ino;
    return inode !== undefined && inode !== this.#inode;
  }

  close(): void {
    closeQuietly(this.#fd);
  }

  #parse(): StoredEntry | null {
    const window = this.#window;
    const headEnd = window.subarray(0, HEAD_BYTES_MAX).indexOf(NEWLINE);
    if (headEnd < 0) return null;
    const [, number, id, length, crc] = HEAD.exec(window.toString("latin1", 0, headEnd)) ?? [];
    if (number === undefined) return null;
    const sequence = Number(number);
    if (this.#sequence !== null && sequence !== this.#sequence + 1) return null;
    if (id === undefined) return this.#passed(sequence, null, headEnd + 1);
    const bytesEnd = headEnd + 1 + Number(length);
    if (bytesEnd > headEnd + 1 + ENTRY_BYTES_MAX) return null;
    if (bytesEnd >= window.length) {
      // A long entry is read whole. Less than that is no entry.
      const whole = readBytes(this.#fd, this.#offset, bytesEnd + 1);
      if (whole.length <= bytesEnd) return null;
      this.#window = Buffer.from(whole);
      if (!whole.subarray(0, headEnd).equals(window.subarray(0, headEnd))) return null;
    }
    if (this.#window[bytesEnd] !== NEWLINE) return null;
    const bytes = this.#window.subarray(headEnd + 1, bytesEnd);
    if (Bun.hash.crc32(bytes) !== Number(crc)) return null;
    return this.#passed(sequence, { sequence, id, bytes }, bytesEnd + 1);
  }

  #passed(sequence: number, entry: LogEntry | null, length: number): StoredEntry {
    const start = this.#offset;
    this.#offset += length;
    this.#sequence = sequence;
    this.#window = this.#window.subarray(length);
    return { sequence, entry, start, end: this.#offset };
  }
}
