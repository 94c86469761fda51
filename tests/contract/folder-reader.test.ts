import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { ConversationSource } from "../../lib/chat-server/snapshot/snapshot.ts";
import type { TurnChange } from "../../lib/cluster/log/turn-recorder.ts";
import type { DataFolderOptions } from "../../lib/file-manager/data-folder.ts";
import { lockFolder } from "../../lib/file-manager/disk/lock.ts";
import { type FolderReader, openFolderReader } from "../../lib/file-manager/folder-reader.ts";
import { readLocalLog } from "../../lib/file-manager/record-log/local-log.ts";
import {
  LoggedChangesReader,
  readLoggedChanges,
} from "../../lib/file-manager/record-log/logged-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { Prng, seeds } from "../prng.ts";
import { LoggedFolder, openPlain } from "./logged-folder.ts";
import { asking, EventScript, LUNCH, TEA } from "./room-log-events.ts";

const PAIR = [accountId("mina"), accountId("tom")] as const;

let folder: string;
let problems: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-reader-"));
  problems = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const root = (): string => join(folder, "data");

function options(): DataFolderOptions {
  const onProblem = (text: string): void => void problems.push(text);
  return { makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem };
}

function openReader(openLog?: (path: string) => LoggedChangesReader | null): FolderReader {
  const reader = openFolderReader(root(), options(), openLog);
  if ("refused" in reader) throw new Error(reader.refused);
  return reader;
}

function followAll(reader: FolderReader) {
  const logged = readLoggedChanges(root());
  if (logged === null || "refused" in logged) throw new Error("the log is gone");
  return reader.follow(logged.changes);
}

async function promote(reader: FolderReader) {
  const locked = await lockFolder(root());
  if (!("lock" in locked)) throw new Error("the folder is in use");
  return reader.promote(locked.lock);
}

const event = (happened: RoomEvent): TurnChange => ({ kind: "event", event: happened });
const person = (value: string): TurnChange => ({
  ...{ kind: "person" },
  change: { kind: "metadata", of: PAIR[0], key: "about", value },
});
const signUp = (name: string): TurnChange => {
  const rest = { hash: "h", email: null, owner: false, time: 1 };
  const account = { id: accountId(name), name: name as AccountName, ...rest };
  return { kind: "accounts", changes: [{ kind: "signed-up", ...account }] };
};

function sourceOf(...scripts: readonly EventScript[]) {
  const conversations = scripts.map(({ conversation, events }): ConversationSource => {
    const time = events.at(-1)?.time ?? 0;
    const rest = { time, saidAt: time, createdAt: 1, room: null };
    return { id: conversation, at: events.length, pair: PAIR, ...rest } as ConversationSource;
  });
  return { conversations, people: [], bans: [] };
}

