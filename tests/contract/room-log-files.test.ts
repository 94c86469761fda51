import { afterEach, expect, test } from "bun:test";
import {
  appendFileSync,
  fstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { RoomEvent, RoomEventOf } from "../../lib/chat-server/event.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot/snapshot.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import { type AppendFile, AppendFiles } from "../../lib/file-manager/history/append-files.ts";
import type { ErasureRewrite } from "../../lib/file-manager/history/pending-rewrites.ts";
import {
  openRoomLog,
  type RoomLog,
  type RoomLogOptions,
} from "../../lib/file-manager/history/room-log.ts";
import { accountId } from "../account-ids.ts";
import { EMPTY_SNAPSHOT } from "../scene.ts";
import { asking, DAY_MS, EventScript, LUNCH, NOON, TEA } from "./room-log-events.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "room-log-"));
  folders.push(folder);
  return folder;
}

function open(folder: string, options: RoomLogOptions = {}): RoomLog {
  const log = openRoomLog(folder, options);
  if ("refused" in log) throw new Error(log.refused);
  return log;
}

function linesOf(folder: string, day = "2026-11-22"): string[] {
  return readFileSync(join(folder, TEA, `${day}.jsonl`), "utf8")
    .split("\n")
    .slice(0, -1);
}

function append(log: RoomLog, ...events: RoomEvent[]): void {
  for (const event of events) expect(log.append(event)).toBe(true);
}

const snapshotAt = (at: number): Snapshot => ({
  ...EMPTY_SNAPSHOT,
  conversations: [{ id: TEA, at, time: NOON, saidAt: 0, createdAt: NOON, pair: null, room: null }],
});

test("each day is one file, and a line is JSON without fields that have their default value", () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created(), talk.said("안녕 \n둘째 줄"), talk.said("tomorrow", DAY_MS));
  expect(readdirSync(join(folder, TEA)).sort()).toEqual(["2026-11-22.jsonl", "2026-11-23.jsonl"]);
  expect(linesOf(folder)[1]).toBe(
    `{"at":2,"time":"2026-11-22T12:00:02.000Z","msgid":"tea1id2","kind":"said","by":{"nick":"민수","account":"민수","id":"${accountId("민수")}","user":"민수","host":"k3x9.sodam"},"text":"안녕 \\n둘째 줄"}`,
  );
});

test("a folder that can't be created is refused with its path and advice", () => {
  const folder = newFolder();
  writeFileSync(join(folder, "history"), "");
  const refused = openRoomLog(join(folder, "history"));
  expect(refused).toEqual({
    refused: `${join(folder, "history")} cannot be made: something is there already. Put that right, then start again.`,
  });
});

