import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import type { Room } from "../../lib/chat-server/rooms/room.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import type { RecordedChange, TurnRecord } from "../../lib/cluster/log/record.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import type { TurnChange } from "../../lib/cluster/log/turn-recorder.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { formatRecordedEvent } from "../../lib/file-manager/record-log/recorded-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { Standby } from "../../lib/server-process/node/standby.ts";
import { SCENE_OPTIONS, Scene } from "../scene.ts";

const EMPTY_TURN: TurnRecord = {
  kind: "turn",
  ...{ term: 1, number: 1, consumed: [], changes: [], parts: [], told: [], upMs: 0 },
};

/** What a node does with records when its files are newer than its soft state. */

/** The events of a room that has ended: its only guest has left. */
function endedRoom(): readonly [RoomEvent, ...RoomEvent[]] {
  const town = new Scene();
  town.guest("bob").says("JOIN #tea", "PRIVMSG #tea :hi", "PART #tea");
  const [id] = town.log.conversations();
  const [first, ...others] = id === undefined ? [] : town.log.all(id);
  if (first === undefined) throw new Error("there was no room");
  return [first, ...others];
}

async function openFolder(path: string, history = true): Promise<DataFolder> {
  const opened = await openDataFolder(path, {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history, onProblem() {} },
  });
  if ("refused" in opened) throw new Error(opened.refused);
  return opened;
}

function recordedEvent(event: RoomEvent, hasHistory: boolean): RecordedChange {
  const stored = formatRecordedEvent(event, hasHistory).trimEnd();
  return { kind: "event", conversation: event.conversation, stored };
}

/** Lets a standby follow records with one change each. Resolves to what it says the log has. */
async function follow(
  server: Server,
  data: DataFolder,
  changes: readonly RecordedChange[],
): Promise<TurnChange[]> {
  const logged: TurnChange[] = [];
  const standby = new Standby({
    ...{ server, data, soft: new SoftParts(), position: 0, elapsed: () => 0 as ElapsedMs },
    recorded: (news) => void logged.push(...news),
  });
  for (const [index, change] of changes.entries()) {
    standby.follow({ ...EMPTY_TURN, number: index + 1, changes: [change] }, index + 2);
  }
  await standby.stored;
  return logged;
}

for (const place of ["history", "gone"]) {
  test(`a room that has ended isn't stored twice when it is in ${place}/`, async () => {
    const path = mkdtempSync(join(tmpdir(), "standby-"));
    const events = endedRoom();
    const before = await openFolder(path);
    for (const event of events) before.append(event);
    await before.close();
    const id = events[0].conversation;
    mkdirSync(join(path, "gone"), { recursive: true });
    if (place === "gone") renameSync(join(path, "history", id), join(path, "gone", id));
    const data = await openFolder(path);
    const scene = new Scene();
    const server = new Server(
      ...([SCENE_OPTIONS, scene.server.state.ports, AccountStore.of(data.accountRecords)] as const),
      ...([data.restored, true] as const),
    );
    const changes = events.map((event) => recordedEvent(event, true));
    await follow(server, data, changes);
    expect(server.state.rooms.byId(id)).toBeNull();
    const days = readdirSync(join(path, place, id));
    const lines = readFileSync(join(path, place, id, days[0] ?? ""), "utf8").split("\n");
    expect(lines.slice(0, -1)).toHaveLength(events.length);
    expect(readdirSync(join(path, "history"))).toEqual(place === "gone" ? [] : [id]);
    await data.close();
    rmSync(path, { recursive: true });
  });
}

function teaOf({ server }: { readonly server: Server }): Room {
  const room = [...server.state.rooms.all()].find(({ name }) => name === "#tea");
  if (room === undefined) throw new Error("there is no room");
  return room;
}

/** Returns what is known of #tea outside of its events. */
function besidesEvents(server: Server) {
  const room = teaOf({ server });
  const { users } = server.state;
  return {
    ...{ autoRanks: [...room.autoRanks], metadata: [...room.metadata] },
    people: ["mina", "jun", "yuna"].map((name) => {
      const user = [...users.all()].find(({ account }) => account === name);
      const { markers, readStates, invitations } = user ?? {};
      return [name, markers?.get(room.id), readStates?.get(room.id), invitations?.get(room.id)];
    }),
  };
}

