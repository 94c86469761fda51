/**
 * Lays out styled text in cells: wraps it to a width, or fits it to exactly a width. A row is a list
 * of spans. Text from outside must have been sanitized (see sanitize.ts).
 */
import type { PictureStrip } from "./pictures/picture.ts";
import type { Style } from "./theme.ts";
import {
  cellsOf,
  ellipsisOf,
  graphemeCells,
  graphemesOf,
  STANDARD_WIDTHS,
  type Widths,
} from "./width.ts";

/** Scripts that are written without spaces. Korean words end at spaces. */
const KANA_AND_HAN = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}、。]/u;
/** Where a word is cut that is longer than a row. */
const CJK = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{Ps}\p{Pe}、。]/u;
/** Marks that can't begin a row (full-width ones by number), and brackets that can't end one. */
const CLOSING = /^[\p{Pe}\p{Pf}!%,.:;?~…、。·ー\uff01\uff05\uff0c\uff0e\uff1a\uff1b\uff1f\uff5e]/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;

/** A piece of text in one style. Must not contain controls. With a picture the text is as many spaces as it has columns. */
export type Span = {
  readonly text: string;
  readonly style?: Style;
  readonly picture?: PictureStrip;
};
/** One row of the screen, from left to right. */
export type ScreenRow = readonly Span[];

/** Makes a span; without a style the property is left out. */
export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

/** Returns the cells that a row takes. */
export function rowCells(row: ScreenRow, widths: Widths = STANDARD_WIDTHS): number {
  let cells = 0;
  for (const { text } of row) cells += cellsOf(text, widths);
  return cells;
}

/**
 * Fits a row into exactly `width` cells: cuts it with an ellipsis, or fills it with spaces in the
 * style `fill`. A wide character that would be half outside is left out.
 */
export function fitRow(
  row: ScreenRow,
  width: number,
  widths: Widths = STANDARD_WIDTHS,
  fill?: Style,
): ScreenRow {
  const cells = rowCells(row, widths);
  if (cells === width) return row;
  if (cells < width) return [...row, span(" ".repeat(width - cells), fill)];
  if (width < 1) return [];
  const prefix = cutRow(row, width - 1, widths);
  const spaces = " ".repeat(width - 1 - prefix.cells);
  return [...prefix.spans, span(ellipsisOf(widths) + spaces, prefix.cutStyle)];
}

interface WrapOptions {
  /** Cells by which every row but the first is indented. */
  readonly hang?: number;
  readonly widths?: Widths;
  /** Cuts rows where they are full and keeps all spaces, as for code. */
  readonly verbatim?: boolean;
}

/**
 * Wraps a row into rows of at most `width` cells; always at least one. Words stay whole, Korean ones as well.
 * Chinese and Japanese break between any two characters, but not before a closing mark. A word that is longer than a
 * row is cut at its end. A grapheme is never cut: if it is wider than a row, `?` replaces it. "\n" breaks too.
 */
export function wrapRow(row: ScreenRow, width: number, options: WrapOptions = {}): ScreenRow[] {
  const widths = options.widths ?? STANDARD_WIDTHS;
  const cellsMax = Math.max(1, width);
  const hang = Math.max(0, Math.min(options.hang ?? 0, cellsMax - Math.min(cellsMax, 2)));
  const { verbatim = false } = options;
  if (hang === 0 && fitsOneRow(row, cellsMax, widths)) return [row];
  const rows: ScreenRow[] = [];
  for (const line of linesOf(row, widths, cellsMax - hang)) {
    let start = 0;
    do {
      const isFirst = rows.length === 0;
      const stop = nextBreak(line, start, isFirst ? cellsMax : cellsMax - hang, verbatim);
      const indent = isFirst || hang === 0 ? [] : [span(" ".repeat(hang))];
      const end = verbatim ? stop : endOfText(line, start, stop);
      rows.push([...indent, ...spansOf(line.slice(start, end))]);
      start = stop;
    } while (start < line.length);
  }
  return rows;
}