test("with a full disk no part of an event is stored, and the next one is stored once there is space", async () => {
  const folder = newFolder();
  let room = Number.POSITIVE_INFINITY;
  let cutting = true;
  const disk: Disk = {
    ...DISK,
    write(fd, bytes, start) {
      if (room <= 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      const written = DISK.write(
        fd,
        bytes.subarray(0, start + Math.min(room, bytes.length - start)),
        start,
      );
      room -= written;
      return written;
    },
    truncate(fd, bytes) {
      if (!cutting) throw Object.assign(new Error("no"), { code: "EIO" });
      DISK.truncate(fd, bytes);
    },
  };
  const problems: string[] = [];
  const log = open(folder, { disk, onProblem: (text) => problems.push(text) });
  const talk = new EventScript();
  append(log, talk.created());
  const second = talk.said("hello");
  room = 30;
  expect(log.append(second)).toBe(false);
  expect(linesOf(folder)).toHaveLength(1);
  expect(problems).toEqual([
    `${join(folder, TEA, "2026-11-22.jsonl")} cannot be written: the disk is full.`,
  ]);
  // The partial write can't be cut off at first: appending fails until it can.
  [room, cutting] = [30, false];
  expect(log.append(second)).toBe(false);
  room = Number.POSITIVE_INFINITY;
  expect(log.append(second)).toBe(false);
  expect(await log.page(TEA, asking({}))).toEqual(talk.events.slice(0, 1));
  cutting = true;
  expect(log.append(second)).toBe(true);
  expect(await log.page(TEA, asking({}))).toEqual(talk.events);
  await log.close();
});

test("more conversations than open files are all stored and synced", async () => {
  const folder = newFolder();
  const openFds = new Set<number>();
  let openMax = 0;
  let synced = 0;
  const disk: Disk = {
    ...DISK,
    write(fd, bytes, start) {
      openFds.add(fd);
      openMax = Math.max(openMax, openFds.size);
      return DISK.write(fd, bytes, start);
    },
    sync(fd) {
      synced += 1;
      return DISK.sync(fd);
    },
  };
  const log = open(folder, { openFilesMax: 3, disk });
  const talks = Array.from({ length: 10 }, (_, n) => new EventScript(`room-${n}` as typeof TEA));
  for (const talk of talks) append(log, talk.created());
  const first = log.sync();
  for (const talk of talks) append(log, talk.said("hello"));
  expect(await first).toBe(true);
  expect(await log.sync()).toBe(true);
  expect(synced).toBeGreaterThanOrEqual(20);
  expect(openMax).toBeLessThanOrEqual(16);
  for (const talk of talks) {
    expect(await log.page(talk.conversation, asking({}))).toEqual(talk.events);
  }
  await log.close();
});

test("syncs that are requested during a sync share the next one", async () => {
  const waiting: (() => void)[] = [];
  let syncs = 0;
  const disk: Disk = {
    ...DISK,
    sync: () => {
      syncs += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
  const log = open(newFolder(), { disk });
  const talk = new EventScript();
  append(log, talk.created());
  const first = log.sync();
  append(log, talk.said("one"));
  const later = [log.sync(), log.sync(), log.sync()];
  expect(syncs).toBe(1);
  waiting.shift()?.();
  await first;
  while (syncs < 2) await new Promise((resolve) => setImmediate(resolve));
  waiting.shift()?.();
  expect(await Promise.all(later)).toEqual([true, true, true]);
  expect(syncs).toBe(2);
});

test("a failed sync is reported, and the next one tries again", async () => {
  let broken = true;
  const disk: Disk = {
    ...DISK,
    sync: (fd) =>
      broken ? Promise.reject(Object.assign(new Error("io"), { code: "EIO" })) : DISK.sync(fd),
  };
  const problems: string[] = [];
  const log = open(newFolder(), { disk, onProblem: (text) => problems.push(text) });
  append(log, new EventScript().created());
  expect(await log.sync()).toBe(false);
  expect(problems[0]).toEndWith("may not be safe on disk: the disk reported an error.");
  broken = false;
  expect(await log.sync()).toBe(true);
  await log.close();
});

test("after a failed sync the file is replaced by a copy before it counts as synced", async () => {
  const folder = newFolder();
  const talk = new EventScript();
  // The file, the file again, its copy; then both.
  const refuses = [true, false, true];
  const synced: number[] = [];
  const disk: Disk = {
    ...DISK,
    async sync(fd) {
      if (refuses.shift() === true) throw Object.assign(new Error("io"), { code: "EIO" });
      await DISK.sync(fd);
      synced.push(fstatSync(fd).ino);
      if (synced.length === 3) append(log, talk.said("meanwhile"));
    },
  };
  const log = open(folder, { disk });
  append(log, talk.created(), talk.said("one"));
  const inode = () => statSync(join(folder, TEA, "2026-11-22.jsonl")).ino;
  const first = inode();
  expect(await log.sync()).toBe(false);
  expect(await log.sync()).toBe(false);
  expect(inode()).toBe(first);
  expect(readdirSync(join(folder, TEA))).toEqual(["2026-11-22.jsonl"]);
  expect(await log.sync()).toBe(true);
  const second = inode();
  expect(second).not.toBe(first);
  expect(synced).toEqual([first, first, second, second]);
  append(log, talk.said("after"));
  expect(await log.sync()).toBe(true);
  expect(inode()).toBe(second);
  expect(linesOf(folder).map((line) => JSON.parse(line).at)).toEqual([1, 2, 3, 4]);
  await log.close();
  expect(readdirSync(join(folder, TEA))).toEqual(["2026-11-22.jsonl"]);
});

test("a redaction during that replacement stays applied", async () => {
  const folder = newFolder();
  const talk = new EventScript();
  let refuses = true;
  let isRewriting = false;
  const disk: Disk = {
    ...DISK,
    async sync(fd) {
      const isCopy = fstatSync(fd).ino !== first;
      if (isCopy && !isRewriting) {
        isRewriting = true;
        const redaction = talk.redacted(talk.events[1] as RoomEvent);
        append(log, redaction);
        expect(await log.rewrite(redaction)).toBe(true);
      }
      if (refuses) throw Object.assign(new Error("io"), { code: "EIO" });
      await DISK.sync(fd);
    },
  };
  const log = open(folder, { disk });
  append(log, talk.created(), talk.said("secret"));
  const first = statSync(join(folder, TEA, "2026-11-22.jsonl")).ino;
  expect(await log.sync()).toBe(false);
  refuses = false;
  expect(await log.sync()).toBe(true);
  expect(isRewriting).toBe(true);
  expect(linesOf(folder).join()).not.toContain("secret");
  append(log, talk.said("after"));
  expect(linesOf(folder).map((line) => JSON.parse(line).at)).toEqual([1, 2, 3, 4]);
  await log.close();
  expect(readdirSync(join(folder, TEA))).toEqual(["2026-11-22.jsonl"]);
});

test("a redaction removes the text of the message and of its edits from the files", async () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created());
  const said = talk.said("secret one");
  const first = talk.edited(said, "secret two");
  append(log, said, first, talk.said("in between", DAY_MS));
  await log.rewrite(first);
  const second = talk.edited(said, "secret three");
  append(log, second);
  await log.rewrite(second);
  expect(linesOf(folder).join("\n")).not.toContain("secret two");
  const redaction = talk.redacted(said);
  append(log, redaction);
  expect(log.pendingRewrites).toBe(1);
  expect(await log.rewrite(redaction)).toBe(true);
  const all = [...linesOf(folder), ...linesOf(folder, "2026-11-23")];
  expect(all.join("\n")).not.toContain("secret");
  expect(all).toHaveLength(talk.events.length);
  await log.close();
});

test("a message that is edited again and again stays as short as one that was edited once", async () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created());
  const said = talk.said("secret first");
  append(log, said);
  for (let n = 0; n < 20; n += 1) {
    const edit = talk.edited(said, `secret ${n}`);
    append(log, edit);
    const read = { events: 0, bytes: 0 };
    expect(await log.rewrite(edit, read)).toBe(true);
    expect(read.bytes).toBeGreaterThan(100);
  }
  const [, line = ""] = linesOf(folder);
  expect(JSON.parse(line)).toMatchObject({ text: "secret 19", edits: [talk.events.length] });
  expect(
    linesOf(folder)
      .join("\n")
      .match(/secret \w+/g),
  ).toEqual(["secret 19", "secret 19"]);
  const redaction = talk.redacted(said);
  append(log, redaction);
  await log.rewrite(redaction);
  expect(linesOf(folder).join("\n")).not.toContain("secret");
  await log.close();
});

