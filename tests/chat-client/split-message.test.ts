import { expect, test } from "bun:test";
import {
  joinPieces,
  multilineLimits,
  splitBatches,
  splitLines,
} from "../../lib/chat-client/send/split-message.ts";

test("without multiline every line is one message, and empty ones are dropped", () => {
  expect(splitLines("a\r\n\nb\rc  \n   ", 100)).toEqual(["a", "b", "c  "]);
});

test("a multiline text keeps its empty lines, and is split by the limits", () => {
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
  for (const limits of ["0", "-1", "3", "", "0.5", "many"].flatMap((value) => [
    `max-bytes=${value}`,
    `max-bytes=4096,max-lines=${value === "3" ? "0" : value}`,
  ])) {
    expect([limits, multilineLimits(limits)]).toEqual([limits, null]);
  }
});

test("a line that is split within a batch is marked for joining without a line feed", () => {
  const limits = { bytesMax: 1000, linesMax: 10 };
  const [batch = []] = splitBatches("word ".repeat(10).trim(), 20, limits);
  expect(batch.length).toBeGreaterThan(1);
  expect(batch.slice(1).every(({ concat }) => concat)).toBe(true);
  expect(joinPieces(batch)).toBe("word ".repeat(10).trim());
});
