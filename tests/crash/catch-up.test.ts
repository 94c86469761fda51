import { expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { ConversationSource } from "../../lib/chat-server/snapshot/snapshot.ts";
import type { TurnChange } from "../../lib/cluster/log/turn-recorder.ts";
import type { DataFolder } from "../../lib/file-manager/data-folder.ts";
import { readLoggedChanges } from "../../lib/file-manager/record-log/logged-changes.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { LoggedFolder, openPlain, readWholeLog } from "../contract/logged-folder.ts";
import { EventScript, NOON } from "../contract/room-log-events.ts";
import { Prng, seeds } from "../prng.ts";

/**
 * A leader writes turns into its log and its files, and ends at any byte: killed, or without power, when each file keeps
 * what was synced and any part of the rest. The next start has all that any of them has, once and in order.
 */

const ROOMS = [
  "tea-1" as ConversationId,
  "lunch-2" as ConversationId,
  "work-3" as ConversationId,
] as const;
const TURNS = 25;
const PAIR = [accountId("mina"), accountId("tom")] as const;
const HALF_DAY_MS = 43_200_000;

/** How long each file was at some time, by its path in the folder. */
type Lengths = ReadonlyMap<string, number>;

/** A leader's life: what it did, and how long its files were when that was safe, and at last. */
interface LeaderLife {
  readonly scripts: ReadonlyMap<ConversationId, EventScript>;
  readonly people: readonly string[];
  readonly accounts: readonly string[];
  readonly redacted: readonly { readonly text: string; readonly by: RoomEvent }[];
  /** Lengths when everything was synced last. */
  readonly synced: Lengths;
  /** Lengths before the last turn. */
  readonly before: Lengths;
  readonly last: Lengths;
  close(): Promise<void>;
}

for (const seed of seeds(8)) {
  for (const end of ["kill", "power"] as const) {
    test(`a start has what log and files had at a ${end} at any byte (SEED=${seed})`, async () => {
      const prng = new Prng(seed);
      const folder = mkdtempSync(join(tmpdir(), "sodam-catch-up-"));
      const crashed = mkdtempSync(join(tmpdir(), "sodam-catch-up-"));
      try {
        const life = await lead(folder, prng);
        const filter = (path: string): boolean => basename(path) !== "lock";
        cpSync(join(folder, "data"), join(crashed, "data"), { recursive: true, filter });
        cutFiles(join(crashed, "data"), end === "kill" ? life.before : life.synced, life, prng);
        await checkStart(crashed, life, prng);
        await life.close();
      } finally {
        for (const path of [folder, crashed]) rmSync(path, { recursive: true, force: true });
      }
    });
  }
}

/** Leads for some turns, saves, syncs, rewrites and cuts the log now and then, and is left as it is. */
async function lead(folder: string, prng: Prng): Promise<LeaderLife> {
  const leader = await LoggedFolder.open(folder);
  const root = join(folder, "data");
  // Half of the conversations go over midnight.
  const scripts = new Map(
    ROOMS.map((id, index) => [id, new EventScript(id, NOON + index * (HALF_DAY_MS - 20_000))]),
  );
  const people: string[] = [];
  const accounts: string[] = [];
  const redacted: { text: string; by: RoomEvent }[] = [];
  let synced = lengthsIn(root);
  let before = synced;
  for (let turn = 0; turn < TURNS; turn += 1) {
    before = lengthsIn(root);
    const changes = Array.from({ length: 1 + prng.below(5) }, (): TurnChange => {
      const kind = prng.below(10);
      if (kind < 2) {
        people.push(`${turn} ${prng.letters(4)}`);
        const value = people.at(-1) ?? "";
        return { kind: "person", change: { kind: "metadata", of: PAIR[0], key: "about", value } };
      }
      if (kind < 4) {
        accounts.push(`name${accounts.length}`);
        return { kind: "accounts", changes: [signUp(accounts.at(-1) ?? "")] };
      }
      return { kind: "event", event: happen(prng.pick([...scripts.values()]), prng, redacted) };
    });
    expect(leader.turn(...changes)).not.toContain(false);
    await leader.stored;
    if (turn === TURNS - 1) break;
    for (const change of changes) {
      if (change.kind !== "event" || prng.chance(50)) continue;
      const { event } = change;
      if (event.kind === "redacted") await leader.data.answer({ kind: "rewrite", event });
    }
    if (prng.chance(30)) await leader.data.sync();
    else if (!prng.chance(20)) continue;
    else await saveAndCut(leader, [...scripts.values()], prng);
    // A sync starts the rewrites that wait; this query comes behind them.
    const who = { account: PAIR[0], since: 0, upTo: 0 };
    await leader.data.answer({ kind: "authored-lines", conversation: ROOMS[0], who, pinned: null });
    await leader.log.sync();
    synced = lengthsIn(root);
  }
  const last = lengthsIn(root);
  const close = () => leader.close();
  return { scripts, people, accounts, redacted, synced, before, last, close };
}

async function saveAndCut(
  { data, log }: LoggedFolder,
  scripts: readonly EventScript[],
  prng: Prng,
): Promise<void> {
  const { last } = await readWholeLog(log);
  await data.save(() => sourceOf(scripts));
  if (!(await data.sync()) || data.hasPending) throw new Error("the disk failed");
  if (prng.chance(70)) await log.cut(last);
}

function sourceOf(scripts: readonly EventScript[]) {
  const conversations = scripts
    .filter(({ events }) => events.length > 0)
    .map(({ conversation, events }): ConversationSource => {
      const time = events.at(-1)?.time ?? 0;
      const rest = { time, saidAt: time, createdAt: events[0]?.time ?? 0, room: null };
      return { id: conversation, at: events.length, pair: PAIR, ...rest } as ConversationSource;
    });
  return { conversations, people: [], bans: [] };
}

function happen(
  script: EventScript,
  prng: Prng,
  redacted: { text: string; by: RoomEvent }[],
): RoomEvent {
  if (script.events.length === 0) return script.next({ kind: "created", room: null, pair: PAIR });
  const target = prng.chance(25) ? prng.pick(script.events) : null;
  if (target?.kind !== "said") return script.said(`secret ${prng.letters(8)}`, 7000);
  const by = script.redacted(target);
  redacted.push({ text: target.text, by });
  return by;
}

function signUp(name: string): AccountChange {
  const rest = { hash: "h", email: null, owner: false, time: 1 };
  return { kind: "signed-up", id: accountId(name), name: name as AccountName, ...rest };
}

/** The files that only grow. The log's length is that of its entries: the room behind them counts for nothing. */
function lengthsIn(root: string): Lengths {
  const lengths = new Map<string, number>();
  for (const path of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".journal") || path.endsWith(".jsonl")) {
      lengths.set(path, statSync(join(root, path)).size);
    }
  }
  const bytes = readFileSync(join(root, "records.journal"));
  lengths.set("records.journal", bytes.findLastIndex((byte) => byte !== 0) + 1);
  return lengths;
}

