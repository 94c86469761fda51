import { expect, test } from "bun:test";
import { matchesMask } from "../../lib/protocol/glob-mask.ts";

/** [mask, text, whether] */
const ROWS: [string, string, boolean][] = [
  ["", "", true],
  ["", "a", false],
  ["*", "", true],
  ["*", "mina", true],
  ["**", "mina", true],
  ["?", "", false],
  ["?", "a", true],
  ["?", "민", true],
  ["?", "👍", true],
  ["?", "ab", false],
  ["mina", "mina", true],
  ["mina", "MINA", true],
  ["MINA*", "minas", true],
  ["mina", "minas", false],
  ["민*", "민수", true],
  ["*수", "민수", true],
  ["*!*@*.example", "Mina!m@home.example", true],
  ["*!*@*.example", "mina!m@home.example.org", false],
  ["a*b*c", "a1b2c", true],
  ["a*b*c", "acb", false],
  ["*ab", "aab", true],
  ["*a?c*", "xxabcabd", true],
  ["a*", "b", false],
  ["jose\u0301", "JOSÉ", true],
  ["[x]", "{x}", false],
  ["a.c", "abc", false],
  ["\\*", "\\anything", true],
];
test.each(ROWS)("%j and %j: %p", (mask, text, whether) => {
  expect(matchesMask(mask, text)).toBe(whether);
});

test("a mask with many stars is matched quickly", () => {
  // Trying every division of the text among these stars would take longer than the universe has.
  expect(matchesMask(`${"*a".repeat(200)}b`, "a".repeat(450))).toBe(false);
  expect(matchesMask(`*${"a?".repeat(100)}b`, "a".repeat(450))).toBe(false);
});
