import { describe, expect, test } from "bun:test";
import { GRAPHEME_POINTS_MAX, sanitize, sanitizeLines } from "../../lib/terminal/sanitize.ts";
import {
  cellsOf,
  graphemeCells,
  graphemesOf,
  pad,
  readWidths,
  STANDARD_WIDTHS,
  truncate,
  WIDTH_ANSWERS,
  WIDTH_PROBE,
  type Widths,
} from "../../lib/terminal/width.ts";
import { seed } from "../prng.ts";
import { TextPrng } from "./random-text.ts";

/** The answers of tmux 3.3a, as measured. */
const TMUX = readWidths([1, 1, 4, 2, 1]);

describe("cells", () => {
  test.each([
    ["hello", 5, 5],
    ["안녕", 4, 4],
    ["안녕".normalize("NFD"), 4, 4],
    ["e\u0301", 1, 1],
    ["❤️", 2, 1],
    ["☎️", 2, 1],
    ["👁️‍🗨️", 2, 1],
    ["1️⃣", 2, 1],
    ["👍🏽", 2, 4],
    ["👍", 2, 2],
    ["👨‍👩‍👧", 2, 2],
    ["🇰🇷", 2, 2],
    ["⌚", 2, 2],
    ["…", 1, 1],
  ])("%s takes %d cells, and %d in tmux 3.3", (text, standard, tmux) => {
    expect(cellsOf(text)).toBe(standard);
    expect(cellsOf(text, TMUX)).toBe(tmux);
  });

  test("a terminal's measured width of a joined emoji is used", () => {
    expect(cellsOf("👨‍👩‍👧", readWidths([2, 2, 2, 6, 1]))).toBe(6);
  });

  test("an ambiguous-wide terminal gets ~ for the ellipsis", () => {
    const wide = readWidths([2, 2, 2, 2, 2]);
    expect(cellsOf("…", wide)).toBe(2);
    expect(truncate("abcdef", 4, wide)).toBe("abc~");
  });

  test("without answers Bun's widths are used", () => {
    expect(readWidths([])).toEqual(STANDARD_WIDTHS);
    expect(WIDTH_PROBE.split("\x1b[6n").length - 1).toBe(WIDTH_ANSWERS);
  });
});

