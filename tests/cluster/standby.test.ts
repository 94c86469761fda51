import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { RecordedChange, TurnRecord } from "../../lib/cluster/log/record.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
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

async function openFolder(path: string) {
  const opened = await openDataFolder(path, {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem() {} },
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
