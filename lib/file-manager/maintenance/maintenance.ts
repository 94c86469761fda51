import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import {
  type Author,
  authorOf,
  legacyAccountId,
  parseAccountId,
} from "../../protocol/account-id.ts";
import { FINGERPRINT_END_DIGITS, fingerprintEnd } from "../../protocol/fingerprint.ts";
import type { Language } from "../../protocol/language.ts";
import { fold, type RoomName } from "../../protocol/names.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { loadCertificate } from "../certificates/certificates.ts";
import { mendDates } from "../dates/mend-dates.ts";
import { fsErrorSentence, fsErrorText } from "../disk/fs-errors.ts";
import { lockFolder } from "../disk/lock.ts";
import { exportAccount } from "../export/account-export.ts";
import { exportRoom } from "../export/room-export.ts";
import { markBackup } from "../folder-facts.ts";
import type { ImportRequest } from "../import/import-log.ts";
import { formatProblem } from "../upgrade.ts";
import { backUp, restoreBackup } from "./backup.ts";
import { examine } from "./doctor.ts";
import { doctorWords } from "./doctor-words.ts";
import { eraseOffline } from "./erase-offline.ts";
import { failed, type MaintenanceResult, succeeded } from "./maintenance-result.ts";
import { foldLog, missingChangesReport } from "./offline-log.ts";
import { recordTask } from "./record-task.ts";

/** A task that the owner gave on the command line: see lib/settings/server-task.ts. */
interface MaintenanceTask {
  readonly name:
    | "backup"
    | "restore"
    | "doctor"
    | "fingerprint"
    | "forget"
    | "import"
    | "export"
    | "export-account"
    | "mend-dates";
  /** The task's arguments, in order. */
  readonly words: readonly string[];
  /** `--mend`: whether doctor repairs what it can, and mend-dates moves what it found. */
  readonly mend: boolean;
  /** The options of `import`. */
  readonly importOptions?: Omit<ImportRequest, "format" | "file" | "room">;
}

/** The tasks' dependencies. */
interface MaintenancePorts {
  /** Path of the data folder. */
  readonly data: string;
  /** Path of the folder with the server's certificate. */
  readonly certs: string;
  /** Makes the store that the user file is read into: `AccountStore.of`. */
  readonly makeStore: (records: AccountRecords) => AccountStore;
  /** Returns a new conversation's id, never used before. */
  readonly newRoomId: (room: RoomName) => ConversationId;
  /** Returns an identifier that was never used before, for an event of that time; without one, of now. */
  readonly newId: (time?: number) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The system's user who runs the task, for the audit file. */
  readonly user: string;
  /** The language of the doctor; English when left out. */
  readonly language?: Language;
}

/** Runs one of the owner's tasks. Problems with files are part of the result; rejects only on a bug. */
export async function runMaintenance(
  task: MaintenanceTask,
  ports: MaintenancePorts,
): Promise<MaintenanceResult> {
  try {
    return await run(task, ports);
  } catch (error) {
    const sentence = fsErrorSentence(error);
    if (sentence === null) throw error;
    return failed(sentence);
  }
}

async function run(task: MaintenanceTask, ports: MaintenancePorts): Promise<MaintenanceResult> {
  const [first = "", second = ""] = task.words;
  const usesData = task.name !== "restore" && task.name !== "fingerprint";
  const problem = usesData ? formatProblem(ports.data) : null;
  if (problem !== null) return failed(problem);
  switch (task.name) {
    case "backup":
      return backUpAndExamine(first, ports);
    case "restore": {
      const result = restoreBackup(first, ports);
      if ("refused" in result) return failed(result.refused);
      return succeeded(
        `${formatCount(result.files, "file")} ${agree(result.files, "is", "are")} back in ${ports.data} and ${ports.certs}.`,
      );
    }
    case "fingerprint":
      return describeCertificate(ports.certs);
    case "doctor":
      return task.mend ? withLock(ports, () => runDoctor(ports, true)) : runDoctor(ports, false);
    case "forget":
      return withLockAndLog(ports, () =>
        recorded(eraseAccountMessages(first, ports), { act: "forget", target: first }, ports),
      );
    case "import":
      return runImport(task, ports);
    case "mend-dates":
      if (!existsSync(ports.data)) return failed(`There is no folder ${ports.data}.`);
      return withLock(ports, () => {
        const { data, makeStore, now } = ports;
        return mendDates({ data, makeStore, now: now(), mend: task.mend });
      });
    case "export":
      return withMissingChanges(await exportRoom(first, second, ports.data), ports);
    case "export-account":
      return withMissingChanges(
        await exportAccount(first, second, ports.data, ports.makeStore),
        ports,
      );
  }
}

/** A dry run changes nothing, so it needs no lock. */
async function runImport(
  { words, importOptions }: MaintenanceTask,
  ports: MaintenancePorts,
): Promise<MaintenanceResult> {
  const [format = "", file = "", room = ""] = words;
  const options = importOptions ?? { encoding: "", timezone: "", channel: "", dryRun: false };
  const request = { format, file, room, ...options };
  // No other task needs the packages that read zips and tables.
  const { importLog } = await import("../import/import-log.ts");
  if (options.dryRun) return importLog(request, ports);
  return withLockAndLog(ports, async () =>
    recorded(
      await importLog(request, ports),
      { act: "import", target: room, reason: format },
      ports,
    ),
  );
}

/** Adds a sentence to the result of a task that only reads, if it can't have seen everything. */
function withMissingChanges(
  { lines, ok }: MaintenanceResult,
  { data, makeStore }: MaintenancePorts,
): MaintenanceResult {
  return { ok, lines: ok ? [...lines, ...missingChangesReport(data, makeStore)] : lines };
}

