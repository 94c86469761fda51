import { describe, expect, test } from "bun:test";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { Terminal } from "@xterm/headless";
import { fitRow, type ScreenRow, span } from "../../lib/terminal/layout.ts";
import { type DrawnPicture, pictureSpan } from "../../lib/terminal/pictures/picture.ts";
import { sanitize } from "../../lib/terminal/sanitize.ts";
import { diffFrames, type Frame } from "../../lib/terminal/screen-frame.ts";
import { hueOf, MONOCHROME, sgrOf, themeFor } from "../../lib/terminal/theme.ts";
import { seed } from "../prng.ts";
import { TextPrng } from "./random-text.ts";

function frame(rows: readonly ScreenRow[], row = 0, column = 0, width = 10): Frame {
  return { width, rows, cursor: { row, column } };
}

/** Of the letters that half blocks are, in cells that terminals measure in several ways. */
const PICTURE: DrawnPicture = {
  ...{ columns: 7, rows: 3, image: { kind: "blocks" } },
  blocks: ["▀▄▀ ▄▀▄", "▀▀▀▀▀▀▀", "\x1b[31;42m▀▄▀\x1b[0m ▄▀▄"],
};

const COLOURFUL = themeFor({ TERM: "xterm-256color" });

describe("the difference of two frames", () => {
  const first = frame([[span("one")], [span("two")]], 1, 3);

  test("without a previous frame the screen is cleared and all is drawn, the cursor last", () => {
    expect(diffFrames(null, first, MONOCHROME)).toBe(
      "\x1b[?2026h\x1b[0m\x1b[2J\x1b[1;1Hone\x1b[K\x1b[2;1Htwo\x1b[K\x1b[2;4H\x1b[?25h\x1b[?2026l",
    );
  });

  test("only rows that changed are drawn", () => {
    const next = frame([[span("one")], [span("too", { role: "strong" })]], 1, 3);
    expect(diffFrames(first, next, COLOURFUL)).toBe(
      "\x1b[?2026h\x1b[2;1H\x1b[1mtoo\x1b[0m\x1b[K\x1b[2;4H\x1b[?25h\x1b[?2026l",
    );
  });

  test("a control character that reached a row is drawn as a sign of one cell", () => {
    const rows = [[span("a\x1bc\x07\x9b2J\x7f"), span("z", { role: "strong" })]];
    const drawn = diffFrames(null, frame(rows), MONOCHROME);
    expect(drawn).toContain("a␛c␇\ufffd2J␡\x1b[9G");
    expect(drawn).not.toContain("\x1bc");
  });

  test("a removed row is erased", () => {
    expect(diffFrames(first, frame([[span("one")]], 0, 0), MONOCHROME)).toContain(
      "\x1b[2;1H\x1b[K",
    );
  });

  test("if only the cursor moved, only the cursor is moved", () => {
    expect(diffFrames(first, { ...first, cursor: { row: 0, column: 0 } }, MONOCHROME)).toBe(
      "\x1b[1;1H\x1b[?25h",
    );
  });

  test("without changes nothing is written", () => {
    expect(diffFrames(first, frame([[span("one")], [span("two")]], 1, 3), MONOCHROME)).toBe("");
  });

  test("a full row is erased before it is drawn, since erasing afterwards would remove its last character", () => {
    expect(diffFrames(null, frame([[span("0123456789")]]), MONOCHROME)).toContain(
      "\x1b[1;1H\x1b[K0123456789\x1b[1;1H",
    );
  });

  test("text after a character of uncertain width is placed at its own column", () => {
    expect(diffFrames(null, frame([[span("❤️ab"), span("│")]]), MONOCHROME)).toContain(
      "❤️ab\x1b[5G│",
    );
  });

  test("only a plain address becomes a link", () => {
    const linked = (link: string): string =>
      diffFrames(null, frame([[span("x", { link })]]), MONOCHROME);
    expect(linked("https://ci.example/412")).toContain(
      "\x1b]8;;https://ci.example/412\x1b\\x\x1b]8;;\x1b\\",
    );
    expect(linked("https://x\x07\x1b[2J")).not.toContain("\x1b]8");
    expect(linked("file:///etc/passwd")).not.toContain("\x1b]8");
  });
});

test("names spread over 24 hues", () => {
  const used = new Set(Array.from({ length: 300 }, (_, at) => hueOf(`name${at}`)));
  expect(used.size).toBe(24);
  expect(hueOf("민수")).toBe(hueOf("민수"));
  expect(sgrOf({ hue: 3, bold: true }, MONOCHROME)).toBe("1");
});

/** A column to the right of random text, drawn by a terminal that measures in its own way. */
test("text with a wrong width moves nothing else", async () => {
  const prng = new TextPrng(seed());
  const screen = new Terminal({ cols: 60, rows: 12, allowProposedApi: true });
  screen.loadAddon(new UnicodeGraphemesAddon());
  // The screen has autowrap off, as tty.ts opens it.
  await new Promise<void>((done) => screen.write("\x1b[?7l", done));
  let shown: Frame | null = null;
  for (let round = 0; round < 120; round++) {
    const rows = Array.from({ length: 12 }, (): ScreenRow => {
      const strip = pictureSpan(PICTURE, prng.below(PICTURE.rows));
      const front = prng.below(3) ? [] : [strip, span(" ")];
      const left = fitRow([...front, span(sanitize(prng.text(12)))], 40);
      const right = fitRow([span("right")], 6);
      return prng.below(4) ? [...left, span("│"), ...right] : fitRow([span("plain")], 60);
    });
    const next = { width: 60, rows, cursor: { row: prng.below(12), column: prng.below(60) } };
    const text = diffFrames(shown, next, COLOURFUL);
    await new Promise<void>((done) => screen.write(text, done));
    shown = next;
    const buffer = screen.buffer.active;
    expect([buffer.cursorY, buffer.cursorX]).toEqual([next.cursor.row, next.cursor.column]);
    for (const [index, row] of rows.entries()) {
      const line = buffer.getLine(index);
      if (row.length === 2) expect(line?.translateToString(true)).toBe("plain");
      else expect(line?.translateToString(true, 40)).toBe("│right");
    }
  }
  screen.dispose();
});