test("an erasure clears all days during new messages, and unreachable conversations", async () => {
  const folder = newFolder();
  const log = open(folder);
  const [talk, lunch] = [new EventScript(), new EventScript(LUNCH)];
  append(log, talk.created(), lunch.created(), lunch.said("secret lunch"));
  for (let n = 0; n < 3000; n += 1) {
    append(log, talk.said(`secret ${n} ${"가".repeat(100)}`, n === 1500 ? DAY_MS : 10));
  }
  const author = { account: accountId("민수"), since: 0, upTo: talk.events.length };
  const forgotten = talk.next(
    { kind: "forgotten", ...author, of: { days: {}, people: [] } },
    "지원",
  );
  append(log, forgotten);
  let isDone = false;
  const done = log.rewrite(forgotten as ErasureRewrite).then(() => {
    isDone = true;
  });
  while (!isDone) {
    append(log, talk.said("meanwhile"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  const read = { events: 0, bytes: 0 };
  expect(await log.eraseUnreachable(author, new Set([TEA]), read)).toEqual({
    done: true,
    lines: 1,
  });
  expect(read.bytes).toBeGreaterThan(0);
  expect(await log.findAuthored(TEA, author, null, read)).not.toBeNull();
  expect(read.bytes).toBeGreaterThan(100_000);
  const days = [TEA, LUNCH].flatMap((id) =>
    readdirSync(join(folder, id)).flatMap((name) => readFileSync(join(folder, id, name), "utf8")),
  );
  expect(days.join("")).not.toContain("secret");
  const positions = days.slice(0, 2).flatMap((text) => text.trim().split("\n"));
  expect(positions.map((line) => JSON.parse(line).at)).toEqual(
    talk.events.map(({ position }) => position),
  );
  expect(days.join("")).toContain("meanwhile");
  await log.close();
});

test("an erasure interrupted by a crash is applied on reading, and carried out after the start", async () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created(), talk.said("secret"), talk.said("secret, too"));
  const author = { account: accountId("민수"), since: 0, upTo: 3 };
  append(log, talk.next({ kind: "forgotten", ...author, of: { days: {}, people: [] } }, "지원"));
  const again = open(folder);
  const { recent } = again.load(EMPTY_SNAPSHOT);
  expect(recent.get(TEA)?.map(({ kind }) => kind)).toEqual(["created", "forgotten"]);
  expect(again.pendingRewrites).toBe(1);
  expect(linesOf(folder).join()).toContain("secret");
  await again.sync();
  await again.close();
  expect(again.pendingRewrites).toBe(0);
  expect(linesOf(folder).join()).not.toContain("secret");
  await log.close();
});

test("events that are appended while a day is rewritten are in the new file, once and in order", async () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created());
  for (let n = 0; n < 3000; n += 1) append(log, talk.said(`line ${n} ${"가".repeat(200)}`));
  const redaction = talk.redacted(talk.events[10] as RoomEvent);
  append(log, redaction);
  let isDone = false;
  const done = log.rewrite(redaction).then(() => {
    isDone = true;
  });
  let during = 0;
  while (!isDone) {
    append(log, talk.said("meanwhile"));
    during += 1;
    if (during % 3 === 0) void log.sync();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  append(log, talk.said("after"));
  expect(during).toBeGreaterThan(1);
  expect(linesOf(folder).map((line) => JSON.parse(line).at)).toEqual(
    talk.events.map((event) => event.position),
  );
  const page = await log.page(TEA, asking({ limit: 100_000 }));
  expect(page).toEqual(talk.events.filter((event) => event.position !== 11));
  await log.close();
});

