import { FILE_SIGN } from "../../../protocol/file-facts.ts";
import type { Widths } from "../../../terminal/width.ts";

/** The symbols of the chat screen. Each takes one cell, except `waiting`, `muted`, `pin` and `file`. */
export interface Glyphs {
  /** A member who is present, and a connection that is ready. */
  readonly present: string;
  /** A member who is away, and a connection that is being made. */
  readonly away: string;
  /** No connection. */
  readonly offline: string;
  readonly selected: string;
  /** Between the sidebar and the conversation, and between parts of the status bar. */
  readonly divider: string;
  /** Of the line with a day's date. */
  readonly line: string;
  /** Of the line "read up to here". */
  readonly dashed: string;
  readonly mention: string;
  /** In front of quotes and code. */
  readonly bar: string;
  /** An own message that the server has taken, that is on its way, that was refused. */
  readonly sent: string;
  readonly waiting: string;
  readonly failed: string;
  readonly muted: string;
  readonly dot: string;
  readonly pin: string;
  /** The parts of a bar that shows how far something is. */
  readonly barDone: string;
  readonly barRest: string;
  /** In front of a file's name. */
  readonly file: string;
}

const UNICODE: Glyphs = {
  present: "●",
  away: "◐",
  offline: "○",
  selected: "▸",
  divider: "│",
  line: "─",
  dashed: "┄",
  mention: "┃",
  bar: "▏",
  sent: "✓",
  waiting: "⏳",
  failed: "✗",
  muted: "🔕",
  dot: "·",
  pin: "📌",
  barDone: "━",
  barRest: "┄",
  file: FILE_SIGN,
};

/** Only ASCII, for terminals that give two cells to characters of "ambiguous" width. */
const ASCII: Glyphs = {
  present: "*",
  away: "~",
  offline: "o",
  selected: ">",
  divider: "|",
  line: "-",
  dashed: "-",
  mention: "|",
  bar: "|",
  sent: "v",
  waiting: "..",
  failed: "x",
  muted: "-q",
  dot: "-",
  pin: "!",
  barDone: "=",
  barRest: "-",
  file: "[file]",
};

/** Returns symbols whose width is certain on a terminal with these widths. */
export function glyphsFor(widths: Widths): Glyphs {
  return widths.ambiguous === 1 ? UNICODE : ASCII;
}
