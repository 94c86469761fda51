import { expect, test } from "bun:test";
import {
  DELAY_MS_MAX,
  FIRST_DELAY_MS,
  reconnectDelay,
} from "../../lib/chat-client/connection-timing.ts";
import {
  joinPieces,
  multilineLimits,
  splitBatches,
  splitLines,
} from "../../lib/chat-client/send/split-text.ts";
import { mentions } from "../../lib/protocol/mention.ts";

const MENTIONS: readonly (readonly [string, string, boolean])[] = [
  ["민수야 밥 먹자", "민수", true],
  ["@민수님 확인 부탁드려요", "민수", true],
  ["그건 민수가 했어요", "민수", true],
  ["민수한테서 들었어", "민수", true],
  ["민수, 안녕", "민수", true],
  ["(민수)", "민수", true],
  ["민수", "민수", true],
  ["민수🎉", "민수", true],
  ["민수기 좋아", "민수", false],
  ["김민수 씨", "민수", false],
  ["민수야말로지금", "민수", false],
  ["hey Jane!", "jane", true],
  ["janet", "jane", false],
  ["mary-jane", "jane", false],
  ["janet and jane", "jane", true],
  ["jane이 왔어", "jane", true],
  ["anything", "", false],
];

for (const [text, nick, is] of MENTIONS) {
  test(`"${text}" ${is ? "names" : "doesn't name"} "${nick}"`, () => {
    expect(mentions(text, nick)).toBe(is);
  });
}

test("waits longer with each attempt, spread over half the time, and at most a minute", () => {
  expect(reconnectDelay(0, 0)).toBe(FIRST_DELAY_MS / 2);
  expect(reconnectDelay(0, 1)).toBe(FIRST_DELAY_MS);
  expect(reconnectDelay(3, 1)).toBe(4000);
  expect(reconnectDelay(1000, 1)).toBe(DELAY_MS_MAX);
});

test("without multiline every line goes by itself, and empty ones not at all", () => {
  expect(splitLines("a\r\n\nb\rc  \n   ", 100)).toEqual(["a", "b", "c  "]);
});

test("a multiline text keeps its empty lines, and is cut by the limits", () => {
  const limits = multilineLimits("max-bytes=40,max-lines=3");
  if (limits === null) throw new Error("no limits");
  expect(splitBatches("\none\n\ntwo\n", 100, limits)).toEqual([
    [
      { text: "one", concat: false },
      { text: "", concat: false },
      { text: "two", concat: false },
    ],
  ]);
  expect(splitBatches("a\nb\nc\nd", 100, limits).map(joinPieces)).toEqual(["a\nb\nc", "d"]);
  expect(splitBatches("가".repeat(20), 30, limits).map(joinPieces).join("")).toBe("가".repeat(20));
  expect(splitBatches("\n\n", 100, limits)).toEqual([]);
  expect(multilineLimits("max-lines=3")).toBeNull();
});

test("a line that goes on in the same batch is joined without a line feed", () => {
  const limits = { bytesMax: 1000, linesMax: 10 };
  const [batch = []] = splitBatches("word ".repeat(10).trim(), 20, limits);
  expect(batch.length).toBeGreaterThan(1);
  expect(batch.slice(1).every(({ concat }) => concat)).toBe(true);
  expect(joinPieces(batch)).toBe("word ".repeat(10).trim());
});