/** Takes a part of each file that came after what is safe. A file that a rewrite or a fold has replaced is whole. */
function cutFiles(root: string, safe: Lengths, { last }: LeaderLife, prng: Prng): void {
  for (const [path, length] of last) {
    const floor = Math.min(safe.get(path) ?? 0, length);
    const kept = prng.chance(30) ? length : floor + prng.below(length - floor + 1);
    if (kept === 0 && prng.chance(50) && path.endsWith(".jsonl")) rmSync(join(root, path));
    else truncateSync(join(root, path), kept);
  }
}

async function checkStart(crashed: string, life: LeaderLife, prng: Prng): Promise<void> {
  const root = join(crashed, "data");
  const had = survivors(root);
  const isPlain = prng.chance(50);
  const leader = isPlain ? null : await LoggedFolder.open(crashed);
  const data = leader?.data ?? (await openPlain(crashed));
  expect(data.numbers).toEqual({ people: had.people, accounts: had.accounts });
  const names = data.accountRecords.accounts.map(({ name }): string => name);
  expect(names).toEqual(life.accounts.slice(0, had.accounts));
  const values = data.restored.people.map((change) => "value" in change && change.value);
  expect(values).toEqual(life.people.slice(had.people - values.length, had.people));
  for (const [id, { events }] of life.scripts) {
    const last = had.positions.get(id) ?? 0;
    expect(positionsIn(root, id)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    for (const event of data.restored.later) {
      if (event.conversation === id) expect(event.time).toBe(events[event.position - 1]?.time ?? 0);
    }
  }
  await continueAndCheck(data, leader, had.positions, life, root);
}

/** The server goes on: what comes next follows, and what was redacted is nowhere. */
async function continueAndCheck(
  data: DataFolder,
  leader: LoggedFolder | null,
  positions: ReadonlyMap<ConversationId, number>,
  { scripts, redacted }: LeaderLife,
  root: string,
): Promise<void> {
  for (const [id, script] of scripts) {
    const position = positions.get(id) ?? 0;
    script.events.splice(position);
    const next =
      position === 0 ? script.next({ kind: "created", room: null, pair: PAIR }) : script.said("on");
    if (leader === null) expect(data.append(next)).toBe(true);
    else expect(leader.turn({ kind: "event", event: next })).toEqual([true]);
  }
  await data.saveAll(() => sourceOf([...scripts.values()]));
  expect(existsSync(join(root, "records.journal"))).toBe(leader !== null);
  await (leader ?? data).close();
  const texts = [...scripts.keys()].map((id) => linesIn(root, id).join("\n")).join("\n");
  for (const { text, by } of redacted) {
    if (by.position <= (positions.get(by.conversation) ?? 0)) expect(texts).not.toContain(text);
  }
}

/** What log and files had together before the start. */
function survivors(root: string) {
  const positions = new Map(
    ROOMS.map((id) => [id, Math.max(0, ...positionsIn(root, id))] as const),
  );
  let [people, accounts] = ["people.journal", "users.journal"].map((name) =>
    Math.max(0, ...wholeLines(join(root, name)).map((line) => JSON.parse(line).n as number)),
  ) as [number, number];
  const rooms = join(root, "rooms.json");
  if (existsSync(rooms)) {
    people = Math.max(people, JSON.parse(readFileSync(rooms, "utf8")).peopleFolded);
  }
  accounts = Math.max(accounts, JSON.parse(readFileSync(join(root, "users.json"), "utf8")).folded);
  const logged = readLoggedChanges(root);
  if (logged === null || "refused" in logged) throw new Error("the log is gone");
  for (const change of logged.changes) {
    if (change.kind === "person") people = Math.max(people, change.number);
    else if (change.kind === "accounts") accounts = Math.max(accounts, change.number);
    else {
      const position = JSON.parse(change.stored).at as number;
      const last = positions.get(change.conversation) ?? 0;
      positions.set(change.conversation, Math.max(last, position));
    }
  }
  return { positions, people, accounts };
}

function positionsIn(root: string, id: ConversationId): number[] {
  return linesIn(root, id).map((line) => JSON.parse(line).at as number);
}

function linesIn(root: string, id: ConversationId): string[] {
  const folder = join(root, "history", id);
  const days = existsSync(folder) ? readdirSync(folder).sort() : [];
  return days.flatMap((day) => wholeLines(join(folder, day)));
}

/** A last line that lacks only its "\n" is whole. */
function wholeLines(path: string): string[] {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const last = lines.pop() ?? "";
  try {
    return JSON.parse(last) ? [...lines, last] : lines;
  } catch {
    return lines;
  }
}
