/**
 * A whole screen as a value, and the bytes that turn one into the next. Each row is drawn by itself
 * from its first column, so that a row with a wrong width damages no other. After text that
 * terminals measure differently, the next span is placed by an absolute column.
 */
import { visibleSign } from "../protocol/harmful-characters.ts";
import type { ScreenRow, Span } from "./layout.ts";
import type { PictureStrip } from "./pictures/picture.ts";
import { type Style, sgrOf, type Theme } from "./theme.ts";
import { cellsOf, STANDARD_WIDTHS, type Widths } from "./width.ts";

/**
 * Start and end of a synchronized update, shown at once. Terminals that don't know it ignore it.
 */
export const UPDATE_START = "\x1b[?2026h";
/** See {@link UPDATE_START}. */
export const UPDATE_END = "\x1b[?2026l";
/** Text that every terminal measures alike: printable ASCII and whole Hangul syllables. */
const CERTAIN_WIDTH = /^[ -~\uac00-\ud7a3]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: this expression exists to find controls.
const CONTROL = /[\x00-\x1f\x7f-\x9f]/g;
/** Printable ASCII only: nothing in it can end the escape sequence early. */
const SAFE_LINK = /^(?:https?:\/\/|mailto:)[!-~]{1,2000}$/;

/** The content of a screen. */
export interface Frame {
  /** In cells. */
  readonly width: number;
  /** From the top. Rows of the screen that the frame doesn't have are blank. */
  readonly rows: readonly ScreenRow[];
  /** The cell (from 0) of the real cursor: input methods draw the composed syllable there. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** How pictures are written. */
export interface PictureWriter {
  /** Returns what a row of a picture shows as text, in exactly its columns. */
  textOf(strip: PictureStrip): string;
  /** Whether a row of a picture is on the screen in pixels: what is written there would hide it. */
  isDrawn(row: number, column: number, strip: PictureStrip): boolean;
  /** What shows pictures without any text; it may move the cursor. */
  readonly placed: string;
}

/** Pictures in text alone. */
const BLOCKS: PictureWriter = {
  textOf: ({ picture, row }) => picture.blocks[row] ?? " ".repeat(picture.columns),
  isDrawn: () => false,
  placed: "",
};

/** Returns what moves the cursor to a cell, counted from 0. */
export function moveTo(row: number, column: number): string {
  return `\x1b[${row + 1};${column + 1}H`;
}

/**
 * Returns the text that turns a screen showing `previous` into `next`, with the cursor visible at
 * its cell; "" if nothing changes. `previous` null, or of another width, means that the screen's
 * content is unknown. The screen must have autowrap off (tty.ts does that).
 */
export function diffFrames(
  previous: Frame | null,
  next: Frame,
  theme: Theme,
  widths: Widths = STANDARD_WIDTHS,
  pictures: PictureWriter = BLOCKS,
): string {
  const known = previous?.width === next.width ? previous : null;
  let changes = known === null ? "\x1b[0m\x1b[2J" : "";
  const height = Math.max(next.rows.length, known?.rows.length ?? 0);
  for (let index = 0; index < height; index++) {
    const row = next.rows[index] ?? [];
    if (known !== null && isSameRow(known.rows[index] ?? [], row)) continue;
    if (known === null && row.length === 0) continue;
    const look = { theme, widths, textOf: pictures.textOf };
    const gaps = gapsOf(row, next.width, widths, (column, strip) =>
      pictures.isDrawn(index, column, strip),
    );
    changes += `\x1b[${index + 1};1H${gaps === null ? encodeRow(row, next.width, look) : encodeGaps(gaps, look)}`;
  }
  changes += pictures.placed;
  if (changes === "" && known !== null && isSameCell(known.cursor, next.cursor)) return "";
  const cursor = `${moveTo(next.cursor.row, next.cursor.column)}\x1b[?25h`;
  return changes === "" ? cursor : UPDATE_START + changes + cursor + UPDATE_END;
}

/** What spans are encoded with. */
interface SpanLook {
  readonly theme: Theme;
  readonly widths: Widths;
  readonly textOf: PictureWriter["textOf"];
}

/**
 * Returns a row's text from the first column, with the rest of the row erased. A row that reaches
 * the last column, or whose width isn't certain, is erased first: behind the last column "erase to
 * the end" would erase the last character.
 */
function encodeRow(row: ScreenRow, width: number, look: SpanLook): string {
  const { text, column, isCertain } = encodeSpans(withoutTrailingSpaces(row), 0, look);
  return !isCertain || column >= width ? `\x1b[K${text}` : `${text}\x1b[K`;
}

/** What of a row is written where a picture in it is left as it is. */
interface RowGap {
  readonly spans: ScreenRow;
  readonly start: number;
  readonly cells: number;
}

/** Returns the parts of a row beside pictures that are drawn; null if there is none. */
function gapsOf(
  row: ScreenRow,
  width: number,
  widths: Widths,
  isDrawn: (column: number, strip: PictureStrip) => boolean,
): RowGap[] | null {
  if (row.every(({ picture }) => picture === undefined)) return null;
  const gaps: RowGap[] = [];
  let spans: Span[] = [];
  let [start, column] = [0, 0];
  for (const span of row) {
    const end = column + cellsOf(span.text, widths);
    if (span.picture !== undefined && isDrawn(column, span.picture)) {
      gaps.push({ spans, start, cells: column - start });
      spans = [];
      start = end;
    } else spans.push(span);
    column = end;
  }
  if (gaps.length === 0) return null;
  return [...gaps, { spans, start, cells: width - start }].filter(({ cells }) => cells > 0);
}

function encodeGaps(gaps: readonly RowGap[], look: SpanLook): string {
  return gaps
    .map(({ spans, start, cells }) => {
      const { text } = encodeSpans(withoutTrailingSpaces(spans), start, look);
      return `\x1b[${start + 1}G\x1b[${cells}X${text}`;
    })
    .join("");
}

function encodeSpans(spans: ScreenRow, start: number, { theme, widths, textOf }: SpanLook) {
  let text = "";
  let column = start;
  let isColumnCertain = true;
  let isCertain = true;
  for (const span of spans) {
    if (!isColumnCertain) text += `\x1b[${column + 1}G`;
    // Half blocks are measured differently, too.
    isColumnCertain = span.picture === undefined && CERTAIN_WIDTH.test(span.text);
    isCertain &&= isColumnCertain;
    const safe = isColumnCertain ? span : withoutControls(span);
    text += span.picture === undefined ? encodeSpan(safe, theme) : textOf(span.picture);
    column += cellsOf(safe.text, widths);
  }
  return { text, column, isCertain };
}

/**
 * Replaces what a terminal would obey. Text from others is sanitized where it comes in; this is the last place to
 * notice one that was forgotten.
 */
function withoutControls(span: Span): Span {
  if (span.text.search(CONTROL) === -1) return span;
  return { ...span, text: span.text.replace(CONTROL, visibleSign) };
}

function encodeSpan(span: Span, theme: Theme): string {
  const sgr = sgrOf(span.style, theme);
  const styled = sgr === "" ? span.text : `\x1b[${sgr}m${span.text}\x1b[0m`;
  const link = theme.links ? span.style?.link : undefined;
  if (link === undefined || !SAFE_LINK.test(link)) return styled;
  return `\x1b]8;;${link}\x1b\\${styled}\x1b]8;;\x1b\\`;
}

/** Returns a row without the plain spaces at its end: erasing draws them. */
function withoutTrailingSpaces(row: ScreenRow): ScreenRow {
  let end = row.length;
  while (end > 0 && isPlain(row[end - 1]) && row[end - 1]?.text.trim() === "") end--;
  const last = row[end - 1];
  if (last === undefined || !isPlain(last)) return row.slice(0, end);
  return [...row.slice(0, end - 1), { text: last.text.replace(/ +$/, "") }];
}

function isPlain(span: Span | undefined): boolean {
  return span?.style === undefined && span?.picture === undefined;
}

function isSameRow(a: ScreenRow, b: ScreenRow): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((span, index) => {
    const peer = b[index];
    return (
      peer !== undefined &&
      span.text === peer.text &&
      isSameStyle(span.style, peer.style) &&
      span.picture?.picture === peer.picture?.picture &&
      span.picture?.row === peer.picture?.row
    );
  });
}

function isSameStyle(a: Style | undefined, b: Style | undefined): boolean {
  if (a === b) return true;
  return (
    a?.role === b?.role &&
    a?.hue === b?.hue &&
    a?.bold === b?.bold &&
    a?.italic === b?.italic &&
    a?.underline === b?.underline &&
    a?.link === b?.link
  );
}

function isSameCell(a: Frame["cursor"], b: Frame["cursor"]): boolean {
  return a.row === b.row && a.column === b.column;
}
