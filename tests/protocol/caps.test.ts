import { expect, test } from "bun:test";
import { CAPS, capMask, formatCapList, isCap } from "../../lib/protocol/wire/caps.ts";

test("no two capabilities share a bit, and every bit leaves the mask a positive number", () => {
  const bits = Object.values(CAPS)
    .map(({ bit }) => bit)
    .filter((bit) => bit !== null);
  expect(new Set(bits).size).toBe(bits.length);
  for (const bit of bits) expect(bit >= 0 && bit <= 30).toBe(true);
});

test("capMask joins bits", () => {
  expect(capMask()).toBe(0);
  expect(capMask("message-tags", "batch")).toBe(0b1001);
});

test.each([
  ["server-time", true],
  ["draft/metadata-2", true],
  ["Server-Time", false],
  ["tls", false],
  ["toString", false],
  ["", false],
])("isCap(%j) is %p", (name, known) => {
  expect(isCap(name)).toBe(known);
});

/** [names, bytesMax, lines] */
const LISTS: [string[], number, string[]][] = [
  [[], 10, [""]],
  [["batch"], 10, ["batch"]],
  [["a", "b", "c"], 3, ["a b", "c"]],
  [["a", "b", "c"], 5, ["a b c"]],
  [["sasl=PLAIN,EXTERNAL", "b"], 5, ["sasl=PLAIN,EXTERNAL", "b"]],
];
test.each(LISTS)("formatCapList(%j, %d)", (names, bytesMax, lines) => {
  expect(formatCapList(names, bytesMax)).toEqual(lines);
});