/** Records a task that was carried out. One that failed may have been carried out in part, and says so. */
async function recorded(
  { lines, ok }: MaintenanceResult,
  task: Parameters<typeof recordTask>[0],
  ports: MaintenancePorts,
): Promise<MaintenanceResult> {
  return { ok, lines: ok ? [...lines, ...(await recordTask(task, ports))] : lines };
}

/** Shows what the owner reads out to somebody whose client doesn't know the certificate. */
function describeCertificate(certs: string): MaintenanceResult {
  const certificate = loadCertificate(certs);
  if ("refused" in certificate) return failed(certificate.refused);
  const { fingerprint, isSelfSigned, hostNames, validTo } = certificate;
  const lines = [
    `The fingerprint of the certificate in ${certs} (SHA-256):`,
    `  ${fingerprint}`,
    `Its last ${FINGERPRINT_END_DIGITS} characters: ${fingerprintEnd(fingerprint)}`,
    isSelfSigned
      ? "No authority vouches for it: clients recognize it by this fingerprint."
      : `An authority vouches for it (${hostNames.join(", ")}) until ${new Date(validTo).toISOString().slice(0, 10)}.`,
  ];
  return { lines, ok: true };
}

/** Examines the backup with the doctor's rules, so that the owner learns of damage that was copied. */
async function backUpAndExamine(
  target: string,
  ports: MaintenancePorts,
): Promise<MaintenanceResult> {
  const time = new Date(ports.now()).toISOString();
  const result = await backUp(ports, target, time, ports.makeStore);
  if ("refused" in result) return failed(result.refused);
  markBackup(ports.data, time);
  // What was copied was hashed on the way; the doctor reads all of it.
  const copy = join(target, "data");
  const findings = examine(copy, ports.makeStore, ports.now(), null, undefined, false);
  const size = `${formatCount(result.files, "file")}, ${Math.ceil(result.bytes / 1024)} kB`;
  if (findings.length === 0) return succeeded(`The backup in ${target} is complete: ${size}.`);
  return {
    ok: true,
    lines: [
      `The backup in ${target} is complete (${size}). The data itself has these problems:`,
      ...findings.map(({ path, problem }) => `${basename(path)}: ${problem}`),
    ],
  };
}

/** Erases an account's messages; fails if no such account exists and nothing of that name was found. */
function eraseAccountMessages(
  name: string,
  { data, makeStore }: MaintenancePorts,
): MaintenanceResult {
  const users = readUserFile(data, makeStore);
  if ("refused" in users) return failed(users.refused);
  const account = users.records.account(fold(name));
  const author = authorNamed(users.records, name);
  const { count, lines, ok } = eraseOffline(data, author, account?.name ?? name);
  if (account !== null || count > 0) return { lines, ok };
  return failed(`There is no account ${name}, and no messages of one with that name.`);
}

/**
 * Returns whose messages a name or an id means: an account's, those of a deleted account whose name rests or whose
 * id is given, or else those of the name in lines that are older than ids.
 */
function authorNamed(accounts: AccountStore, name: string): Author {
  const account = accounts.account(fold(name)) ?? accounts.restingName(fold(name));
  if (account !== null) return authorOf(account);
  const legacyAccount = legacyAccountId(name);
  return { account: parseAccountId(name) ?? legacyAccount, legacyAccount, since: 0 };
}

function runDoctor(ports: MaintenancePorts, mend: boolean): MaintenanceResult {
  const words = doctorWords(ports.language ?? "en");
  const findings = examine(ports.data, ports.makeStore, ports.now(), ports.newId, words);
  if (findings.length === 0) return succeeded(words.allGood(ports.data));
  const lines: string[] = [];
  let left = 0;
  for (const { path, problem, repair, advice } of findings) {
    // A refused file's problem is a whole sentence that begins with the path.
    lines.push(problem.startsWith(path) ? problem : `${path}: ${problem}.`);
    const failure = mend && repair !== null ? failureOf(repair.run) : null;
    if (mend && repair !== null && failure === null) {
      lines.push(`  ${words.mended(repair.summary)}`);
      continue;
    }
    left += 1;
    if (failure !== null) lines.push(`  ${words.notMended(failure)}`);
    else if (advice !== undefined) lines.push(`  ${advice}`);
    else lines.push(`  ${repair === null ? words.cannotMend : words.wouldMend(repair.summary)}`);
  }
  lines.push(words.totals(findings.length, findings.length - left));
  return { lines, ok: left === 0 };
}

/** Runs something that may throw a file system error; returns its text, or `null` on success. */
function failureOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return fsErrorText(error);
  }
}

/** Runs a task that changes the files while no server can use them. They have all that a server's log has, by then. */
function withLockAndLog(
  ports: MaintenancePorts,
  work: () => MaintenanceResult | Promise<MaintenanceResult>,
): Promise<MaintenanceResult> {
  return withLock(ports, async () => {
    const problem = existsSync(ports.data) ? await foldLog(ports.data, ports.makeStore) : null;
    return problem === null ? work() : failed(problem);
  });
}

/** Runs a task while no server can use the data folder. */
async function withLock(
  { data }: MaintenancePorts,
  work: () => MaintenanceResult | Promise<MaintenanceResult>,
): Promise<MaintenanceResult> {
  const locked = await lockFolder(data);
  if ("refused" in locked) return failed(locked.refused);
  if ("heldBy" in locked) {
    return failed(`A server (process ${locked.heldBy}) is using ${data}. Stop it first.`);
  }
  try {
    return await work();
  } finally {
    locked.lock.release();
  }
}
