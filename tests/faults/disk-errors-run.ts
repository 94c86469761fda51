/**
 * Lets each call on files of a server's life fail in turn, with every error that disks give, and prints as
 * JSON what came of it. `disk-errors.test.ts` runs it with failing-system.ts preloaded.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SnapshotSource } from "../../lib/chat-server/snapshot/snapshot.ts";
import {
  clientCertificate,
  serverCertificate,
} from "../../lib/file-manager/certificates/certificates.ts";
import { openChatLog } from "../../lib/file-manager/client/chat-log.ts";
import { openDebugLog } from "../../lib/file-manager/client/debug-log.ts";
import { KnownServers } from "../../lib/file-manager/client/known-servers.ts";
import { StateFile } from "../../lib/file-manager/client/state-file.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { exportToFile } from "../../lib/file-manager/export/export-file.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { accountId } from "../account-ids.ts";
import { asking, EventScript, TEA } from "../contract/room-log-events.ts";
import { type FailingSystem, type Fault, MARK } from "./failing-system.ts";

/** What local disks, memory cards, FUSE, NFS, SMB, 9p, old kernels and read-only mounts answer. */
const CODES = [
  ...["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM", "EACCES", "EROFS", "EIO", "ENOSPC"],
  ...["EDQUOT", "ESTALE", "ENOTDIR", "EISDIR", "EXDEV", "EMFILE", "ENFILE", "ELOOP", "ENOENT"],
  ...[
    "ENAMETOOLONG",
    "EBUSY",
    "EEXIST",
    "EINTR",
    "EAGAIN",
    "EMLINK",
    "EFBIG",
    "EBADF",
    "ETIMEDOUT",
  ],
];
/** With these, each single call fails as well, and not only all of one kind. */
const CODES_OF_SINGLE_CALLS = ["EIO", "EINVAL"];

/** Thousands of runs sync a hundred times each: where there is a disk in memory, it is quicker by far. */
const MEMORY_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** The run in which nothing fails, on a disk that tells little. See `FailingSystem.isReticent`. */
const RETICENT = "none";

/** What one run came to. */
export interface Outcome extends Fault {
  /** Sentences for a person: why something was refused. */
  readonly refused: readonly string[];
  /** Lines for the owner's log. */
  readonly problems: readonly string[];
  /** What must never be: a rejection, an uncaught error, an acknowledged thing that is lost. */
  readonly wrong: readonly string[];
  /** Whether the server started. */
  readonly hasStarted: boolean;
}

const { failingSystem } = globalThis as unknown as { failingSystem: FailingSystem };
const outcomes: Outcome[] = [];
let stray: string[] = [];
process.on("unhandledRejection", (error) => stray.push(`unhandled: ${textOf(error)}`));
process.on("uncaughtException", (error) => stray.push(`uncaught: ${textOf(error)}`));

const makeStore = AccountStore.of;

const signedUp = (name: string) =>
  ({
    kind: "signed-up",
    id: accountId(name),
    name,
    hash: `hash of ${name}`,
    email: null,
    owner: false,
    time: 7,
  }) as AccountChange;

function open(folder: string, problems: string[]) {
  return openDataFolder(join(folder, "data"), {
    makeStore: makeStore as never,
    ...{ passwordCost: "test", history: true },
    onProblem: (text) => problems.push(text),
  });
}

async function* each<T>(items: readonly T[]) {
  yield* items;
}

/** A life of a server and of a client, with everything that either does with files. */
async function live(folder: string, refused: string[], problems: string[]) {
  const acknowledged = { texts: [] as string[], accounts: [] as string[] };
  const places = { data: join(folder, "data"), certs: join(folder, "certs") };
  const note = (result: object): void => {
    if ("refused" in result) refused.push(String(result.refused));
  };
  note(serverCertificate(places.certs, ["chat.example"]));
  const data = await open(folder, problems);
  note(data);
  if (!("refused" in data)) {
    problems.push(...data.reports);
    await serve(data, acknowledged);
    await data.close();
  }
  const ports = {
    ...places,
    makeStore: makeStore as never,
    newRoomId: () => TEA,
    newId: () => "id",
    user: "owner",
    now: () => talkTime() + 2 * 86_400_000,
  };
  const words = {
    backup: [join(folder, "copy")],
    doctor: [],
    forget: ["jun"],
    export: ["#tea", join(folder, "tea.txt")],
  };
  for (const [name, arguments_] of Object.entries(words)) {
    const task = { name: name as "backup", words: arguments_, mend: name === "doctor" };
    const { ok, lines } = await runMaintenance(task, ports);
    if (!ok) refused.push(lines.join("\n"));
  }
  const record = { time: 1, nick: "jun", kind: "said", text: "hi", account: null } as const;
  note(await exportToFile(join(folder, "export.txt"), "text", each([record]), { force: false }));
  note(await exportToFile(join(folder, "export.txt"), "text", each([record]), { force: true }));
  const chatLog = openChatLog(join(folder, "logs"), () => 0);
  note(chatLog);
  if ("log" in chatLog) chatLog.log({ host: "chat.example", port: 6697 }, "#tea", record);
  const debugLog = openDebugLog(join(folder, "debug.log"));
  note(debugLog);
  if ("write" in debugLog) debugLog.write("a line\n");
  note(clientCertificate(join(folder, "config"), "laptop"));
  const known = new KnownServers(join(folder, "config", "known-servers.json"));
  const remembered = known.remember("chat.example", 6697, "ab", 1);
  if (remembered !== null) note(remembered);
  new StateFile(join(folder, "config", "kept.json")).write({ server: "chat.example" });
  return { acknowledged, hasStarted: !("refused" in data) };
}