/** Whether a row needs no wrapping, as most messages. */
function fitsOneRow(row: ScreenRow, cellsMax: number, widths: Widths): boolean {
  const isPlain = row.every(({ text }) => text !== "" && !text.includes("\n"));
  return isPlain && row.at(-1)?.text.endsWith(" ") !== true && rowCells(row, widths) <= cellsMax;
}

/** One grapheme, measured. */
interface Glyph {
  readonly text: string;
  readonly cells: number;
  readonly style: Style | undefined;
}

/** Splits a row at "\n" into lines of glyphs. One wider than `cellsMax` becomes a question mark. */
function linesOf(row: ScreenRow, widths: Widths, cellsMax: number): Glyph[][] {
  let line: Glyph[] = [];
  const lines = [line];
  for (const { text, style } of row) {
    for (const grapheme of graphemesOf(text)) {
      if (grapheme === "\n" || grapheme === "\r\n") {
        line = [];
        lines.push(line);
        continue;
      }
      const cells = graphemeCells(grapheme, widths);
      const fits = cells <= cellsMax;
      line.push({ text: fits ? grapheme : "?", cells: fits ? cells : 1, style });
    }
  }
  return lines;
}

/** Returns the start of the row behind the one that begins at `start`. Always after `start`. */
function nextBreak(
  line: readonly Glyph[],
  start: number,
  width: number,
  verbatim: boolean,
): number {
  let cells = 0;
  let lastBreak = start;
  /** Where a word may be cut that fills the row alone. */
  let lastCut = start;
  for (let index = start; index < line.length; index++) {
    const glyph = line[index];
    if (glyph === undefined) break;
    cells += glyph.cells;
    // Spaces may stand over the edge: `endOfText` drops them.
    if (cells > width && (verbatim || glyph.text !== " ")) {
      if (lastBreak > start) return lastBreak;
      return lastCut > start ? lastCut : Math.max(index, start + 1);
    }
    const next = line[index + 1];
    if (verbatim || next === undefined) continue;
    if (canBreak(glyph.text, next.text, KANA_AND_HAN)) lastBreak = index + 1;
    else if (lastBreak === start && canBreak(glyph.text, next.text, CJK)) lastCut = index + 1;
  }
  return line.length;
}

/** Whether a row can end between two graphemes. */
function canBreak(before: string, after: string, breakable: RegExp): boolean {
  if (after === " ") return false;
  if (before === " ") return true;
  if (CLOSING.test(after) || OPENING.test(before)) return false;
  return breakable.test(before) || breakable.test(after);
}

/** Returns the end of a row without the spaces at its edge. */
function endOfText(line: readonly Glyph[], start: number, stop: number): number {
  let end = stop;
  while (end > start && line[end - 1]?.text === " ") end--;
  return end;
}

/** Joins glyphs of the same style to spans. */
function spansOf(glyphs: readonly Glyph[]): ScreenRow {
  const spans: { text: string; style?: Style }[] = [];
  let style: Style | undefined;
  for (const glyph of glyphs) {
    const last = spans.at(-1);
    if (last !== undefined && style === glyph.style) last.text += glyph.text;
    else spans.push(span(glyph.text, glyph.style));
    style = glyph.style;
  }
  return spans;
}

/**
 * Returns the longest prefix of whole graphemes that takes at most `width` cells, its cells, and
 * the style where it was cut.
 */
function cutRow(
  row: ScreenRow,
  width: number,
  widths: Widths,
): { readonly spans: Span[]; readonly cells: number; readonly cutStyle: Style | undefined } {
  const spans: Span[] = [];
  let cells = 0;
  for (const piece of row) {
    const { text, style } = piece;
    let prefix = "";
    for (const grapheme of graphemesOf(text)) {
      const added = graphemeCells(grapheme, widths);
      if (cells + added > width) {
        if (prefix !== "") spans.push(span(prefix, style));
        return { spans, cells, cutStyle: style };
      }
      cells += added;
      prefix += grapheme;
    }
    // A picture is there as a whole, or not at all.
    if (prefix !== "") spans.push(piece);
  }
  return { spans, cells, cutStyle: undefined };
}
