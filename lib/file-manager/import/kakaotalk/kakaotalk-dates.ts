/*
 * Dates and times as KakaoTalk's exports write them: in the words and the order of the phone's or computer's
 * language and region, and with its 12- or 24-hour clock. Spaces may be narrow or unbreakable ones.
 */

export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A time of the 24-hour clock. An hour of 25 or a minute of 61 is possible: see {@link isTimeOfDay}. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** What a text begins with, and the rest of it. */
interface Taken<Value> {
  readonly value: Value;
  readonly rest: string;
}

const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );
/** "Nov", "Nov.", "Sept." and "November". */
const MONTH = `(?<name>${MONTHS.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join("|")}|Sept)\\.?`;
const WEEKDAY = "(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,?\\s+)?";

const WEEKDAY_AFTER = "(?:\\s*\\(?[월화수목금토일]요일\\)?|\\s*\\([월화수목금토일]\\))?";

const DATES: readonly RegExp[] = [
  // 2026년 11월 22일 일요일
  new RegExp(
    `^(?<year>\\d{4})년\\s*(?<month>\\d{1,2})월\\s*(?<day>\\d{1,2})일${WEEKDAY_AFTER}`,
    "u",
  ),
  // 2026. 11. 22. and 2026-11-22
  new RegExp(
    `^(?<year>\\d{4})(?:\\.\\s*|[-/])(?<month>\\d{1,2})(?:\\.\\s*|[-/])(?<day>\\d{1,2})\\.?${WEEKDAY_AFTER}`,
    "u",
  ),
  // Sunday, November 22, 2026
  new RegExp(`^${WEEKDAY}${MONTH}\\s+(?<day>\\d{1,2}),?\\s+(?<year>\\d{4})`, "iu"),
  // Sunday, 22 November 2026
  new RegExp(`^${WEEKDAY}(?<day>\\d{1,2})\\s+${MONTH},?\\s+(?<year>\\d{4})`, "iu"),
];

const HALF = "(?<half>오전|오후|[ap]\\.?\\s?m\\.?)";
const CLOCK = "(?<hour>\\d{1,2}):(?<minute>\\d{2})(?::(?<second>\\d{2}))?";
const TIMES: readonly RegExp[] = [
  new RegExp(`^${HALF}\\s*${CLOCK}(?!\\d)`, "iu"),
  new RegExp(`^${CLOCK}(?!\\d)(?:\\s*${HALF}(?!\\p{L}))?`, "iu"),
];
const BETWEEN_DATE_AND_TIME = /^(?:,?\s+at\s+|,?\s+)/u;

/** Reads the date at the start of a text. The day may be one that no calendar has. */
export function takeDate(text: string): Taken<CalendarDay> | null {
  const match = firstMatch(DATES, text);
  if (match === null) return null;
  const { year, month, name, day } = match.groups ?? {};
  const value = {
    year: Number(year),
    month: name === undefined ? Number(month) : monthOf(name),
    day: Number(day),
  };
  return { value, rest: text.slice(match[0].length) };
}

/** Reads the time of day at the start of a text: `오전 10:02`, `10:02 PM`, `10:02`. */
export function takeTime(text: string): Taken<TimeOfDay> | null {
  const match = firstMatch(TIMES, text);
  if (match === null) return null;
  const { half, hour, minute, second } = match.groups ?? {};
  const value = {
    hour: half === undefined ? Number(hour) : hourOf(Number(hour), half),
    minute: Number(minute),
    second: Number(second ?? 0),
  };
  return { value, rest: text.slice(match[0].length) };
}

/**
 * Reads the date, the time or both at the start of a text: `2026년 11월 22일 오전 10:02`,
 * `Nov 22, 2026 at 10:02`, `10:02am, November 22, 2026`.
 */
export function takeDateTime(
  text: string,
): Taken<{ readonly day: CalendarDay | null; readonly time: TimeOfDay | null }> | null {
  const date = takeDate(text);
  if (date !== null) {
    const between = BETWEEN_DATE_AND_TIME.exec(date.rest)?.[0] ?? "";
    const time = between === "" ? null : takeTime(date.rest.slice(between.length));
    if (time === null) return { value: { day: date.value, time: null }, rest: date.rest };
    return { value: { day: date.value, time: time.value }, rest: time.rest };
  }
  const time = takeTime(text);
  if (time === null) return null;
  const dateAfter = /^,\s+/u.test(time.rest) ? takeDate(time.rest.replace(/^,\s+/u, "")) : null;
  if (dateAfter === null) return { value: { day: null, time: time.value }, rest: time.rest };
  return { value: { day: dateAfter.value, time: time.value }, rest: dateAfter.rest };
}

/** Returns whether a calendar has this day. */
export function isCalendarDay({ year, month, day }: CalendarDay): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** Returns whether a clock shows this time. */
export function isTimeOfDay({ hour, minute, second }: TimeOfDay): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

function monthOf(name: string): number {
  const start = name.slice(0, 3).toLowerCase();
  return MONTHS.findIndex((month) => month.toLowerCase().startsWith(start)) + 1;
}

/** Converts an hour of the 12-hour clock: 12 is midnight in the morning, and noon in the afternoon. */
function hourOf(hour: number, half: string): number {
  if (hour > 12) return Number.POSITIVE_INFINITY;
  return (hour % 12) + (/^(?:오후|p)/i.test(half) ? 12 : 0);
}

function firstMatch(patterns: readonly RegExp[], text: string): RegExpExecArray | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  return null;
}
