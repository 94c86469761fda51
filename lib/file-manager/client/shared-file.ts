import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { namesIn } from "../disk/folder-entries.ts";
import {
  PRIVATE_FILE,
  removeLeftover,
  replaceFileSync,
  temporaryOf,
} from "../disk/replace-file.ts";

/** New content that is so old was left by a client that ended while it wrote: a write takes milliseconds. */
const LEFTOVER_MS = 10 * 60_000;

/**
 * Replaces a file whole that several clients of one person may write at the same time: each has a temporary file of its
 * own. The last one counts. What a client left behind that was killed while it wrote is removed. Throws file-system
 * errors, and the old file stays then.
 */
export function replaceSharedFileSync(
  path: string,
  content: string,
  mode: number = PRIVATE_FILE,
): void {
  const [folder, name] = [dirname(path), basename(path)];
  const own = `${process.pid}-${randomBytes(4).toString("hex")}.${name}`;
  replaceFileSync(path, content, mode, temporaryOf(join(folder, own)));
  // By the clock of the disk, which a network folder has of its own.
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  for (const each of namesIn(folder)) {
    // The name without a number is of earlier versions.
    const isTemporary = each === `.${name}.new` || isOwnTemporary(each, name);
    if (isTemporary && isOlder(join(folder, each), writtenAt - LEFTOVER_MS)) {
      removeLeftover(join(folder, each));
    }
  }
}

function isOwnTemporary(each: string, name: string): boolean {
  const end = `.${name}.new`;
  return each.endsWith(end) && /^\.\d+-[0-9a-f]{8}$/.test(each.slice(0, -end.length));
}

function isOlder(path: string, time: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.mtimeMs < time;
}
