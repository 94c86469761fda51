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
import { isThere } from "./disk/folder-entries.ts";
import { fsErrorText } from "./disk/fs-errors.ts";
import type { FolderLock } from "./disk/lock.ts";
import { removeLeftovers } from "./disk/replace-file.ts";
import { type LoadedHistory, openRoomLog, type RoomLog } from "./history/room-log.ts";
import { withSentFiles } from "./history/sent-files.ts";
import { catchUpFolder, withLoggedEvents } from "./record-log/folder-catch-up.ts";
import type { LoggedChanges } from "./record-log/logged-changes.ts";
import { recordLogPath } from "./record-log/record-file.ts";
import { hasRecordLogReaders } from "./record-log/record-readers.ts";
import { openPeopleFile, type PeopleFile } from "./snapshot/people-file.ts";
import { type ReadSnapshot, readSnapshot } from "./snapshot/snapshot-file.ts";

type OpenOptions = Pick<
  DataFolderOptions,
  "makeStore" | "onProblem" | "now" | "disk" | "history" | "openLog"
>;

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
  /** Whether another server has left its log of records, which this one doesn't write on. */
  readonly hasOldLog: boolean;
  /** Whether it was followed to its end, and not read by this process: `restored` is older than the files. */
  readonly isFollowed: boolean;
}

/**
 * Opens the files of a data folder that is locked and of this version, brings them up to its log of records, and reads them;
 * or returns which of them is damaged or newer, and what to do.
 *
 * @param upgradeReports what upgrading it has told
 */
export async function openFiles(
  path: string,
  options: OpenOptions,
  lock: FolderLock,
  upgradeReports: readonly string[],
): Promise<OpenedFiles | { readonly refused: string }> {
  const { makeStore, onProblem, now, disk: testDisk, history: hasHistory, openLog } = options;
  // Only read, and so first: a folder of a newer format is left as it is to the last byte.
  const rooms = readSnapshot(join(path, "rooms.json"));
  if ("refused" in rooms) return rooms;
  const { peopleFolded, unreachable } = rooms;
  const disk = testDisk === undefined ? {} : { disk: testDisk };
  const users = openUserFile(path, makeStore, {
    note: onProblem,
    hasReaders: () => hasRecordLogReaders(path),
    ...disk,
  });
  if ("refused" in users) return users;
  const peoplePath = join(path, "people.journal");
  const people = openPeopleFile(peoplePath, peopleFolded, { onProblem, ...disk });
  if ("refused" in people) return people;
  const archiveFolder = join(path, "gone");
  const log = openRoomLog(join(path, "history"), { archiveFolder, onProblem, ...disk });
  if ("refused" in log) return log;
  const logged = await (openLog === undefined ? readOldLog(path) : openLog(lock));
  if (logged !== null && "refused" in logged) return logged;
  const catchUp = { folder: path, users: users.file, people: people.file, hasHistory };
  const added =
    logged === null ? null : await catchUpFolder(logged, { ...catchUp, onProblem, ...disk });
  if (added !== null && "refused" in added) return added;
  const { snapshot } = withSentFiles(path, rooms);
  const read = loadHistory(log, join(path, "history"), rooms);
  if ("refused" in read) return read;
  const { later, recent, reports } =
    added === null ? read : withLoggedEvents(read, added, snapshot);
  removeLeftovers(path);
  const audit = new AuditFile(path, onProblem, testDisk);
  const changes = [...people.changes, ...(added?.people ?? [])];
  audit.recover(changes);
  const restored = { snapshot, later, people: changes, recent };
  const accountRecords = added === null ? users.records : users.file.snapshot();
  return {
    users: users.file,
    accountRecords,
    people: people.file,
    audit,
    log,
    unreachable,
    restored,
    reports: [
      ...upgradeReports,
      ...tornReport("users.journal", users.torn),
      ...tornReport("people.journal", people.torn),
      ...(added?.reports ?? []),
      ...reports,
      ...(now === undefined ? [] : futureDatesReport(path, restored, accountRecords, now)),
      ...diskReports(path),
    ],
    hasOldLog: logged !== null && openLog === undefined,
    isFollowed: false,
  };
}

/** Reads the log that another server has left. Without one the code for it isn't loaded. */
async function readOldLog(
  folder: string,
): Promise<LoggedChanges | null | { readonly refused: string }> {
  const path = recordLogPath(folder);
  try {
    if (!isThere(path)) return null;
  } catch (error) {
    return {
      refused: `${path} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  const { readLoggedChanges } = await import("./record-log/logged-changes.ts");
  return readLoggedChanges(folder);
}

/** Reads the ends of the histories, or returns why they can't be listed. */
export function loadHistory(
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
