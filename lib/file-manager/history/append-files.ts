import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import {
  type AppendState,
  appendOrCutBack,
  closeQuietly,
  type Disk,
  writeAll,
} from "../disk/disk.ts";
import { isMissing } from "../disk/fs-errors.ts";
import { replaceGrowingFile } from "../disk/growing-copy.ts";
import { PRIVATE_FILE, secondTemporaryOf, syncFolder } from "../disk/replace-file.ts";
import { SyncFailures } from "../disk/sync-failures.ts";
import { DayFile } from "./day-file.ts";

const NEWLINE = Buffer.from("\n");
/** The pool behind asynchronous file calls is shared with password hashing: a few at a time are enough. */
const SYNCS_AT_ONCE_MAX = 4;

/** A file that is appended to. Only {@link AppendFiles} changes it. */
export interface AppendFile extends AppendState {
  readonly path: string;
  fd: number | null;
  /** Which file it is, whatever its name; `null` until it was opened. */
  inode: number | null;
  /** Whether its disk counts a file's names. Some FUSE disks say 0 of every file. */
  countsNames: boolean;
}

/**
 * Appends to many files, few of which are open at once. Owns their descriptors, and the list of files that aren't synced
 * yet.
 */
export class AppendFiles {
  readonly disk: Disk;
  readonly #openMax: number;
  /** Open files, the least recently used first. */
  readonly #open = new Set<AppendFile>();
  #newest: AppendFile | null = null;
  #dirty = new Set<AppendFile>();
  /** Files whose sync failed: see {@link AppendFiles.#rewrite}. */
  readonly #doubtful = new Set<AppendFile>();
  /** Folders in which a name is new or has changed. */
  #dirtyFolders = new Set<string>();
  /** Descriptors in use by a sync, which closes those that their file has released meanwhile. */
  readonly #syncing = new Set<number>();
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #syncFailures: SyncFailures;

  /** @param onProblem called when the disk fails, with a sentence for the owner's log, with the path */
  constructor(
    disk: Disk,
    openMax: number,
    onProblem: (text: string, cause: unknown) => void = () => {},
  ) {
    this.disk = disk;
    this.#openMax = openMax;
    this.#onProblem = onProblem;
    this.#syncFailures = new SyncFailures(onProblem);
  }

