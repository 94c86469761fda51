import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import type { SearchRequest } from "../../lib/chat-server/server-ports.ts";
import { openRoomLog, type RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { Searcher } from "../../lib/file-manager/search/searcher.ts";
import { fold } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { Prng } from "../prng.ts";
import { MemoryRoomLog } from "./memory-room-log.ts";
import { DAY_MS, EventScript, LUNCH, NOON, TEA } from "./room-log-events.ts";

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const KINDS: Record<string, () => RoomLog> = {
  "on disk": () => {
    const folder = newFolder();
    const log = openRoomLog(folder);
    if ("refused" in log) throw new Error(log.refused);
    cleanUps.push(() => log.close());
    return log;
  },
  "in memory": () => new MemoryRoomLog(),
};

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "search-"));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

function asking(part: Partial<SearchRequest>): SearchRequest {
  return { in: [TEA], words: [], from: null, after: null, before: null, limit: 100, ...part };
}

const named = (name: string) => ({ kind: "name", name: fold(name) }) as const;

async function found(log: RoomLog, part: Partial<SearchRequest>): Promise<string[]> {
  const { events } = await log.search(asking(part), () => true);
  return (events ?? []).map((event) => (event.kind === "said" ? event.text : event.kind));
}

function keep(log: RoomLog, texts: readonly string[], talk = new EventScript()): EventScript {
  if (talk.events.length === 0) expect(log.append(talk.created())).toBe(true);
  for (const text of texts) expect(log.append(talk.said(text))).toBe(true);
  return talk;
}

