import { join } from "node:path";
import type { ConversationId } from "../chat-server/event.ts";
import type { PersonChange, Restored } from "../chat-server/server-ports.ts";
import type { JournalNumbers } from "../cluster/log/record.ts";
import { type ReadUserFile, resumeUserFile } from "./accounts/user-file.ts";
import { AuditFile } from "./audit/audit-file.ts";
import type { DataFolder, DataFolderOptions } from "./data-folder.ts";
import { fsErrorSentence } from "./disk/fs-errors.ts";
import type { FolderLock } from "./disk/lock.ts";
import { removeLeftovers } from "./disk/replace-file.ts";
import { type FollowedHistory, openRoomLog, type RoomLog } from "./history/room-log.ts";
import { OpenDataFolder } from "./open-data-folder.ts";
import type { OpenedFiles } from "./open-files.ts";
import { hasRecordLogReaders } from "./record-log/record-readers.ts";
import { openPeopleFile } from "./snapshot/people-file.ts";

/** What a process knows of a data folder whose log it has followed to its end. */
export interface PromotedFolder extends FollowedHistory {
  readonly restored: Restored;
  /** The accounts, with all that was followed. */
  readonly users: Pick<ReadUserFile, "records" | "folded">;
  readonly peopleFolded: number;
  readonly numbers: JournalNumbers;
  readonly unreachable: readonly ConversationId[];
  /** The last positions of conversations in which something was followed. */
  readonly positions: Iterable<readonly [id: ConversationId, position: number]>;
  /** Acts that the audit file may lack. */
  readonly audited: readonly PersonChange[];
}

/** Opens a followed folder for writing: see `FolderReader.promote`. Never rejects on a file-system error. */
export async function promoteFolder(
  path: string,
  followed: PromotedFolder,
  options: DataFolderOptions,
  lock: FolderLock,
): Promise<DataFolder | { readonly refused: string }> {
  const opened: { close(): Promise<void> }[] = [];
  let files: OpenedFiles | { readonly refused: string };
  try {
    files = openFollowed(path, followed, options, opened);
  } catch (error) {
    const sentence = fsErrorSentence(error);
    if (sentence === null) throw error;
    files = { refused: sentence };
  }
  if (!("refused" in files)) return new OpenDataFolder(path, files, options, lock);
  for (const file of opened) await file.close();
  lock.release();
  return files;
}

/**
 * Throws file-system errors.
 *
 * @param opened gets what is to be closed when the folder is refused
 */
function openFollowed(
  path: string,
  followed: PromotedFolder,
  { onProblem, disk: testDisk, history }: DataFolderOptions,
  opened: { close(): Promise<void> }[],
): OpenedFiles | { readonly refused: string } {
  const { restored, users, peopleFolded, numbers, unreachable, positions, audited } = followed;
  const disk = testDisk === undefined ? {} : { disk: testDisk };
  const people = openPeopleFile(join(path, "people.journal"), peopleFolded, {
    ...{ onProblem, ...disk },
  });
  if ("refused" in people) return people;
  opened.push(people.file);
  if (people.file.lastNumber !== numbers.people) return notInStep(path, "people.journal");
  const hasReaders = () => hasRecordLogReaders(path);
  const userFile = resumeUserFile(path, users, numbers.accounts, {
    ...{ note: onProblem, hasReaders, ...disk },
  });
  if (userFile === null) return notInStep(path, "users.journal");
  if ("refused" in userFile) return userFile;
  opened.push(userFile);
  const archiveFolder = join(path, "gone");
  const log = openRoomLog(join(path, "history"), { archiveFolder, onProblem, ...disk });
  if ("refused" in log) return log;
  opened.push(log);
  log.resume(followed);
  const lacking = history ? conversationOutOfStep(log, positions) : null;
  if (lacking !== null) return notInStep(path, `history/${lacking}`);
  removeLeftovers(path);
  const audit = new AuditFile(path, onProblem, testDisk);
  audit.recover(audited);
  return {
    ...{ users: userFile, accountRecords: users.records.snapshot(), people: people.file, audit },
    ...{ log, unreachable, restored, reports: [], hasOldLog: false, isFollowed: true },
  };
}

/** Returns a conversation whose history doesn't end where the log does, or `null`. Throws file-system errors. */
function conversationOutOfStep(
  log: RoomLog,
  positions: PromotedFolder["positions"],
): ConversationId | null {
  for (const [id, position] of positions) if (log.positionOf(id) !== position) return id;
  return null;
}

function notInStep(path: string, file: string): { readonly refused: string } {
  return { refused: `${join(path, file)} doesn't end where records.journal does.` };
}
