/** Makes text from other people safe to write to a terminal. */
import { graphemesOf } from "./width.ts";

/**
 * Code points of one grapheme. Hundreds of marks on one letter cover other rows; the longest real
 * emoji has 10.
 */
export const GRAPHEME_POINTS_MAX = 16;

const PRINTABLE_ASCII = /^[ -~]*$/;
/**
 * C0, DEL and C1 controls; bidi marks, embeddings, overrides and isolates; line and paragraph
 * separators; soft hyphen, zero-width space, word joiner and its invisible neighbours, byte order
 * mark, interlinear marks. The joiners U+200C and U+200D stay: emoji and Persian need them.
 */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this expression exists to find controls.
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * Returns `text` in a form that can be written on one row of the terminal: in NFC, with every
 * control, escape and bidi override replaced by a visible sign. Graphemes of more than
 * `GRAPHEME_POINTS_MAX` code points are cut; everything else that was readable stays. Idempotent.
 *
 * @example sanitize("\x1b[31mred") // "␛[31mred"
 */
export function sanitize(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  const visible = text.toWellFormed().normalize("NFC").replace(HARMFUL, visibleSign);
  let sanitized = "";
  for (const grapheme of graphemesOf(visible)) {
    const points = grapheme.length <= GRAPHEME_POINTS_MAX ? null : [...grapheme];
    sanitized +=
      points === null || points.length <= GRAPHEME_POINTS_MAX
        ? grapheme
        : `${points.slice(0, GRAPHEME_POINTS_MAX).join("")}\ufffd`;
  }
  return sanitized.normalize("NFC");
}

/** Splits `text` at its line breaks and sanitizes each line. */
export function sanitizeLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map(sanitize);
}

function visibleSign(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 0x09) return " ";
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}
