/**
 * Formatting codes in messages: bold, italics, underline, colours and others, which clients for IRC type.
 * They are no part of what is said. https://modern.ircdocs.horse/formatting
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: formatting codes are control characters
const FIRST_CHARACTER = /[\x02-\x04\x0f\x11\x16\x1d-\x1f]/;
/**
 * A colour has one or two digits for the foreground, and perhaps the background; or six hex digits
 * each.
 */
const FORMATTING_CODE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: formatting codes are control characters
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\dA-Fa-f]{6}(?:,[\dA-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d-\x1f]/g;

/** Returns whether a text has formatting codes. */
export function hasFormatting(text: string): boolean {
  return FIRST_CHARACTER.test(text);
}

/**
 * Returns the text without formatting codes.
 *
 * @example stripFormattingCodes("\x02bold\x02 and \x0304red\x03") // "bold and red"
 */
export function stripFormattingCodes(text: string): string {
  return hasFormatting(text) ? text.replace(FORMATTING_CODE, "") : text;
}

/**
 * Returns for each UTF-16 unit of the text without its formatting codes the index at which it stands in
 * `text`.
 *
 * @example indicesWithoutFormatting("\x0304red\x03") // [3, 4, 5]
 */
export function indicesWithoutFormatting(text: string): number[] {
  const indices: number[] = [];
  let index = 0;
  for (const { 0: code, index: codeStart } of text.matchAll(FORMATTING_CODE)) {
    for (; index < codeStart; index += 1) indices.push(index);
    index += code.length;
  }
  for (; index < text.length; index += 1) indices.push(index);
  return indices;
}
