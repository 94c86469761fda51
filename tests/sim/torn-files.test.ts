import { afterEach, expect, test } from "bun:test";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import { openRoomLog, type RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { openPeopleFile } from "../../lib/file-manager/snapshot/people-file.ts";
import { accountId } from "../account-ids.ts";
import { asking, DAY_MS, EventScript, TEA } from "../contract/room-log-events.ts";
import { Prng, seed } from "../prng.ts";
import { EMPTY_SNAPSHOT } from "../scene.ts";

const SEED = seed();

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "torn-"));
  folders.push(folder);
  return folder;
}

function open(folder: string): RoomLog {
  const log = openRoomLog(folder);
  if ("refused" in log) throw new Error(log.refused);
  return log;
}

test(`a history cut anywhere keeps every whole line before the cut, once and in order (SEED=${SEED})`, async () => {
  const prng = new Prng(SEED);
  const whole = newFolder();
  const log = open(whole);
  const talk = new EventScript();
  /** Length of the newest day's file after each of its events. */
  let ends: { readonly at: number; readonly end: number }[] = [];
  for (let n = 0; n < 120; n += 1) {
    const size = prng.unit() < 0.05 ? 20_000 : prng.below(120);
    const event =
      n === 0 ? talk.created() : talk.said("말 ".repeat(size), n % 50 === 0 ? DAY_MS : 1000);
    expect(log.append(event)).toBe(true);
    if (n % 50 === 0) ends = [];
    const newest = readdirSync(join(whole, TEA)).sort().at(-1) ?? "";
    ends.push({ at: event.position, end: statSync(join(whole, TEA, newest)).size });
  }
  await log.close();
  const newest = readdirSync(join(whole, TEA)).sort().at(-1) ?? "";
  const size = statSync(join(whole, TEA, newest)).size;
  for (let round = 0; round < 60; round += 1) {
    const folder = newFolder();
    cpSync(whole, folder, { recursive: true });
    // Every third cut is near the end of a line, where mistakes live.
    const near = ends[prng.below(ends.length)]?.end ?? 0;
    const cut =
      round % 3 === 0
        ? Math.max(0, Math.min(size, near - 1 + prng.below(3)))
        : prng.below(size + 1);
    truncateSync(join(folder, TEA, newest), cut);
    const kept = talk.events.filter(
      // A line that lacks nothing but its "\n" is whole.
      ({ position }) =>
        position < (ends[0]?.at ?? 0) ||
        ends.some((line) => line.at === position && line.end - 1 <= cut),
    );
    const isTorn = cut > 0 && !ends.some((line) => line.end === cut || line.end - 1 === cut);
    const again = open(folder);
    const loaded = again.load(EMPTY_SNAPSHOT);
    expect([cut, loaded.later.map(({ position }) => position)]).toEqual([
      cut,
      kept.map(({ position }) => position),
    ]);
    expect(loaded.later).toEqual(kept);
    expect([cut, loaded.reports.length]).toEqual([cut, isTorn ? 1 : 0]);
    const next = { ...(talk.events.at(-1) as (typeof talk.events)[0]), position: kept.length + 1 };
    expect(again.append(next)).toBe(true);
    expect(await again.page(TEA, asking({ limit: 1000 }))).toEqual([...kept, next]);
    await again.close();
  }
});

test(`a people's journal cut anywhere keeps every whole line before the cut (SEED=${SEED})`, async () => {
  const prng = new Prng(SEED + 1);
  const whole = join(newFolder(), "people.journal");
  const opened = openPeopleFile(whole, 0);
  if ("refused" in opened) throw new Error(opened.refused);
  const changes: PersonChange[] = [];
  for (let n = 0; n < 50; n += 1) {
    const account = accountId(`민수${prng.below(5)}`);
    const change: PersonChange = { kind: "marked", account, conversation: TEA, time: n };
    expect(opened.file.append(change)).toBe(true);
    changes.push(change);
  }
  await opened.file.close();
  const bytes = readFileSync(whole);
  for (let round = 0; round < 40; round += 1) {
    const path = join(newFolder(), "people.journal");
    cpSync(whole, path);
    const cut = prng.below(bytes.length + 1);
    truncateSync(path, cut);
    const lines = bytes.subarray(0, cut).toString("utf8").split("\n");
    const isWhole = lines.at(-1)?.endsWith("}}") === true;
    const kept = changes.slice(0, lines.length - 1 + (isWhole ? 1 : 0));
    const again = openPeopleFile(path, 0);
    if ("refused" in again) throw new Error(again.refused);
    expect([cut, again.changes]).toEqual([cut, kept]);
    expect(again.torn > 0).toBe(!isWhole && (lines.at(-1)?.length ?? 0) > 0);
    await again.file.close();
  }
});
