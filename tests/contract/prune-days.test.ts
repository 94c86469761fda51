import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRoomLog, type RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { EMPTY_SNAPSHOT } from "../scene.ts";
import { asking, DAY_MS, EventScript, LUNCH, NOON, TEA } from "./room-log-events.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function open(folder?: string): { log: RoomLog; folder: string } {
  const path = folder ?? mkdtempSync(join(tmpdir(), "prune-"));
  if (folder === undefined) folders.push(path);
  const log = openRoomLog(path);
  if ("refused" in log) throw new Error(log.refused);
  return { log, folder: path };
}

/** One message on each of `count` days, from noon of the 22nd on. */
function days(log: RoomLog, count: number, talk = new EventScript()): EventScript {
  log.append(talk.created());
  for (let n = 1; n <= count; n += 1) log.append(talk.said(`day ${n}`, n === 1 ? 1000 : DAY_MS));
  return talk;
}

const midnight = (day: number) => NOON - DAY_MS / 2 + (day - 1) * DAY_MS;

async function texts(log: RoomLog, id = TEA): Promise<string[]> {
  const events = (await log.page(id, asking({ limit: 1000 }))) ?? [];
  return events.flatMap((event) => (event.kind === "said" ? [event.text] : []));
}

test("old days are deleted as whole files, and the others aren't changed", async () => {
  const { log, folder } = open();
  days(log, 4);
  await log.prune({ byDefault: midnight(3), byConversation: new Map() });
  expect(readdirSync(join(folder, TEA)).sort()).toEqual(["2026-11-24.jsonl", "2026-11-25.jsonl"]);
  expect(await texts(log)).toEqual(["day 3", "day 4"]);
  expect(
    (
      await log.search(
        { in: [TEA], words: ["day"], from: null, after: null, before: null, limit: 9 },
        () => true,
      )
    ).events,
  ).toHaveLength(2);
  await log.close();
});

test("a room's own retention applies to it, and the server's to the others", async () => {
  const { log } = open();
  days(log, 4);
  days(log, 4, new EventScript(LUNCH));
  await log.prune({ byDefault: null, byConversation: new Map([[LUNCH, midnight(4)]]) });
  expect([await texts(log), await texts(log, LUNCH)]).toEqual([
    ["day 1", "day 2", "day 3", "day 4"],
    ["day 4"],
  ]);
  await log.close();
});

test("an inactive room loses its last texts, and keeps its positions", async () => {
  const { log, folder } = open();
  const talk = days(log, 2);
  for (let round = 0; round < 2; round += 1) {
    await log.prune({ byDefault: midnight(9), byConversation: new Map() });
    const [day = ""] = readdirSync(join(folder, TEA));
    expect(readFileSync(join(folder, TEA, day), "utf8")).not.toContain("day 2");
    expect(readFileSync(join(folder, TEA, day), "utf8").split("\n")).toHaveLength(2);
  }
  expect(await texts(log)).toEqual([]);
  expect(log.append(talk.said("again", 9 * DAY_MS))).toBe(true);
  await log.close();
  const again = open(folder);
  const loaded = again.log.load({
    ...EMPTY_SNAPSHOT,
    conversations: [{ id: TEA, at: 3, time: 1, saidAt: 1, createdAt: 1, pair: null, room: null }],
  });
  expect([loaded.later.map(({ position }) => position), loaded.reports]).toEqual([[4], []]);
  expect(await texts(again.log)).toEqual(["again"]);
  await again.log.close();
});