test("a room with new messages during every sync can still be rewritten", async () => {
  const folder = newFolder();
  const talk = new EventScript();
  let isRewriting = false;
  const disk: Disk = {
    ...DISK,
    sync(fd) {
      if (isRewriting) append(log, talk.said("meanwhile"));
      return DISK.sync(fd);
    },
  };
  const log = open(folder, { disk });
  append(log, talk.created(), talk.said("secret"));
  const redaction = talk.redacted(talk.events[1] as RoomEvent);
  append(log, redaction);
  isRewriting = true;
  expect(await log.rewrite(redaction)).toBe(true);
  isRewriting = false;
  append(log, talk.said("after"));
  expect(talk.events.length).toBeGreaterThan(5);
  const page = await log.page(TEA, asking({}));
  expect(page).toEqual(talk.events.filter((event) => event.position !== 2));
  await log.close();
});

test("an edit and a redaction interrupted by a crash are carried out after the next start", async () => {
  const folder = newFolder();
  const talk = new EventScript();
  const crashed = open(folder);
  append(crashed, talk.created(), talk.said("one"), talk.said("two"));
  append(crashed, talk.edited(talk.events[1] as RoomEvent, "uno"));
  append(crashed, talk.redacted(talk.events[2] as RoomEvent));
  writeFileSync(join(folder, TEA, ".2026-11-22.jsonl.new"), '{"at":1,"ti');
  const log = open(folder);
  const loaded = log.load(snapshotAt(3));
  expect(loaded.later.map((event) => event.kind)).toEqual(["edited", "redacted"]);
  const said = talk.events[1] as RoomEventOf<"said">;
  const shown = loaded.recent.get(TEA);
  const editedAt = talk.events[3]?.time ?? 0;
  expect(shown?.[1]).toEqual({ ...said, text: "uno", editedAt, namedNow: [] });
  expect(shown?.map((event) => event.kind)).toEqual(["created", "said", "edited", "redacted"]);
  expect(log.pendingRewrites).toBe(2);
  await log.sync();
  await log.close();
  expect(log.pendingRewrites).toBe(0);
  expect(readdirSync(join(folder, TEA))).toEqual(["2026-11-22.jsonl"]);
  const text = linesOf(folder).join("\n");
  expect(text).not.toContain('"one"');
  expect(text).not.toContain('"two"');
  const again = open(folder);
  again.load(snapshotAt(3));
  expect(await again.page(TEA, asking({}))).toEqual(shown as RoomEvent[]);
  await again.sync();
  await again.close();
  expect(linesOf(folder).join("\n")).toBe(text);
});

