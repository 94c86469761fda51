import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { countUnread } from "../../lib/chat-server/unread/unread-counts.ts";
import { dayOf } from "../../lib/file-manager/history/day-file.ts";
import { parseStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { formatTime, parseTime } from "../../lib/protocol/time.ts";
import { Life, SeededWorld, signUp, type Voice } from "../crash/stage.ts";
import { Prng, seeds } from "../prng.ts";

/** A server whose clock was two days ahead for a while, and what mend-dates makes of its folder. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 10, 22, 21);
const CAPS =
  "message-tags server-time echo-message batch draft/chathistory draft/event-playback draft/read-marker draft/message-redaction sodam.chat/edit soju.im/search";
const NAMES = ["mina", "jun", "민수"] as const;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A world whose clock can be set. */
class SettableWorld extends SeededWorld {
  time = START;
  override now = (): number => {
    this.time += 1;
    return this.time;
  };
}

/** The server with its people, in one folder, through several lives. */
class Town {
  readonly folder = mkdtempSync(join(tmpdir(), "mend-dates-"));
  readonly data = join(this.folder, "data");
  readonly world: SettableWorld;
  life!: Life;
  readonly voices = new Map<string, Voice>();
  readonly heard = new Map<string, string[]>();

  constructor(seed = 1) {
    folders.push(this.folder);
    this.world = new SettableWorld(seed);
  }

  async begin(): Promise<this> {
    this.life = await Life.begin(this.folder, this.world);
    for (const name of NAMES) {
      if (this.life.server.state.accounts.account(name as never) === null) {
        await signUp(this.life.data, name);
      }
    }
    // An account is known to the server from its next start on.
    if (this.life.server.state.accounts.account("mina" as never) === null) {
      await this.life.data.close();
      return this.begin();
    }
    const { state } = this.life.server;
    state.applyOptions({ ...state.options, redactWithinMs: 10 * DAY_MS });
    for (const name of NAMES) {
      const heard: string[] = [];
      this.heard.set(name, heard);
      this.voices.set(name, await this.life.enter(name, CAPS, (line) => heard.push(line)));
    }
    return this;
  }

  /** Sends lines, and returns what comes back to this user. */
  async says(name: string, ...lines: string[]): Promise<string[]> {
    const heard = this.heard.get(name) ?? [];
    heard.length = 0;
    for (const line of lines) {
      this.voices.get(name)?.says(line);
      await this.life.settled();
    }
    return [...heard];
  }

  /** The unread counts of everybody, everywhere. */
  counts(): Record<string, unknown> {
    const { users, rooms } = this.life.server.state;
    const counts: Record<string, unknown> = {};
    for (const user of users.all()) {
      const directs = rooms.directConversationsOf(user.account as never);
      for (const conversation of [...user.rooms, ...directs]) {
        counts[`${user.nick} ${conversation.id}`] = countUnread(users, conversation, user);
      }
    }
    return counts;
  }

  async end(): Promise<void> {
    await this.life.data.save(() => this.life.server.snapshotSource());
    await this.life.data.close();
  }

  /** What `bun server.ts mend-dates` does. */
  async mendDates(mend: boolean) {
    if (mend) {
      const life = await Life.begin(this.folder, this.world);
      expect(await life.data.saveAll(() => life.server.snapshotSource())).toBe(true);
      await life.data.close();
    }
    return this.run("mend-dates", mend);
  }

  doctor() {
    return this.run("doctor", false);
  }

  run(name: "mend-dates" | "doctor", mend: boolean) {
    return runMaintenance(
      { name, words: [], mend },
      {
        ...{ data: this.data, certs: this.folder, makeStore: AccountStore.of },
        newId: () => "new",
        user: "owner",
        newRoomId: () => "unused" as ConversationId,
        now: () => this.world.time,
      },
    );
  }

  /** Path → content of every file but the lock's. */
  files(): Record<string, string> {
    const paths = readdirSync(this.data, { recursive: true, encoding: "utf8" }).sort();
    const files = paths.filter(
      (path) => !path.startsWith("lock") && statSync(join(this.data, path)).isFile(),
    );
    return Object.fromEntries(
      files.map((path) => [path, readFileSync(join(this.data, path), "utf8")]),
    );
  }

  /** Conversation → its events, in the order of the files, each of which has only its own day's. */
  events() {
    const events = new Map<string, { position: number; msgid: string; time: number }[]>();
    for (const [path, content] of Object.entries(this.files())) {
      const [, root = "", id = "", day = ""] =
        /^(history|gone)\/([^/]+)\/(.+)\.jsonl$/.exec(path) ?? [];
      if (root === "") continue;
      for (const line of content.trimEnd().split("\n")) {
        const stored = parseStoredEvent(line, id as ConversationId);
        if (stored.kind !== "event") throw new Error(`${path}: ${line}`);
        const { position, msgid, time } = stored.event;
        expect([path, dayOf(time)]).toEqual([path, day]);
        const known = events.get(id);
        if (known === undefined) events.set(id, [{ position, msgid, time }]);
        else known.push({ position, msgid, time });
      }
    }
    return events;
  }
}

function msgidsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    / PRIVMSG /.test(line) ? (/msgid=([^; ]+)/.exec(line)?.[1] ?? []) : [],
  );
}

function textsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => / PRIVMSG \S+ :?(.+)$/.exec(line)?.[1] ?? []);
}

function timeOf(line = ""): number {
  return parseTime(/time=([^; ]+)/.exec(line)?.[1] ?? "") ?? 0;
}

/** A town with lines of the right time, and after them lines two days ahead. */
async function townAhead(): Promise<Town> {
  const town = new Town();
  town.world.time = START - 3 * DAY_MS;
  await town.begin();
  for (const name of NAMES) await town.says(name, "JOIN #tea");
  const [old = ""] = msgidsOf(await town.says("mina", "PRIVMSG #tea :old one"));
  town.world.time = START;
  await town.says("jun", "PRIVMSG #tea :old two", "PRIVMSG mina :psst");
  town.world.time += 2 * DAY_MS;
  await town.says("mina", "JOIN #milk", "TOPIC #tea :Green", "MODE #tea +b x!*@*");
  await town.says("jun", "JOIN #milk");
  for (let n = 1; n <= 30; n += 1) {
    town.world.time += 20 * 60_000;
    await town.says("mina", `PRIVMSG #tea :ahead ${n}`, `PRIVMSG #milk :milk ${n} for jun`);
  }
  await town.says("mina", `EDIT #tea ${old} :old one, edited`, "PRIVMSG jun :here");
  town.world.time -= 2 * DAY_MS - HOUR_MS;
  return town;
}

test("the start and the doctor find dates in the future, and say what to do", async () => {
  const town = await townAhead();
  await town.end();
  const { lines, ok } = await town.doctor();
  expect(ok).toBe(false);
  const advice = expect.stringContaining('stop the server and run "bun server.ts mend-dates"');
  expect(lines.filter((line) => line.includes("in the future"))).toEqual([
    expect.stringMatching(/rooms\.json: \d+ dates are in the future, up to 2026-11-25T07:/),
    expect.stringMatching(/history\/dm\.\S+: 1 date is in the future, up to 2026-11-25T07:/),
    expect.stringMatching(/history\/room\.milk\.\S+: \d+ dates are in the future, up to/),
    expect.stringMatching(/history\/room\.tea\.\S+: \d+ dates are in the future, up to/),
  ]);
  expect(lines).toContainEqual(advice);
});

test("without --mend nothing changes, and it says what would move", async () => {
  const town = await townAhead();
  await town.end();
  const before = town.files();
  const { lines, ok } = await town.mendDates(false);
  expect(ok).toBe(true);
  expect(lines.join("\n")).toMatch(
    /history\/room\.tea\.\S+: 33 lines, 2026-11-24T21:\S+ to 2026-11-25T07:\S+, move to 2026-11-22T\S+ to 2026-11-23T08:\S+\./,
  );
  expect(lines.at(-1)).toContain('by "bun server.ts mend-dates --mend"');
  expect(town.files()).toEqual(before);
});

test("a clock that was never set moves nothing", async () => {
  const town = await townAhead();
  await town.end();
  const before = town.files();
  town.world.time = 0;
  for (const mend of [false, true]) {
    const { lines, ok } = await town.run("mend-dates", mend);
    expect(ok).toBe(false);
    expect(lines.join("\n")).toMatch(
      /clock says 1970-01-01T\S+, which can't be right: set it first/,
    );
    expect(town.files()).toEqual(before);
  }
});

