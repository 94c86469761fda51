import { describe, expect, test } from "bun:test";
import { fitRow, rowCells, type ScreenRow, span, wrapRow } from "../../lib/terminal/layout.ts";
import { pictureSpan } from "../../lib/terminal/pictures/picture.ts";
import { sanitize } from "../../lib/terminal/sanitize.ts";
import { readWidths, STANDARD_WIDTHS } from "../../lib/terminal/width.ts";
import { seed } from "../prng.ts";
import { TextPrng } from "./random-text.ts";

/** Text without styles, wrapped. */
function wrapText(text: string, width: number, options?: Parameters<typeof wrapRow>[2]): string[] {
  return wrapRow([{ text }], width, options).map((row) => row.map((piece) => piece.text).join(""));
}

describe("wrapping", () => {
  test.each([
    ["words stay whole", "the quick brown fox", 10, ["the quick", "brown fox"]],
    ["Korean words stay whole", "회의록을 올렸습니다", 14, ["회의록을", "올렸습니다"]],
    ["a longer Korean word is cut", "회의록올렸습니다", 7, ["회의록", "올렸습", "니다"]],
    ["a longer one begins a row", "네 회의록올렸습니다", 8, ["네", "회의록올", "렸습니다"]],
    ["Latin in a Korean word stays whole", "이거deploy했어요", 10, ["이거deploy", "했어요"]],
    ["no mark begins a row", "안녕하세요!", 10, ["안녕하세", "요!"]],
    ["Chinese and Japanese break anywhere", "会議録を上げた", 7, ["会議録", "を上げ", "た"]],
    ["a bracket stays with its word", "(사람을) 초대하기", 12, ["(사람을)", "초대하기"]],
    [
      "a long address breaks where the row ends",
      "see http://x.example/aaaa",
      10,
      ["see", "http://x.e", "xample/aaa", "a"],
    ],
    ["spaces at the edge are dropped", "abc    def", 4, ["abc", "def"]],
    ["spaces inside and in front stay", "  a  b", 10, ["  a  b"]],
    ["lines end at a line feed", "a\n\nb", 10, ["a", "", "b"]],
    ["an empty text is one row", "", 10, [""]],
    ["a grapheme is never cut", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, ["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]],
    ["a wide letter in one cell is a question mark", "가a", 1, ["?", "a"]],
  ])("%s", (_, text, width, rows) => {
    expect(wrapText(text, width)).toEqual(rows);
  });

  test("code is cut where a row is full, and keeps its spaces", () => {
    const verbatim = { verbatim: true };
    expect(wrapText("if (a)   return;", 7, verbatim)).toEqual(["if (a) ", "  retur", "n;"]);
    expect(wrapText("  a\n    b  ", 20, verbatim)).toEqual(["  a", "    b  "]);
    expect(wrapText("가나다라", 5, verbatim)).toEqual(["가나", "다라"]);
  });

  test("every row but the first is indented", () => {
    expect(wrapText("one two three", 7, { hang: 2 })).toEqual(["one two", "  three"]);
  });

  test("styles continue in the next row", () => {
    const bad = { role: "bad" } as const;
    expect(wrapRow([span("no "), span("red apple", bad)], 6)).toEqual([
      [span("no "), span("red", bad)],
      [span("apple", bad)],
    ]);
  });
});

describe("fitting", () => {
  test.each([
    ["abc", 5, "abc  "],
    ["abcdef", 4, "abc…"],
    ["가나다", 4, "가… "],
    ["가나다", 1, "…"],
    ["abc", 0, ""],
  ])("%s in %d cells is %j", (text, width, fitted) => {
    const row = fitRow([span(text)], width);
    expect(row.map((piece) => piece.text).join("")).toBe(fitted);
  });
});

const BLOCKS = { kind: "blocks" } as const;

test("every row is exactly as wide as the screen, for any text, at widths 1 to 120", () => {
  const prng = new TextPrng(seed());
  const terminals = [STANDARD_WIDTHS, readWidths([1, 1, 4, 6, 1]), readWidths([2, 2, 2, 2, 2])];
  for (let width = 1; width <= 120; width++) {
    for (let round = 0; round < 6; round++) {
      const widths = prng.pick(terminals);
      const row: ScreenRow = [
        span(sanitize(prng.text(20))),
        span(sanitize(prng.text(40)), { role: "strong" }),
        span(sanitize(prng.text(10))),
      ];
      expect(rowCells(fitRow(row, width, widths), widths)).toBe(width);
      const picture = { columns: 1 + prng.below(30), rows: 1, blocks: [], image: BLOCKS };
      const fitted = fitRow([pictureSpan(picture, 0), ...row], width, widths);
      expect(rowCells(fitted, widths)).toBe(width);
      // It is shown as a whole or not at all. Before the last column there may be the sign of a cut.
      const isShown = fitted.some((piece) => piece.picture?.picture === picture);
      if (picture.columns !== width) expect(isShown).toBe(picture.columns < width);
      const verbatim = prng.unit() < 0.3;
      const wrapped = wrapRow(row, width, { hang: prng.below(12), widths, verbatim });
      for (const line of wrapped) {
        expect(rowCells(line, widths)).toBeLessThanOrEqual(width);
        expect(rowCells(fitRow(line, width, widths), widths)).toBe(width);
      }
      // Nothing is lost but spaces at the edges (and wide letters where there is no room for one).
      const ink = (rows: readonly ScreenRow[]): string =>
        rows.flatMap((one) => one.map((piece) => piece.text.replaceAll(" ", ""))).join("");
      if (width > 30) expect(ink(wrapped)).toBe(ink([row]));
    }
  }
});