test("messages are stored after another program removed or edited a day's file, or removed its folder", async () => {
  const folder = newFolder();
  const problems: string[] = [];
  const log = open(folder, { onProblem: (text) => problems.push(text) });
  const talk = new EventScript();
  append(log, talk.created(), talk.said("one"));
  const path = join(folder, TEA, "2026-11-22.jsonl");
  rmSync(path);
  append(log, talk.said("behind a file that is gone"));
  expect(await log.page(TEA, asking({}))).toEqual(talk.events.slice(2));
  rmSync(join(folder, TEA), { recursive: true });
  append(log, talk.said("behind a folder that is gone"));
  expect(await log.page(TEA, asking({}))).toEqual(talk.events.slice(3));
  // As editors do it: another file by the same name, here without the last newline; or the same one, shorter.
  writeFileSync(`${path}~`, readFileSync(path, "utf8").trimEnd());
  renameSync(`${path}~`, path);
  append(log, talk.said("behind another file"));
  writeFileSync(path, `${linesOf(folder)[1]}\n`);
  append(log, talk.said("behind what was cut"));
  expect(await log.page(TEA, asking({}))).toEqual(talk.events.slice(4));
  const [removed, changed] = ["was emptied or removed", "was changed"].map(
    (what) => `${path} ${what} by another program. New messages are appended to the present file.`,
  );
  expect<unknown>(problems).toEqual([removed, removed, changed, changed]);
  const redaction = talk.redacted(talk.events[4] as RoomEvent);
  append(log, redaction);
  expect(await log.rewrite(redaction)).toBe(true);
  expect(linesOf(folder).map((line) => JSON.parse(line).at)).toEqual([5, 6, 7]);
  // A moved file is noticed at the next sync: until then messages are appended to it.
  renameSync(path, `${path}~`);
  await log.sync();
  append(log, talk.said("behind a file that was moved"));
  await log.close();
  expect(linesOf(folder).map((line) => JSON.parse(line).at)).toEqual([8]);
});

test("a line appended to a torn file isn't joined to its last line, even if writing its newline fails at first", () => {
  const folder = newFolder();
  let answer: "written" | "nothing" | "full" = "written";
  const disk: Disk = {
    ...DISK,
    write(fd, bytes, start) {
      if (answer === "full") throw Object.assign(new Error("full"), { code: "ENOSPC" });
      return answer === "nothing" ? 0 : DISK.write(fd, bytes, start);
    },
  };
  const log = open(folder, { disk });
  const talk = new EventScript();
  append(log, talk.created(), talk.said("one"));
  const [first = ""] = linesOf(folder);
  writeFileSync(join(folder, TEA, "2026-11-22.jsonl"), first);
  const second = talk.said("two");
  for (answer of ["nothing", "full"] as const) expect(log.append(second)).toBe(false);
  answer = "written";
  append(log, second);
  expect(linesOf(folder).map((line) => JSON.parse(line).at)).toEqual([1, 3]);
});

test("the next sync includes the name of a file or folder that had to be created again", () => {
  const folder = newFolder();
  const path = join(folder, "a", "b", "day.jsonl");
  const file: AppendFile = {
    ...{ path, bytes: 0, fd: null, inode: null },
    ...{ countsNames: true, isRagged: false },
  };
  const synced: string[] = [];
  class Watched extends AppendFiles {
    override syncNames(path: string): void {
      synced.push(relative(folder, path));
      super.syncNames(path);
    }
  }
  const files = new Watched(DISK, 2);
  const line = Buffer.from("1\n");
  expect(files.append(file, line)).toBeNull();
  expect(synced.splice(0)).toEqual(["a/b", "", "a"]);
  rmSync(path);
  expect(files.append(file, line)).toBeNull();
  expect(synced.splice(0)).toEqual(["a/b"]);
  rmSync(join(folder, "a", "b"), { recursive: true });
  expect(files.append(file, line)).toBeNull();
  expect(synced.splice(0)).toEqual(["a/b", "a", "a"]);
  // After another program replaced the file, a loss of power must not restore the previous one.
  writeFileSync(`${path}~`, "2\n");
  renameSync(`${path}~`, path);
  files.release(file);
  expect(files.append(file, line)).toBeNull();
  expect(synced.splice(0)).toEqual(["a/b"]);
  files.close();
});

