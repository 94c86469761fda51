import { basename, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { MemberRecords, Records } from "../../member-server/member-ports.ts";
import { fold, type RoomName } from "../../protocol/names.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { fsErrorText } from "../disk/fs-errors.ts";
import { lockFolder } from "../disk/lock.ts";
import { exportAccount } from "../export/account-export.ts";
import { exportRoom } from "../export/export-task.ts";
import { formatProblem } from "../upgrade.ts";
import { backUp, restoreBackup } from "./backup.ts";
import { examine } from "./doctor.ts";
import { eraseOffline } from "./erase-offline.ts";
import { importLog } from "./import-task.ts";

/** What the owner asked for on the command line: see lib/settings/server-task.ts. */
export interface MaintenanceTask {
  readonly name:
    | "backup"
    | "restore"
    | "doctor"
    | "forget"
    | "import"
    | "export"
    | "export-account";
  readonly words: readonly string[];
  readonly mend: boolean;
}

export interface MaintenancePorts {
  readonly data: string;
  readonly certs: string;
  /** See `openUserFile`. */
  readonly book: (records: MemberRecords) => Records;
  /** A new conversation's name for ever. */
  readonly newRoomId: (room: RoomName) => ConversationId;
  /** An identifier never given out before. */
  readonly newId: (time?: number) => string;
  readonly now: () => number;
}

/** What came of it: sentences for the owner, and whether it is as it should be. */
export interface MaintenanceResult {
  readonly said: readonly string[];
  readonly ok: boolean;
}

/** Does one of the owner's tasks. Rejects only when the fault is ours. */
export async function runMaintenance(
  task: MaintenanceTask,
  world: MaintenancePorts,
): Promise<MaintenanceResult> {
  const [first = "", second = "", third = ""] = task.words;
  const foreign = task.name === "restore" ? null : formatProblem(world.data);
  if (foreign !== null) return failed(foreign);
  switch (task.name) {
    case "backup":
      return copyOut(first, world);
    case "restore": {
      const result = restoreBackup(first, world);
      if ("refused" in result) return failed(result.refused);
      return done(`${result.files} files are back in ${world.data} and ${world.certs}.`);
    }
    case "doctor":
      return task.mend ? withLock(world, () => consult(world, true)) : consult(world, false);
    case "forget":
      return withLock(world, () => takeOut(first, world));
    case "import":
      return withLock(world, () => importLog(first, second, third, world));
    case "export":
      return exportRoom(first, second, world.data);
    case "export-account":
      return exportAccount(first, second, world.data, world.book);
  }
}

/** A backup is held against the doctor's rules before it is called one. */
function takeOut(account: string, { data, book }: MaintenancePorts): MaintenanceResult {
  const users = readUserFile(data, book);
  if ("refused" in users) return failed(users.refused);
  const { accounts } = users.records.snapshot();
  const known = accounts.find(({ name }) => fold(name) === fold(account));
  const { said, ok, count } = eraseOffline(data, account, known?.createdAt ?? 0);
  if (known !== undefined || count > 0) return { said, ok };
  return failed(`There is no account ${account}, and nothing that one of that name said.`);
}

function copyOut(target: string, world: MaintenancePorts): MaintenanceResult {
  const result = backUp(world, target, new Date(world.now()).toISOString());
  if ("refused" in result) return failed(result.refused);
  const findings = examine(join(target, "data"), world.book);
  const size = `${result.files} files, ${Math.ceil(result.bytes / 1024)} kB`;
  if (findings.length === 0) return done(`The backup in ${target} is complete: ${size}.`);
  return {
    ok: true,
    said: [
      `The backup in ${target} is complete (${size}), and has what the data has:`,
      ...findings.map(({ path, problem }) => `${basename(path)}: ${problem}`),
    ],
  };
}

function consult(world: MaintenancePorts, mend: boolean): MaintenanceResult {
  const findings = examine(world.data, world.book, world.newId);
  if (findings.length === 0) return done(`Everything in ${world.data} is as it should be.`);
  const said: string[] = [];
  let left = 0;
  for (const { path, problem, mending, mend: doIt } of findings) {
    // What a file is refused for is a sentence by itself, which begins with its path.
    said.push(problem.startsWith(path) ? problem : `${path}: ${problem}.`);
    const failure = mend && doIt !== null ? failureOf(doIt) : null;
    if (mend && doIt !== null && failure === null) {
      said.push(`  Mended: ${mending}.`);
      continue;
    }
    left += 1;
    if (failure !== null) said.push(`  It could not be mended: ${failure}.`);
    else if (mending === null)
      said.push("  Nothing can be done about that but putting back a backup.");
    else said.push(`  --mend would do this: ${mending}.`);
  }
  said.push(`${findings.length} found, ${findings.length - left} mended.`);
  return { said, ok: left === 0 };
}

/** Why the disk refused something, in words; `null` when it did not. */
function failureOf(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return fsErrorText(error);
  }
}

/** Nothing else may use the data meanwhile. */
async function withLock(
  { data }: MaintenancePorts,
  work: () => MaintenanceResult | Promise<MaintenanceResult>,
): Promise<MaintenanceResult> {
  const taken = await lockFolder(data);
  if ("refused" in taken) return failed(taken.refused);
  if ("heldBy" in taken) {
    return failed(`A server (process ${taken.heldBy}) uses ${data}. Stop it first.`);
  }
  try {
    return await work();
  } finally {
    taken.lock.release();
  }
}

function done(sentence: string): MaintenanceResult {
  return { said: [sentence], ok: true };
}

function failed(sentence: string): MaintenanceResult {
  return { said: [sentence], ok: false };
}
