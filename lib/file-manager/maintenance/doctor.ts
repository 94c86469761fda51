import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { MemberRecords, Records } from "../../member-server/member-ports.ts";
import { fold } from "../../protocol/names.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { readPeopleFile } from "../snapshot/people-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { type Finding, notRepairable, readOr } from "./doctor-finding.ts";
import { examineHistory } from "./doctor-history.ts";

/**
 * Holds every file of a data folder against every rule that it must keep, and changes nothing. What is taken
 * out by mending goes to `mended/` in the data folder, and is lost to nobody.
 *
 * @param book see `openUserFile`
 * @param newId an identifier never given out before, for mending; without one some of it is left to a person
 */
export function examine(
  data: string,
  book: (records: MemberRecords) => Records,
  newId: (() => string) | null = null,
): Finding[] {
  if (!existsSync(data)) return [notRepairable(data, "there is no such folder")];
  const users = readUserFile(data, book);
  const findings: Finding[] = [];
  const accounts = new Set<string>();
  if ("refused" in users) findings.push(notRepairable(data, users.refused));
  else {
    for (const { name } of users.records.snapshot().accounts) accounts.add(fold(name));
    if (users.torn > 0) findings.push(torn(join(data, "users.journal"), users.torn));
  }
  const snapshot = readSnapshot(join(data, "rooms.json"));
  if ("refused" in snapshot)
    findings.push(notRepairable(join(data, "rooms.json"), snapshot.refused));
  const folded = "refused" in snapshot ? null : snapshot.peopleFolded;
  findings.push(...examinePeople(join(data, "people.journal"), folded));
  const known = new Map<ConversationId, number>();
  if (!("refused" in snapshot)) {
    for (const { id, at, room } of snapshot.snapshot.conversations) {
      known.set(id, at);
      for (const { account } of "refused" in users ? [] : (room?.members ?? [])) {
        if (accounts.has(fold(account))) continue;
        const problem = `${room?.name} has a member ${account}, and there is no such account; a start leaves them out`;
        findings.push(notRepairable(join(data, "rooms.json"), problem));
      }
    }
  }
  findings.push(...examineHistory(data, known, newId));
  for (const name of readdirSync(data).sort()) {
    if (name !== "lock") findings.push(...examineModes(join(data, name), join(data, "history")));
  }
  return findings;
}

/** @param folded number of the last change that rooms.json holds; `null` when nobody knows */
function examinePeople(path: string, folded: number | null): Finding[] {
  let before = 0;
  const findings: Finding[] = [];
  const read = readPeopleFile(path);
  if ("refused" in read) return [notRepairable(path, read.refused)];
  const numbers = read.lines.map(({ number }) => number);
  const [first = 0] = numbers;
  if (folded !== null && first > folded + 1) {
    const problem = `it begins with change ${first}, and rooms.json ends at ${folded}: what lay between is missing`;
    findings.push(notRepairable(path, problem));
  }
  for (const n of numbers) {
    if (before > 0 && n !== before + 1) {
      findings.push(
        notRepairable(path, `change ${n} follows ${before}: what lay between is missing`),
      );
    }
    before = n;
  }
  if (read.torn > 0) findings.push(torn(path, read.torn));
  return findings;
}

function torn(path: string, bytes: number): Finding {
  return {
    path,
    problem: `it ends in half a line of ${bytes} bytes, as a crash or a full disk leaves it`,
    mending: "the half line is cut off, as the next start would do",
    mend: () => truncateSync(path, statSync(path).size - bytes),
  };
}

/**
 * Nobody but the owner may read any of it; and what an interrupted write left is of no use. A link is passed over:
 * what it leads to may be anybody's.
 *
 * @param history where an interrupted import leaves a folder: any other of such a name is somebody's own
 */
function examineModes(path: string, history: string): Finding[] {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isSymbolicLink()) return [];
  const isOurs = !stat.isDirectory() || dirname(path) === history;
  if (isOurs && /^\..+\.new$/.test(basename(path))) {
    return [
      {
        path,
        problem: "it was being written when the server ended",
        mending: "it is removed: what it was to replace is whole",
        mend: () => rmSync(path, { recursive: true, force: true }),
      },
    ];
  }
  const findings: Finding[] = [];
  if ((stat.mode & 0o077) !== 0 && process.platform !== "win32") {
    findings.push({
      path,
      problem: "other users of this machine may read it",
      mending: "it becomes readable for its owner alone",
      mend: () => chmodSync(path, stat.isDirectory() ? 0o700 : 0o600),
    });
  }
  const names = stat.isDirectory() ? readOr(path, findings, () => readdirSync(path).sort()) : [];
  return [...findings, ...names.flatMap((name) => examineModes(join(path, name), history))];
}
