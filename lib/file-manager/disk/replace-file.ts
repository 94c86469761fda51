import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Only the owner of the server reads what it keeps, unless a file says otherwise. */
export const PRIVATE_FILE = 0o600;

/**
 * Puts a file in place whole, or leaves the old one as it was: temporary file, fsync, rename, fsync of the
 * folder. A crash at any moment leaves one of the two. Holds the thread until it is on disk, so it is for
 * starting and stopping; {@link replaceFile} is for the time between.
 *
 * Throws what the disk throws; the temporary file is gone then.
 *
 * @example replaceFileSync(join(folder, "rooms.json"), text);
 */
export function replaceFileSync(
  path: string,
  content: string | Uint8Array,
  mode: number = PRIVATE_FILE,
): void {
  const temporary = temporaryOf(path);
  rmSync(temporary, { force: true });
  try {
    const fd = openSync(temporary, "wx", mode);
    try {
      writeAllSync(fd, typeof content === "string" ? Buffer.from(content) : content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolderSync(dirname(path));
}

/**
 * The same without holding the thread: the content comes in pieces, each of which is made when the one
 * before has been written, so a large file never costs more of one turn than its largest piece.
 * Two calls for one path must not overlap.
 *
 * Rejects with what the disk threw, or with what making a piece threw; the temporary file is gone then.
 *
 * @param isWanted asked when all of it is written: whether it may take the old one's place. Answers what that said
 *
 * @example await replaceFile(join(folder, "users.json"), piecesOf(accounts));
 */
export async function replaceFile(
  path: string,
  pieces: Iterable<string | Uint8Array>,
  isWanted: () => Promise<boolean> = async () => true,
): Promise<boolean> {
  const temporary = temporaryOf(path);
  await rm(temporary, { force: true });
  try {
    const file = await open(temporary, "wx", PRIVATE_FILE);
    try {
      for (const piece of pieces) {
        const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
        let at = 0;
        while (at < bytes.length) at += (await file.write(bytes, at)).bytesWritten;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (!(await isWanted())) {
      await rm(temporary, { force: true });
      return false;
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

/** Makes new, renamed and removed names in a folder outlast a loss of power. */
export function syncFolderSync(folder: string): void {
  if (!FOLDERS_SYNC) return;
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** {@link syncFolderSync} without holding the thread. */
export async function syncFolder(folder: string): Promise<void> {
  if (!FOLDERS_SYNC) return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where the new content lies until it is complete; one that a crash left behind is written over. */
export function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

/** The same for one that is written once more, while other new content may be made for the same path. */
export function secondTemporaryOf(path: string): string {
  return temporaryOf(join(dirname(path), `again.${basename(path)}`));
}

/** Windows keeps a folder's entries safe by itself, and refuses to open one. */
const FOLDERS_SYNC = process.platform !== "win32";

function writeAllSync(fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(fd, bytes, at);
}