/** What every file is: a look at the folder from outside, without its lock. */
function fingerprint(): string {
  const paths = readdirSync(root(), { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter(
    (path) => !path.startsWith("lock") && statSync(join(root(), path)).isFile(),
  );
  const sums = files.map((path) => {
    const { mtimeMs } = statSync(join(root(), path));
    return `${path} ${mtimeMs} ${createHash("sha256")
      .update(readFileSync(join(root(), path)))
      .digest("hex")}`;
  });
  return sums.join("\n");
}

/** A leader with two conversations, accounts and person changes, half of them in a snapshot. */
async function leaderWithTalk(): Promise<{
  readonly leader: LoggedFolder;
  readonly tea: EventScript;
  readonly lunch: EventScript;
}> {
  const leader = await LoggedFolder.open(folder);
  const [tea, lunch] = [new EventScript(TEA), new EventScript(LUNCH)];
  leader.turn(event(tea.next({ kind: "created", room: null, pair: PAIR })), signUp("mina"));
  leader.turn(event(tea.said("one")), person("a"));
  await leader.stored;
  await leader.data.save(() => sourceOf(tea));
  leader.turn(event(lunch.next({ kind: "created", room: null, pair: PAIR })), signUp("tom"));
  leader.turn(event(tea.said("two")), person("b"), event(lunch.said("three")));
  await leader.stored;
  return { leader, tea, lunch };
}

describe("a process that reads the folder of a server that runs", () => {
  test("changes not a byte of it, and finds what a start would", async () => {
    const { leader } = await leaderWithTalk();
    appendFileSync(join(root(), "people.journal"), '{"n":3,"chan');
    const before = fingerprint();
    const reader = openReader();
    expect(followAll(reader)).toEqual([]);
    expect(fingerprint()).toBe(before);
    expect(reader.numbers).toEqual({ people: 2, accounts: 2 });
    expect(
      reader.restored.later.map(({ conversation, position }) => [conversation, position]),
    ).toEqual([
      [TEA, 3],
      [LUNCH, 1],
      [LUNCH, 2],
    ]);
    expect(reader.restored.people).toMatchObject([{ value: "b" }]);
    expect(reader.accountRecords.accounts.map(({ name }): string => name)).toEqual(["mina", "tom"]);
    await leader.close();
  });

  test("hears by the log alone what happens after that", async () => {
    const { leader, tea } = await leaderWithTalk();
    const reader = openReader();
    leader.turn(event(tea.said("later")), person("c"), signUp("root"));
    const followed = followAll(reader);
    expect(followed.map(({ kind }) => kind)).toEqual(["event", "person", "account"]);
    expect(followAll(reader)).toEqual([]);
    expect(reader.numbers).toEqual({ people: 3, accounts: 3 });
    await leader.close();
  });

  test("hears of person changes again, among the events, where no histories are written", async () => {
    const leader = await LoggedFolder.open(folder, { history: false });
    const tea = new EventScript(TEA);
    leader.turn(event(tea.next({ kind: "created", room: null, pair: PAIR })), person("a"));
    leader.turn(event(tea.said("one")), person("b"));
    await leader.stored;
    const reader = openFolderReader(root(), { ...options(), history: false });
    if ("refused" in reader) throw new Error(reader.refused);
    const followed = followAll(reader);
    expect(followed.map(({ kind }) => kind)).toEqual(["event", "person", "event", "person"]);
    expect(reader.numbers).toEqual({ people: 2, accounts: 0 });
    await leader.close();
  });

  test("takes the folder over without reading it again, and goes on where it ended", async () => {
    const { leader, tea, lunch } = await leaderWithTalk();
    const reader = openReader();
    const work = new EventScript("work-3" as ConversationId);
    leader.turn(event(tea.said("last")), person("c"), signUp("root"));
    leader.turn(event(work.next({ kind: "created", room: null, pair: PAIR })));
    followAll(reader);
    await leader.close();
    const data = await promote(reader);
    if ("refused" in data) throw new Error(data.refused);
    expect(data.numbers).toEqual({ people: 3, accounts: 3 });
    for (const script of [tea, lunch, work]) expect(data.append(script.said("on"))).toBe(true);
    data.appendPerson({ kind: "metadata", of: PAIR[0], key: "about", value: "d" });
    const stored = await data.answer({
      ...{ kind: "save-accounts", changes: [{ kind: "address-key", key: "k" }] },
    });
    expect(stored).toEqual({ saved: true });
    const page = await data.answer({ kind: "history", conversation: TEA, request: asking({}) });
    expect("events" in page && page.events?.length).toBe(tea.events.length);
    // A conversation that nobody can reach any more is known by its id alone.
    await data.save(() => sourceOf(tea, lunch));
    const { gone, conversations } = JSON.parse(readFileSync(join(root(), "rooms.json"), "utf8"));
    expect([gone, conversations.length]).toEqual([["work-3"], 2]);
    await data.close();
    const next = await openPlain(folder);
    expect(next.numbers).toEqual({ people: 4, accounts: 4 });
    expect(next.accountRecords.accounts.map(({ name }): string => name)).toEqual([
      ...["mina", "tom", "root"],
    ]);
    expect(next.reports).toEqual([]);
    await next.close();
  });

  test("carries out what the server before it has left to erase", async () => {
    const { leader, tea } = await leaderWithTalk();
    const secret = tea.said("secret");
    leader.turn(event(secret));
    const reader = openReader();
    leader.turn(event(tea.redacted(secret)));
    followAll(reader);
    // Killed: no rewrite was asked for.
    await leader.log.close();
    await leader.data.close();
    const data = await promote(reader);
    if ("refused" in data) throw new Error(data.refused);
    expect(await data.saveAll(() => sourceOf(tea))).toBe(true);
    expect(readFileSync(join(root(), "history", TEA, "2026-11-22.jsonl"), "utf8")).not.toContain(
      "secret",
    );
    await data.close();
  });

  test("is refused the folder, and leaves its lock, when a file doesn't end where the log does", async () => {
    for (const lost of ["people.journal", "users.journal", `history/${TEA}/2026-11-22.jsonl`]) {
      rmSync(root(), { recursive: true, force: true });
      const { leader, tea } = await leaderWithTalk();
      const reader = openReader();
      leader.turn(event(tea.said("last")), person("c"), signUp("root"));
      followAll(reader);
      await leader.stored;
      await leader.close();
      const lines = readFileSync(join(root(), lost), "utf8").trimEnd().split("\n");
      await Bun.write(
        join(root(), lost),
        `${lines.slice(0, -1).join("\n")}\n${lines.at(-1)?.slice(0, 9)}`,
      );
      const data = await promote(reader);
      const path = join(root(), lost.startsWith("history") ? `history/${TEA}` : lost);
      expect(data).toEqual({ refused: `${path} doesn't end where records.journal does.` });
      const opened = await LoggedFolder.open(folder);
      expect(opened.data.numbers).toEqual({ people: 3, accounts: 3 });
      expect(opened.turn(event(tea.said("on")))).toEqual([true]);
      await opened.close();
    }
  });

  test("refuses a folder without a log, and one of another format", async () => {
    await (await openPlain(folder)).close();
    const path = join(root(), "records.journal");
    expect(openFolderReader(root(), options())).toEqual({ refused: `${path} is missing.` });
    await Bun.write(join(root(), "format.json"), '{"format":99}');
    expect(openFolderReader(root(), options())).toMatchObject({
      refused: expect.stringContaining("newer version"),
    });
  });
});

describe("a process that follows the log", () => {
  test("stops at what it can't read, and says which change it is", async () => {
    const { leader, tea } = await leaderWithTalk();
    const reader = openReader();
    leader.turn(event(tea.said("more")));
    const damaged = { kind: "person", number: 99, change: { kind: "nick" } } as const;
    expect(() => reader.follow([damaged])).toThrow("change 99 of people that can't be read");
    expect(reader.numbers.people).toBeLessThan(99);
    await leader.close();
  });

  test("takes what a newer version wrote for no damage", async () => {
    const { leader, tea } = await leaderWithTalk();
    const reader = openReader();
    const newer = { kind: "accounts", number: 99, changes: [{ kind: "dance" }] } as const;
    expect(() => reader.follow([newer])).toThrow(
      expect.objectContaining({ isNewer: true, message: expect.stringContaining("(dance)") }),
    );
    leader.turn(event(tea.said("more")));
    await leader.close();
  });
});

describe("while the folder is read, its server", () => {
  test("saves nothing and removes no day, until the reader is gone", async () => {
    const { leader, tea, lunch } = await leaderWithTalk();
    const saved = readFileSync(join(root(), "rooms.json"), "utf8");
    const opened = readLocalLog(root());
    if ("refused" in opened) throw new Error(opened.refused);
    await leader.data.save(() => sourceOf(tea, lunch));
    await leader.data.prune({ byDefault: Date.UTC(2027, 0, 1), byConversation: new Map() });
    expect(readFileSync(join(root(), "rooms.json"), "utf8")).toBe(saved);
    expect(existsSync(join(root(), "history", TEA, "2026-11-22.jsonl"))).toBe(true);
    opened.reader.close();
    await leader.data.save(() => sourceOf(tea, lunch));
    expect(readFileSync(join(root(), "rooms.json"), "utf8")).not.toBe(saved);
    await leader.close();
  });

  test("is quiet when the save that was under way is through, and saves again when it goes on", async () => {
    const { leader, tea, lunch } = await leaderWithTalk();
    const saved = readFileSync(join(root(), "rooms.json"), "utf8");
    const saving = leader.data.save(() => sourceOf(tea, lunch));
    await leader.data.quiet();
    const after = readFileSync(join(root(), "rooms.json"), "utf8");
    expect(after).not.toBe(saved);
    await saving;
    leader.turn(event(tea.said("more")));
    await leader.data.save(() => sourceOf(tea, lunch));
    expect(readFileSync(join(root(), "rooms.json"), "utf8")).toBe(after);
    leader.data.goOn();
    await leader.data.save(() => sourceOf(tea, lunch));
    expect(readFileSync(join(root(), "rooms.json"), "utf8")).not.toBe(after);
    await leader.close();
  });
});

/** Returns when something happened: what the seeds play is numbered. 0 for the beginning of a conversation. */
function orderOf(happened: object): number {
  const fields = Object.values(happened).filter((value) => /^n\d+$/.test(String(value)));
  return fields.length === 0 ? 0 : Number(String(fields[0]).slice(1)) + 1;
}

/** The content of rooms.json, without the order of unreachable conversations. */
function snapshotAt(path: string): { readonly gone: readonly string[] } {
  const content = JSON.parse(readFileSync(path, "utf8"));
  return { ...content, gone: content.gone.sort() };
}

/** A log during whose reading something happens: after it was read at first, and before it is read at last. */
function eventfulLog(happen: () => void): (path: string) => LoggedChangesReader | null {
  return (path) => {
    const log = LoggedChangesReader.open(path);
    if (log === null) return null;
    const changes = log.changes.bind(log);
    let isFirst = true;
    log.changes = function* () {
      if (isFirst) {
        isFirst = false;
        yield* changes();
        happen();
        return;
      }
      happen();
      yield* changes();
    };
    return log;
  };
}

for (const seed of seeds(25)) {
  test(`what is read and what is followed are the whole, each once and of one moment (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const leader = await LoggedFolder.open(folder);
    const scripts = ["a", "b", "c", "d"].map((id) => new EventScript(`${id}-1` as ConversationId));
    const happened: string[] = [];
    const turns = (): void => {
      for (let turn = prng.below(5); turn > 0; turn -= 1) {
        const changes = Array.from({ length: prng.below(4) }, (): TurnChange => {
          const name = `n${happened.length}`;
          const kind = prng.below(4);
          happened.push(name);
          if (kind === 0) return person(name);
          if (kind === 1) return signUp(name);
          const script = prng.pick(scripts);
          if (script.events.length > 0) return event(script.said(name));
          return event(script.next({ kind: "created", room: null, pair: PAIR }));
        });
        leader.turn(...changes);
      }
    };
    turns();
    await leader.stored;
    if (prng.chance(50))
      await leader.data.save(() => sourceOf(...scripts.filter((s) => s.events.length > 0)));
    turns();
    await leader.stored;
    const reader = openReader(eventfulLog(turns));
    turns();
    await leader.stored;
    await leader.data.sync();
    const followed = followAll(reader);
    await leader.close();
    const twin = join(folder, "twin");
    const filter = (path: string): boolean => basename(path) !== "lock";
    cpSync(root(), join(twin, "data"), { recursive: true, filter });
    const data = await promote(reader);
    if ("refused" in data) throw new Error(data.refused);
    const opened = await openPlain(twin);
    expect(data.numbers).toEqual(opened.numbers);
    expect(data.accountRecords).toEqual(opened.accountRecords);
    const events = [
      ...reader.restored.later,
      ...followed.flatMap((each) => (each.kind === "event" ? [each.event] : [])),
    ];
    for (const script of scripts) {
      const isOfScript = ({ conversation }: RoomEvent) => conversation === script.conversation;
      expect(events.filter(isOfScript)).toEqual(opened.restored.later.filter(isOfScript));
    }
    const people = followed.flatMap((each) => (each.kind === "person" ? [each.change] : []));
    expect([...reader.restored.people, ...people]).toEqual([...opened.restored.people]);
    const { restored, accountRecords } = reader;
    const read = [...restored.later, ...restored.people, ...accountRecords.accounts].map(orderOf);
    const first = followed
      .map((each) => (each.kind === "event" ? each.event : each.change))
      .map(orderOf);
    expect(Math.max(0, ...read)).toBeLessThan(
      Math.min(Number.POSITIVE_INFINITY, ...first.filter((order) => order > 0)),
    );
    for (const script of scripts.filter(({ events }) => events.length > 0)) {
      const next = script.said("on");
      expect([data.append(next), opened.append(next)]).toEqual([true, true]);
    }
    await data.save(() => sourceOf(scripts[0] as EventScript));
    await opened.save(() => sourceOf(scripts[0] as EventScript));
    expect(snapshotAt(data.snapshotPath)).toEqual(snapshotAt(opened.snapshotPath));
    await data.close();
    await opened.close();
  });
}