async function serve(data: DataFolder, acknowledged: { texts: string[]; accounts: string[] }) {
  const talk = new EventScript();
  const append = (event: Parameters<DataFolder["append"]>[0]): boolean => {
    const isStored = data.append(event);
    if (isStored && event.kind === "said") acknowledged.texts.push(event.text);
    return isStored;
  };
  for (const name of ["mina", "jun"]) {
    const answer = await data.answer({ kind: "save-accounts", changes: [signedUp(name)] });
    if ("saved" in answer && answer.saved) acknowledged.accounts.push(name);
  }
  if (!append(talk.created())) return;
  const [first, secret] = [talk.said("one"), talk.said("secret")];
  if (!append(first) || !append(secret)) return;
  data.appendPerson({ kind: "nick", account: accountId("mina"), nick: "mina_" });
  await data.sync();
  const redaction = talk.redacted(secret);
  if (!append(redaction)) return;
  acknowledged.texts.pop();
  await data.answer({ kind: "rewrite", event: redaction });
  await data.save(() => snapshotAt(talk.events.length)).catch(() => {});
  const later = talk.said("two", 90_000_000);
  if (!append(later)) return;
  await data.sync();
  await data.save(() => snapshotAt(talk.events.length)).catch(() => {});
  await data.prune({ byDefault: null, byConversation: new Map() });
  await data.answer({ kind: "history", conversation: TEA, request: asking({}) });
  append(talk.said("three"));
}

function snapshotAt(at: number): SnapshotSource {
  const time = talkTime();
  const member = { account: accountId("mina"), ranks: "q", joinedAt: 1, joinedTime: time };
  const fields = { topic: null, modes: {}, lists: {}, metadata: {} };
  const room = { name: "#tea", members: [member], ...fields };
  const conversation = { id: TEA, at, time, saidAt: time, createdAt: time, pair: null, room };
  return { conversations: [conversation], people: [], bans: [] } as never;
}

function talkTime(): number {
  return Date.UTC(2026, 10, 22, 12);
}

async function check(folder: string, acknowledged: { texts: string[]; accounts: string[] }) {
  const wrong: string[] = [];
  const data = await open(folder, []);
  if ("refused" in data) return [`the next start is refused: ${data.refused}`];
  const accounts = [...data.accountRecords.accounts].map(({ name }) => String(name));
  const { events } = (await data.answer({
    ...{ kind: "history", conversation: TEA, request: asking({}) },
  } as never)) as { events: { text?: string }[] | null };
  await data.close();
  const texts = (events ?? []).map(({ text }) => text);
  for (const text of acknowledged.texts) if (!texts.includes(text)) wrong.push(`lost: "${text}"`);
  for (const name of acknowledged.accounts)
    if (!accounts.includes(name)) wrong.push(`lost: ${name}`);
  return wrong;
}

async function run(fault: Fault | null): Promise<readonly string[]> {
  const folder = mkdtempSync(join(MEMORY_FOLDER, MARK));
  mkdirSync(join(folder, "config"));
  const [refused, problems, wrong]: string[][] = [[], [], []];
  stray = [];
  failingSystem.reset(fault);
  let life: Awaited<ReturnType<typeof live>> | null = null;
  try {
    life = await live(folder, refused ?? [], problems ?? []);
  } catch (error) {
    wrong?.push(textOf(error));
  }
  const calls = [...failingSystem.calls];
  failingSystem.reset(null);
  if (life !== null) wrong?.push(...(await check(folder, life.acknowledged)));
  wrong?.push(...stray);
  const given = { refused: refused ?? [], problems: problems ?? [], wrong: wrong ?? [] };
  const hasStarted = life?.hasStarted ?? false;
  if (fault !== null) outcomes.push({ ...fault, ...given, hasStarted });
  else if (given.wrong.length > 0 || given.refused.length > 0)
    throw new Error(JSON.stringify(given));
  rmSync(folder, { recursive: true, force: true });
  return calls;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const calls = await run(null).catch((error) => {
  process.stderr.write(`${textOf(error)}\n`);
  process.exit(1);
});
const counts = new Map<string, number>();
for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
failingSystem.isReticent = true;
await run({ call: RETICENT, nth: null, code: "" });
failingSystem.isReticent = false;
for (const [call, count] of counts) {
  for (const code of CODES) await run({ call, nth: null, code });
  for (const code of CODES_OF_SINGLE_CALLS) {
    for (let nth = 1; nth <= count; nth += 1) await run({ call, nth, code });
  }
}
process.stdout.write(JSON.stringify({ counts: [...counts], outcomes }), () => process.exit(0));