test("afterwards pages by time and by msgid, unread counts, search and doctor are right", async () => {
  const town = await townAhead();
  const counts = town.counts();
  const all = msgidsOf(await town.says("mina", "CHATHISTORY LATEST #tea * 100"));
  await town.end();
  const before = town.events();
  const { ok } = await town.mendDates(true);
  expect(ok).toBe(true);
  expect(await town.doctor()).toMatchObject({ ok: true });
  const after = town.events();
  for (const [id, events] of before) {
    const strip = ({ position, msgid }: (typeof events)[number]) => [position, msgid];
    const moved = after.get(id) ?? [];
    expect(moved.map(strip)).toEqual(events.map(strip));
    let last = 0;
    for (const { time } of moved) {
      expect(time).toBeGreaterThan(last);
      last = time;
    }
    expect(last).toBeLessThanOrEqual(town.world.time);
  }
  await town.begin();
  expect(town.counts()).toEqual(counts);
  const now = `timestamp=${formatTime(town.world.time)}`;
  const page = async (request: string) =>
    msgidsOf(await town.says("mina", `CHATHISTORY ${request}`));
  const middle = all[10] ?? "";
  expect(await page("LATEST #tea * 100")).toEqual(all);
  expect(await page(`BEFORE #tea ${now} 100`)).toEqual(all);
  expect(await page(`AFTER #tea ${now} 100`)).toEqual([]);
  expect(await page(`BEFORE #tea msgid=${middle} 5`)).toEqual(all.slice(5, 10));
  expect(await page(`AFTER #tea msgid=${middle} 5`)).toEqual(all.slice(11, 16));
  expect(await page(`AROUND #tea msgid=${middle} 3`)).toEqual(all.slice(9, 12));
  expect(await page(`BETWEEN #tea msgid=${all[3]} ${now} 100`)).toEqual(all.slice(4));
  const tenth = (await town.says("mina", `CHATHISTORY AROUND #tea msgid=${middle} 1`)).find(
    (line) => line.includes(middle),
  );
  const at = `timestamp=${formatTime(timeOf(tenth))}`;
  expect(await page(`AFTER #tea ${at} 2`)).toEqual(all.slice(11, 13));
  expect(await page(`BETWEEN #tea ${at} ${now} 100`)).toEqual(all.slice(11));
  const found = await town.says("mina", `SEARCH in=#tea;text=ahead;before=${now.slice(10)}`);
  expect(textsOf(found)).toHaveLength(30);
  const edited = await town.says("mina", "CHATHISTORY LATEST #tea * 100");
  const editedAt = /sodam\.chat\/edited=([^; ]+)/.exec(edited.join("\n"))?.[1] ?? "";
  expect(parseTime(editedAt)).toBeLessThanOrEqual(town.world.time);
});

test("a read marker in the middle leaves what is behind it unread, with its mentions", async () => {
  const town = await townAhead();
  await town.end();
  await town.mendDates(true);
  await town.begin();
  const room = town.life.server.state.rooms.byName("#milk");
  const jun = town.life.server.state.users.byNick("jun" as never);
  if (room === null || jun === null) throw new Error("no room, or nobody in it");
  expect(countUnread(town.life.server.state.users, room, jun)).toEqual({
    messages: 30,
    mentions: 30,
  });
  const fifth = room.recentEvents.find(
    (event) => event.kind === "said" && event.text === "milk 5 for jun",
  );
  // The sixth message is of the next day.
  expect(dayOf((fifth?.time ?? 0) + 20 * 60_000)).not.toBe(dayOf(fifth?.time ?? 0));
  await town.says("jun", `MARKREAD #milk timestamp=${formatTime(fifth?.time ?? 0)}`);
  expect(countUnread(town.life.server.state.users, room, jun)).toEqual({
    messages: 25,
    mentions: 25,
  });
});

test("messages said afterwards have the real time, and follow the ones that moved", async () => {
  const town = await townAhead();
  await town.end();
  await town.mendDates(true);
  await town.begin();
  town.world.time += HOUR_MS;
  const said = await town.says("mina", "PRIVMSG #tea :new", "PRIVMSG #milk :new");
  for (const line of said) expect(Math.abs(timeOf(line) - town.world.time)).toBeLessThan(1000);
  const room = town.life.server.state.rooms.byName("#tea");
  const jun = town.life.server.state.users.byNick("jun" as never);
  if (room === null || jun === null) throw new Error("no room, or nobody in it");
  const { messages } = countUnread(town.life.server.state.users, room, jun);
  const all = await town.says("jun", "CHATHISTORY LATEST #tea * 3");
  expect(textsOf(all)).toEqual(["ahead 30", "new"]);
  await town.says(
    "jun",
    `MARKREAD #tea timestamp=${formatTime(timeOf(all.find((line) => line.includes("ahead 30"))))}`,
  );
  expect([messages > 1, countUnread(town.life.server.state.users, room, jun).messages]).toEqual([
    true,
    1,
  ]);
  await town.end();
  expect(await town.doctor()).toMatchObject({ ok: true });
});

test("the history of a room that nobody is in any more moves as well", async () => {
  const town = await townAhead();
  for (const name of ["mina", "jun"]) await town.says(name, "PART #milk");
  await town.life.data.save(() => town.life.server.snapshotSource());
  await town.says("mina", "PRIVMSG #tea :later");
  await town.end();
  expect(readdirSync(join(town.data, "gone"))).toHaveLength(1);
  expect((await town.doctor()).lines.join("\n")).toMatch(/gone\/room\.milk\S+: \d+ dates are in/);
  expect(await town.mendDates(true)).toMatchObject({ ok: true });
  expect(await town.doctor()).toMatchObject({ ok: true });
});

