/**
 * Styled text in cells: wrapped to a width, and fitted to exactly a width. A row is a list of
 * spans; the text in it was cleaned (`clean` in width.ts) by whoever took it from outside.
 */
import type { Style } from "./theme.ts";
import {
  cellsOf,
  ellipsisOf,
  graphemeCells,
  graphemesOf,
  STANDARD_WIDTHS,
  type Widths,
} from "./width.ts";

export type Span = { readonly text: string; readonly style?: Style };
export type ScreenRow = readonly Span[];

/** A span, without a style when there is none. */
export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

/** Cells of a whole row. */
export function rowCells(row: ScreenRow, widths: Widths = STANDARD_WIDTHS): number {
  return row.reduce((cells, piece) => cells + cellsOf(piece.text, widths), 0);
}

/**
 * `row` in exactly `width` cells: cut with an ellipsis, or filled with spaces (in `fill`'s style).
 * A wide letter that would stand half outside gives way.
 */
export function fit(
  row: ScreenRow,
  width: number,
  widths: Widths = STANDARD_WIDTHS,
  fill?: Style,
): ScreenRow {
  const cells = rowCells(row, widths);
  if (cells === width) return row;
  if (cells < width) return [...row, span(" ".repeat(width - cells), fill)];
  if (width < 1) return [];
  const { kept, used, last } = cut(row, width - 1, widths);
  const spaces = " ".repeat(width - 1 - used);
  return [...kept, span(ellipsisOf(widths) + spaces, last)];
}

/** Rows side by side: each in its own columns. `gap` stands between two. */
export function beside(
  columns: readonly { readonly row: ScreenRow; readonly width: number }[],
  gap: ScreenRow = [],
  widths: Widths = STANDARD_WIDTHS,
): ScreenRow {
  return columns.flatMap(({ row, width }, at) => [
    ...(at === 0 ? [] : gap),
    ...fit(row, width, widths),
  ]);
}

export interface WrapOptions {
  /** Cells that every row but the first is moved in by, with spaces. */
  readonly hang?: number;
  readonly widths?: Widths;
  /** Hangul breaks at spaces alone, as it does in print. */
  readonly wholeHangul?: boolean;
}

/**
 * `row` in rows of at most `width` cells. Words stay whole, CJK text breaks between any two
 * letters (but not before a closing mark), what is longer than a row breaks where the row ends, and
 * a grapheme is never cut: where `width` has no room for a wide one, `?` stands for it. Lines end
 * at "\n" too. Always at least one row.
 */
export function wrap(row: ScreenRow, width: number, options: WrapOptions = {}): ScreenRow[] {
  const widths = options.widths ?? STANDARD_WIDTHS;
  const room = Math.max(1, width);
  const hang = Math.max(0, Math.min(options.hang ?? 0, room - Math.min(room, 2)));
  const breaking = options.wholeHangul === true ? KANA_AND_HAN : CJK;
  const rows: ScreenRow[] = [];
  for (const line of lettersOf(row, widths, room - hang)) {
    let start = 0;
    do {
      const first = rows.length === 0;
      const stop = breakAfter(line, start, first ? room : room - hang, breaking);
      const indent = first || hang === 0 ? [] : [span(" ".repeat(hang))];
      rows.push([...indent, ...joined(line.slice(start, lastInk(line, start, stop)))]);
      start = stop;
    } while (start < line.length);
  }
  return rows;
}

/** One grapheme with all that wrapping asks of it. */
interface Letter {
  readonly text: string;
  readonly cells: number;
  readonly style: Style | undefined;
}

/** The row's letters, by lines. A letter wider than `most` becomes a question mark. */
function lettersOf(row: ScreenRow, widths: Widths, most: number): Letter[][] {
  let line: Letter[] = [];
  const lines = [line];
  for (const { text, style } of row) {
    for (const grapheme of graphemesOf(text)) {
      if (grapheme === "\n" || grapheme === "\r\n") {
        line = [];
        lines.push(line);
        continue;
      }
      const cells = graphemeCells(grapheme, widths);
      const fits = cells <= most;
      line.push({ text: fits ? grapheme : "?", cells: fits ? cells : 1, style });
    }
  }
  return lines;
}

/** Where the row that begins at `start` ends: the next row's start. Always after `start`. */
function breakAfter(
  line: readonly Letter[],
  start: number,
  width: number,
  breaking: RegExp,
): number {
  let cells = 0;
  let good = start;
  for (let at = start; at < line.length; at++) {
    const letter = line[at];
    if (letter === undefined) break;
    cells += letter.cells;
    // Spaces may hang over the edge, where `lastInk` drops them.
    if (cells > width && letter.text !== " ") return good > start ? good : Math.max(at, start + 1);
    const next = line[at + 1];
    if (next !== undefined && mayBreak(letter.text, next.text, breaking)) good = at + 1;
  }
  return line.length;
}

function mayBreak(left: string, right: string, breaking: RegExp): boolean {
  if (right === " ") return false;
  if (left === " ") return true;
  if (CLOSING.test(right) || OPENING.test(left)) return false;
  return breaking.test(left) || breaking.test(right);
}

/** The end of a row without the spaces at its edge, which may hang over it. */
function lastInk(line: readonly Letter[], start: number, stop: number): number {
  let end = stop;
  while (end > start && line[end - 1]?.text === " ") end--;
  return end;
}

/** Letters of one style in a row as one span. */
function joined(letters: readonly Letter[]): ScreenRow {
  const spans: { text: string; style?: Style }[] = [];
  let style: Style | undefined;
  for (const letter of letters) {
    const last = spans.at(-1);
    if (last !== undefined && style === letter.style) last.text += letter.text;
    else spans.push(span(letter.text, letter.style));
    style = letter.style;
  }
  return spans;
}

/** The longest beginning of a row in whole graphemes that takes at most `width` cells. */
function cut(
  row: ScreenRow,
  width: number,
  widths: Widths,
): { kept: Span[]; used: number; last?: Style } {
  const kept: Span[] = [];
  let used = 0;
  for (const { text, style } of row) {
    let part = "";
    for (const grapheme of graphemesOf(text)) {
      const cells = graphemeCells(grapheme, widths);
      if (used + cells > width) {
        if (part !== "") kept.push(span(part, style));
        return style === undefined ? { kept, used } : { kept, used, last: style };
      }
      used += cells;
      part += grapheme;
    }
    if (part !== "") kept.push(span(part, style));
  }
  return { kept, used };
}

const KANA_AND_HAN = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}、。]/u;
const CJK = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{Ps}\p{Pe}、。]/u;
/** Marks that don't begin a row (full-width ones by number), and brackets that don't end one. */
const CLOSING = /^[\p{Pe}\p{Pf}!%,.:;?~…、。·ー\uff01\uff05\uff0c\uff0e\uff1a\uff1b\uff1f\uff5e]/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;
