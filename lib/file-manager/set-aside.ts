import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ConversationId } from "../chat-server/event.ts";
import { dayOfFile } from "./day-file.ts";
import type { Pace } from "./pace.ts";

/*
 * Histories that nobody can reach any more: of rooms that the last member has left, and of accounts that are no
 * more. They are out of the way of every start, and stay for the owner, or for as long as anything is kept.
 */

/** A conversation in which nobody said anything is no larger: its founder came, and went. */
const WORDLESS_BYTES_MAX = 16 << 10;
const SAID = Buffer.from('"kind":"said"');

/**
 * Moves a conversation's folder from `history` to `gone`; one in which nothing was ever said is removed. Throws
 * what the disk throws; the folder is in one of both places then.
 */
export function setAside(history: string, gone: string, id: ConversationId): void {
  const [from, to] = [join(history, id), join(gone, id)];
  if (!existsSync(from)) return;
  if (isWordless(from)) return rmSync(from, { recursive: true });
  mkdirSync(gone, { recursive: true, mode: 0o700 });
  // A copy of the data folder that was taken meanwhile has it in both places.
  rmSync(to, { recursive: true, force: true });
  renameSync(from, to);
}

/** Deletes the days before `firstDay` of all that was set aside, and the folders in which nothing is left. */
export async function pruneAside(gone: string, firstDay: string, pace: Pace): Promise<void> {
  for (const id of existsSync(gone) ? readdirSync(gone) : []) {
    if (pace.isDue) await pace.rest();
    const folder = join(gone, id);
    if (!statSync(folder).isDirectory()) continue;
    let left = 0;
    for (const name of readdirSync(folder)) {
      const day = dayOfFile(name);
      if (day !== null && day < firstDay) await rm(join(folder, name));
      else left += 1;
    }
    if (left === 0) rmdirSync(folder);
  }
}

function isWordless(folder: string): boolean {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    bytes += statSync(path).size;
    // What is no day's file is somebody's own.
    if (bytes > WORDLESS_BYTES_MAX || dayOfFile(name) === null) return false;
    if (readFileSync(path).includes(SAID)) return false;
  }
  return true;
}
