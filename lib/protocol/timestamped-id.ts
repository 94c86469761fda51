/**
 * Identifiers that begin with the time of what they name, so that whoever has one knows where to look for it.
 * The time is no secret: whoever is shown the identifier is shown the time as well.
 */

/** The letters in which identifiers are written, from low to high. */
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
/** The same, as ASCII. */
export const ID_LETTERS: Uint8Array = Uint8Array.from(LETTERS, (letter) => letter.charCodeAt(0));
/** 45 bits: enough for the milliseconds until the year 3084. */
export const ID_TIME_LETTERS = 9;

/** Writes the beginning of an identifier of something that happened at `time` (ms): {@link ID_TIME_LETTERS}, in ASCII. */
export function writeTime(id: Uint8Array, time: number): void {
  let left = Math.max(0, time);
  for (let n = ID_TIME_LETTERS - 1; n >= 0; n -= 1) {
    id[n] = ID_LETTERS[left % 32] as number;
    left = Math.floor(left / 32);
  }
}

/**
 * The time with which an identifier begins; one that began with none gives a time all the same, or `null`.
 *
 * @example timeOfId(random.id(now)) === now
 */
export function timeOfId(id: string): number | null {
  if (id.length <= ID_TIME_LETTERS) return null;
  let time = 0;
  for (let n = 0; n < ID_TIME_LETTERS; n += 1) {
    const digit = LETTERS.indexOf(id.charAt(n));
    if (digit < 0) return null;
    time = time * 32 + digit;
  }
  return time;
}