  /** Appends whole lines. Returns `null`, or the file-system error; the file has its old length then. */
  append(file: AppendFile, lines: Uint8Array): { readonly failed: unknown } | null {
    try {
      appendOrCutBack(this.disk, this.#opened(file), file, lines);
    } catch (failed) {
      return { failed };
    }
    this.#dirty.add(file);
    return null;
  }

  /** Makes the next sync include the names in a folder, one of which is new or has changed. */
  syncNames(folder: string): void {
    this.#dirtyFolders.add(folder);
  }

  /** Switches to a file that has replaced this one: it is synced, and open for appending at `fd`. */
  adopt(file: AppendFile, fd: number, bytes: number): void {
    this.release(file);
    this.#doubtful.delete(file);
    file.fd = fd;
    file.inode = inodeOf(fd);
    file.bytes = bytes;
    file.isRagged = false;
    this.#use(file);
    // Appended lines are safe only after the new name is synced.
    this.syncNames(dirname(file.path));
  }

  /** Closes a file. If it isn't synced yet, the next sync includes it. */
  release(file: AppendFile): void {
    this.#open.delete(file);
    if (this.#newest === file) this.#newest = null;
    const { fd } = file;
    file.fd = null;
    if (fd !== null && !this.#syncing.has(fd)) this.#close(file, fd);
  }

  /**
   * Resolves to `true` when all lines appended before the call survive a loss of power, and to `false` when they may not:
   * then `onProblem` is called, at most once a minute, and the next sync tries again. Calls during a sync share the next
   * one.
   */
  sync(): Promise<boolean> {
    if (this.#running === null) {
      this.#running = this.#syncAll().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.sync();
    });
    return this.#next;
  }

  /** Network folders report late failures of writing when a file is closed: then it is synced by a copy. */
  #close(file: AppendFile, fd: number): void {
    try {
      closeSync(fd);
    } catch (error) {
      this.#dirty.add(file);
      this.#doubtful.add(file);
      this.#syncFailures.refused(file.path, error);
    }
  }

  /** Closes all files, without a sync. */
  close(): void {
    for (const file of [...this.#open]) this.release(file);
  }

  async #syncAll(): Promise<boolean> {
    const files = [...this.#dirty];
    const folders = [...this.#dirtyFolders];
    this.#dirty = new Set();
    this.#dirtyFolders = new Set();
    if (files.length === 0 && folders.length === 0) return true;
    const jobs = [
      ...files.map((file) => () => this.#syncFile(file)),
      ...folders.map((folder) => () => this.#syncFolder(folder)),
    ];
    let areAllSafe = true;
    const worker = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        if (!(await job())) areAllSafe = false;
      }
    };
    await Promise.all(Array.from({ length: SYNCS_AT_ONCE_MAX }, worker));
    return areAllSafe;
  }

  async #syncFile(file: AppendFile): Promise<boolean> {
    let fd: number | null = null;
    try {
      fd = file.fd ?? openSync(file.path, "r");
      this.#syncing.add(fd);
      await this.disk.sync(fd);
      if (this.#doubtful.has(file)) await this.#rewrite(file);
      // A file that was moved has a different name now.
      if (file.fd === fd && inodeAt(file.path) !== file.inode) this.release(file);
      this.#syncFailures.resolved(file.path);
      return true;
    } catch (error) {
      if (fd === null && isMissing(error)) return this.#wasRemoved(file.path);
      this.#dirty.add(file);
      this.#doubtful.add(file);
      this.#syncFailures.refused(file.path, error);
      return false;
    } finally {
      if (fd !== null) {
        this.#syncing.delete(fd);
        if (file.fd !== fd) this.#close(file, fd);
      }
    }
  }

  /**
   * Replaces a file by a copy. After a failed fsync the kernel may mark pages as clean that aren't on the disk, and the
   * next fsync of the same file would write nothing. Rejects with file-system errors; the old file stays then.
   */
  async #rewrite(file: AppendFile): Promise<void> {
    const { path, inode } = file;
    const old = DayFile.open(path);
    try {
      // Otherwise an earlier rewrite has replaced it, or another program has: its file must stay.
      const isSame = () => inodeAt(path) === inode;
      if (old !== null && hasOnlyOurLines(file, statSync(path)) && isSame()) {
        const isReplaced = await replaceGrowingFile({
          path,
          temporary: secondTemporaryOf(path),
          source: old,
          disk: this.disk,
          length: () => file.bytes,
          isWanted: isSame,
          adopt: (fd, bytes) => {
            const wasOpen = file.fd !== null;
            this.adopt(file, fd, bytes);
            if (!wasOpen) this.release(file);
            return true;
          },
        });
        if (isReplaced) await syncFolder(dirname(path));
      }
      this.#doubtful.delete(file);
    } finally {
      await old?.closeLast();
    }
  }

  async #syncFolder(folder: string): Promise<boolean> {
    try {
      await syncFolder(folder);
      this.#syncFailures.resolved(folder);
      return true;
    } catch (error) {
      // The code that moved or removed it calls `syncNames` for the parent folder.
      if (isMissing(error)) return this.#wasRemoved(folder);
      this.#dirtyFolders.add(folder);
      this.#syncFailures.refused(folder, error);
      return false;
    }
  }

  /** A removed file needs no sync. */
  #wasRemoved(path: string): true {
    this.#syncFailures.forget(path);
    return true;
  }

  /**
   * Returns the descriptor for appending. Calls fstat before each append, which doubles the 3 µs of the append: lines
   * appended to a deleted file would be lost, and the next rewrite would cut off lines of another program.
   */
  #opened(file: AppendFile): number {
    if (file.fd !== null && !hasOnlyOurLines(file, fstatSync(file.fd))) this.release(file);
    const fd = file.fd ?? this.#openAgain(file);
    if (this.#newest !== file) this.#use(file);
    return fd;
  }

  #openAgain(file: AppendFile): number {
    const folder = dirname(file.path);
    const firstCreated = mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fd = openSync(file.path, "a+", PRIVATE_FILE);
    try {
      this.#continueFile(file, fd);
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
    // A created folder is a new name, too, and so are its created parents.
    if (firstCreated !== undefined) {
      for (const created of [firstCreated, folder]) this.syncNames(dirname(created));
    }
    return fd;
  }

  /** Continues with the file that is at the path now. Throws file-system errors; `file` stays closed then. */
  #continueFile(file: AppendFile, fd: number): void {
    const stat = fstatSync(fd);
    // It has just been opened by its name.
    file.countsNames = stat.nlink > 0;
    const isAnother = file.inode !== null && stat.ino !== file.inode;
    if (stat.size === 0 || isAnother) this.syncNames(dirname(file.path));
    if (isAnother || !hasOnlyOurLines(file, stat)) {
      // Some editors remove the last "\n".
      const isEnded = endsInNewline(fd, stat.size);
      if (!isEnded) writeAll(this.disk, fd, NEWLINE);
      const change =
        stat.size === 0
          ? "was emptied or removed by another program"
          : "was changed by another program";
      const text = `${file.path} ${change}. New messages are appended to the present file.`;
      this.#onProblem(text, undefined);
      file.bytes = stat.size + (isEnded ? 0 : NEWLINE.length);
      file.isRagged = false;
    }
    file.inode = stat.ino;
    file.fd = fd;
  }

  /** Makes a file the most recently used, and closes the least recently used beyond the limit. */
  #use(file: AppendFile): void {
    this.#open.delete(file);
    this.#open.add(file);
    this.#newest = file;
    for (const leastRecent of this.#open) {
      if (this.#open.size <= this.#openMax) break;
      this.release(leastRecent);
    }
  }
}

/** Returns `null` when the disk doesn't say: the file is opened anew at its next sync then. */
function inodeOf(fd: number): number | null {
  try {
    return fstatSync(fd).ino;
  } catch {
    return null;
  }
}

function inodeAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Whether a file still has a name, and holds what we have written and nothing else. */
function hasOnlyOurLines(
  { bytes, isRagged, countsNames }: AppendFile,
  stat: { readonly nlink: number; readonly size: number },
): boolean {
  return (stat.nlink > 0 || !countsNames) && (isRagged || stat.size === bytes);
}

function endsInNewline(fd: number, size: number): boolean {
  const last = Buffer.from(NEWLINE);
  if (size > 0) readSync(fd, last, 0, 1, size - 1);
  return last.equals(NEWLINE);
}
