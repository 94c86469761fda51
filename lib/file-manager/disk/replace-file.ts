import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  canSyncNow,
  closeQuietly,
  DISK,
  syncHandle,
  uninterrupted,
  untilSynced,
  writeAll,
} from "./disk.ts";
import { namesIn } from "./folder-entries.ts";
import { cannotSyncFolders } from "./fs-errors.ts";

/** The default mode of files: only the server's owner can read them. */
export const PRIVATE_FILE = 0o600;

/** Windows syncs folder entries automatically, and refuses to open a folder. */
const CAN_SYNC_FOLDERS = process.platform !== "win32";

/**
 * Replaces a file whole: temporary file, fsync, rename, fsync of the folder. A crash at any moment leaves the old file or
 * the new one. Holds the thread until it is on disk, so it is for starting and stopping; {@link replaceFile} is for the
 * time between.
 *
 * On a file-system error it throws; the old file stays then, and the temporary one is removed.
 *
 * @param temporary where the new content lies until it is complete, in the same folder
 *
 * @example replaceFileSync(join(folder, "rooms.json"), text);
 */
export function replaceFileSync(
  path: string,
  content: string | Uint8Array,
  mode: number = PRIVATE_FILE,
  temporary: string = temporaryOf(path),
): void {
  removeLeftover(temporary);
  try {
    const fd = openSync(temporary, "wx", mode);
    let isSynced = false;
    try {
      writeAll(DISK, fd, typeof content === "string" ? Buffer.from(content) : content);
      isSynced = canSyncNow(fd);
    } finally {
      // Network folders report late failures of writing here, which a sync has ruled out.
      if (isSynced) closeQuietly(fd);
      else closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    removeLeftover(temporary);
    throw error;
  }
  syncFolderSync(dirname(path));
}

/**
 * Replaces a file whole without holding the thread. The content comes in pieces. Each is made after the one before
 * was written, so a large file never costs more of one turn than its largest piece. Two calls for one path must not
 * overlap.
 *
 * Resolves to whether the file was replaced. Rejects with file-system errors, or with the error of making a piece; the old
 * file stays then, and the temporary one is removed.
 *
 * @param isWanted asked when all of it is written: whether it may still take the old file's place
 *
 * @example await replaceFile(join(folder, "users.json"), piecesOf(accounts));
 */
export async function replaceFile(
  path: string,
  pieces: Iterable<string | Uint8Array>,
  isWanted: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  const temporary = temporaryOf(path);
  removeLeftover(temporary);
  try {
    const file = await open(temporary, "wx", PRIVATE_FILE);
    try {
      for (const piece of pieces) {
        const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
        let written = 0;
        while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
      }
      await syncHandle(file);
    } finally {
      await file.close();
    }
    if (!(await isWanted())) {
      await rm(temporary, { force: true });
      return false;
    }
    await rename(temporary, path);
  } catch (error) {
    removeLeftover(temporary);
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

/**
 * Makes new, renamed and removed names in a folder survive a loss of power. Does nothing where the disk or
 * the system can't sync folders, which {@link canSyncFolder} finds out. Throws other file-system errors.
 */
export function syncFolderSync(folder: string): void {
  canSyncFolder(folder);
}

/** {@link syncFolderSync}; returns whether the folder's disk has such a call. */
export function canSyncFolder(folder: string): boolean {
  if (!CAN_SYNC_FOLDERS) return true;
  try {
    const fd = openSync(folder, "r");
    try {
      uninterrupted(() => fsyncSync(fd));
    } finally {
      closeQuietly(fd);
    }
    return true;
  } catch (error) {
    if (cannotSyncFolders(error)) return false;
    throw error;
  }
}

/** {@link syncFolderSync} without holding the thread. */
export async function syncFolder(folder: string): Promise<void> {
  if (!CAN_SYNC_FOLDERS) return;
  try {
    const handle = await open(folder, "r");
    try {
      await untilSynced(() => handle.sync());
    } finally {
      await handle.close().catch(() => {});
    }
  } catch (error) {
    if (!cannotSyncFolders(error)) throw error;
  }
}

/** Removes a file that nobody needs, if the disk allows it. Ignores errors: the caller has one already. */
export function removeLeftover(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next write to the same place removes it, or fails and says why.
  }
}

/** Removes the new content of JSON files and journals in a folder that a crash has left: it may have what was deleted since. */
export function removeLeftovers(folder: string): void {
  let names: string[] = [];
  try {
    names = namesIn(folder);
  } catch {
    // Whatever reads the folder next says why it can't be read.
  }
  for (const name of names)
    if (/^\..+\.(?:jsonl?|journal)\.new$/.test(name)) removeLeftover(join(folder, name));
}

/** Returns where the new content of a file lies until it is complete. What a crash left there is overwritten. */
export function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

/** Returns a second such place, for a copy that is made while other new content may be made for the same path. */
export function secondTemporaryOf(path: string): string {
  return temporaryOf(join(dirname(path), `again.${basename(path)}`));
}