test("bytes that are no text stay as they are in a line that doesn't move", async () => {
  const town = await townAhead();
  await town.end();
  const id = [...town.events().keys()].find((each) => each.startsWith("room.tea")) ?? "";
  const day = join(town.data, "history", id, "2026-11-22.jsonl");
  const bytes = readFileSync(day);
  const place = bytes.indexOf("old two");
  bytes[place] = 0xff;
  const line = bytes.subarray(bytes.lastIndexOf("\n", place), bytes.indexOf("\n", place) + 1);
  writeFileSync(day, bytes);
  await town.mendDates(true);
  const after = readFileSync(day);
  expect(after.length).toBeGreaterThan(bytes.length);
  expect(after.includes(line)).toBe(true);
});

test("a file that can't be written leaves all of them as they were, and is named", async () => {
  const town = await townAhead();
  await town.end();
  const life = await Life.begin(town.folder, town.world);
  expect(await life.data.saveAll(() => life.server.snapshotSource())).toBe(true);
  await life.data.close();
  const before = town.files();
  // Where the new files are made, there is a file.
  writeFileSync(join(town.data, ".upgrade"), "");
  const { ok, lines } = await town.run("mend-dates", true);
  rmSync(join(town.data, ".upgrade"), { force: true });
  expect([ok, lines]).toEqual([
    false,
    [expect.stringContaining(`${town.data} could not be changed: a part of the path is not a fol`)],
  ]);
  expect(town.files()).toEqual(before);
});

test("a second time there is nothing to move", async () => {
  const town = await townAhead();
  await town.end();
  await town.mendDates(true);
  const once = town.files();
  const { lines, ok } = await town.mendDates(true);
  expect([ok, lines]).toEqual([true, [`No date in ${town.data} is in the future.`]]);
  expect(town.events()).toEqual(town.events());
  expect(Object.keys(town.files())).toEqual(Object.keys(once));
});

for (const seed of seeds(3)) {
  test(`unread counts and order stay, whatever was said while the clock was ahead (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const town = await new Town(seed).begin();
    for (const name of NAMES) await town.says(name, "JOIN #tea", "JOIN #milk");
    const phases = [0, 2 * DAY_MS, -HOUR_MS, prng.below(DAY_MS)];
    for (const aheadMs of phases) {
      town.world.time += aheadMs;
      for (let step = 0; step < 40; step += 1) await act(town, prng);
    }
    town.world.time -= 2 * DAY_MS;
    if (prng.chance(50)) for (let step = 0; step < 20; step += 1) await act(town, prng);
    const counts = town.counts();
    if (prng.chance(50)) await town.end();
    else await town.life.data.close();
    const before = town.events();
    expect(await town.mendDates(true)).toMatchObject({ ok: true });
    expect(await town.doctor()).toMatchObject({ ok: true });
    const order = (events: ReturnType<Town["events"]>) =>
      [...events].map(([id, each]) => [id, each.map(({ position, msgid }) => [position, msgid])]);
    expect(order(town.events())).toEqual(order(before));
    await town.begin();
    expect(town.counts()).toEqual(counts);
    await town.life.data.close();
  }, 30_000);
}

async function act(town: Town, prng: Prng): Promise<void> {
  town.world.time += prng.pick([1, 1000, 600_000]);
  const name = prng.pick(NAMES);
  const room = prng.pick(["#tea", "#milk"]);
  const events = town.life.server.state.rooms.byName(room as never)?.recentEvents ?? [];
  const said = events.filter((event) => event.kind === "said");
  const target = said.length === 0 ? null : prng.pick(said);
  const roll = prng.below(100);
  if (roll < 50)
    await town.says(name, `PRIVMSG ${room} :${prng.pick(["hi", "jun, tea?", "민수야"])}`);
  else if (roll < 60) await town.says(name, `PRIVMSG ${prng.pick(NAMES)} :psst`);
  else if (roll < 75 && target !== null) {
    const time = prng.pick([target.time, town.world.time, target.time + 500]);
    await town.says(name, `MARKREAD ${room} timestamp=${formatTime(time)}`);
  } else if (roll < 82 && target !== null) await town.says(name, `REDACT ${room} ${target.msgid}`);
  else if (roll < 92 && target !== null) {
    await town.says(name, `EDIT ${room} ${target.msgid} :${prng.pick(["no", "mina!", "jun"])}`);
  } else if (roll < 94) {
    await town.says(name, `ACCOUNT CONFIRM :${name}-password`, "ACCOUNT FORGET");
  } else if (roll < 97) await town.life.data.save(() => town.life.server.snapshotSource());
  else await town.says(name, `@+draft/react=👍;+reply=x TAGMSG ${room}`);
}
