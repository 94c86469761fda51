import { chmodSync, lstatSync, rmSync, statSync, truncateSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";

import { formatTime } from "../../protocol/time.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { futureDates } from "../dates/future-dates.ts";
import { readDates } from "../dates/mend-dates.ts";
import { isThere, namesIn } from "../disk/folder-entries.ts";
import { readLoggedChanges } from "../record-log/logged-changes.ts";
import { recordLogPath } from "../record-log/record-file.ts";
import { readPeopleFile } from "../snapshot/people-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { examineFiles } from "./doctor-files.ts";
import { type Finding, notRepairable, readOr } from "./doctor-finding.ts";
import { examineHistory } from "./doctor-history.ts";
import { type DoctorWords, ENGLISH_DOCTOR } from "./doctor-words.ts";
import { countMissingChanges } from "./offline-log.ts";

/**
 * Checks every file of a data folder against every rule that it must keep, and changes nothing. A
 * repair moves the lines that it removes to `mended/` in the data folder, so that nothing is lost.
 *
 * @param makeStore makes the store that the user file is read into: `AccountStore.of`
 * @param now the time of day, in ms since 1970; dates after it are findings
 * @param newId returns an identifier that was never used before, for repairs; without it some findings have none
 * @param words the language of the findings
 * @param isThorough whether all bytes of the files that people sent are read
 */
export function examine(
  data: string,
  makeStore: (records: AccountRecords) => AccountStore,
  now: number,
  newId: (() => string) | null = null,
  words: DoctorWords = ENGLISH_DOCTOR,
  isThorough = true,
): Finding[] {
  const findings: Finding[] = [];
  const isPresent = readOr(data, findings, () => [isThere(data)], words);
  if (findings.length > 0) return findings;
  if (!isPresent.includes(true)) return [notRepairable(data, words.noFolder)];
  const users = readUserFile(data, makeStore);
  const accounts = new Set<string>();
  if ("refused" in users) findings.push(notRepairable(data, users.refused));
  else {
    for (const { id } of users.records.snapshot().accounts) accounts.add(id);
    if (users.torn > 0) findings.push(tornLine(join(data, "users.journal"), users.torn, words));
  }
  const snapshot = readSnapshot(join(data, "rooms.json"));
  if ("refused" in snapshot)
    findings.push(notRepairable(join(data, "rooms.json"), snapshot.refused));
  const folded = "refused" in snapshot ? null : snapshot.peopleFolded;
  findings.push(...examinePeople(join(data, "people.journal"), folded, words));
  const positions = new Map<ConversationId, number>();
  if (!("refused" in snapshot)) {
    for (const { id, at, room } of snapshot.snapshot.conversations) {
      positions.set(id, at);
      for (const { account } of "refused" in users ? [] : (room?.members ?? [])) {
        if (accounts.has(account)) continue;
        const problem = words.unknownMember(room?.name ?? "", account);
        findings.push(notRepairable(join(data, "rooms.json"), problem));
      }
    }
  }
  findings.push(
    ...examineHistory(data, positions, newId, words),
    ...examineDates(data, makeStore, now, words),
    ...examineLog(data, makeStore, words),
  );
  for (const name of readOr(data, findings, () => namesIn(data), words)) {
    if (name !== "lock")
      findings.push(...examineModes(join(data, name), join(data, "history"), words));
  }
  // Behind the others: it moves some away.
  const listed = "refused" in snapshot ? null : (snapshot.snapshot.files ?? []);
  findings.push(...examineFiles(data, listed, positions, isThorough, words));
  return findings;
}

/**
 * Checks that the journal's changes are numbered without gaps, and continue where rooms.json ends.
 *
 * @param folded number of the last change that rooms.json contains; `null` if it can't be read
 */
function examinePeople(path: string, folded: number | null, words: DoctorWords): Finding[] {
  let previous = 0;
  const findings: Finding[] = [];
  const read = readPeopleFile(path);
  if ("refused" in read) return [notRepairable(path, read.refused)];
  const numbers = read.lines.map(({ number }) => number);
  const [first = 0] = numbers;
  if (folded !== null && first > folded + 1) {
    findings.push(notRepairable(path, words.changesMissingAtStart(first, folded)));
  }
  for (const n of numbers) {
    if (previous > 0 && n !== previous + 1) {
      findings.push(notRepairable(path, words.changesMissing(n, previous)));
    }
    previous = n;
  }
  if (read.torn > 0) findings.push(tornLine(path, read.torn, words));
  return findings;
}

/** Finds the dates that a server left whose clock was ahead. What can't be read is another finding. */
function examineDates(
  data: string,
  makeStore: (records: AccountRecords) => AccountStore,
  now: number,
  words: DoctorWords,
): Finding[] {
  const read = readOr(data, [], () => [readDates(data, makeStore, now)])[0];
  if (read === undefined || "refused" in read) return [];
  return futureDates(read.dates, now).map(({ place, count, latest }) => ({
    path: join(data, place),
    problem: words.futureDates(count, formatTime(latest)),
    repair: null,
    advice: words.futureAdvice(formatTime(now)),
  }));
}

/** Finds changes that only the log of records has. What else can't be read is another finding. */
function examineLog(
  data: string,
  makeStore: (records: AccountRecords) => AccountStore,
  words: DoctorWords,
): Finding[] {
  const path = recordLogPath(data);
  const findings: Finding[] = [];
  const logged = readLoggedChanges(data);
  if (logged === null) return [];
  if ("refused" in logged) return [notRepairable(path, logged.refused)];
  const count = (): number[] => {
    const missing = countMissingChanges(data, [...logged.changes], makeStore);
    return typeof missing === "number" ? [missing] : [];
  };
  const [missing = 0] = readOr(path, findings, count, words);
  if (missing === 0) return findings;
  const problem = words.loggedAlone(missing);
  return [{ path, problem, repair: null, advice: words.loggedAloneAdvice }];
}

function tornLine(path: string, bytes: number, words: DoctorWords): Finding {
  return {
    path,
    problem: words.halfLineAfterCrash(bytes),
    repair: {
      summary: words.cutOff,
      run: () => truncateSync(path, statSync(path).size - bytes),
    },
  };
}

/**
 * Finds files that other users of the machine can read, and leftovers of interrupted writes, in all
 * subfolders. Symbolic links are skipped: their target may not belong to the server.
 *
 * @param history the folder in which an interrupted import leaves a temporary folder; elsewhere a
 * folder of such a name is the owner's
 */
function examineModes(path: string, history: string, words: DoctorWords): Finding[] {
  const findings: Finding[] = [];
  const [stat] = readOr(path, findings, () => [lstatSync(path, { throwIfNoEntry: false })], words);
  if (findings.length > 0) return findings;
  if (stat === undefined || stat.isSymbolicLink()) return [];
  const canBeLeftover = !stat.isDirectory() || dirname(path) === history;
  if (canBeLeftover && /^\..+\.new$/.test(basename(path))) {
    return [
      {
        path,
        problem: words.unfinished,
        repair: {
          summary: words.removeUnfinished,
          run: () => rmSync(path, { recursive: true, force: true }),
        },
      },
    ];
  }
  if ((stat.mode & 0o077) !== 0 && process.platform !== "win32") {
    findings.push({
      path,
      problem: words.readableByOthers,
      repair: {
        summary: words.makePrivate,
        run: () => chmodSync(path, stat.isDirectory() ? 0o700 : 0o600),
      },
    });
  }
  const names = stat.isDirectory() ? readOr(path, findings, () => namesIn(path), words) : [];
  return [...findings, ...names.flatMap((name) => examineModes(join(path, name), history, words))];
}