describe.each(Object.keys(KINDS))("a search %s", (kind) => {
  const make = KINDS[kind] as () => RoomLog;

  test("finds what was withheld for its author alone, and it takes no other's place", async () => {
    const log = make();
    const talk = keep(log, ["green tea", "black tea"]);
    const edited = talk.events[2] as RoomEvent;
    const message = { kind: "said", verb: "PRIVMSG", tags: {}, withheld: true } as const;
    expect(log.append(talk.next({ ...message, text: "green tea, unread" }))).toBe(true);
    const edit = talk.edited(edited, "white tea", true);
    expect(log.append(edit)).toBe(true);
    expect(await log.rewrite(edit)).toBe(true);
    const reader = accountId("민수");
    expect(await found(log, { words: ["green"], limit: 1 })).toEqual(["green tea"]);
    expect(await found(log, { words: ["green"], limit: 1, reader })).toEqual(["green tea, unread"]);
    for (const [word, isOthers] of [
      ["white", false],
      ["black", true],
    ] as const) {
      expect(await found(log, { words: [word] })).toHaveLength(isOthers ? 1 : 0);
      expect(await found(log, { words: [word], reader })).toHaveLength(isOthers ? 0 : 1);
    }
  });

  test("finds a file by its name and by its caption, until both are gone", async () => {
    const log = make();
    const talk = keep(log, ["the tea report is late"]);
    const facts = { size: 5, sha256: "a".repeat(64), type: "text/plain", path: `${TEA}/d/x` };
    const file = { ...facts, id: "k3filek3filek3file", name: "Tea 보고서.TXT" };
    const sent = talk.next({ kind: "said", verb: "PRIVMSG", text: "here", tags: {}, file });
    expect(log.append(sent)).toBe(true);
    expect(await found(log, { words: ["보고서", "here"] })).toEqual(["here"]);
    expect(await found(log, { words: ["tea"] })).toEqual(["the tea report is late", "here"]);
    expect(await found(log, { words: [".txt"] })).toEqual(["here"]);
    // What else is stored of it is no text.
    expect(await found(log, { words: ["plain"] })).toEqual([]);
    const edit = talk.edited(sent, "the second one");
    expect(log.append(edit)).toBe(true);
    expect(await log.rewrite(edit)).toBe(true);
    expect(await found(log, { words: ["보고서"] })).toEqual(["the second one"]);
    const redaction = talk.redacted(sent);
    expect(log.append(redaction)).toBe(true);
    expect(await log.rewrite(redaction)).toBe(true);
    expect(await found(log, { words: ["보고서"] })).toEqual([]);
  });

  test("finds words in any case, all of them, anywhere in a message", async () => {
    const log = make();
    keep(log, ["Green Tea", "green leaves", "a TEApot, green", "coffee"]);
    expect(await found(log, { words: ["TEA", "green"] })).toEqual(["Green Tea", "a TEApot, green"]);
    expect(await found(log, { words: ["green tea"] })).toEqual(["Green Tea"]);
    expect(await found(log, { words: ["milk"] })).toEqual([]);
  });

  test("leaves out what its reader may not read, which fills no page", async () => {
    const log = make();
    const talk = keep(log, ["tea one", "tea two", "tea three"]);
    const [, , second] = talk.events;
    const since = { [TEA]: second?.time ?? 0 };
    expect(await found(log, { words: ["tea"], since })).toEqual(["tea two", "tea three"]);
    expect(await found(log, { words: ["tea"], since, after: 0, limit: 1 })).toEqual(["tea two"]);
  });

  test("finds Korean by any part of a word", async () => {
    const log = make();
    keep(log, ["점심시간에는회의가없습니다", "저녁", "점심 먹자"]);
    expect(await found(log, { words: ["회의"] })).toEqual(["점심시간에는회의가없습니다"]);
    expect(await found(log, { words: ["점심"] })).toHaveLength(2);
  });

  test("finds letters whose upper and lower case differ in length", async () => {
    const log = make();
    keep(log, ["Straße", "ΟΔΟΣ", "ÉCLAIR"]);
    expect(await found(log, { words: ["straße"] })).toEqual(["Straße"]);
    expect(await found(log, { words: ["οδος"] })).toEqual(["ΟΔΟΣ"]);
    expect(await found(log, { words: ["éclair"] })).toEqual(["ÉCLAIR"]);
  });

  test("treats every character of a word literally", async () => {
    const log = make();
    const odd = ['say "hi"', "C:\\temp", "a.b", "axb", "[x] (y) {z} $1 ^ | ? * +", "one\ntwo"];
    keep(log, odd);
    expect(await found(log, { words: ['"hi"'] })).toEqual(['say "hi"']);
    expect(await found(log, { words: ["C:\\temp"] })).toEqual(["C:\\temp"]);
    expect(await found(log, { words: ["a.b"] })).toEqual(["a.b"]);
    expect(await found(log, { words: ["[x] (y) {z} $1 ^ | ? * +"] })).toHaveLength(1);
    expect(await found(log, { words: ["two"] })).toEqual(["one\ntwo"]);
  });

  test("doesn't match names, keys and identifiers", async () => {
    const log = make();
    const talk = keep(log, ["hello"]);
    for (const word of ["민수", "said", "text", "nick", "id2", talk.conversation, "2026"]) {
      expect([word, await found(log, { words: [word] })]).toEqual([word, []]);
    }
    expect(await found(log, { words: ["text"] })).toEqual([]);
    keep(log, ['"text":"nick"'], talk);
    expect(await found(log, { words: ["nick"] })).toEqual(['"text":"nick"']);
  });

  test("finds a user's messages, by nick in any case", async () => {
    const log = make();
    const talk = keep(log, ["from Minsu"]);
    log.append(talk.next({ kind: "said", verb: "PRIVMSG", text: "from Jiwon", tags: {} }, "Jiwon"));
    expect(await found(log, { from: named("JIWON") })).toEqual(["from Jiwon"]);
    expect(await found(log, { from: named("JIWON"), words: ["minsu"] })).toEqual([]);
    expect(await found(log, { from: named("Ji") })).toEqual([]);
  });

  test("limits results to times, both ends included", async () => {
    const log = make();
    const talk = keep(log, ["one", "two", "three"]);
    log.append(talk.said("four", DAY_MS));
    const when = (at: number) => talk.events[at]?.time ?? 0;
    expect(await found(log, { after: when(2), before: when(3) })).toEqual(["two", "three"]);
    expect(await found(log, { before: when(2) })).toEqual(["one", "two"]);
    expect(await found(log, { after: when(3) })).toEqual(["three", "four"]);
    expect(await found(log, { after: when(4) + 1 })).toEqual([]);
  });

  test("returns the newest matches, and with a start the oldest; always in order of time", async () => {
    const log = make();
    keep(log, ["one", "two", "three", "four"]);
    expect(await found(log, { limit: 2 })).toEqual(["three", "four"]);
    expect(await found(log, { limit: 2, after: NOON })).toEqual(["one", "two"]);
  });

  test("merges several conversations in order of time, and searches no others", async () => {
    const log = make();
    keep(log, ["tea one", "tea two", "tea three"], new EventScript(TEA));
    keep(log, ["lunch one", "lunch two"], new EventScript(LUNCH, NOON + 500));
    const both = { in: [TEA, LUNCH], words: ["o"] };
    const all = ["tea one", "lunch one", "tea two", "lunch two"];
    expect(await found(log, both)).toEqual(all);
    expect(await found(log, { ...both, limit: 2 })).toEqual(["tea two", "lunch two"]);
    expect(await found(log, { ...both, in: [LUNCH] })).toEqual(["lunch one", "lunch two"]);
  });

  test("finds the last text of an edited message, and none of a deleted one", async () => {
    const log = make();
    const talk = keep(log, ["tea one", "tea two"]);
    const [, one, two] = talk.events as [RoomEvent, RoomEvent, RoomEvent];
    const edit = talk.edited(one, "tea 하나");
    const redaction = talk.redacted(two);
    for (const event of [edit, redaction]) {
      expect(log.append(event)).toBe(true);
      await log.rewrite(event);
    }
    expect(await found(log, { words: ["tea"] })).toEqual(["tea 하나"]);
    expect(await found(log, { words: ["하나"] })).toEqual(["tea 하나"]);
    expect(await found(log, { words: ["two"] })).toEqual([]);
  });

  test("finds the same as a naive search, for random requests", async () => {
    const prng = new Prng(48);
    const [log, plain] = [make(), new MemoryRoomLog()];
    const letters = ["tea", "Tea", "회의", "점심은", " ", "x", '"', "\\", "é", "É", "\n"];
    for (const talk of [new EventScript(TEA), new EventScript(LUNCH, NOON + 7)]) {
      for (let n = 0; n < 300; n += 1) {
        const text = Array.from({ length: 1 + prng.below(6) }, () => prng.pick(letters));
        const by = prng.pick(["민수", "Jiwon"]);
        const said = { kind: "said", verb: "PRIVMSG", text: text.join(""), tags: {} } as const;
        const laterMs = prng.unit() < 0.02 ? DAY_MS : 1000;
        const event = n === 0 ? talk.created() : talk.next(said, by, laterMs);
        for (const one of [log, plain]) expect(one.append(event)).toBe(true);
      }
    }
    for (let n = 0; n < 100; n += 1) {
      const some = () => (prng.unit() < 0.3 ? NOON + prng.unit() * 4 * DAY_MS : null);
      const request = asking({
        in: prng.pick([[TEA], [LUNCH], [TEA, LUNCH]]),
        words: Array.from({ length: prng.below(3) }, () => prng.pick(letters) + prng.pick(letters)),
        from: prng.pick([
          null,
          named("민수"),
          named("jiwon"),
          named("nobody"),
          { kind: "account", author: { account: accountId("민수"), since: 0 } },
        ] as const),
        after: some(),
        before: some(),
        limit: 1 + prng.below(40),
      });
      const { events } = await log.search(request, () => true);
      expect([request, events]).toEqual([request, (await plain.search(request)).events]);
    }
  });
});

