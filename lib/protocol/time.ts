const ZERO = "0".charCodeAt(0);
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;
const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
/** The same units as Koreans write them. */
const KOREAN_UNITS_MS: Readonly<Record<string, number>> = {
  초: 1000,
  분: 60_000,
  시간: 3_600_000,
  일: 86_400_000,
  주: 7 * 86_400_000,
};
/** A hundred years: longer is forever. */
const DURATION_MS_MAX = 100 * 365 * 86_400_000;

/** Before this program existed. A clock that is earlier has no battery, or the network hasn't set it yet. */
const CLOCK_MIN = Date.UTC(2026, 0, 1);

declare const MONOTONIC: unique symbol;

/**
 * A reading (ms) of the monotonic clock, which setting the time of day doesn't change. Limits, timeouts and
 * intervals are differences of two readings; the zero point is arbitrary. The compiler doesn't take a plain
 * `number`, such as a date in ms since 1970, for a reading.
 */
export type ElapsedMs = number & { readonly [MONOTONIC]: true };

/** Returns whether a time of day (ms since 1970) can be right: not that of a clock that was never set. */
export function isClockSet(now: number): boolean {
  return now >= CLOCK_MIN;
}

/**
 * Formats milliseconds since 1970 as server-time does.
 *
 * @example formatTime(1_763_773_323_456) // "2025-11-22T01:02:03.456Z"
 */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * Parses what `formatTime` writes, with up to nine decimals (truncated to milliseconds); `null` for
 * anything else, also 30 February. A leap second (`:60`) is the first second of the next minute, as
 * in server-time's own example.
 */
export function parseTime(text: string): number | null {
  return parseWrittenTime(text) ?? parseAnyTime(text);
}

/** Parses exactly what `formatTime` writes, ten times as fast: a start reads one for each line. `null`: look closer. */
function parseWrittenTime(text: string): number | null {
  const isShaped =
    text.length === 24 &&
    text[4] === "-" &&
    text[7] === "-" &&
    text[10] === "T" &&
    text[13] === ":" &&
    text[16] === ":" &&
    text[19] === "." &&
    text[23] === "Z";
  if (!isShaped) return null;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  const ms = digits(text, 20, 3);
  // What isn't a number compares with nothing.
  const isDate = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isDate || !(hour <= 23 && minute <= 59 && second <= 59 && ms >= 0)) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

/** Returns the number that some digits write; `NaN` where there are other characters. */
function digits(text: string, start: number, count: number): number {
  let number = 0;
  for (let index = start; index < start + count; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

function parseAnyTime(text: string): number | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const fraction = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, fraction);
  return date.getTime();
}

type Six = [number, number, number, number, number, number];

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Parses `90s`, `30m`, `2h`, `1d12h` or `1w`, also as `2시간` or `1일12시간`, to milliseconds, a hundred years at
 * most; a bare number counts in `unitMs`. Returns `null` if it is no duration.
 */
export function parseDuration(text: string, unitMs: number): number | null {
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * unitMs, DURATION_MS_MAX);
  const composed = text.normalize("NFC");
  if (!/^(\d{1,9}(?:[smhdw초분일주]|시간))+$/.test(composed)) return null;
  let ms = 0;
  for (const [, count, unit = ""] of composed.matchAll(/(\d+)([smhdw초분일주]|시간)/g)) {
    ms += Number(count) * (DURATION_UNITS_MS[unit] ?? KOREAN_UNITS_MS[unit] ?? 0);
  }
  return Math.min(ms, DURATION_MS_MAX);
}

/**
 * Formats a duration as {@link parseDuration} reads it, by its two largest units and rounded up to the
 * smaller of them: nobody is told that something is over before it is.
 *
 * @example formatDuration(90_061_000) // "1d2h"
 */
export function formatDuration(ms: number): string {
  const units = Object.entries(DURATION_UNITS_MS).sort(([, a], [, b]) => b - a);
  const largest = Math.max(
    0,
    units.findIndex(([, unitMs]) => ms >= unitMs),
  );
  const [large, small] = ms < 1000 ? [["s", 1000] as const] : units.slice(largest, largest + 2);
  if (large === undefined) return "0s";
  if (small === undefined) return `${Math.ceil(ms / large[1])}${large[0]}`;
  const count = Math.ceil(ms / small[1]);
  const perLarge = large[1] / small[1];
  const [larges, smalls] = [Math.floor(count / perLarge), count % perLarge];
  return `${larges}${large[0]}${smalls === 0 ? "" : `${smalls}${small[0]}`}`;
}
