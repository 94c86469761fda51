import { rmSync } from "node:fs";
import { join } from "node:path";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { openUserFile, readUserFile } from "../accounts/user-file.ts";
import { syncFolderSync } from "../disk/replace-file.ts";
import { HistoryCatchUp } from "../history/catch-up-history.ts";
import { catchUpFolder } from "../record-log/folder-catch-up.ts";
import {
  type LoggedChange,
  type LoggedChanges,
  readLoggedChanges,
} from "../record-log/logged-changes.ts";
import { recordLogPath } from "../record-log/record-file.ts";
import { openPeopleFile, readPeopleFile } from "../snapshot/people-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";

/*
 * The log of records that a server with gateways has left, for the owner's tasks. A crash may have kept its last changes
 * out of the other files.
 */

type MakeStore = (records: AccountRecords) => AccountStore;

/**
 * Writes what a log has and the files of a folder lack into the files. Nothing else may use the folder. Resolves to the
 * history files that were appended to. Throws file-system errors.
 */
export async function addLoggedChanges(
  folder: string,
  logged: LoggedChanges,
  makeStore: MakeStore,
): Promise<{ readonly written: ReadonlySet<string> } | { readonly refused: string }> {
  const snapshot = readSnapshot(join(folder, "rooms.json"));
  if ("refused" in snapshot) return snapshot;
  const users = openUserFile(folder, makeStore);
  if ("refused" in users) return users;
  const people = openPeopleFile(join(folder, "people.journal"), snapshot.peopleFolded);
  if ("refused" in people) {
    await users.file.close();
    return people;
  }
  // On a server without history, too: its log has no texts, and the next start finds the events there.
  const files = { folder, users: users.file, people: people.file, hasHistory: true };
  const added = await catchUpFolder(logged, { ...files, onProblem: () => {} });
  await Promise.all([users.file.close(), people.file.close()]);
  return added;
}

/**
 * Writes what the log of a locked folder has into its files, and removes it: a task is about to change what it tells, and
 * what is erased must not stay in it. Resolves to a sentence about why it can't, or `null`. Throws file-system errors.
 */
export async function foldLog(folder: string, makeStore: MakeStore): Promise<string | null> {
  const logged = readLoggedChanges(folder);
  if (logged === null) return null;
  if ("refused" in logged) return logged.refused;
  const added = await addLoggedChanges(folder, logged, makeStore);
  if ("refused" in added) return added.refused;
  rmSync(recordLogPath(folder), { force: true });
  syncFolderSync(folder);
  return null;
}

/**
 * Counts the changes of a log that the files of a folder lack, and changes nothing. A sentence if one of them can't be
 * read. Throws file-system errors.
 *
 * @param changes those of the log, read whole before: a server that runs writes the files after the log
 */
export function countMissingChanges(
  folder: string,
  changes: readonly LoggedChange[],
  makeStore: MakeStore,
): number | { readonly refused: string } {
  const snapshot = readSnapshot(join(folder, "rooms.json"));
  if ("refused" in snapshot) return snapshot;
  const people = readPeopleFile(join(folder, "people.journal"));
  if ("refused" in people) return people;
  const users = readUserFile(folder, makeStore);
  if ("refused" in users) return users;
  const lastPerson = Math.max(snapshot.peopleFolded, people.lines.at(-1)?.number ?? 0);
  const roots = [join(folder, "history"), join(folder, "gone")] as const;
  const histories = new HistoryCatchUp(...roots, undefined, undefined, true);
  return changes.filter((change) => {
    if (change.kind === "person") return change.number > lastPerson;
    if (change.kind === "accounts") return change.number > users.last;
    return histories.lacks(change);
  }).length;
}

/** Returns a sentence for the owner about changes that the log alone has, or none. Throws file-system errors. */
export function missingChangesReport(folder: string, makeStore: MakeStore): string[] {
  const logged = readLoggedChanges(folder);
  if (logged === null) return [];
  if ("refused" in logged) return [logged.refused];
  const missing = countMissingChanges(folder, [...logged.changes], makeStore);
  if (missing === 0 || typeof missing !== "number") return [];
  return [
    `${formatCount(missing, "change")} ${agree(missing, "is", "are")} in records.journal alone. The next start writes ${agree(missing, "it", "them")} into the other files.`,
  ];
}
