import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { RecordedChange, TurnRecord } from "../../lib/cluster/log/record.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { formatRecordedEvent } from "../../lib/file-manager/record-log/recorded-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName, RoomName } from "../../lib/protocol/names.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { Standby } from "../../lib/server-process/node/standby.ts";
import { accountId } from "../account-ids.ts";
import { whoIs } from "../bench/files-folder.ts";
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

async function openFolder(path: string, history = true) {
  const opened = await openDataFolder(path, {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history, onProblem() {} },
  });
  if ("refused" in opened) throw new Error(opened.refused);
  return opened;
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
    const standby = new Standby({
      ...{ server, data, soft: new SoftParts(), elapsed: () => 0 as ElapsedMs },
      recorded() {},
    });
    for (const [index, event] of events.entries()) {
      const stored = formatRecordedEvent(event, true).trimEnd();
      const change = { kind: "event", conversation: id, stored } as const;
      standby.follow(
        {
          ...{ kind: "turn", term: 1, number: index + 1, upMs: 0, changes: [change] },
          ...{ consumed: [], parts: [], told: [] },
        },
        index + 2,
      );
    }
    await standby.stored;
    expect(server.state.rooms.byId(id)).toBeNull();
    const days = readdirSync(join(path, place, id));
    const lines = readFileSync(join(path, place, id, days[0] ?? ""), "utf8").split("\n");
    expect(lines.slice(0, -1)).toHaveLength(events.length);
    expect(readdirSync(join(path, "history"))).toEqual(place === "gone" ? [] : [id]);
    await data.close();
    rmSync(path, { recursive: true });
  });
}

test("a read marker that is in the files is there again with its room, which no history has", async () => {
  const path = mkdtempSync(join(tmpdir(), "standby-"));
  const account = accountId("mina");
  const conversation = "room.tea.1" as ConversationId;
  const before = await openFolder(path, false);
  const mina = { id: account, name: "mina" as AccountName, hash: "h", email: null };
  const signedUp = { ...mina, kind: "signed-up", owner: false, time: 1 } as const;
  await before.answer({ kind: "save-accounts", changes: [signedUp] });
  const marker = { kind: "marked", account, conversation, time: 5, at: 2, read: 0 } as const;
  before.appendPerson(marker);
  await before.close();
  const data = await openFolder(path, false);
  const { ports } = new Scene().server.state;
  const server = new Server(
    ...([SCENE_OPTIONS, ports, AccountStore.of(data.accountRecords), data.restored, true] as const),
  );
  const soft = new SoftParts();
  const standby = new Standby({ server, data, soft, elapsed: () => 0 as ElapsedMs, recorded() {} });
  const place = { conversation, by: whoIs("mina") };
  const created = { kind: "created", room: "#tea" as RoomName, pair: null } as const;
  const events: RoomEvent[] = [
    { ...place, ...created, position: 1, time: 1, msgid: "m1" },
    { ...place, kind: "joined", position: 2, time: 2, msgid: "m2" },
  ];
  const changes = events.map((event) => {
    return { kind: "event", conversation, stored: formatRecordedEvent(event, false) } as const;
  });
  const marked = { kind: "person", number: 1, change: marker } as const;
  standby.follow({ ...EMPTY_TURN, changes: [...changes, marked] }, 2);
  expect([...(server.state.users.byAccount(account)?.markers ?? [])]).toEqual([[conversation, 5]]);
  expect(standby.numbers.people).toBe(1);
  await standby.stored;
  await data.close();
  rmSync(path, { recursive: true });
});

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
      ...{ server, data, soft: new SoftParts(), elapsed: () => 0 as ElapsedMs },
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
