import { describe, expect, test } from "bun:test";
import { agree, formatCount } from "../../lib/protocol/plural.ts";

describe("a number and its word agree", () => {
  test.each([
    [0, "0 lines"],
    [1, "1 line"],
    [2, "2 lines"],
    [11, "11 lines"],
    [21, "21 lines"],
    [101, "101 lines"],
  ])("%d", (count, text) => expect(formatCount(count, "line")).toBe(text));

  test("also where an s doesn't make the plural", () => {
    const counts = [0, 1, 2].map((count) => formatCount(count, "person", "people"));
    expect(counts).toEqual(["0 people", "1 person", "2 people"]);
    expect([0, 1, 21].map((count) => agree(count, "is", "are"))).toEqual(["are", "is", "are"]);
  });
});
