import type { Widths } from "../../../terminal/width.ts";

/** The marks of the chat screen. Each takes one cell; `waiting` takes two. */
export interface Glyphs {
  readonly here: string;
  readonly away: string;
  readonly gone: string;
  readonly selected: string;
  readonly wall: string;
  readonly line: string;
  readonly dashed: string;
  readonly mention: string;
  readonly sent: string;
  readonly waiting: string;
  readonly failed: string;
  readonly muted: string;
  readonly dot: string;
  readonly pin: string;
}

const PLAIN: Glyphs = {
  here: "●",
  away: "◐",
  gone: "○",
  selected: "▸",
  wall: "│",
  line: "─",
  dashed: "┄",
  mention: "┃",
  sent: "✓",
  waiting: "⏳",
  failed: "✗",
  muted: "🔕",
  dot: "·",
  pin: "📌",
};

/** For terminals that give two cells to letters of "ambiguous" width: nothing but ASCII. */
const ASCII: Glyphs = {
  here: "*",
  away: "~",
  gone: "o",
  selected: ">",
  wall: "|",
  line: "-",
  dashed: "-",
  mention: "|",
  sent: "v",
  waiting: "..",
  failed: "x",
  muted: "-q",
  dot: "-",
  pin: "!",
};

export function glyphsFor(widths: Widths): Glyphs {
  return widths.ambiguous === 1 ? PLAIN : ASCII;
}
