/** Digits of the base-32 encoding, in order. */
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
/** The base-32 digits as ASCII codes. */
export const ID_LETTERS: Uint8Array = Uint8Array.from(LETTERS, (letter) => letter.charCodeAt(0));
/** Length of the encoded time: 45 bits, enough for milliseconds until the year 3084. */
export const ID_TIME_LETTERS = 9;
/**
 * Identifiers that begin with the time of what they name, so that an id alone tells where to look
 * for it. The time isn't secret: it is visible to each reader of the identifier.
 */

/**
 * Writes a time (milliseconds since 1970) to the first {@link ID_TIME_LETTERS} bytes of an
 * identifier, as ASCII.
 */
export function writeTime(id: Uint8Array, time: number): void {
  let rest = Math.max(0, time);
  for (let index = ID_TIME_LETTERS - 1; index >= 0; index -= 1) {
    id[index] = ID_LETTERS[rest % 32] as number;
    rest = Math.floor(rest / 32);
  }
}

/**
 * Returns the time (milliseconds since 1970) at the beginning of an identifier, or `null` if it
 * can't be one. For an identifier that was made without a time the result is meaningless.
 *
 * @example timeOfId(random.id(now)) === now
 */
export function timeOfId(id: string): number | null {
  if (id.length <= ID_TIME_LETTERS) return null;
  let time = 0;
  for (let index = 0; index < ID_TIME_LETTERS; index += 1) {
    const digit = LETTERS.indexOf(id.charAt(index));
    if (digit < 0) return null;
    time = time * 32 + digit;
  }
  return time;
}
