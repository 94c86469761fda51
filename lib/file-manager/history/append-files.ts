import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { isMissing } from "../disk/fs-errors.ts";
import type { Disk } from "../disk/journal.ts";
import { PRIVATE_FILE, secondTemporaryOf, syncFolder } from "../disk/replace-file.ts";
import { SyncFailures } from "../disk/sync-failures.ts";
import { DayCopy } from "./day-copy.ts";
import { DayFile } from "./day-file.ts";

/** A file that is added to. Only {@link AppendFiles} changes it. */
export interface AppendFile {
  readonly path: string;
  /** Length; all of it whole lines. */
  bytes: number;
  fd: number | null;
  /** Which file it is, whatever it is called; `null` as long as it was not opened. */
  inode: number | null;
  /** Something lies behind `bytes` that could not be cut off: nothing is added until it can be. */
  ragged: boolean;
}

/**
 * Many files that are added to, few of them open at once. Owns the descriptors, and what is not safe on disk yet.
 */
export class AppendFiles {
  readonly disk: Disk;
  readonly #openMax: number;
  /** The open ones, the longest unused first. */
  readonly #open = new Set<AppendFile>();
  #newest: AppendFile | null = null;
  #dirty = new Set<AppendFile>();
  /** Those of which a sync was refused: see {@link AppendFiles.#writeAnew}. */
  readonly #doubtful = new Set<AppendFile>();
  #newNames = new Set<string>();
  /** Descriptors in the hands of a sync: closed when it is through, if nobody holds them any more. */
  readonly #busy = new Set<number>();
  #running: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #refusals: SyncFailures;

  /** @param onProblem hears what went wrong, in words for the owner's log, with the path */
  constructor(
    disk: Disk,
    openMax: number,
    onProblem: (text: string, cause: unknown) => void = () => {},
  ) {
    this.disk = disk;
    this.#openMax = openMax;
    this.#onProblem = onProblem;
    this.#refusals = new SyncFailures(onProblem);
  }

  /** Adds whole lines. `null`: kept. Otherwise what the disk threw, and the file is as long as it was. */
  append(file: AppendFile, lines: Uint8Array): { readonly failed: unknown } | null {
    try {
      const fd = this.#opened(file);
      if (file.ragged) this.#cut(file, fd);
      let at = 0;
      while (at < lines.length) {
        const taken = this.disk.write(fd, lines, at);
        if (taken <= 0) throw new Error(TOOK_NOTHING);
        at += taken;
      }
    } catch (failed) {
      this.#cutBack(file);
      return { failed };
    }
    file.bytes += lines.length;
    this.#dirty.add(file);
    return null;
  }

  /** A new name in a folder, which outlasts a loss of power from the next sync on. */
  named(folder: string): void {
    this.#newNames.add(folder);
  }

  /** Another file has taken this one's place, safe on disk, open at `fd` for adding. */
  replaced(file: AppendFile, fd: number, bytes: number): void {
    this.leave(file);
    this.#doubtful.delete(file);
    file.fd = fd;
    file.inode = fstatSync(fd).ino;
    file.bytes = bytes;
    file.ragged = false;
    this.#remember(file);
    // What is added from now on is safe only when the new name is.
    this.named(dirname(file.path));
  }

