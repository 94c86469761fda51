import { strict as assert } from "node:assert";
import { openSync } from "node:fs";
import { dirname } from "node:path";
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
import {
  ENTRY_BYTES_MAX,
  formatEntry,
  formatGone,
  RecordFileReader,
  recordLogPath,
  tornBytes,
  ZEROS,
} from "./record-file.ts";
import { RecordFollowing } from "./record-following.ts";
import { type ReadRecords, RecordIndex } from "./record-index.ts";
import {
  hasRecordLogReaders,
  openRecordLogReader,
  type RecordLogReader,
} from "./record-readers.ts";

/** So much room is made on the disk in one go: zeros, which take half a millisecond to write. */
const ROOM_BYTES = 1 << 20;
/** What an entry takes besides its bytes, at most. */
const HEAD_BYTES_MAX = 258;

export interface LocalLogOptions {
  /**
   * The sequence up to which the folder's other files hold the log; 0 when left out. A log that lost its end with the
   * power goes on behind it, and without what it had before.
   */
  readonly position?: number;
  /** What this process has read of the file already, which it doesn't read again. Don't use it any more. */
  readonly read?: ReadRecords;
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
  /** Sequence of its last entry; 0 for none. */
  readonly last: number;
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
  const path = recordLogPath(folder);
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
  onProblem?: (text: string, cause: unknown) => void,
): { readonly reader: RecordLogReader } | { readonly refused: string } {
  return openRecordLogReader(folder, recordLogPath(folder), onProblem);
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
  #index = new RecordIndex();
  /** Up to here the disk has given room. */
  #roomEnd = 0;
  /** There may be half an entry behind the last one. */
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
    const { position = 0, read } = options;
    const reader = RecordFileReader.open(path);
    const log = new LocalLog(
      path,
      openSync(path, reader === null ? "wx+" : "r+", PRIVATE_FILE),
      options,
    );
    try {
      if (reader === null) syncFolderSync(dirname(path));
      else log.#index = (read && RecordIndex.goOn(path, read)) ?? RecordIndex.of(reader);
      const torn = tornBytes(log.#fd, log.#index.end);
      log.#disk.truncate(log.#fd, log.#index.end);
      log.#roomEnd = log.#index.end;
      if (log.#index.last < position) log.#beginAfter(position);
      return { log, last: log.#index.last, torn };
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
    const { last, lastId } = this.#index;
    if (id === lastId) return done({ kind: "appended", sequence: last });
    if (after !== last) return done({ kind: "fenced" });
    const why = this.#write(id, bytes);
    if (why !== null) return done({ kind: "refused", why });
    if (!this.#isSynced) {
      done({ kind: "appended", sequence: this.#index.last });
      return this.#tellFollowers();
    }
    this.#syncing = this.#sync().then((failure) => {
      this.#syncing = null;
      if (this.#isClosed) return;
      if (failure !== null) {
        this.#takeBack();
        return done({ kind: "refused", why: failure });
      }
      done({ kind: "appended", sequence: this.#index.last });
      this.#tellFollowers();
    });
  }

  hasRoom(bytes: number): boolean {
    const wanted = this.#index.end + bytes + HEAD_BYTES_MAX;
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
    const place = this.#index.placeBehind(after, this.#fd);
    const following = new RecordFollowing(this.#path, after, follower, place);
    this.#followings.add(following);
    following.poll();
    return () => {
      this.#followings.delete(following);
      following.end();
    };
  }

  async facts(): Promise<LogFacts> {
    const { first, last, end } = this.#index;
    return { first, last, bytes: end };
  }

  async sync(): Promise<boolean> {
    return (await this.#sync()) === null;
  }

  cut(upTo: number): Promise<boolean> {
    return this.#rewrite(() => {
      const last = Math.min(upTo, this.#index.last);
      if (last < this.#index.first) return null;
      if (hasRecordLogReaders(dirname(this.#path))) return "wait";
      const start = this.#index.startOf(last + 1);
      return {
        start,
        change: async (copy) => copy.put(formatGone(last), start),
        adopted: () => this.#index.cut(last),
      };
    });
  }

  erase(sequences: readonly number[]): Promise<boolean> {
    return this.#rewrite(() => {
      const there = [...new Set(sequences)].filter((sequence) => this.#index.has(sequence));
      const erased = there.sort((a, b) => a - b);
      if (erased.length === 0) return null;
      return {
        start: 0,
        change: async (copy) => {
          for (const sequence of erased) {
            while (!copy.stepTo(this.#index.startOf(sequence)));
            copy.put(formatGone(sequence), this.#index.startOf(sequence + 1));
          }
        },
        adopted: () => this.#index.erase(erased),
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
    this.#truncate(this.#index.end);
    closeQuietly(this.#fd);
  }

  /** Writes an entry behind the last one. Returns a sentence when the disk refuses; the file is as before then. */
  #write(id: string, bytes: Uint8Array): string | null {
    if (bytes.length > ENTRY_BYTES_MAX) return "A record is too long for the log.";
    const sequence = this.#index.last + 1;
    const entry = formatEntry({ sequence, id, bytes });
    try {
      if (this.#isRagged && !this.#truncate(this.#index.end))
        throw new Error("half an entry is left");
      writeAll(this.#disk, this.#fd, entry, this.#index.end);
    } catch (error) {
      this.#truncate(this.#index.end);
      return this.#report("cannot be written", error);
    }
    this.#index.add(id, entry.length);
    this.#roomEnd = Math.max(this.#roomEnd, this.#index.end);
    return null;
  }

  /** Removes the last entry, which could not be synced. */
  #takeBack(): void {
    this.#index.removeLast();
    this.#truncate(this.#index.end);
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
          length: () => this.#index.end,
          inProgress: () => this.#syncing,
          change: (copy) => {
            // The copy itself is open for appending, where an offset counts for nothing.
            fd = openSync(temporary, "r+");
            return planned.change(copy);
          },
          adopt: () => {
            planned.adopted();
            if (fd !== null) this.#adopt(fd);
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

  /** Goes on with the file that has taken the place of the old one. */
  #adopt(fd: number): void {
    closeQuietly(this.#fd);
    this.#fd = fd;
    this.#roomEnd = this.#index.end;
    this.#isRagged = false;
    this.#isRenamed = true;
  }

  /** Begins anew behind a sequence. Throws file-system errors. */
  #beginAfter(sequence: number): void {
    replaceFileSync(this.#path, formatGone(sequence));
    this.#index = RecordIndex.after(sequence);
    this.#adopt(openSync(this.#path, "r+"));
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
