import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import type { ErasureRewrite } from "../../lib/file-manager/history/pending-rewrites.ts";
import { openRoomLog, type RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { accountId } from "../account-ids.ts";
import { Prng, seed } from "../prng.ts";
import { EMPTY_SNAPSHOT } from "../scene.ts";
import { MemoryRoomLog } from "./memory-room-log.ts";
import { asking, DAY_MS, EventScript, LUNCH, NOON, TEA } from "./room-log-events.ts";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const KINDS: Record<string, () => RoomLog> = {
  "on disk": () => {
    const folder = mkdtempSync(join(tmpdir(), "room-log-"));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const log = openRoomLog(folder);
    if ("refused" in log) throw new Error(log.refused);
    return log;
  },
  "in memory": () => new MemoryRoomLog(),
};

/** Five messages, two of them on the next day, with a join in between. */
function fiveMessages(log: RoomLog): EventScript {
  const talk = new EventScript();
  talk.created();
  talk.said("one");
  talk.joined("지원");
  talk.said("two");
  talk.said("three");
  talk.said("four", DAY_MS);
  talk.said("five");
  for (const event of talk.events) expect(log.append(event)).toBe(true);
  return talk;
}

function texts(events: readonly RoomEvent[] | null): string[] {
  return (events ?? []).map((event) => (event.kind === "said" ? event.text : event.kind));
}

describe.each(Object.keys(KINDS))("a room log %s", (kind) => {
  const make = KINDS[kind] as () => RoomLog;
  const at = (talk: EventScript, position: number) => ({
    kind: "msgid" as const,
    msgid: talk.events[position - 1]?.msgid ?? "",
  });
  const when = (talk: EventScript, position: number) => ({
    kind: "time" as const,
    time: talk.events[position - 1]?.time ?? 0,
  });

  test("erases an account's messages up to a position, and nothing else", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const byOther = talk.next({ kind: "said", verb: "PRIVMSG", text: "mine", tags: {} }, "지원");
    const edited = talk.edited(talk.events[3] as RoomEvent, "two, 지원");
    const mentions = { time: talk.events[3]?.time ?? 0, named: [accountId("지원")], unnamed: [] };
    const edit = { ...edited, of: mentions };
    const of = { days: {}, people: [] };
    const account = accountId("민수");
    const author = { account, since: 0, upTo: edit.position };
    for (const event of [byOther, edit]) log.append(event);
    const times = [2, 4, 5, 6, 7].map((position) => talk.events[position - 1]?.time ?? 0);
    const naming = [{ time: times[1] ?? 0, named: mentions.named }];
    const said = { lines: 6, times, naming, withheld: 0, hasPinned: false };
    const findsPinned = async () => {
      const pins = [null, "민수: two, 지원", "민수: two", "민수: mine", "지원: mine"];
      const answers = pins.map((pinned) => log.findAuthored(TEA, author, pinned));
      return (await Promise.all(answers)).map((lines) => lines?.hasPinned);
    };
    const pinned = [false, true, false, false, false];
    expect(await log.findAuthored(TEA, author, null)).toEqual(said);
    expect(await findsPinned()).toEqual(pinned);
    expect(await log.rewrite(edit)).toBe(true);
    expect(await log.findAuthored(TEA, author, null)).toEqual(said);
    expect(await findsPinned()).toEqual(pinned);
    const forgotten = talk.next({ kind: "forgotten", ...author, of }, "민수") as ErasureRewrite;
    log.append(forgotten);
    log.append(talk.said("later"));
    const leftTexts = ["created", "joined", "mine", "forgotten", "later"];
    const shown = async () => texts(await log.page(TEA, asking({})));
    expect(await shown()).toEqual(leftTexts);
    expect(await log.rewrite(forgotten)).toBe(true);
    expect(await shown()).toEqual(leftTexts);
    expect(await log.findAuthored(TEA, author, null)).toEqual({
      lines: 0,
      times: [],
      naming: [],
      withheld: 0,
      hasPinned: false,
    });
    expect(log.pendingRewrites).toBe(0);
    const request = { in: [TEA], words: [], from: null, after: null, before: null, limit: 9 };
    expect(texts((await log.search(request, () => true)).events)).toEqual(["mine", "later"]);
    await log.close();
  });

  test("returns exactly the appended events", async () => {
    const log = make();
    const talk = fiveMessages(log);
    expect(await log.page(TEA, asking({}))).toEqual(talk.events);
    expect(await log.sync()).toBe(true);
    await log.close();
  });

  test("returns only messages when only messages are requested", async () => {
    const log = make();
    const talk = fiveMessages(log);
    log.append(talk.next({ kind: "said", verb: "TAGMSG", text: "", tags: { "+react": "👍" } }));
    log.append(talk.next({ kind: "said", verb: "NOTICE", text: "bye", tags: {} }));
    const page = await log.page(TEA, asking({ kinds: "messages" }));
    expect(texts(page)).toEqual(["one", "two", "three", "four", "five", "bye"]);
  });

  test("pages in every direction, by msgid and by time, across days", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const ask = async (part: Parameters<typeof asking>[0]) =>
      texts(await log.page(TEA, asking({ kinds: "messages", limit: 2, ...part })));
    expect(await ask({})).toEqual(["four", "five"]);
    for (const place of [at, when]) {
      expect(await ask({ to: place(talk, 6) })).toEqual(["five"]);
      expect(await ask({ direction: "before", from: place(talk, 6) })).toEqual(["two", "three"]);
      expect(await ask({ direction: "after", from: place(talk, 4) })).toEqual(["three", "four"]);
      expect(await ask({ direction: "around", limit: 3, from: place(talk, 5) })).toEqual([
        "two",
        "three",
        "four",
      ]);
      const ends = { from: place(talk, 2), to: place(talk, 7) };
      expect(await ask({ direction: "between", ...ends })).toEqual(["two", "three"]);
      const turned = { from: place(talk, 7), to: place(talk, 2) };
      expect(await ask({ direction: "between", ...turned })).toEqual(["three", "four"]);
    }
    const mixed = { from: at(talk, 2), to: when(talk, 6) };
    expect(await ask({ direction: "between", ...mixed })).toEqual(["two", "three"]);
  });

  test("returns nothing before the reader's first position", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const ask = asking({ direction: "before", from: at(talk, 6), since: 5 });
    expect(texts(await log.page(TEA, ask))).toEqual(["three"]);
    expect(texts(await log.page(TEA, asking({ since: 6 })))).toEqual(["four", "five"]);
  });

  test("returns an empty page for an unknown msgid or conversation", async () => {
    const log = make();
    fiveMessages(log);
    const from = { kind: "msgid", msgid: "nosuchidanywhere" } as const;
    expect(await log.page(TEA, asking({ direction: "after", from }))).toEqual([]);
    expect(await log.page(LUNCH, asking({}))).toEqual([]);
  });

  test("doesn't find one conversation's msgid in another", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const lunch = new EventScript(LUNCH);
    log.append(lunch.created());
    expect(await log.page(LUNCH, asking({ direction: "after", from: at(talk, 2) }))).toEqual([]);
  });

  test("an edited message has its last text and the time of the edit, before and after the rewrite", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const said = talk.events[1] as RoomEvent;
    const edits = [talk.edited(said, "uno"), talk.edited(said, "eins")] as const;
    for (const edit of edits) log.append(edit);
    for (const round of ["before", "after"]) {
      const page = await log.page(TEA, asking({}));
      expect([round, page?.[1]]).toEqual([
        round,
        { ...said, text: "eins", editedAt: edits[1].time, namedNow: [] } as RoomEvent,
      ]);
      expect(page?.filter((event) => event.kind === "edited")).toEqual([edits[1]]);
      for (const edit of edits) expect(await log.rewrite(edit)).toBe(true);
    }
    expect(log.pendingRewrites).toBe(0);
  });

  test("an edit that is withheld stands beside the text, until an edit that isn't", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const said = talk.events[1] as RoomEvent;
    const edits = [talk.edited(said, "uno"), talk.edited(said, "eins", true)] as const;
    for (const edit of edits) log.append(edit);
    for (const round of ["before", "after"]) {
      const page = await log.page(TEA, asking({}));
      const ownEdit = { text: "eins", time: edits[1].time };
      const expected = {
        ...said,
        text: "uno",
        editedAt: edits[0].time,
        namedNow: [],
        ownEdit,
      } as RoomEvent;
      expect([round, page?.[1]]).toEqual([round, expected]);
      for (const edit of edits) expect(await log.rewrite(edit)).toBe(true);
    }
    const last = talk.edited(said, "un");
    log.append(last);
    for (const round of ["before", "after"]) {
      const page = await log.page(TEA, asking({}));
      const expected = { ...said, text: "un", editedAt: last.time, namedNow: [] } as RoomEvent;
      expect([round, page?.[1]]).toEqual([round, expected]);
      expect(await log.rewrite(last)).toBe(true);
    }
  });

  test("what is withheld takes no place in a page of anybody but its author", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const message = { kind: "said", verb: "PRIVMSG", tags: {}, withheld: true } as const;
    for (let n = 1; n <= 5; n += 1)
      log.append(talk.next({ ...message, text: `hidden ${n}` }, "지우"));
    const request = asking({ kinds: "messages", limit: 2 });
    const seen = async (reader: string): Promise<string[]> =>
      texts(await log.page(TEA, { ...request, reader: accountId(reader) }));
    expect(await seen("지우")).toEqual(["hidden 4", "hidden 5"]);
    expect(await seen("민수")).toEqual(["four", "five"]);
    expect(texts(await log.page(TEA, { ...request, reader: null }))).toEqual(["four", "five"]);
    expect(texts(await log.page(TEA, request))).toEqual(["hidden 4", "hidden 5"]);
  });

  test("of a redacted message only the redaction is returned, and nothing among messages", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const two = talk.events[3] as RoomEvent;
    const edit = talk.edited(two, "zwei");
    const redaction = talk.redacted(two);
    log.append(edit);
    log.append(redaction);
    for (const round of ["before", "after"]) {
      const all = texts(await log.page(TEA, asking({})));
      expect([round, ...all]).toEqual([
        round,
        "created",
        "one",
        "joined",
        "three",
        "four",
        "five",
        "redacted",
      ]);
      const messages = await log.page(TEA, asking({ kinds: "messages" }));
      expect(texts(messages)).toEqual(["one", "three", "four", "five"]);
      for (const event of [edit, redaction]) expect(await log.rewrite(event)).toBe(true);
    }
    const around = asking({ direction: "after", from: at(talk, 4), limit: 1 });
    expect(texts(await log.page(TEA, around))).toEqual(["three"]);
  });

  test("a rewrite of a missing message resolves to false", async () => {
    const log = make();
    const talk = fiveMessages(log);
    const redaction = talk.redacted({ ...talk.events[1], msgid: "nowhere" } as RoomEvent);
    log.append(redaction);
    expect(await log.rewrite(redaction)).toBe(false);
    expect(log.pendingRewrites).toBe(0);
  });

  test("loads the events after the snapshot, and the newest for memory", () => {
    const log = make();
    const talk = fiveMessages(log);
    const known = {
      id: TEA,
      at: 5,
      time: 0,
      saidAt: 0,
      createdAt: NOON,
      pair: null,
      room: null,
    };
    const loaded = log.load({ ...EMPTY_SNAPSHOT, conversations: [known] });
    expect(loaded.later).toEqual(talk.events.slice(5));
    expect(loaded.recent.get(TEA)).toEqual(talk.events);
    expect(loaded.reports).toEqual([]);
  });
});