  /** Closes it. What is not safe yet stays on the list of the next sync. */
  leave(file: AppendFile): void {
    this.#open.delete(file);
    if (this.#newest === file) this.#newest = null;
    const fd = file.fd;
    file.fd = null;
    if (fd !== null && !this.#busy.has(fd)) closeSync(fd);
  }

  /**
   * Resolves when all that was added before the call outlasts a loss of power (`true`), or may not (`false`;
   * said to `onProblem`, once a minute, and tried again by the next sync). Calls that come while one runs share the next.
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

  /** Closes all, without a sync. */
  close(): void {
    for (const file of [...this.#open]) this.leave(file);
  }

  async #syncAll(): Promise<boolean> {
    const files = [...this.#dirty];
    const folders = [...this.#newNames];
    this.#dirty = new Set();
    this.#newNames = new Set();
    if (files.length === 0 && folders.length === 0) return true;
    const jobs = [
      ...files.map((file) => () => this.#syncFile(file)),
      ...folders.map((folder) => () => this.#syncNames(folder)),
    ];
    let allKept = true;
    const lane = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        if (!(await job())) allKept = false;
      }
    };
    await Promise.all(Array.from({ length: SYNC_LANES }, lane));
    return allKept;
  }

  async #syncFile(file: AppendFile): Promise<boolean> {
    let fd: number | null = null;
    try {
      fd = file.fd ?? openSync(file.path, "r");
      this.#busy.add(fd);
      await this.disk.sync(fd);
      if (this.#doubtful.has(file)) await this.#writeAnew(file);
      // One that was moved has a name, which is another.
      if (file.fd === fd && inodeAt(file.path) !== file.inode) this.leave(file);
      this.#refusals.mended(file.path);
      return true;
    } catch (error) {
      if (fd === null && isMissing(error)) return this.#isNoMore(file.path);
      this.#dirty.add(file);
      this.#doubtful.add(file);
      this.#refusals.refused(file.path, error);
      return false;
    } finally {
      if (fd !== null) {
        this.#busy.delete(fd);
        if (file.fd !== fd) closeSync(fd);
      }
    }
  }

  /**
   * After a refused sync the system may take for written what is not on the disk, and the next sync of the same
   * file finds nothing to do. So all of it is written once more, as the system still has it in memory, to a file
   * that takes the old one's place. Rejects with what the disk threw; the old one stays then.
   */
  async #writeAnew(file: AppendFile): Promise<void> {
    const { path, inode } = file;
    const old = DayFile.open(path);
    const temporary = secondTemporaryOf(path);
    let fd: number | null = null;
    try {
      // A rewrite that has taken its place is safe, and what somebody else has put there or changed is theirs.
      if (old !== null && isOurs(file, statSync(path)) && inodeAt(path) === inode) {
        rmSync(temporary, { force: true });
        fd = openSync(temporary, "ax", PRIVATE_FILE);
        const copy = new DayCopy(old, fd, this.disk);
        await copy.follow(() => file.bytes);
        if (inodeAt(path) === inode) {
          copy.finish(file.bytes);
          renameSync(temporary, path);
          const isOpen = file.fd !== null;
          this.replaced(file, fd, copy.written);
          fd = null;
          if (!isOpen) this.leave(file);
          await syncFolder(dirname(path));
        }
      }
      this.#doubtful.delete(file);
    } finally {
      await old?.closeLast();
      if (fd !== null) {
        closeSync(fd);
        rmSync(temporary, { force: true });
      }
    }
  }

  async #syncNames(folder: string): Promise<boolean> {
    try {
      await syncFolder(folder);
      this.#refusals.mended(folder);
      return true;
    } catch (error) {
      // One that was moved or removed: whoever did that names the folder that it was in.
      if (isMissing(error)) return this.#isNoMore(folder);
      this.#newNames.add(folder);
      this.#refusals.refused(folder, error);
      return false;
    }
  }

  /** There is nothing left of it to be made safe. */
  #isNoMore(path: string): true {
    this.#refusals.forget(path);
    return true;
  }

  /**
   * Looked at before each append, which costs 3 µs beside as many: what is added to a file that has lost its name is
   * lost with it, and what somebody else has written would be cut off by the next rewrite.
   */
  #opened(file: AppendFile): number {
    if (file.fd !== null && !isOurs(file, fstatSync(file.fd))) this.leave(file);
    const fd = file.fd ?? this.#openAgain(file);
    if (this.#newest !== file) this.#remember(file);
    return fd;
  }

  #openAgain(file: AppendFile): number {
    const folder = dirname(file.path);
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fd = openSync(file.path, "a+", PRIVATE_FILE);
    try {
      this.#takeUp(file, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    // A folder that had to be made is a new name, too, and so is one that it lies in.
    if (made !== undefined) for (const above of [made, folder]) this.named(dirname(above));
    return fd;
  }

  /** Goes on with what lies there now. Throws what the disk throws, and the file is as closed as it was. */
  #takeUp(file: AppendFile, fd: number): void {
    const there = fstatSync(fd);
    const isAnother = file.inode !== null && there.ino !== file.inode;
    if (there.size === 0 || isAnother) this.named(dirname(file.path));
    if (isAnother || !isOurs(file, there)) {
      const whole = endsInLine(fd, there.size);
      if (!whole && this.disk.write(fd, NEWLINE, 0) <= 0) throw new Error(TOOK_NOTHING);
      const what = there.size === 0 ? TAKEN_AWAY : CHANGED;
      this.#onProblem(`${file.path} ${what}. ${GOES_ON}`, undefined);
      file.bytes = there.size + (whole ? 0 : NEWLINE.length);
      file.ragged = false;
    }
    file.inode = there.ino;
    file.fd = fd;
  }

  #remember(file: AppendFile): void {
    this.#open.delete(file);
    this.#open.add(file);
    this.#newest = file;
    for (const longest of this.#open) {
      if (this.#open.size <= this.#openMax) break;
      this.leave(longest);
    }
  }

  #cutBack(file: AppendFile): void {
    if (file.fd === null) return;
    try {
      this.#cut(file, file.fd);
    } catch {
      file.ragged = true;
    }
  }

  #cut(file: AppendFile, fd: number): void {
    this.disk.truncate(fd, file.bytes);
    file.ragged = false;
  }
}

function inodeAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Whether it has a name still, and what we have written in it and nothing else. */
function isOurs(
  { bytes, ragged }: AppendFile,
  there: { readonly nlink: number; readonly size: number },
): boolean {
  return there.nlink > 0 && (ragged || there.size === bytes);
}

/** Not every editor leaves the last "\n" where it was. */
function endsInLine(fd: number, size: number): boolean {
  const last = Buffer.from(NEWLINE);
  if (size > 0) readSync(fd, last, 0, 1, size - 1);
  return last.equals(NEWLINE);
}

const NEWLINE = Buffer.from("\n");
const TAKEN_AWAY = "was emptied or taken away by somebody else";
const CHANGED = "was changed by somebody else";
const GOES_ON = "What is said from now on goes into what is there.";
const TOOK_NOTHING = "the disk took nothing";
/** The pool behind asynchronous file calls is shared with password hashing: a few at a time are enough. */
const SYNC_LANES = 4;
