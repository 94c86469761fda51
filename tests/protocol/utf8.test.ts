import { describe, expect, test } from "bun:test";
import { cutUtf8, splitUtf8, utf8Bytes } from "../../lib/protocol/utf8.ts";
import { letters } from "./letters.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** [text, bytesMax, what is left] */
const CUTS: [string, number, string][] = [
  ["mina", 10, "mina"],
  ["mina", 4, "mina"],
  ["mina", 3, "min"],
  ["mina", 0, ""],
  ["", 3, ""],
  ["민수", 6, "민수"],
  ["민수", 5, "민"],
  ["민수", 3, "민"],
  ["민수", 2, ""],
  ["é", 1, ""],
  ["a👍b", 5, "a👍"],
  ["a👍b", 4, "a"],
  ["\ud800a", 3, "\ud800"],
];
describe("cutUtf8", () => {
  test.each(CUTS)("%j in %d bytes is %j", (text, bytesMax, left) => {
    expect(cutUtf8(text, bytesMax)).toBe(left);
  });
});

/** [text, bytesMax, pieces, why] */
const SPLITS: [string, number, string[], string][] = [
  ["", 10, [], "nothing"],
  ["mina", 10, ["mina"], "it fits"],
  ["hello world", 8, ["hello ", "world"], "behind a space"],
  ["a bcdefghij", 8, ["a bcdefg", "hij"], "a space that comes too early is passed over"],
  ["안녕하세요", 7, ["안녕", "하세", "요"], "between syllables"],
  ["ab👨‍👩‍👧cd", 19, ["ab", "👨‍👩‍👧c", "d"], "a family stays together"],
  ["abe\u0301", 3, ["ab", "e\u0301"], "a mark stays with its letter"],
  ["👨‍👩‍👧", 8, ["👨\u200d", "👩\u200d", "👧"], "what is longer than a piece is cut all the same"],
  ["민수", 1, ["민", "수"], "a letter that is longer than a piece is sent whole"],
];
describe("splitUtf8", () => {
  test.each(SPLITS)("%j in %d bytes: %j (%s)", (text, bytesMax, pieces) => {
    expect(splitUtf8(text, bytesMax)).toEqual(pieces);
  });

  test("the pieces of any text join to the text, each within the limit", () => {
    const random = letters(3);
    for (let i = 0; i < 3000; i += 1) {
      const text = random(i % 60);
      const bytesMax = 4 + (i % 23);
      const pieces = splitUtf8(text, bytesMax);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(utf8Bytes(piece)).toBeLessThanOrEqual(bytesMax);
    }
  });

  test("a long text is split in linear time", () => {
    const pieces = splitUtf8("가".repeat(100_000), 400);
    expect(pieces.length).toBe(Math.ceil(100_000 / 133));
  });
});

test("utf8Bytes counts what an encoder writes", () => {
  const random = letters(5);
  for (let i = 0; i < 2000; i += 1) {
    const text = random(i % 12);
    expect(utf8Bytes(text)).toBe(bytesOf(text));
  }
});
