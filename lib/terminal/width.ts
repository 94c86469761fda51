/**
 * How many cells a text takes, and the edge at which text from others becomes harmless.
 * Terminals disagree about a few classes of graphemes, so every measure takes the `Widths` that
 * were learnt from this terminal at the start; without them Bun's own table holds.
 */

/** What this terminal does where terminals differ. Each is the cells of the class's sample. */
export interface Widths {
  /** An emoji that is one only by U+FE0F, such as ❤️. tmux 3.3 gives it 1 cell, Bun 2. */
  readonly variation: 1 | 2;
  /** A digit in a keycap, 1️⃣. tmux 3.3: 1, Bun: 2. */
  readonly keycap: 1 | 2;
  /** Whether 👍🏽 is drawn as one emoji. tmux 3.3 draws two (4 cells). */
  readonly tonesJoin: boolean;
  /** Whether 👨‍👩‍👧 is drawn as one emoji. */
  readonly familiesJoin: boolean;
  /** "Ambiguous" letters such as … ─ ★: 2 in some CJK settings. */
  readonly ambiguous: 1 | 2;
}

export const STANDARD_WIDTHS: Widths = {
  variation: 2,
  keycap: 2,
  tonesJoin: true,
  familiesJoin: true,
  ambiguous: 1,
};

/** Made when it is first needed: making it costs 25 ms, a third of the program's start. */
let segmenter: Intl.Segmenter | null = null;

/** Text in the pieces that a person sees as one letter. Printable ASCII takes the short way. */
export function graphemesOf(text: string): string[] {
  if (PRINTABLE_ASCII.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), (piece) => piece.segment);
}

/** Cells that `text` takes on one row. Controls count nothing: give it text that was cleaned. */
export function cellsOf(text: string, widths: Widths = STANDARD_WIDTHS): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let cells = 0;
  for (const grapheme of graphemesOf(text)) cells += graphemeCells(grapheme, widths);
  return cells;
}

/** Cells of one grapheme, corrected by its class. */
export function graphemeCells(grapheme: string, widths: Widths = STANDARD_WIDTHS): number {
  if (grapheme.length === 1 && grapheme >= " " && grapheme <= "~") return 1;
  if (KEYCAP.test(grapheme)) return widths.keycap;
  if (!widths.familiesJoin && grapheme.includes(JOINER)) {
    return sum(grapheme.split(JOINER), widths);
  }
  const tone = grapheme.search(TONE);
  if (!widths.tonesJoin && tone > 0) {
    return sum([grapheme.slice(0, tone), ...grapheme.slice(tone).split(TONE_SPLIT)], widths);
  }
  if (widths.variation === 1 && VARIATION.test(grapheme)) return 1;
  return Bun.stringWidth(grapheme, { ambiguousIsNarrow: widths.ambiguous === 1 });
}

/** `text` in at most `width` cells; what doesn't fit is told by an ellipsis. */
export function truncate(text: string, width: number, widths: Widths = STANDARD_WIDTHS): string {
  if (cellsOf(text, widths) <= width) return text;
  const mark = ellipsisOf(widths);
  return width < 1 ? "" : cutToCells(text, width - 1, widths) + mark;
}

/** The longest beginning of `text` in whole graphemes that takes at most `width` cells. */
export function cutToCells(text: string, width: number, widths: Widths = STANDARD_WIDTHS): string {
  let cells = 0;
  let cut = "";
  for (const grapheme of graphemesOf(text)) {
    cells += graphemeCells(grapheme, widths);
    if (cells > width) break;
    cut += grapheme;
  }
  return cut;
}

/** `text` in exactly `width` cells: truncated, or with spaces after it (before it for "right"). */
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

/** One cell in every terminal: ASCII where … would take two. */
export function ellipsisOf(widths: Widths): string {
  return widths.ambiguous === 1 ? "…" : "~";
}

/** The samples in the order in which their answers come. */
const SAMPLES = ["❤️", "1️⃣", "👍🏽", "👨‍👩‍👧", "…"] as const;

/**
 * Asks the terminal how far the cursor moves over each sample (`CSI 6n`). Write it once on a blank
 * screen; each answer arrives as a `cursor` key. It wipes the row that it uses (the second).
 */
export const WIDTH_PROBE = `${SAMPLES.map((sample) => `\x1b[2;1H${sample}\x1b[6n`).join("")}\x1b[2;1H\x1b[2K`;

/** How many answers to wait for. A terminal that doesn't answer costs nothing: use what came. */
export const WIDTH_ANSWERS = SAMPLES.length;

/** The answers' columns (counted from 0, so each is its sample's cells) as widths. */
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

/** A letter piled up with hundreds of marks covers other rows: the longest real emoji has 10. */
export const GRAPHEME_POINTS_MAX = 16;

/**
 * Text from others as it may reach the terminal, on one row: composed (NFC), and every control,
 * escape and bidi override shown as a sign in place of being obeyed. Everything that was readable
 * stays so, but for letters piled up beyond reason. Cleaning twice changes nothing more.
 */
export function sanitize(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  const visible = text.toWellFormed().normalize("NFC").replace(HARMFUL, visibleSign);
  let short = "";
  for (const grapheme of graphemesOf(visible)) {
    const points = grapheme.length <= GRAPHEME_POINTS_MAX ? null : [...grapheme];
    short +=
      points === null || points.length <= GRAPHEME_POINTS_MAX
        ? grapheme
        : `${points.slice(0, GRAPHEME_POINTS_MAX).join("")}\ufffd`;
  }
  return short.normalize("NFC");
}

/** `clean` for a text of several lines. */
export function sanitizeLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map(sanitize);
}

function visibleSign(letter: string): string {
  const code = letter.charCodeAt(0);
  if (code === 0x09) return " ";
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

function sum(pieces: readonly string[], widths: Widths): number {
  return pieces.reduce((cells, piece) => cells + cellsOf(piece, widths), 0);
}

const JOINER = "\u200d";
const PRINTABLE_ASCII = /^[ -~]*$/;
const KEYCAP = /^[0-9#*]\ufe0f?\u20e3/;
const VARIATION = /^[^\p{Emoji_Presentation}]\ufe0f/u;
const TONE = /[\u{1f3fb}-\u{1f3ff}]/u;
const TONE_SPLIT = /(?=[\u{1f3fb}-\u{1f3ff}])/u;
/**
 * C0, DEL and C1 controls; bidi marks, embeddings, overrides and isolates; line and paragraph
 * separators; soft hyphen, zero-width space, word joiner and its invisible neighbours, byte order
 * mark, interlinear marks. The joiners U+200C and U+200D stay: emoji and Persian need them.
 */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding controls is its whole work.
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