const SEED = seed();

test(`a log on disk answers every request like the naive one in memory (SEED=${SEED})`, async () => {
  const prng = new Prng(SEED);
  const [disk, memory] = [KINDS["on disk"], KINDS["in memory"]].map((make) => make?.()) as [
    RoomLog,
    RoomLog,
  ];
  const talk = new EventScript();
  /** A server refuses to edit or redact a redacted message. */
  const takenBack = new Set<string>();
  const pick = (count: number) => prng.below(count);
  for (let turn = 0; turn < 600; turn += 1) {
    const said = talk.events[pick(talk.events.length)];
    const roll = prng.unit();
    const later = prng.unit() < 0.02 ? 1 + DAY_MS * pick(3) : 1 + pick(5000);
    const event =
      turn === 0
        ? talk.created()
        : roll < 0.6
          ? talk.said(
              `여기 ${turn} ${"긴 말 ".repeat(pick(prng.unit() < 0.05 ? 9000 : 30))}`,
              later,
            )
          : roll < 0.9 || said?.kind !== "said" || takenBack.has(said.msgid)
            ? talk.joined(`guest${turn}`)
            : roll < 0.96
              ? talk.edited(said, `edited ${turn}`)
              : talk.redacted(said);
    for (const log of [disk, memory]) expect(log.append(event)).toBe(true);
    if (event.kind === "redacted") takenBack.add(event.target);
    if ((event.kind === "edited" || event.kind === "redacted") && prng.unit() < 0.7) {
      await disk.rewrite(event);
    }
  }
  const point = () => {
    const event = talk.events[pick(talk.events.length)] as RoomEvent;
    const roll = prng.unit();
    if (roll < 0.1) return { kind: "latest" } as const;
    if (roll < 0.55) return { kind: "msgid", msgid: event.msgid } as const;
    return { kind: "time", time: event.time + pick(3) - 1 } as const;
  };
  for (let turn = 0; turn < 400; turn += 1) {
    const direction = (["latest", "before", "after", "around", "between"] as const)[pick(5)];
    if (direction === undefined) continue;
    const request = asking({
      direction,
      from: direction === "latest" ? { kind: "latest" } : point(),
      to: direction === "between" || (direction === "latest" && prng.unit() < 0.5) ? point() : null,
      limit: 1 + pick(60),
      since: prng.unit() < 0.3 ? pick(600) : 0,
      kinds: prng.unit() < 0.5 ? "all" : "messages",
    });
    expect([request, await disk.page(TEA, request)]).toEqual([
      request,
      await memory.page(TEA, request),
    ]);
  }
  await disk.close();
});
