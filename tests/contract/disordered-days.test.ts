import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot/snapshot.ts";
import { datesOfHistory } from "../../lib/file-manager/dates/future-dates.ts";
import { exportHistory } from "../../lib/file-manager/export/room-export.ts";
import { openRoomLog, type RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { findRoom } from "../../lib/file-manager/import/import-target.ts";
import { examineHistory } from "../../lib/file-manager/maintenance/doctor-history.ts";
import { doctorWords } from "../../lib/file-manager/maintenance/doctor-words.ts";
import type { RoomName } from "../../lib/protocol/names.ts";
import type { HistoryPoint } from "../../lib/protocol/wire/history-point.ts";
import { accountId } from "../account-ids.ts";
import { Prng, seed } from "../prng.ts";
import { asking, DAY_MS, EventScript, NOON, TEA } from "./room-log-events.ts";

/*
 * Day files as an editor, a bad copy or a broken disk may leave them: lines out of order, twice, empty, damaged and
 * huge. Every reader comes to an end, and shows no line that isn't there.
 */

const SEEDS = 6;
const NONE: Snapshot = { conversations: [], people: [], bans: [] } as unknown as Snapshot;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A data folder with one conversation of three days, and the events in it. */
function disordered(random: Prng): { data: string; events: RoomEvent[] } {
  const data = mkdtempSync(join(tmpdir(), "disordered-"));
  folders.push(data);
  const folder = join(data, "history", TEA);
  mkdirSync(folder, { recursive: true });
  const talk = new EventScript();
  talk.said("first");
  for (let count = 0; count < 240; count += 1) {
    const before = talk.events[random.below(talk.events.length)];
    const roll = random.below(12);
    if (roll === 0 && before !== undefined) {
      talk.next({ kind: "redacted", target: before.msgid, reason: "" });
    } else if (roll === 1 && before !== undefined) {
      talk.next({ kind: "edited", target: before.msgid, text: "edited" });
    } else talk.said(`word ${"x".repeat(random.below(9) === 0 ? 3000 : 20)} ${count}`, 600_000);
  }
  for (let day = 0; day < 3; day += 1) {
    const lines = talk.events
      .filter((_, index) => index % 3 === day || random.below(9) === 0)
      .map((event) => formatStoredEvent(event));
    for (let swap = random.below(lines.length); swap > 0; swap -= 1) {
      const [a, b] = [random.below(lines.length), random.below(lines.length)];
      [lines[a], lines[b]] = [lines[b] ?? "", lines[a] ?? ""];
    }
    const huge = `{"at":${2 ** 31 * (1 + day)},"time":"x","msgid":"${"y".repeat(400_000)}"}\n`;
    for (const extra of ["\n", "{}\n", "no JSON\n", huge, '{"at":-1}\n', "\n\n\n"]) {
      lines.splice(random.below(lines.length), 0, extra);
    }
    const name = new Date(NOON + day * DAY_MS).toISOString().slice(0, 10);
    writeFileSync(join(folder, `${name}.jsonl`), lines.join(""));
  }
  return { data, events: talk.events };
}

function open(data: string, isReadOnly: boolean): RoomLog {
  const log = openRoomLog(join(data, "history"), { isReadOnly });
  if ("refused" in log) throw new Error(log.refused);
  return log;
}

/** Pages through everything as a client does: from the last event of each page on. */
async function pagesThrough(log: RoomLog, direction: "after" | "before"): Promise<number> {
  let from: HistoryPoint = { kind: "time", time: direction === "after" ? 0 : NOON + 9 * DAY_MS };
  for (let pages = 1; ; pages += 1) {
    const page: readonly RoomEvent[] | null = await log.page(
      TEA,
      asking({ direction, from, limit: 20 }),
    );
    const times = (page ?? []).map(({ time }) => time);
    const next: number = direction === "after" ? Math.max(...times) : Math.min(...times);
    if (
      times.length === 0 ||
      pages > 400 ||
      (direction === "after" ? next <= from.time : next >= from.time)
    ) {
      return pages;
    }
    from = { kind: "time", time: next };
  }
}

test.each(Array.from({ length: SEEDS }, (_, index) => seed() + index))(
  "every reader of disordered days comes to an end (seed %d)",
  async (start) => {
    const random = new Prng(start);
    const { data, events } = disordered(random);
    const msgids = new Set(events.map(({ msgid }) => msgid));
    const reader = open(data, true);
    const before = await Array.fromAsync(reader.events(TEA));

    let misplaced = 0;
    const records = await Array.fromAsync(
      exportHistory(reader, TEA, () => {
        misplaced += 1;
      }),
    );
    expect(misplaced).toBeGreaterThan(0);
    expect(records.length).toBeGreaterThan(100);
    expect(records.every(({ msgid }) => msgids.has(msgid ?? ""))).toBe(true);

    for (const direction of ["after", "before"] as const) {
      expect(await pagesThrough(reader, direction)).toBeLessThan(400);
    }
    for (let count = 0; count < 20; count += 1) {
      const { msgid, time } = events[random.below(events.length)] as RoomEvent;
      for (const direction of ["latest", "before", "after", "around", "between"] as const) {
        for (const from of [{ kind: "msgid", msgid } as const, { kind: "time", time } as const]) {
          const page = await reader.page(TEA, asking({ direction, from, limit: 30 }));
          expect(page?.length).toBeLessThanOrEqual(30);
        }
      }
    }
    await reader.close();

    expect([...datesOfHistory(data, "history", NOON)].length).toBeGreaterThan(0);
    const findings = examineHistory(data, new Map(), null, doctorWords("en"));
    expect(findings.some(({ problem }) => problem.includes("came before it"))).toBe(true);
    const room = { name: "#tea", members: [{ account: "민수" }] };
    const entry = { id: TEA, at: 0, time: 0, room };
    const stored = { snapshot: { conversations: [entry], people: [] }, unreachable: [] };
    expect(findRoom(data, stored as never, "#tea" as RoomName)).toEqual({
      refused: expect.stringContaining("out of order"),
    });

    const writer = open(data, false);
    const { later, reports } = writer.load(NONE);
    expect(reports.length).toBeGreaterThan(0);
    expect(later.length).toBeGreaterThan(0);
    const author = { account: accountId("민수"), since: 0, upTo: Number.MAX_SAFE_INTEGER } as const;
    expect((await writer.findAuthored(TEA, author as never, null))?.lines).toBeGreaterThan(0);
    const wanted = { in: [TEA], words: ["word"], from: null, after: null, before: null, limit: 50 };
    const results = await writer.search(wanted, () => true);
    expect(results.events?.length).toBeGreaterThan(0);
    await writer.finishRewrites();
    await writer.close();
    // Carrying out edits and redactions neither loses a line nor writes one twice.
    const after = await Array.fromAsync(open(data, true).events(TEA));
    const ids = (all: readonly RoomEvent[]): string[] => all.map(({ msgid }) => msgid).sort();
    const redacted = new Set(
      events.flatMap((event) => (event.kind === "redacted" ? [event.target] : [])),
    );
    const isShown = (msgid: string): boolean => !redacted.has(msgid);
    expect(ids(after).filter(isShown)).toEqual(ids(before).filter(isShown));
  },
  120_000,
);
