import { join } from "node:path";
import type { ConversationId } from "../chat-server/event.ts";
import type { Restored } from "../chat-server/server-ports.ts";
import type { AccountRecords } from "../member-server/account.ts";
import { formatCount } from "../protocol/plural.ts";
import { openUserFile, type UserFile } from "./accounts/user-file.ts";
import { AuditFile } from "./audit/audit-file.ts";
import type { DataFolderOptions } from "./data-folder.ts";
import { futureDatesReport } from "./dates/future-dates.ts";
import { exposureProblem, syncProblems } from "./disk/disk-limits.ts";
import { fsErrorText } from "./disk/fs-errors.ts";
import { removeLeftovers } from "./disk/replace-file.ts";
import { type LoadedHistory, openRoomLog, type RoomLog } from "./history/room-log.ts";
import { openPeopleFile, type PeopleFile } from "./snapshot/people-file.ts";
import { type ReadSnapshot, readSnapshot } from "./snapshot/snapshot-file.ts";

type OpenOptions = Pick<DataFolderOptions, "makeStore" | "onProblem" | "now" | "disk">;

/** The open files of a data folder, and what they hold. */
export interface OpenedFiles {
  readonly users: UserFile;
  readonly accountRecords: AccountRecords;
  readonly people: PeopleFile;
  readonly audit: AuditFile;
  readonly log: RoomLog;
  readonly unreachable: readonly ConversationId[];
  readonly restored: Restored;
  readonly reports: readonly string[];
}

/**
 * Opens the files of a data folder that is locked and of this version, and reads them; or returns which of them is damaged
 * or newer, and what to do.
 *
 * @param upgradeReports what upgrading it has told
 */
export function openFiles(
  path: string,
  { makeStore, onProblem, now, disk: testDisk }: OpenOptions,
  upgradeReports: readonly string[],
): OpenedFiles | { readonly refused: string } {
  // Only read, and so first: a folder of a newer format is left as it is to the last byte.
  const rooms = readSnapshot(join(path, "rooms.json"));
  if ("refused" in rooms) return rooms;
  const { snapshot, peopleFolded, unreachable } = rooms;
  const disk = testDisk === undefined ? {} : { disk: testDisk };
  const users = openUserFile(path, makeStore, { note: onProblem, ...disk });
  if ("refused" in users) return users;
  const peoplePath = join(path, "people.journal");
  const people = openPeopleFile(peoplePath, peopleFolded, { onProblem, ...disk });
  if ("refused" in people) return people;
  const archiveFolder = join(path, "gone");
  const log = openRoomLog(join(path, "history"), { archiveFolder, onProblem, ...disk });
  if ("refused" in log) return log;
  const loaded = loadHistory(log, join(path, "history"), rooms);
  if ("refused" in loaded) return loaded;
  const { later, recent, reports } = loaded;
  removeLeftovers(path);
  const audit = new AuditFile(path, onProblem, testDisk);
  audit.recover(people.changes);
  const restored = { snapshot, later, people: people.changes, recent };
  return {
    users: users.file,
    accountRecords: users.records,
    people: people.file,
    audit,
    log,
    unreachable,
    restored,
    reports: [
      ...upgradeReports,
      ...tornReport("users.journal", users.torn),
      ...tornReport("people.journal", people.torn),
      ...reports,
      ...(now === undefined ? [] : futureDatesReport(path, restored, users.records, now)),
      ...diskReports(path),
    ],
  };
}

function loadHistory(
  log: RoomLog,
  folder: string,
  { snapshot, unreachable }: ReadSnapshot,
): LoadedHistory | { readonly refused: string } {
  try {
    return log.load(snapshot, unreachable);
  } catch (error) {
    return {
      refused: `${folder} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
}

/** Returns what the folder's disk lacks, for each start to say once. */
function diskReports(folder: string): string[] {
  const users = join(folder, "users.json");
  const exposure = exposureProblem(users);
  return [...syncProblems(folder, users), ...(exposure === null ? [] : [exposure])];
}

function tornReport(file: string, bytes: number): string[] {
  return bytes === 0
    ? []
    : [`${file} ended in half a line, which was cut off (${formatCount(bytes, "byte")})`];
}