describe("truncating and padding", () => {
  test.each([
    ["안녕하세요", 10, "안녕하세요"],
    ["안녕하세요", 9, "안녕하세…"],
    ["안녕하세요", 8, "안녕하…"],
    ["ab", 1, "…"],
    ["ab", 0, ""],
    ["👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, "👨‍👩‍👧‍👦…"],
  ])("%s in %d cells is %s", (text, width, expected) => {
    expect(truncate(text, width)).toBe(expected);
  });

  test("a wide letter is not cut in half", () => {
    expect(truncate("가나다", 4)).toBe("가…");
    expect(pad("가나", 3)).toBe("가…");
    expect(pad("가나다", 4)).toBe("가… ");
    expect(pad("7", 3, "right")).toBe("  7");
  });
});

describe("text from other users", () => {
  test.each([
    ["plain", "plain"],
    ["한글 ❤️ 👍🏽", "한글 ❤️ 👍🏽"],
    ["한글".normalize("NFD"), "한글"],
    ["\x1b[31mred", "␛[31mred"],
    ["\x1b]0;owned\x07", "␛]0;owned␇"],
    ["\u009b2J", "�2J"],
    ["a\tb\x7f", "a b␡"],
    ["two\r\nlines", "two␍␊lines"],
    ["txt.\u202eexe", "txt.�exe"],
    ["\u2066x\u2069", "�x�"],
    ["in\u200bvisible\ufeff", "in�visible�"],
    ["\ud800lone", "�lone"],
  ])("%j is shown as %j", (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  test("letters with too many combining marks are cut", () => {
    const zalgo = sanitize(`z${"\u0300".repeat(500)}end`);
    expect([...zalgo].length).toBeLessThan(GRAPHEME_POINTS_MAX + 6);
    expect(zalgo.endsWith("�end")).toBe(true);
  });

  test("so are signs that stand before their letter, which take the cut's mark into their grapheme", () => {
    // Each call that cut one called itself again, for ever.
    for (const sign of ["\u0600", "\u06dd", "\u0d4e", "\u{110bd}", "\u{1193f}"]) {
      const cut = sanitize(`hi ${sign.repeat(17)}`);
      expect(cut).toBe(`hi ${sign.repeat(15)}\ufffd`);
      expect(sanitize(cut)).toBe(cut);
      expect(sanitize(`${sign.repeat(3000)}a`).length).toBeLessThan(40);
    }
  });

  test("several lines are sanitized one by one", () => {
    expect(sanitizeLines("a\r\nb\x1b\nc")).toEqual(["a", "b␛", "c"]);
  });

  test("control and bidi characters are removed, and sanitizing is idempotent", () => {
    const prng = new TextPrng(seed());
    for (let round = 0; round < 3000; round++) {
      const text = prng.text(30);
      const cleaned = sanitize(text);
      expect(cleaned).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
      expect(sanitize(cleaned)).toBe(cleaned);
      expect(cleaned.normalize("NFC")).toBe(cleaned);
      for (const grapheme of graphemesOf(cleaned)) {
        expect([...grapheme].length).toBeLessThanOrEqual(GRAPHEME_POINTS_MAX + 1);
      }
      // Readable text stays: ASCII letters and Hangul are unchanged, in order.
      const readable = (from: string): string => from.replace(/[^ -~가-힣]/g, "");
      expect(readable(cleaned)).toBe(readable(text.normalize("NFC").replace(/[\t\u2800]/g, " ")));
    }
  });
});

test("letters and the screen's own signs are split and measured as the segmenter and Bun do", () => {
  const letters = [
    ...Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)),
    ...Array.from({ length: 12 }, (_, index) => String.fromCharCode(0xa1 + index)),
    ...Array.from({ length: 0x250 - 0xae }, (_, index) => String.fromCharCode(0xae + index)),
    ...Array.from({ length: 24 }, (_, index) => String.fromCharCode(0x2010 + index)),
    ...Array.from({ length: 112 }, (_, index) => String.fromCharCode(0x2190 + index)),
    ...Array.from({ length: 256 }, (_, index) => String.fromCharCode(0x2500 + index)),
    ...Array.from({ length: 51 }, (_, index) => String.fromCharCode(0x3131 + index)),
    ...Array.from({ length: 11_172 }, (_, index) => String.fromCharCode(0xac00 + index)),
  ];
  const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
  const text = letters.join("");
  expect(graphemesOf(text)).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
  expect(letters.filter((letter) => graphemeCells(letter) !== Bun.stringWidth(letter))).toEqual([]);
  const sumOf = (widths: Widths): number =>
    letters.reduce((cells, letter) => cells + graphemeCells(letter, widths), 0);
  for (const ambiguous of [1, 2] as const) {
    const widths = { ...STANDARD_WIDTHS, ambiguous };
    expect(cellsOf(text, widths)).toBe(sumOf(widths));
  }
});

test("every text is split as the segmenter splits it", () => {
  const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });
  const split = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment);
  for (let unit = 0; unit <= 0xffff; unit++) {
    const letter = String.fromCharCode(unit);
    const text = `${letter}a${letter}${letter}가${letter}…─${letter}ㅋ漢`;
    if (graphemesOf(text).join("\0") !== split(text).join("\0")) {
      expect([unit.toString(16), graphemesOf(text)]).toEqual([unit.toString(16), split(text)]);
    }
  }
  const prng = new TextPrng(seed());
  for (let round = 0; round < 5000; round++) {
    const text = prng.text(12);
    expect(graphemesOf(text)).toEqual(split(text));
  }
});

test("what is taken for harmless is the same when it is looked at letter by letter", () => {
  for (let unit = 0x20; unit <= 0xffff; unit++) {
    const letter = String.fromCharCode(unit);
    const looked = sanitize(`${letter}\x01${letter}`);
    if (looked !== `${sanitize(letter)}␁${sanitize(letter)}`) {
      expect([unit.toString(16), looked]).toEqual([unit.toString(16), ""]);
    }
  }
});
