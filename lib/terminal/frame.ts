/**
 * A whole screen as a value, and the bytes that turn the one before into the next. Each row is
 * drawn by itself from its first column, so that a row that was measured wrong hurts no other, and
 * after letters that terminals measure differently the next span is put at its column outright.
 */
import type { ScreenRow, Span } from "./layout.ts";
import { type Style, sgrOf, type Theme } from "./theme.ts";
import { cellsOf, STANDARD_WIDTHS, type Widths } from "./width.ts";

export interface Frame {
  readonly width: number;
  /** From the top; rows that a screen is high and the frame doesn't have are blank. */
  readonly rows: readonly ScreenRow[];
  /** Where the real cursor stands (from 0): input methods draw there what is being composed. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** Begins and ends a frame that a terminal shows in one piece (those that don't know it ignore it). */
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";

/**
 * The text to write so that `next` stands on a screen that shows `previous`; null, or a frame of
 * another width, means that nothing is known of the screen. "" when there is nothing to do. Ends
 * with the cursor visible on its cell. The screen has autowrap off (tty.ts sees to it).
 */
export function diff(
  previous: Frame | null,
  next: Frame,
  theme: Theme,
  widths: Widths = STANDARD_WIDTHS,
): string {
  const known = previous?.width === next.width ? previous : null;
  let changes = known === null ? "\x1b[0m\x1b[2J" : "";
  const height = Math.max(next.rows.length, known?.rows.length ?? 0);
  for (let at = 0; at < height; at++) {
    const row = next.rows[at] ?? [];
    if (known !== null && sameRow(known.rows[at] ?? [], row)) continue;
    if (known === null && row.length === 0) continue;
    changes += `\x1b[${at + 1};1H${encodeRow(row, next.width, theme, widths)}`;
  }
  if (changes === "" && known !== null && sameCell(known.cursor, next.cursor)) return "";
  const cursor = `\x1b[${next.cursor.row + 1};${next.cursor.column + 1}H\x1b[?25h`;
  return changes === "" ? cursor : BEGIN + changes + cursor + END;
}

/**
 * A row's text from the first column on, the rest of the row erased. A row that reaches the last
 * column, or whose measure isn't certain, is erased first: after the last column "erase to the
 * end" would take the last letter away.
 */
function encodeRow(row: ScreenRow, width: number, theme: Theme, widths = STANDARD_WIDTHS): string {
  const spans = withoutTail(row);
  const certain = spans.every((piece) => CERTAIN.test(piece.text));
  const eraseFirst =
    !certain || spans.reduce((sum, one) => sum + cellsOf(one.text, widths), 0) >= width;
  let text = eraseFirst ? "\x1b[K" : "";
  let column = 0;
  let trusted = true;
  for (const piece of spans) {
    if (!trusted) text += `\x1b[${column + 1}G`;
    text += encodeSpan(piece, theme);
    column += cellsOf(piece.text, widths);
    trusted = CERTAIN.test(piece.text);
  }
  return eraseFirst ? text : `${text}\x1b[K`;
}

function encodeSpan(piece: Span, theme: Theme): string {
  const sgr = sgrOf(piece.style, theme);
  const styled = sgr === "" ? piece.text : `\x1b[${sgr}m${piece.text}\x1b[0m`;
  const link = theme.links ? piece.style?.link : undefined;
  if (link === undefined || !SAFE_LINK.test(link)) return styled;
  return `\x1b]8;;${link}\x1b\\${styled}\x1b]8;;\x1b\\`;
}

/** A row without the plain spaces at its end: erasing does their work. */
function withoutTail(row: ScreenRow): ScreenRow {
  let end = row.length;
  while (end > 0 && row[end - 1]?.style === undefined && row[end - 1]?.text.trim() === "") end--;
  const last = row[end - 1];
  if (last === undefined || last.style !== undefined) return row.slice(0, end);
  return [...row.slice(0, end - 1), { text: last.text.replace(/ +$/, "") }];
}

function sameRow(left: ScreenRow, right: ScreenRow): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  return left.every((one, at) => {
    const other = right[at];
    return other !== undefined && one.text === other.text && sameStyle(one.style, other.style);
  });
}

function sameStyle(left: Style | undefined, right: Style | undefined): boolean {
  if (left === right) return true;
  return (
    left?.role === right?.role &&
    left?.hue === right?.hue &&
    left?.bold === right?.bold &&
    left?.underline === right?.underline &&
    left?.link === right?.link
  );
}

function sameCell(left: Frame["cursor"], right: Frame["cursor"]): boolean {
  return left.row === right.row && left.column === right.column;
}

/** Letters that every terminal measures alike: printable ASCII and whole Hangul syllables. */
const CERTAIN = /^[ -~\uac00-\ud7a3]*$/;
/** Printable ASCII alone: nothing in it can end the sequence early. */
const SAFE_LINK = /^(?:https?:\/\/|mailto:)[!-~]{1,2000}$/;
