/**
 * Measures how many terminal cells a text takes. Terminals disagree about a few classes of
 * graphemes, so every function takes the `Widths` that were measured on this terminal at the start;
 * the default is Bun's own table.
 */

/** How this terminal measures the graphemes that terminals disagree about, in cells of a sample. */
export interface Widths {
  /** An emoji that is one only by U+FE0F, such as ❤️. tmux 3.3 gives it 1 cell, Bun 2. */
  readonly variation: 1 | 2;
  /** A digit in a keycap, 1️⃣. tmux 3.3: 1, Bun: 2. */
  readonly keycap: 1 | 2;
  /** Whether 👍🏽 is drawn as one emoji. tmux 3.3 draws two (4 cells). */
  readonly tonesJoin: boolean;
  /** Whether 👨‍👩‍👧 is drawn as one emoji. */
  readonly familiesJoin: boolean;
  /** "Ambiguous" characters such as … ─ ★: 2 in some CJK settings. */
  readonly ambiguous: 1 | 2;
}

/** Bun's own widths, for a terminal that was not measured. */
export const STANDARD_WIDTHS: Widths = {
  variation: 2,
  keycap: 2,
  tonesJoin: true,
  familiesJoin: true,
  ambiguous: 1,
};

/** One sample for each field of `Widths`, in the order in which the terminal answers. */
const SAMPLES = ["❤️", "1️⃣", "👍🏽", "👨‍👩‍👧", "…"] as const;

/**
 * Escape sequences that ask the terminal how far the cursor moves over each sample (`CSI 6n`).
 * Write it once on a blank screen; each answer arrives as a `cursor` key. It clears the row that it
 * uses (the second).
 */
