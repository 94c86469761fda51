import { strict as assert } from "node:assert";
import { openSync } from "node:fs";
import { dirname, join } from "node:path";
import type {
  AppendOutcome,
  AppendRequest,
  LogFacts,
  LogFollower,
  RecordLog,
} from "../../cluster/engine.ts";
import { closeQuietly, DISK, type Disk, readBytes, writeAll } from "../disk/disk.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { type GrowingCopy, replaceGrowingFile } from "../disk/growing-copy.ts";
import type { FolderLock } from "../disk/lock.ts";
import {
  PRIVATE_FILE,
  replaceFileSync,
  syncFolder,
  syncFolderSync,
  temporaryOf,
} from "../disk/replace-file.ts";
import { ENTRY_BYTES_MAX, formatEntry, formatGone, RecordFileReader } from "./record-file.ts";
import { RecordFollowing } from "./record-following.ts";
import {
  hasRecordLogReaders,
  openRecordLogReader,
  type RecordLogReader,
} from "./record-readers.ts";

/** So much room is made on the disk in one go: zeros, which take half a millisecond to write. */
const ROOM_BYTES = 1 << 20;
const ZEROS = new Uint8Array(64 << 10);
/** What an entry takes besides its bytes, at most. */
const HEAD_BYTES_MAX = 258;

export interface LocalLogOptions {
  /**
   * The sequence up to which the folder's other files hold the log; 0 when left out. A log that lost its end with the
   * power goes on behind it, and without what it had before.
   */
  readonly position?: number;
  /** Whether an append is answered only when it survives a loss of power; otherwise it survives a kill. */
  readonly isSynced?: boolean;
  /** Called when the disk fails, with a sentence for the owner's log. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  /** For tests: a disk that fails. */
  readonly disk?: Disk;
}

/** A log on one machine. */
export interface LocalRecordLog extends RecordLog {
  /**
   * Resolves when all that was appended before survives a loss of power; to `false` when it may not, and the reason went
   * to `onProblem`. Never rejects.
   */
  sync(): Promise<boolean>;
}

/** A log that was opened for writing. */
export interface OpenedLocalLog {
  readonly log: LocalRecordLog;
  /** Bytes of a torn last entry that were cut off: a crash interrupted its write. 0 when there was none. */
  readonly torn: number;
}

/**
 * Opens the log of a data folder, `records.journal`, and makes it when there is none. Returns a sentence for the owner
 * after a file-system error.
 *
 * @param _lock the right to the folder: of two leaders only one has it
 * @example
 * const opened = openLocalLog("data", lock, { isSynced: fsync === "always" });
 * if ("refused" in opened) return opened;
 * opened.log.follow(snapshot.sequence, { entry: apply });
 */
export function openLocalLog(
  folder: string,
  _lock: FolderLock,
  options: LocalLogOptions = {},
): OpenedLocalLog | { readonly refused: string } {
  const path = logPathIn(folder);
  try {
    return LocalLog.open(path, options);
  } catch (error) {
    const why = `${path} cannot be opened: ${fsErrorText(error)}.`;
    return { refused: `${why} Put that right, then start again.` };
  }
}

/** Opens the log that another process writes: see {@link openRecordLogReader}. */
export function readLocalLog(
  folder: string,
): { readonly reader: RecordLogReader } | { readonly refused: string } {
  return openRecordLogReader(folder, logPathIn(folder));
}

/** A log in one file of this machine. */
class LocalLog implements LocalRecordLog {
  readonly entryBytesMax = ENTRY_BYTES_MAX;
  readonly #path: string;
  readonly #disk: Disk;
  readonly #isSynced: boolean;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #followings = new Set<RecordFollowing>();
  #fd: number;
  /** Offsets of the lines: the first one is that of `#firstLine`, and the others follow without gaps. */
  #starts: number[] = [];
  #firstLine = 1;
  /** The sequences whose entries are gone. */
  #gone = new Set<number>();
  #last = 0;
  #lastId = "";
  /** Offset behind the last entry. */
  #end = 0;
  /** Up to here the disk has given room. */
  #roomEnd = 0;
  /** There may be half an entry behind `#end`. */
  #isRagged = false;
  /** Another file lies at the path, and its name is not safe yet. */
  #isRenamed = false;
  #syncing: Promise<void> | null = null;
  #rewriting: Promise<boolean> = Promise.resolve(true);
  #isClosed = false;

  private constructor(path: string, fd: number, options: LocalLogOptions) {
    this.#path = path;
    this.#fd = fd;
    this.#disk = options.disk ?? DISK;
    this.#isSynced = options.isSynced ?? false;
    this.#onProblem = options.onProblem ?? (() => {});
  }