for (const hasHistory of [false, true]) {
  const where = hasHistory ? "is in the files" : "only the log has";
  test(`what people.journal says of a room that ${where} isn't lost, and counts once`, async () => {
    const scene = new Scene({}, undefined, null, "never");
    const { ports } = scene.server.state;
    const { append, appendPerson } = ports;
    const changes: RecordedChange[] = [];
    const people: PersonChange[] = [];
    Object.assign(ports, {
      append(event: RoomEvent) {
        changes.push(recordedEvent(event, hasHistory));
        return append(event);
      },
      appendPerson(change: PersonChange) {
        people.push(change);
        changes.push({ kind: "person", number: people.length, change });
        return appendPerson(change);
      },
    });
    const caps = ["draft/read-marker", "draft/metadata-2", "draft/message-redaction"];
    const names = ["mina", "jun", "sora", "yuna"];
    const [mina, jun, sora, yuna] = names.map((name) => scene.person(name, ...caps));
    mina?.says("JOIN #tea", "INVITE jun #tea", "METADATA #tea SET mood :warm");
    sora?.says("JOIN #tea", "PRIVMSG #tea :hello", "PRIVMSG #tea :mina?", "PRIVMSG #tea :more");
    const time = new Date(scene.now + 4).toISOString();
    mina?.says(`MARKREAD #tea timestamp=${time}`, "CS AMODE #tea +o jun");
    const said = [...scene.log.all(teaOf(scene).id)].find(({ kind }) => kind === "said");
    sora?.says("PRIVMSG #tea :mina, are you there?", `REDACT #tea ${said?.msgid}`);
    yuna?.says("JOIN #tea");
    // No later than the newest event, though her clock says so.
    scene.passes(1000);
    yuna?.says(`MARKREAD #tea timestamp=${new Date(scene.now).toISOString()}`);
    scene.passes(1000);
    sora?.says("PRIVMSG #tea :later");
    expect(jun?.hears().join()).toContain("INVITE");
    const path = mkdtempSync(join(tmpdir(), "standby-"));
    const before = await openFolder(path, hasHistory);
    if (hasHistory) for (const event of scene.log.all(teaOf(scene).id)) before.append(event);
    for (const change of people) before.appendPerson(change);
    await before.close();
    const data = await openFolder(path, hasHistory);
    const server = new Server(SCENE_OPTIONS, ports, scene.members, data.restored, true);
    const logged = await follow(server, data, changes);
    // Also of what its folder has: the log is yet to lose what was taken back.
    const kinds = logged.map((change) => (change.kind === "event" ? change.event.kind : ""));
    expect(kinds).toContain("redacted");
    expect(besidesEvents(server)).toEqual(besidesEvents(scene.server));
    expect(besidesEvents(server).people).not.toContainEqual(["mina", undefined, undefined]);
    expect(data.numbers.people).toBe(people.length);
    await data.close();
    rmSync(path, { recursive: true });
  });
}

for (const [what, change, isNewer] of [
  ["a damaged change", { kind: "person", number: 2, change: { kind: "nick" } }, false],
  ["a kind of a newer version", { kind: "person", number: 2, change: { kind: "dance" } }, true],
  ["an event that is none", { kind: "event", conversation: "room.tea", stored: "{}" }, false],
] as const) {
  test(`a node that finds ${what} has nothing of its record`, async () => {
    const path = mkdtempSync(join(tmpdir(), "standby-"));
    const data = await openFolder(path);
    const { server } = new Scene();
    const recorded: unknown[] = [];
    const standby = new Standby({
      ...{ server, data, soft: new SoftParts(), position: 0, elapsed: () => 0 as ElapsedMs },
      recorded: (changes) => void recorded.push(changes),
    });
    const seen = { kind: "seen", account: "a", time: 1 };
    const first = { kind: "person", number: 1, change: seen } as const;
    const record = { ...EMPTY_TURN, changes: [first, change as RecordedChange<unknown, unknown>] };
    expect(() => standby.follow(record, 2)).toThrow(expect.objectContaining({ isNewer }));
    expect(recorded).toEqual([]);
    expect(standby.numbers.people).toBe(0);
    expect(data.numbers.people).toBe(0);
    await data.close();
    rmSync(path, { recursive: true });
  });
}

test("a leader forgets the turns that it has told again, and knows that it has", async () => {
  const path = mkdtempSync(join(tmpdir(), "standby-"));
  const data = await openFolder(path);
  const { server } = new Scene();
  const standby = new Standby({
    ...{ server, data, soft: new SoftParts(), position: 1, elapsed: () => 0 as ElapsedMs },
    recorded() {},
  });
  for (const number of [1, 2, 3]) standby.follow({ ...EMPTY_TURN, number }, number + 1);
  expect([standby.turnsAfter(2).length, standby.remembersAfter]).toEqual([2, 1]);
  standby.forget();
  expect([standby.turnsAfter(0), standby.remembersAfter]).toEqual([[], 4]);
  await data.close();
  rmSync(path, { recursive: true });
});
