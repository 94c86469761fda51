/** Durations as the server and its commands write them ("1d2h"), in words. */

/** A unit of time, by the letter that commands take. */
export type DurationUnit = "s" | "m" | "h" | "d" | "w";

const PART = /(\d+)([smhdw])/g;
const WHOLE = /^(?:\d+[smhdw])+$/;

/**
 * Returns a duration in words, each unit by `format`; anything that is no duration as it is.
 *
 * @example durationWords("1d2h", (count, unit) => `${count} ${unit}`) // "1 d 2 h"
 */
export function durationWords(
  duration: string,
  format: (count: number, unit: DurationUnit) => string,
): string {
  if (!WHOLE.test(duration)) return duration;
  return [...duration.matchAll(PART)]
    .map(([, count, unit]) => format(Number(count), unit as DurationUnit))
    .join(" ");
}
