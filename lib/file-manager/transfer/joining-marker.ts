import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A folder in a data folder that is being fetched from another node; files on their way lie in it. */
export const JOINING_FOLDER = "joining";

/**
 * A folder in a data folder that is fetched anew, for as long as the old one stays: the new data, as far as it is there.
 */
export const REPLACEMENT_FOLDER = "replacement";

/** Returns a sentence when a data folder is not complete, since a node was stopped while it fetched it; or `null`. */
export function joiningProblem(folder: string): string | null {
  if (!isJoining(folder)) return null;
  return `${folder} is not complete: it was being fetched from the leader of a cluster. Start this node in its cluster again, and it fetches the rest; or move the folder away, and begin with another one.`;
}

/** Whether a data folder is being fetched from another node, or was until the process ended. */
export function isJoining(folder: string): boolean {
  return existsSync(join(folder, JOINING_FOLDER));
}

/** Drops what has come of new data: the data folder goes on with what it has. Throws file-system errors. */
export function dropReplacement(folder: string): void {
  const replacement = join(folder, REPLACEMENT_FOLDER);
  if (existsSync(replacement)) rmSync(replacement, { recursive: true, force: true });
}