test("unreadable lines are skipped and reported, and stay in the file", async () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created(), talk.said("one"));
  await log.close();
  const path = join(folder, TEA, "2026-11-22.jsonl");
  appendFileSync(
    path,
    '{"at":3,"time":"2026-11-22T12:01:00.000Z","msgid":"x3","kind":"poll","by":{"nick":"a"},"new":1}\nrubbish\n{"at":7,"time":"2026-11-22T12:02:00.000Z","msgid":"x7","kind":"joined","by":{"nick":"a"}}\n{"at":8,"ti',
  );
  const again = open(folder);
  const loaded = again.load(snapshotAt(1));
  expect(loaded.later.map((event) => event.position)).toEqual([2, 7]);
  expect(loaded.reports).toEqual([
    `${path} ended in half a line of 11 bytes, which was cut off.`,
    expect.stringMatching(/ has a damaged line at byte \d+; it was passed over\.$/),
    `${path}: positions 4 to 5 are missing.`,
    `${path}: position 3 is of a kind unknown to this version (poll).`,
  ]);
  expect((await again.page(TEA, asking({})))?.map((event) => event.position)).toEqual([1, 2, 7]);
  expect(linesOf(folder)).toHaveLength(5);
  await again.close();
});

test("a history that ends before its snapshot is reported, and continues after the snapshot's position", async () => {
  const folder = newFolder();
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created(), talk.said("one"), talk.said("two"));
  truncateSync(join(folder, TEA, "2026-11-22.jsonl"), 0);
  const again = open(folder);
  const path = join(folder, TEA);
  expect(again.load(snapshotAt(3)).reports).toEqual([
    `${path} ends at position 0, but there were 3 events.`,
  ]);
  append(again, talk.said("three"));
  expect(await again.page(TEA, asking({}))).toEqual(talk.events.slice(3));
  await again.close();
});

test("conversations that the snapshot doesn't know are loaded whole", () => {
  const folder = newFolder();
  const log = open(folder, { recentCount: 2 });
  const [tea, lunch] = [new EventScript(TEA), new EventScript(LUNCH, NOON - 3 * DAY_MS)];
  append(log, tea.created(), tea.said("one"), tea.said("two"));
  append(log, lunch.created(), lunch.said("하나"), lunch.said("둘", DAY_MS), lunch.said("셋"));
  const loaded = open(folder, { recentCount: 2 }).load(snapshotAt(3));
  expect(loaded.later).toEqual(lunch.events);
  expect(loaded.recent.get(TEA)).toEqual(tea.events.slice(1));
  expect(loaded.recent.get(LUNCH)).toEqual(lunch.events.slice(2));
  expect(loaded.reports).toEqual([]);
});

test("a conversation whose folder is a symbolic link is loaded and pruned like the others", async () => {
  const [folder, elsewhere] = [newFolder(), newFolder()];
  const log = open(folder);
  const talk = new EventScript();
  append(log, talk.created(), talk.said("one"), talk.said("two", DAY_MS));
  await log.close();
  renameSync(join(folder, TEA), join(elsewhere, TEA));
  symlinkSync(join(elsewhere, TEA), join(folder, TEA));
  symlinkSync(join(folder, "nothing"), join(folder, "link"));
  symlinkSync(join(folder, "circle"), join(folder, "circle"));
  writeFileSync(join(folder, "notes.txt"), "");
  const again = open(folder);
  expect(again.load(snapshotAt(1)).later).toEqual(talk.events.slice(1));
  append(again, talk.said("three"));
  await again.prune({ byDefault: NOON + DAY_MS, byConversation: new Map() });
  expect(readdirSync(join(elsewhere, TEA))).toEqual(["2026-11-23.jsonl"]);
  await again.close();
});

test("an old msgid is found after a restart, in a day that was rewritten since", async () => {
  const folder = newFolder();
  const talk = new EventScript();
  const before = open(folder);
  append(before, talk.created());
  for (let n = 0; n < 500; n += 1) append(before, talk.said(`line ${n}`, n === 250 ? DAY_MS : 10));
  await before.close();
  const log = open(folder);
  log.load(snapshotAt(talk.events.length));
  const after = (at: number) =>
    asking({
      direction: "after",
      from: { kind: "msgid", msgid: talk.events[at - 1]?.msgid ?? "" },
      limit: 1,
    });
  expect(await log.page(TEA, after(20))).toEqual(talk.events.slice(20, 21));
  const redaction = talk.redacted(talk.events[5] as RoomEvent);
  append(log, redaction);
  await log.rewrite(redaction);
  expect(await log.page(TEA, after(30))).toEqual(talk.events.slice(30, 31));
  expect(await log.page(TEA, after(300))).toEqual(talk.events.slice(300, 301));
  await log.close();
});