export const WIDTH_PROBE = `${SAMPLES.map((sample) => `\x1b[2;1H${sample}\x1b[6n`).join("")}\x1b[2;1H\x1b[2K`;

/**
 * Number of answers to `WIDTH_PROBE`. If a terminal gives fewer, pass what came to `readWidths`.
 */
export const WIDTH_ANSWERS = SAMPLES.length;

/**
 * Each of these is a grapheme by itself, next to each other: printable ASCII, Latin letters and signs, punctuation, arrows, signs,
 * lines and boxes, kana, Han, Hangul syllables, and the letters ㄱ to ㅣ.
 */
const SINGLE_UNITS =
  /^[ -~\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2190-\u2bff\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u3131-\u3163\u4e00-\u9fff\uac00-\ud7a3]*$/;
const JOINER = "\u200d";
const KEYCAP = /^[0-9#*]\ufe0f?\u20e3/;
const VARIATION = /^[^\p{Emoji_Presentation}]\ufe0f/u;
const TONE = /[\u{1f3fb}-\u{1f3ff}]/u;
const TONE_SPLIT = /(?=[\u{1f3fb}-\u{1f3ff}])/u;

/** Created on first use: creating it costs 25 ms, a third of the program's start. */
let segmenter: Intl.Segmenter | null = null;

/** Splits text into graphemes: what a person sees as one letter. Fast for nearly all of what people write. */
export function graphemesOf(text: string): string[] {
  if (SINGLE_UNITS.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  const graphemes: string[] = [];
  let start = 0;
  // Between two single units a grapheme always ends; the rest is segmented.
  for (let end = 1; end <= text.length; end++) {
    if (end < text.length && !(isSingle(text, end - 1) && isSingle(text, end))) continue;
    const part = text.slice(start, end);
    if (part.length === 1) graphemes.push(part);
    else for (const { segment } of segmenter.segment(part)) graphemes.push(segment);
    start = end;
  }
  return graphemes;
}

function isSingle(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return (unit >= 0x20 && unit <= 0x7e) || (unit >= 0xac00 && unit <= 0xd7a3);
}

/** Returns the cells that `text` takes on one row. Controls count 0: pass sanitized text. */
export function cellsOf(text: string, widths: Widths = STANDARD_WIDTHS): number {
  let cells = 0;
  for (let index = 0; index < text.length; index++) {
    // Next to other characters it may be a part of a grapheme.
    if (!isSingle(text, index)) return graphemesCells(text, widths);
    cells += text.charCodeAt(index) <= 0x7e ? 1 : 2;
  }
  return cells;
}

function graphemesCells(text: string, widths: Widths): number {
  if (SINGLE_UNITS.test(text)) return standardCells(text, widths);
  let cells = 0;
  for (const grapheme of graphemesOf(text)) cells += graphemeCells(grapheme, widths);
  return cells;
}

/** Returns the cells of one grapheme, corrected by what this terminal does with its class. */
export function graphemeCells(grapheme: string, widths: Widths = STANDARD_WIDTHS): number {
  if (grapheme.length === 1) {
    if (grapheme >= " " && grapheme <= "~") return 1;
    if (grapheme >= "\uac00" && grapheme <= "\ud7a3") return 2;
    return standardCells(grapheme, widths);
  }
  if (KEYCAP.test(grapheme)) return widths.keycap;
  if (!widths.familiesJoin && grapheme.includes(JOINER)) {
    return sumCells(grapheme.split(JOINER), widths);
  }
  const toneIndex = grapheme.search(TONE);
  if (!widths.tonesJoin && toneIndex > 0) {
    const tones = grapheme.slice(toneIndex).split(TONE_SPLIT);
    return sumCells([grapheme.slice(0, toneIndex), ...tones], widths);
  }
  if (widths.variation === 1 && VARIATION.test(grapheme)) return 1;
  return standardCells(grapheme, widths);
}

/** Returns the cells of text in which no terminal measures a grapheme in its own way. */
function standardCells(text: string, widths: Widths): number {
  return Bun.stringWidth(text, { ambiguousIsNarrow: widths.ambiguous === 1 });
}

/** Shortens `text` to at most `width` cells. An ellipsis marks the cut. */
export function truncate(text: string, width: number, widths: Widths = STANDARD_WIDTHS): string {
  if (cellsOf(text, widths) <= width) return text;
  const ellipsis = ellipsisOf(widths);
  return width < 1 ? "" : cutToCells(text, width - 1, widths) + ellipsis;
}

/** Returns the longest prefix of whole graphemes that takes at most `width` cells. */
function cutToCells(text: string, width: number, widths: Widths): string {
  let cells = 0;
  let prefix = "";
  for (const grapheme of graphemesOf(text)) {
    cells += graphemeCells(grapheme, widths);
    if (cells > width) break;
    prefix += grapheme;
  }
  return prefix;
}

/**
 * Fits `text` into exactly `width` cells: truncates it, or adds spaces after it (before it when
 * `side` is "right").
 */
export function pad(
  text: string,
  width: number,
  side: "left" | "right" = "left",
  widths: Widths = STANDARD_WIDTHS,
): string {
  const fitting = truncate(text, width, widths);
  const spaces = " ".repeat(Math.max(0, width - cellsOf(fitting, widths)));
  return side === "left" ? fitting + spaces : spaces + fitting;
}

/** Returns an ellipsis of one cell: "…", or "~" where the terminal gives … two cells. */
export function ellipsisOf(widths: Widths): string {
  return widths.ambiguous === 1 ? "…" : "~";
}

/**
 * Reads the answers to `WIDTH_PROBE`: the columns, counted from 0, so each is its sample's cells.
 * A missing answer leaves the standard width.
 */
export function readWidths(columns: readonly number[]): Widths {
  const [variation, keycap, tone, family, ambiguous] = columns;
  return {
    variation: variation === 1 ? 1 : 2,
    keycap: keycap === 1 ? 1 : 2,
    tonesJoin: tone === undefined || tone <= 2,
    familiesJoin: family === undefined || family <= 2,
    ambiguous: ambiguous === 2 ? 2 : 1,
  };
}

function sumCells(texts: readonly string[], widths: Widths): number {
  return texts.reduce((cells, text) => cells + cellsOf(text, widths), 0);
}
