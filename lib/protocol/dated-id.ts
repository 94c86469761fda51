/**
 * Identifiers that begin with the time of what they name, so that whoever has one knows where to look for it.
 * The time is no secret: whoever is shown the identifier is shown the time as well.
 */

/** The same letters in which identifiers are written, from low to high. */
export const ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
/** 45 bits: enough for the milliseconds until the year 3084. */
export const ID_TIME_LETTERS = 9;

/** How an identifier of something that happened at `time` (ms) begins. */
export function idTime(time: number): string {
  let letters = "";
  for (let left = Math.max(0, time), n = 0; n < ID_TIME_LETTERS; n += 1) {
    letters = ID_LETTERS.charAt(left % 32) + letters;
    left = Math.floor(left / 32);
  }
  return letters;
}

/**
 * The time with which an identifier begins; one that began with none gives a time all the same, or `null`.
 *
 * @example timeOfId(`${idTime(now)}xyz`) === now
 */
export function timeOfId(id: string): number | null {
  if (id.length <= ID_TIME_LETTERS) return null;
  let time = 0;
  for (let n = 0; n < ID_TIME_LETTERS; n += 1) {
    const digit = ID_LETTERS.indexOf(id.charAt(n));
    if (digit < 0) return null;
    time = time * 32 + digit;
  }
  return time;
}
