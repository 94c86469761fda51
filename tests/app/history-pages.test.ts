import { expect, test } from "bun:test";
import { HistoryFailure, historyRecords } from "../../lib/app/history/history-pages.ts";
import { searchRecords } from "../../lib/app/history/search-pages.ts";
import type { Answer, ChatSession } from "../../lib/chat-client/session.ts";
import { formatTime } from "../../lib/protocol/time.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { stateOf } from "./team.ts";

/** Servers that return other pages than the requested ones: an export must end anyway. */

const START = Date.UTC(2026, 10, 22);
const ALWAYS = { since: 0, until: Number.POSITIVE_INFINITY };
const ports = { now: () => START, id: () => "id" };

/** A session whose server gives these pages, the last one again and again; `pageSizes` holds their sizes. */
function serverGiving(pages: readonly (readonly (readonly [time: number, msgid: string])[])[]) {
  const pageSizes: number[] = [];
  const ask = (_verb: string, _params: readonly string[], done: (answer: Answer) => void): void => {
    const page = pages[Math.min(pageSizes.length, pages.length - 1)] ?? [];
    pageSizes.push(page.length);
    if (pageSizes.length > 1000) throw new Error("endless requests");
    const messages = page.flatMap(([time, msgid]) => {
      const tags = `@time=${formatTime(START + time)};msgid=${msgid}`;
      return parseMessage(`${tags} :jun!~jun@guest.test PRIVMSG #tea :${msgid}`) ?? [];
    });
    done({ kind: "answered", messages });
  };
  const me = { nick: "mina", account: "mina", away: false, awayText: "", operator: false };
  const state = { ...stateOf(), me };
  const session = { state, ask } as unknown as ChatSession;
  return { session, pageSizes };
}

async function texts(records: AsyncIterable<{ readonly text: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { text } of records) all.push(text);
  return all;
}

const QUERY = { words: "tea", target: null, by: null };

test("a search that gets the same page repeatedly ends with it", async () => {
  const { session, pageSizes } = serverGiving([
    [
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ],
  ]);
  expect(await texts(searchRecords({ session, ports }, QUERY, ALWAYS))).toEqual(["a", "b", "c"]);
  expect(pageSizes.length).toBe(2);
});

test("a search continues within one millisecond, and returns each message once", async () => {
  const { session } = serverGiving([
    [
      [1, "a"],
      [2, "b"],
    ],
    [
      [2, "b"],
      [2, "c"],
    ],
    [
      [2, "c"],
      [2, "d"],
    ],
    [
      [2, "b"],
      [2, "a2"],
    ],
    [[2, "b"]],
  ]);
  const found = await texts(searchRecords({ session, ports }, QUERY, ALWAYS));
  expect(found).toEqual(["a", "b", "c", "d", "a2"]);
});

test("a search that finds new messages of one millisecond without end fails", async () => {
  const pages = Array.from({ length: 200 }, (_, page) =>
    Array.from({ length: 100 }, (__, index) => [1, `${page}-${index}`] as const),
  );
  const { session, pageSizes } = serverGiving(pages);
  const records = searchRecords({ session, ports }, QUERY, ALWAYS);
  await expect(texts(records)).rejects.toThrow(HistoryFailure);
  expect(pageSizes.length).toBeLessThan(60);
});

test("a page with only joins and parts isn't the end; reactions are returned", async () => {
  const lines = [
    ["PRIVMSG #tea :one", "JOIN #tea"],
    ["JOIN #tea", "PART #tea"],
    ["TAGMSG #tea", "PRIVMSG #tea :two"],
    [],
  ];
  let page = 0;
  let id = 0;
  const ask = (_verb: string, _params: readonly string[], done: (answer: Answer) => void): void => {
    const messages = (lines[page++] ?? []).flatMap((line) => {
      const tags = `@time=${formatTime(START + ++id)};msgid=m${id};+draft/reply=m1;+draft/react=👍`;
      return parseMessage(`${tags} :jun!~jun@guest.test ${line}`) ?? [];
    });
    done({ kind: "answered", messages });
  };
  const { session } = serverGiving([]);
  const source = { session: Object.assign(session, { ask }), ports, target: "#tea" };
  const records = await Array.fromAsync(historyRecords(source, ALWAYS));
  expect(records.map(({ kind, text, msgid }) => [kind, text, msgid])).toEqual([
    ["said", "one", "m1"],
    ["reacted", "👍", "m5"],
    ["said", "two", "m6"],
  ]);
});

for (const [what, pages] of [
  [
    "the same page",
    [
      [
        [1, "a"],
        [2, "b"],
      ],
    ],
  ],
  [
    "pages that go back",
    [
      [
        [5, "a"],
        [6, "b"],
      ],
      [[4, "c"]],
    ],
  ],
  [
    "the same moment",
    [
      [
        [1, "a"],
        [1, "b"],
      ],
    ],
  ],
] as const) {
  test(`a history that is ${what} repeatedly fails`, async () => {
    const { session, pageSizes } = serverGiving(pages);
    const source = { session, ports, target: "#tea" };
    await expect(texts(historyRecords(source, ALWAYS))).rejects.toThrow(HistoryFailure);
    expect(pageSizes.length).toBeLessThan(60);
  });
}
