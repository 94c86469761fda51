import { openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { canSyncNow, closeQuietly } from "./disk.ts";
import { canSyncFolder } from "./replace-file.ts";

/** Read by others, and searched by others, in a file's and a folder's mode. */
const OTHERS_READ = 0o004;
const OTHERS_SEARCH = 0o001;

/**
 * Returns sentences for the owner's log about what the disk of a folder lacks: syncs of folders, syncs of
 * files. The server works without, and each start says so once.
 *
 * @param file a file in the folder, to try a sync on
 */
export function syncProblems(folder: string, file: string): string[] {
  const problems: string[] = [];
  if (!holds(() => canSyncFolder(folder))) {
    problems.push(
      `${folder} is on a disk that can't sync folders: after a loss of power, the newest files may be missing`,
    );
  }
  if (!holds(() => canSyncFile(file))) {
    problems.push(
      `${folder} is on a disk that can't sync files: a loss of power may take what was said shortly before, whatever --fsync is`,
    );
  }
  return problems;
}

/**
 * Returns a sentence when other users of this machine can read a secret file, as on a disk that keeps no
 * permissions (memory cards, some network folders); `null` otherwise.
 */
export function exposureProblem(path: string): string | null {
  if (process.platform === "win32") return null;
  const isExposed = !holds(
    () =>
      (statSync(path).mode & OTHERS_READ) === 0 ||
      (statSync(dirname(path)).mode & OTHERS_SEARCH) === 0,
  );
  return isExposed
    ? `${path} can be read by other users of this machine: change its mode to 600, or mount a disk without permissions for this user alone`
    : null;
}

function canSyncFile(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    return canSyncNow(fd);
  } finally {
    closeQuietly(fd);
  }
}

/** An error counts as yes: whoever needs the file reports it. */
function holds(question: () => boolean): boolean {
  try {
    return question();
  } catch {
    return true;
  }
}