  /** Throws file-system errors. */
  static open(path: string, options: LocalLogOptions): OpenedLocalLog {
    const reader = RecordFileReader.open(path);
    const log = new LocalLog(
      path,
      openSync(path, reader === null ? "wx+" : "r+", PRIVATE_FILE),
      options,
    );
    try {
      if (reader === null) syncFolderSync(dirname(path));
      else log.#read(reader);
      const torn = log.#tornBytes();
      log.#disk.truncate(log.#fd, log.#end);
      log.#roomEnd = log.#end;
      if (log.#last < (options.position ?? 0)) log.#beginAfter(options.position ?? 0);
      return { log, torn };
    } catch (error) {
      closeQuietly(log.#fd);
      throw error;
    } finally {
      reader?.close();
    }
  }

  append({ id, bytes, after }: AppendRequest, done: (outcome: AppendOutcome) => void): void {
    assert(this.#syncing === null || !this.#isSynced, "one append at a time is under way");
    if (this.#isClosed) return;
    if (id === this.#lastId) return done({ kind: "appended", sequence: this.#last });
    if (after !== this.#last) return done({ kind: "fenced" });
    const why = this.#write(id, bytes);
    if (why !== null) return done({ kind: "refused", why });
    if (!this.#isSynced) {
      done({ kind: "appended", sequence: this.#last });
      return this.#tellFollowers();
    }
    this.#syncing = this.#sync().then((failure) => {
      this.#syncing = null;
      if (this.#isClosed) return;
      if (failure !== null) {
        this.#takeBack();
        return done({ kind: "refused", why: failure });
      }
      done({ kind: "appended", sequence: this.#last });
      this.#tellFollowers();
    });
  }

  hasRoom(bytes: number): boolean {
    const wanted = this.#end + bytes + HEAD_BYTES_MAX;
    if (wanted <= this.#roomEnd) return true;
    const roomEnd = wanted + ROOM_BYTES;
    try {
      for (let offset = this.#roomEnd; offset < roomEnd; offset += ZEROS.length) {
        const zeros = ZEROS.subarray(0, Math.min(ZEROS.length, roomEnd - offset));
        writeAll(this.#disk, this.#fd, zeros, offset);
      }
      this.#roomEnd = roomEnd;
      return true;
    } catch (error) {
      this.#report("cannot be made longer", error);
      this.#truncate(this.#roomEnd);
      return false;
    }
  }

  follow(after: number, follower: LogFollower): () => void {
    const following = new RecordFollowing(this.#path, after, follower);
    this.#followings.add(following);
    following.poll();
    return () => {
      this.#followings.delete(following);
      following.end();
    };
  }

  async facts(): Promise<LogFacts> {
    let first = this.#firstLine;
    while (first <= this.#last && this.#gone.has(first)) first += 1;
    return { first, last: this.#last, bytes: this.#end };
  }

  async sync(): Promise<boolean> {
    return (await this.#sync()) === null;
  }

  cut(upTo: number): Promise<boolean> {
    return this.#rewrite(() => {
      const last = Math.min(upTo, this.#last);
      if (last < this.#firstLine || (last === this.#firstLine && this.#gone.has(last))) return null;
      if (hasRecordLogReaders(dirname(this.#path))) return "wait";
      const start = this.#starts[last + 1 - this.#firstLine] ?? this.#end;
      const head = formatGone(last);
      return {
        start,
        change: async (copy) => copy.put(head, start),
        adopted: () => {
          const starts = this.#starts.slice(last + 1 - this.#firstLine);
          this.#starts = [0, ...starts.map((each) => each - start + head.length)];
          this.#firstLine = last;
          this.#gone = new Set([last, ...[...this.#gone].filter((each) => each > last)]);
        },
      };
    });
  }

  erase(sequences: readonly number[]): Promise<boolean> {
    return this.#rewrite(() => {
      const there = sequences.filter((each) => each >= this.#firstLine && each <= this.#last);
      const erased = [...new Set(there)]
        .filter((each) => !this.#gone.has(each))
        .sort((a, b) => a - b);
      if (erased.length === 0) return null;
      const startOf = (sequence: number): number =>
        this.#starts[sequence - this.#firstLine] ?? this.#end;
      return {
        start: 0,
        change: async (copy) => {
          for (const sequence of erased) {
            while (!copy.stepTo(startOf(sequence)));
            copy.put(formatGone(sequence), startOf(sequence + 1));
          }
        },
        adopted: () => {
          const ends = erased.map((each) => [each, startOf(each + 1) - startOf(each)] as const);
          for (const [sequence, length] of ends) {
            const saved = length - formatGone(sequence).length;
            for (let each = sequence + 1; each <= this.#last; each += 1) {
              this.#starts[each - this.#firstLine] = startOf(each) - saved;
            }
            this.#gone.add(sequence);
          }
        },
      };
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const following of this.#followings) following.end();
    await this.#rewriting;
    await this.#syncing;
    // The room that was kept is given back.
    this.#truncate(this.#end);
    closeQuietly(this.#fd);
  }

  /** Writes an entry behind the last one. Returns a sentence when the disk refuses; the file is as before then. */
  #write(id: string, bytes: Uint8Array): string | null {
    if (bytes.length > ENTRY_BYTES_MAX) return "A record is too long for the log.";
    const sequence = this.#last + 1;
    const entry = formatEntry({ sequence, id, bytes });
    try {
      if (this.#isRagged && !this.#truncate(this.#end)) throw new Error("half an entry is left");
      writeAll(this.#disk, this.#fd, entry, this.#end);
    } catch (error) {
      this.#truncate(this.#end);
      return this.#report("cannot be written", error);
    }
    if (this.#starts.length === 0) this.#firstLine = sequence;
    this.#starts.push(this.#end);
    this.#last = sequence;
    this.#lastId = id;
    this.#end += entry.length;
    this.#roomEnd = Math.max(this.#roomEnd, this.#end);
    return null;
  }

  /** Removes the last entry, which could not be synced. */
  #takeBack(): void {
    this.#end = this.#starts.pop() ?? 0;
    this.#last -= 1;
    this.#lastId = "";
    this.#truncate(this.#end);
  }

  /** Resolves to `null`, or to a sentence when what was appended may not survive a loss of power. Never rejects. */
  async #sync(): Promise<string | null> {
    try {
      await this.#disk.sync(this.#fd);
      if (this.#isRenamed) await this.#syncName();
      return null;
    } catch (error) {
      return this.#report("cannot be synced", error);
    }
  }

  async #syncName(): Promise<void> {
    await syncFolder(dirname(this.#path));
    this.#isRenamed = false;
  }

  /** Replaces the file by a changed copy, one after the other. `plan` is asked when its turn has come. */
  #rewrite(
    plan: () =>
      | { readonly start: number; change(copy: GrowingCopy): Promise<void>; adopted(): void }
      | "wait"
      | null,
  ): Promise<boolean> {
    const rewritten = this.#rewriting.then(async () => {
      let fd: number | null = null;
      try {
        const planned = plan();
        if (planned === null) return true;
        if (planned === "wait" || this.#isClosed) return false;
        const temporary = temporaryOf(this.#path);
        await replaceGrowingFile({
          path: this.#path,
          temporary,
          start: planned.start,
          disk: this.#disk,
          source: { read: (offset, count) => readBytes(this.#fd, offset, count) },
          length: () => this.#end,
          inProgress: () => this.#syncing,
          change: (copy) => {
            // The copy itself is open for appending, where an offset counts for nothing.
            fd = openSync(temporary, "r+");
            return planned.change(copy);
          },
          adopt: (_fd, bytes) => {
            planned.adopted();
            if (fd !== null) this.#adopt(fd, bytes);
            fd = null;
            return false;
          },
        });
        await this.#syncName();
        return true;
      } catch (error) {
        this.#report("cannot be shortened", error);
        return false;
      } finally {
        if (fd !== null) closeQuietly(fd);
      }
    });
    this.#rewriting = rewritten;
    return rewritten;
  }

  #adopt(fd: number, bytes: number): void {
    closeQuietly(this.#fd);
    this.#fd = fd;
    this.#end = bytes;
    this.#roomEnd = bytes;
    this.#isRagged = false;
    this.#isRenamed = true;
  }

  /** Begins anew behind a sequence. Throws file-system errors. */
  #beginAfter(sequence: number): void {
    const head = formatGone(sequence);
    replaceFileSync(this.#path, head.toString());
    this.#adopt(openSync(this.#path, "r+"), head.length);
    this.#starts = [0];
    this.#firstLine = sequence;
    this.#gone = new Set([sequence]);
    this.#last = sequence;
    this.#lastId = "";
  }

  #read(reader: RecordFileReader): void {
    for (let stored = reader.next(); stored !== null; stored = reader.next()) {
      const { sequence, entry, start, end } = stored;
      if (this.#starts.length === 0) this.#firstLine = sequence;
      this.#starts.push(start);
      if (entry === null) this.#gone.add(sequence);
      this.#last = sequence;
      this.#lastId = entry?.id ?? "";
      this.#end = end;
    }
  }

  /** Returns how many bytes behind the last entry aren't the zeros that keep room. */
  #tornBytes(): number {
    let torn = 0;
    for (let offset = this.#end; ; offset += ZEROS.length) {
      const bytes = readBytes(this.#fd, offset, ZEROS.length);
      const last = bytes.findLastIndex((byte) => byte !== 0);
      if (last >= 0) torn = offset - this.#end + last + 1;
      if (bytes.length < ZEROS.length) return torn;
    }
  }

  #tellFollowers(): void {
    for (const following of this.#followings) following.poll();
  }

  /** Shortens the file. A refusal is tried again before the next append. */
  #truncate(end: number): boolean {
    try {
      this.#disk.truncate(this.#fd, end);
      this.#isRagged = false;
    } catch {
      this.#isRagged = true;
    }
    this.#roomEnd = Math.min(this.#roomEnd, end);
    return !this.#isRagged;
  }

  #report(what: string, error: unknown): string {
    const text = `${this.#path} ${what}: ${fsErrorText(error)}.`;
    this.#onProblem(text, error);
    return text;
  }
}

function logPathIn(folder: string): string {
  return join(folder, "records.journal");
}