test("a line longer than a piece is found, and so are its neighbours", async () => {
  const log = (KINDS["on disk"] as () => RoomLog)();
  keep(log, ["before", `${"말 ".repeat(1 << 20)}끝`, "behind"]);
  expect(await found(log, { words: ["끝"] })).toHaveLength(1);
  expect(await found(log, { words: ["before"] })).toEqual(["before"]);
  expect(await found(log, { words: ["before"], after: NOON })).toEqual(["before"]);
});

test("a cancelled search ends, and the next is answered", async () => {
  const root = newFolder();
  const log = openRoomLog(root);
  if ("refused" in log) throw new Error(log.refused);
  const talk = new EventScript();
  log.append(talk.created());
  for (let n = 0; n < 2000; n += 1) log.append(talk.said("말 ".repeat(10_000)));
  await log.close();
  const searcher = new Searcher(root);
  cleanUps.push(() => searcher.close());
  const nobody = searcher.search(asking({ words: ["Zebra"] }), () => false);
  const other = searcher.search(asking({ words: ["말"], limit: 1 }), () => true);
  expect((await nobody).complete).toBe(false);
  expect((await other).events).toHaveLength(1);
});

test("a search over its time limit returns its results so far", async () => {
  const root = newFolder();
  const log = openRoomLog(root);
  if ("refused" in log) throw new Error(log.refused);
  const talk = new EventScript();
  log.append(talk.created());
  for (let n = 0; n < 2000; n += 1) log.append(talk.said("말 ".repeat(10_000)));
  log.append(talk.said("Zebra"));
  await log.close();
  const searcher = new Searcher(root, { msMax: 0 });
  cleanUps.push(() => searcher.close());
  const { events, complete } = await searcher.search(asking({ words: ["zebra"] }), () => true);
  expect([events?.length, complete]).toEqual([1, false]);
});

test("a disk error is an answer and a line in the log, and no exception", async () => {
  const problems: string[] = [];
  const root = newFolder();
  await Bun.write(join(root, "file"), "");
  const searcher = new Searcher(join(root, "file"), { onProblem: (text) => problems.push(text) });
  cleanUps.push(() => searcher.close());
  const { events } = await searcher.search(asking({}), () => true);
  expect([events, problems.length]).toEqual([null, 1]);
});
