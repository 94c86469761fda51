/** Makes text from other people safe to write to a terminal. */
import { replaceHarmful, visibleSign } from "../protocol/harmful-characters.ts";
import { graphemesOf } from "./width.ts";

/**
 * Code points of one grapheme. Hundreds of marks on one letter cover other rows; the longest real
 * emoji has 10.
 */
export const GRAPHEME_POINTS_MAX = 16;

/** Stands in front of the rows of a printed line but the first. */
const INDENT = "      ";
/** In a narrower terminal a line is wrapped by the terminal. */
const INDENTED_COLUMNS_MIN = 20;

/** Printable ASCII, Hangul, and punctuation such as …: nothing in it is harmful, or changes when it is normalized. */
const HARMLESS = /^[ -~\u2010-\u2027\u3131-\u3163\uac00-\ud7a3]*$/;

/**
 * Returns `text` in a form that can be written on one row of the terminal: in NFC, with every
 * control, escape, bidi override and invisible character replaced by a visible sign. Graphemes of more than
 * `GRAPHEME_POINTS_MAX` code points are cut; everything else that was readable stays. Idempotent.
 *
 * @example sanitize("\x1b[31mred") // "␛[31mred"
 */
export function sanitize(text: string): string {
  if (HARMLESS.test(text)) return text;
  const oneLine = text.toWellFormed().normalize("NFC").replaceAll("\n", visibleSign);
  let sanitized = "";
  let isCut = false;
  for (const grapheme of graphemesOf(replaceHarmful(oneLine, visibleSign))) {
    const points = grapheme.length <= GRAPHEME_POINTS_MAX ? null : [...grapheme];
    const isLong = points !== null && points.length > GRAPHEME_POINTS_MAX;
    // Signs that stand before their letter (U+0600) take the mark of the cut into their grapheme, which must be short
    // enough by then.
    sanitized += isLong ? `${points.slice(0, GRAPHEME_POINTS_MAX - 1).join("")}\ufffd` : grapheme;
    isCut ||= isLong;
  }
  // A joiner that stood before what was cut joins nothing any more.
  return isCut ? sanitize(sanitized) : sanitized.normalize("NFC");
}

/** Splits `text` at its line breaks and sanitizes each line. */
export function sanitizeLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map(sanitize);
}

/**
 * Returns a line for a terminal that only appends, with its further rows indented: those of its text, and those by which
 * it is longer than the terminal is wide, so that no text can look like the beginning of another line.
 *
 * @param columns of the terminal; left out for a pipe or a file, where nothing is wrapped
 */
export function indentRows(line: string, columns?: number): string {
  const isWrapped = columns !== undefined && columns >= INDENTED_COLUMNS_MIN;
  const rows = isWrapped
    ? Bun.wrapAnsi(line, columns - INDENT.length, { hard: true, trim: false })
    : line;
  return rows.replaceAll("\n", `\n${INDENT}`);
}
