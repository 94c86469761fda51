import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccountRecords } from "../member-server/account.ts";
import type { AccountStore } from "../member-server/account-store.ts";
import { readUserFile } from "./accounts/user-file.ts";
import { futureDatesReport } from "./dates/future-dates.ts";
import { fsErrorText } from "./disk/fs-errors.ts";
import { lockFolder } from "./disk/lock.ts";
import { STATE_FILES } from "./folder-files.ts";
import { openRoomLog } from "./history/room-log.ts";
import { readPeopleFile } from "./snapshot/people-file.ts";
import { type ReadSnapshot, readSnapshot } from "./snapshot/snapshot-file.ts";
import { formatProblem, isOlderFormat, upgradeFolder } from "./upgrade.ts";

/** What a check learned of a folder that a start could use. */
export interface CheckedFolder {
  /** The process that uses the folder: its history wasn't read. `null`: nobody does. */
  readonly heldBy: number | null;
  /** Sentences for the owner. */
  readonly reports: readonly string[];
}

export interface FolderCheck {
  /** See `openUserFile`. */
  readonly makeStore: (records: AccountRecords) => AccountStore;
  /** The time of day in ms since 1970, against which stored dates are checked. */
  readonly now: number;
}

/**
 * Reads a data folder as a start would, and changes nothing in it but its lock: an older format is upgraded in a copy
 * of the files of state, and a folder that isn't there isn't made. Returns a sentence about the first problem.
 */
export async function checkFolder(
  folder: string,
  check: FolderCheck,
): Promise<CheckedFolder | { readonly refused: string }> {
  if (!existsSync(folder)) return { heldBy: null, reports: [] };
  const locked = await lockFolder(folder);
  if ("refused" in locked) return locked;
  if ("heldBy" in locked) {
    const { heldBy } = locked;
    // The server may have written one of two files that belong together while they were read.
    const first = readFolder(folder, check, false);
    const read = "refused" in first ? readFolder(folder, check, false) : first;
    return "refused" in read ? read : { heldBy, ...read };
  }
  try {
    const read = readFolder(folder, check, true);
    if ("refused" in read) return read;
    // A start, which uses the rest of this file, needs none of the tasks.
    const { missingChangesReport } = await import("./maintenance/offline-log.ts");
    const missing = missingChangesReport(folder, check.makeStore);
    return { heldBy: null, reports: [...missing, ...read.reports] };
  } finally {
    locked.lock.release();
  }
}

type Read = { readonly reports: readonly string[] } | { readonly refused: string };

function readFolder(folder: string, check: FolderCheck, withHistory: boolean): Read {
  const problem = formatProblem(folder);
  if (problem === null) return readFiles(folder, folder, check, withHistory);
  if (!isOlderFormat(folder)) return { refused: problem };
  const copy = mkdtempSync(join(tmpdir(), "sodam-check-"));
  try {
    for (const name of STATE_FILES) {
      if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(copy, name));
    }
    const upgraded = upgradeFolder(copy);
    if ("refused" in upgraded) return { refused: upgraded.refused.replaceAll(copy, folder) };
    const read = readFiles(copy, folder, check, withHistory);
    if ("refused" in read) return { refused: read.refused.replaceAll(copy, folder) };
    const upgrade = `${folder} has an older format. The next start brings it to the new one, and leaves a copy of the files as they are in it.`;
    return { reports: [upgrade, ...read.reports] };
  } catch (error) {
    return { refused: `${folder} could not be copied to ${copy}: ${fsErrorText(error)}.` };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/**
 * @param state where the files of state are: the folder itself, or a copy that has the new format
 * @param withHistory whether the history is read as far as a start reads it
 */
function readFiles(
  state: string,
  folder: string,
  { makeStore, now }: FolderCheck,
  withHistory: boolean,
): Read {
  const files = readState(state, makeStore);
  if ("refused" in files) return files;
  const { rooms, users, people } = files;
  if (!withHistory) return { reports: [] };
  const history = readHistory(join(folder, "history"), rooms);
  if ("refused" in history) return history;
  const changes = people.lines
    .filter(({ number }) => number > rooms.peopleFolded)
    .map(({ content }) => content);
  const restored = { ...history, snapshot: rooms.snapshot, people: changes };
  const records = users.records.snapshot();
  return {
    reports: [...history.reports, ...futureDatesReport(folder, restored, records, now)],
  };
}

/** Returns a sentence if the files of state in a folder can't be used, or `null`. Reads no history. */
export function stateProblem(
  state: string,
  makeStore: (records: AccountRecords) => AccountStore,
): string | null {
  const read = readState(state, makeStore);
  return "refused" in read ? read.refused : null;
}

function readState(state: string, makeStore: (records: AccountRecords) => AccountStore) {
  const rooms = readSnapshot(join(state, "rooms.json"));
  if ("refused" in rooms) return rooms;
  const users = readUserFile(state, makeStore);
  if ("refused" in users) return users;
  const people = readPeopleFile(join(state, "people.journal"));
  return "refused" in people ? people : { rooms, users, people };
}

function readHistory(folder: string, { snapshot, unreachable }: ReadSnapshot) {
  const log = openRoomLog(folder, { isReadOnly: true });
  if ("refused" in log) return log;
  try {
    return log.load(snapshot, unreachable);
  } catch (error) {
    return { refused: `${folder} cannot be read: ${fsErrorText(error)}. Put that right.` };
  }
}

/** Returns whether there is a data folder, so that a task makes none. */
export function hasFolder(data: string): boolean {
  return existsSync(data);
}
