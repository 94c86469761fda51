import { type Dirent, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMissing, isNameTaken } from "./fs-errors.ts";

/** Returns the names in a folder, sorted; none when it doesn't exist. Throws other file-system errors. */
export function namesIn(folder: string): string[] {
  return unlessMissing(() => readdirSync(folder).sort());
}

/**
 * Returns the names of the folders in a folder, sorted; none when it doesn't exist. Follows symbolic links.
 * Throws other file-system errors.
 */
export function foldersIn(folder: string): string[] {
  // Not every disk tells an entry's kind with its name, and a symbolic link may lead to a folder.
  const isFolderEntry = (entry: Dirent): boolean =>
    entry.isDirectory() || (!entry.isFile() && isFolder(join(folder, entry.name)));
  return unlessMissing(() => readdirSync(folder, { withFileTypes: true }))
    .filter(isFolderEntry)
    .map(({ name }) => name)
    .sort();
}

/** Whether something is at a path. Throws an error that leaves it open, such as a missing permission. */
export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Removes a folder that has nothing in it. Returns whether it did. Throws other file-system errors. */
export function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (isMissing(error) || isNameTaken(error)) return false;
    throw error;
  }
}

/** Returns whether a path leads to a folder; a link that leads nowhere or in a circle doesn't. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function unlessMissing<T>(list: () => T[]): T[] {
  try {
    return list();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
