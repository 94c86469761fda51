/**
 * Lets each call on files fail that a leader or a node makes while a data folder goes over, and prints as JSON what came of
 * it. `joining-errors.test.ts` runs it with failing-system.ts preloaded.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isChangeUnfinished } from "../../lib/file-manager/disk/staged-change.ts";
import { openJoiningFolder } from "../../lib/file-manager/transfer/joining-data-folder.ts";
import { FolderTransfer } from "../contract/folder-transfer.ts";
import { readFolder } from "../sim/transfer-folders.ts";
import { type FailingSystem, type Fault, MARK } from "./failing-system.ts";

const CODES = ["EIO", "EPERM", "EINVAL", "ENOSPC", "EMFILE", "EXDEV"];
/** Of each call, so many fail alone as well. */
const SINGLE_CALLS = 4;
const MEMORY_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Fewer of them where an old folder stays until the new one is there. */
const CODES_BESIDE = ["EPERM", "ENOSPC", "EXDEV"];
const SINGLE_CALLS_BESIDE = 2;

const OLD_FILES = {
  "users.json": '{"format":2,"old":true}\n',
  "users.journal": "old\n",
  "rooms.json": '{"format":2}\n',
  "history/room.tea.1/2026-11-22.jsonl": '{"at":1}\n',
  "history/room.old.3/2026-11-01.jsonl": "old\n",
};
const FILES = {
  "users.json": '{"format":2}\n',
  "rooms.json": '{"format":2}\n',
  "people.journal": '{"n":1}\n',
  "history/room.tea.1/2026-11-22.jsonl": '{"at":1}\n{"at":2}\n',
  "gone/room.lunch.2/2026-11-21.jsonl": '{"at":1}\n',
};

/** What came of a join. */
export interface JoinOutcome extends Fault {
  /** Whether there was an old folder, which was to stay until the new one is there. */
  readonly isBeside: boolean;
  /** The sentence of the join in which the call failed; `null` when it succeeded all the same. */
  readonly refused: string | null;
  /** What must never be. */
  readonly wrong: readonly string[];
}

const { failingSystem } = globalThis as unknown as { failingSystem: FailingSystem };
let stray: string[] = [];
process.on("unhandledRejection", (error) => stray.push(`unhandled: ${String(error)}`));
process.on("uncaughtException", (error) => stray.push(`uncaught: ${String(error)}`));

async function joinOnce(folder: string, isBeside: boolean): Promise<string | null> {
  const options = { replaces: isBeside, keepsOld: isBeside };
  const opened = await openJoiningFolder(join(folder, "node"), options);
  if ("refused" in opened) return opened.refused;
  const outcome = await new FolderTransfer(join(folder, "leader")).join(opened.folder);
  await opened.folder.close();
  return "refused" in outcome ? outcome.refused : null;
}

function isRight(folder: string): boolean {
  const node = join(folder, "node");
  const files = Object.fromEntries(readFolder(node));
  return Bun.deepEquals(files, FILES) && !existsSync(join(node, "joining"));
}

/** Whether a folder has all of its old data, or is in the middle of a change that the next start completes. */
function isOldOrChanging(folder: string): boolean {
  const node = join(folder, "node");
  if (existsSync(join(node, "joining"))) return false;
  if (isChangeUnfinished(node)) return true;
  const files = [...readFolder(node)].filter(
    ([path]) => !/^(?:replacement|\.upgrade)\//.test(path),
  );
  return Bun.deepEquals(Object.fromEntries(files), OLD_FILES) || isRight(folder);
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

async function run(fault: Fault | null, isBeside = false): Promise<JoinOutcome> {
  const folder = mkdtempSync(join(MEMORY_FOLDER, MARK));
  const wrong: string[] = [];
  stray = [];
  let refused: string | null = null;
  try {
    failingSystem.reset(null);
    write(join(folder, "leader"), FILES);
    if (isBeside) write(join(folder, "node"), OLD_FILES);
    failingSystem.reset(fault);
    refused = await joinOnce(folder, isBeside);
    failingSystem.fault = null;
    if (refused !== null && isBeside && !isOldOrChanging(folder)) wrong.push("half of it is new");
    if (refused === null && !isRight(folder)) wrong.push("it isn't what the leader has");
    const again = refused === null ? null : await joinOnce(folder, isBeside);
    if (again !== null) wrong.push(`the next join: ${again}`);
    else if (!isRight(folder)) wrong.push("what the next join got isn't what the leader has");
  } catch (error) {
    wrong.push(String(error));
  } finally {
    failingSystem.fault = null;
    rmSync(folder, { recursive: true, force: true });
  }
  const { call = "", nth = null, code = "" } = fault ?? {};
  return { ...{ call, nth, code, isBeside, refused }, wrong: [...wrong, ...stray] };
}

async function main(): Promise<void> {
  const outcomes = [await run(null)];
  const counts = Map.groupBy([...failingSystem.calls], (call) => call);
  for (const [call, { length }] of counts) {
    for (const code of CODES) outcomes.push(await run({ call, nth: null, code }));
    for (let nth = 1; nth <= Math.min(length, SINGLE_CALLS); nth += 1) {
      outcomes.push(await run({ call, nth, code: "EIO" }));
    }
  }
  outcomes.push(await run(null, true));
  const countsBeside = Map.groupBy([...failingSystem.calls], (call) => call);
  for (const [call, { length }] of countsBeside) {
    for (const code of CODES_BESIDE) outcomes.push(await run({ call, nth: null, code }, true));
    for (let nth = 1; nth <= Math.min(length, SINGLE_CALLS_BESIDE); nth += 1) {
      outcomes.push(await run({ call, nth, code: "EIO" }, true));
    }
  }
  const calls = [...new Set([...counts.keys(), ...countsBeside.keys()])];
  process.stdout.write(JSON.stringify({ outcomes, calls }));
  process.exit(0);
}

void main();
