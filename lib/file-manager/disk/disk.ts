import { createHash } from "node:crypto";
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { cannotSyncFiles, isInterrupted } from "./fs-errors.ts";

/** How often an interrupted call is made again. No signal of ours comes as fast as that. */
const INTERRUPTIONS_MAX = 100;
const HASHED_BYTES = 1 << 20;

/** The system calls that appending to a file needs. Tests hand in a disk that fails. */
export interface Disk {
  /**
   * Writes `bytes` from index `start` on, at the end of a file that was opened for appending, or at an offset in another
   * one. Returns how many bytes were written, which may be fewer.
   */
  write(fd: number, bytes: Uint8Array, start: number, offset?: number): number;
  /** Shortens the file to a length in bytes. */
  truncate(fd: number, bytes: number): void;
  /** Resolves when the file's data survives a loss of power. */
  sync(fd: number): Promise<void>;
  /** {@link Disk.sync}, holding the thread. */
  syncNow(fd: number): void;
}

/**
 * The disk of this machine. Where its file system has no sync, a sync succeeds and does nothing:
 * `syncProblems` tells the owner so at the start.
 */
export const DISK: Disk = {
  write: (fd, bytes, start, offset) =>
    uninterrupted(() => writeSync(fd, bytes, start, bytes.length - start, offset ?? null)),
  truncate: (fd, bytes) => uninterrupted(() => ftruncateSync(fd, bytes)),
  sync: (fd) =>
    untilSynced(
      () =>
        new Promise((resolve, reject) =>
          fdatasync(fd, (error) => (error ? reject(error) : resolve())),
        ),
    ),
  syncNow: (fd) => void canSyncNow(fd),
};

/** Syncs an open file, holding the thread. Returns `false` where its disk can't. Throws other errors. */
export function canSyncNow(fd: number): boolean {
  try {
    uninterrupted(() => fdatasyncSync(fd));
    return true;
  } catch (error) {
    if (cannotSyncFiles(error)) return false;
    throw error;
  }
}

/** Syncs an open file: see {@link DISK}. Rejects with file-system errors. */
export function syncHandle(file: FileHandle): Promise<void> {
  return untilSynced(() => file.datasync());
}

/** Makes a sync again when a signal has interrupted it. Resolves where the disk has no such call. */
export async function untilSynced(sync: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await sync();
    } catch (error) {
      if (cannotSyncFiles(error)) return;
      if (!isInterrupted(error) || tries > INTERRUPTIONS_MAX) throw error;
    }
  }
}

/** Makes a system call again when a signal has interrupted it, as network folders and FUSE allow. */
export function uninterrupted<T>(call: () => T): T {
  for (let tries = 1; ; tries += 1) {
    try {
      return call();
    } catch (error) {
      if (!isInterrupted(error) || tries > INTERRUPTIONS_MAX) throw error;
    }
  }
}

/** How far a file that is appended to is valid. Only the functions below change it. */
export interface AppendState {
  /** Length in bytes; all of it whole lines. */
  bytes: number;
  /** There are bytes behind `bytes` that could not be cut off. Nothing is appended until they can be. */
  isRagged: boolean;
}

/**
 * Appends all of `lines`, or nothing: a partial write is cut off, at once or before the next append. Throws file-system
 * errors.
 */
export function appendOrCutBack(
  disk: Disk,
  fd: number,
  state: AppendState,
  lines: Uint8Array,
): void {
  try {
    if (state.isRagged) truncate(disk, fd, state);
    writeAll(disk, fd, lines);
  } catch (error) {
    cutBack(disk, fd, state, state.bytes);
    throw error;
  }
  state.bytes += lines.length;
}

/** Cuts the file back to a length that it had before. A refusal is remembered, and tried again by the next append. */
export function cutBack(disk: Disk, fd: number, state: AppendState, bytes: number): void {
  state.bytes = Math.min(state.bytes, bytes);
  try {
    truncate(disk, fd, state);
  } catch {
    state.isRagged = true;
  }
}

/**
 * Writes all of `bytes`, by as many calls as it takes; `offset` is where in a file that wasn't opened for appending. Throws
 * file-system errors, also after writing a part.
 */
export function writeAll(disk: Disk, fd: number, bytes: Uint8Array, offset?: number): void {
  let written = 0;
  while (written < bytes.length) {
    const place = offset === undefined ? undefined : offset + written;
    const count = disk.write(fd, bytes, written, place);
    if (count <= 0) throw new Error("the disk took nothing");
    written += count;
  }
}

/**
 * Reads `count` bytes from offset `start` on; fewer at the end of the file. Uses `buffer` when that is large enough.
 * Throws file-system errors.
 */
export function readBytes(fd: number, start: number, count: number, buffer?: Buffer): Buffer {
  const isLargeEnough = buffer !== undefined && buffer.length >= count;
  const bytes = isLargeEnough ? buffer : Buffer.allocUnsafe(Math.max(0, count));
  let filled = 0;
  while (filled < count) {
    const read = uninterrupted(() => readSync(fd, bytes, filled, count - filled, start + filled));
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

/**
 * Closes a file of which nothing is left to write, or which is synced. Network folders report late failures
 * of writing here; the descriptor is free all the same.
 */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Nothing is lost by it.
  }
}

function truncate(disk: Disk, fd: number, state: AppendState): void {
  disk.truncate(fd, state.bytes);
  state.isRagged = false;
}

/** Returns the SHA-256 of a file's bytes, in hexadecimal digits. Holds the thread; throws file-system errors. */
export function sha256OfFile(path: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(HASHED_BYTES);
  const fd = openSync(path, "r");
  try {
    for (let bytes = readSync(fd, buffer); bytes > 0; bytes = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, bytes));
    }
    return hash.digest("hex");
  } finally {
    closeQuietly(fd);
  }
}
