import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMissing } from "./fs-errors.ts";

/** Returns the names in a folder, sorted; none when it doesn't exist. Throws other file-system errors. */
export function namesIn(folder: string): string[] {
  return unlessMissing(() => readdirSync(folder).sort());
}

/**
 * Returns the names of the folders in a folder, sorted; none when it doesn't exist. Follows symbolic links. Throws other
 * file-system errors.
 */
export function foldersIn(folder: string): string[] {
  // Not every disk tells the kind of an entry with its name: what is no file for certain is looked at.
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

/** A link that leads nowhere, or in a circle, is no folder. */
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
