import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HistoryRequest } from "../../lib/chat-server/server-ports.ts";
import { DayFile } from "../../lib/file-manager/history/day-file.ts";
import { openRoomLog, type RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { seededIds } from "../crash/stage.ts";
import { Prng } from "../prng.ts";
import { asking, DAY_MS, EventScript, NOON, TEA } from "./room-log-events.ts";

/*
 * How much of a history is read for a page of it: what makes it quick is counted here, and how quick it is stands
 * in docs/benchmarks.md.
 */

const [DAYS, A_DAY] = [40, 400];
const folder = mkdtempSync(join(tmpdir(), "reads-"));
const ids = seededIds(new Prng(48));
const talk = new EventScript();

beforeAll(async () => {
  const log = open();
  for (let n = 0; n < DAYS * A_DAY; n += 1) {
    const event = n === 0 ? talk.created() : talk.said(`message ${n}`, 1000);
    const time = NOON + Math.floor(n / A_DAY) * DAY_MS + (n % A_DAY) * 50;
    // One of ten as the first versions made them, with msgids without a time.
    const dated = { ...event, time, msgid: n % 10 === 0 ? ids.id() : ids.id(time) };
    talk.events[n] = dated;
    log.append(dated);
  }
  await log.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As after a start: nothing is remembered. */
function open(): RoomLog {
  const log = openRoomLog(folder);
  if ("refused" in log) throw new Error(log.refused);
  return log;
}

async function reads(
  log: RoomLog,
  request: Partial<HistoryRequest>,
): Promise<{ files: number; bytes: number; count: number }> {
  const opened = spyOn(DayFile, "open");
  const read = spyOn(DayFile.prototype, "read");
  try {
    const page = await log.page(TEA, asking({ kinds: "messages", limit: 100, ...request }));
    const bytes = read.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
    return { files: opened.mock.calls.length, bytes, count: page?.length ?? 0 };
  } finally {
    opened.mockRestore();
    read.mockRestore();
  }
}

const point = (n: number) => ({ kind: "msgid", msgid: talk.events[n]?.msgid ?? "" }) as const;
const moment = (n: number) => ({ kind: "time", time: talk.events[n]?.time ?? 0 }) as const;

for (const direction of ["before", "after", "around"] as const) {
  for (const [what, from] of [
    ["msgid", point],
    ["time", moment],
  ] as const) {
    test(`the first page ${direction} a ${what} reads few bytes of few files`, async () => {
      for (const n of [1234, 7777, 14_321]) {
        const log = open();
        const { files, bytes, count } = await reads(log, { direction, from: from(n) });
        expect(count).toBe(100);
        // One for the place, one for each halving of the days, and those that the page lies in.
        expect(files).toBeLessThanOrEqual(14);
        expect(bytes).toBeLessThan(150_000);
        await log.close();
      }
    });
  }
}

test("a msgid without a time is searched in all days, once", async () => {
  const log = open();
  const first = await reads(log, { direction: "before", from: point(1230) });
  expect(first.count).toBe(100);
  expect(first.files).toBeGreaterThan(DAYS - 5);
  const second = await reads(log, { direction: "before", from: point(7770) });
  expect(second.count).toBe(100);
  // Lines with equal hashes are compared with the msgid as well.
  expect(second.files).toBeLessThanOrEqual(16);
  expect(second.bytes).toBeLessThan(150_000);
  await log.close();
});

test("a msgid whose time differs from its event's is found as well", async () => {
  const log = open();
  const time = NOON + (DAYS + 1) * DAY_MS;
  const last = talk.events.length;
  const event = {
    ...talk.said("moved"),
    position: last + 1,
    time,
    msgid: ids.id(NOON + DAY_MS + 7),
  };
  log.append(event);
  await log.close();
  const again = open();
  const page = await again.page(
    TEA,
    asking({ direction: "around", from: { kind: "msgid", msgid: event.msgid }, limit: 1 }),
  );
  expect(page?.map(({ msgid }) => msgid)).toEqual([event.msgid]);
  await again.close();
});
