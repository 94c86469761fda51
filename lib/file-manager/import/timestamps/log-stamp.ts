import type { LocalTime } from "../log-item.ts";
import { monthNamed } from "./month-names.ts";

/** A day as a log names it. Some programs leave the year out. */
export interface LogDate {
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
}

/** When a line was written, as far as the line says it. */
export type LogStamp =
  | { readonly kind: "instant"; readonly time: number }
  | {
      readonly kind: "local";
      /** `null` when the line has a time of day only. */
      readonly date: LogDate | null;
      readonly hour: number;
      readonly minute: number;
      /** With its fraction. */
      readonly second: number;
    };

/**
 * Which number of 03/04/2026 is the day; `null` when that is unknown: such dates are not understood
 * then.
 */
export type DayOrder = "day-first" | "month-first" | null;

const TIME =
  /(?:(오전|오후|上午|下午|午前|午後)\s*)?(?<![\d:.,])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?![\d:])(?:\s?(?:([AaPp])\.?[Mm]\b\.?|(오전|오후|上午|下午|午前|午後|ÖÖ|ÖS)(?=[\s)\]>}|]|$)))?/u;
/** An offset from UTC behind a time, or the abbreviation of a zone. */
const OFFSET =
  /^\s?(?:(Z|UTC|GMT)\b|([+-])(\d\d):?(\d\d)(?!\d)|[A-Z]{3,5}(?=\s*$|\s[<*[-]|\s\d{4}\b))/;
const AFTERNOON = /^(?:오후|下午|午後|ÖS|p)$/iu;
const EPOCH = /^@?(\d{9,11}(?:\.\d{1,9})?)$/;
/** The longest stamp: weekday, month, day, year, time and offset, all written out. */
const STAMP_LETTERS_MAX = 64;
const SLASHED = /(?<!\d)(\d{1,2})([/-])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)/;
/** A stamp in other brackets. */
const FRAMED = /^(?:\((\d[^()]{2,60})\)|<(\d[^<>]{2,60})>|\{(\d[^{}]{2,60})\})[ \t]*/;
/** A stamp with a bar behind it, or one without colons: 10.02, 10h02, 10시 02분. */
const SEPARATED = /^(\d[^<>|]{2,60}?)(?: ?\||(?<=\d[.hm]\d\ds?|\d ?[분分초秒])(?= +[<*-]))[ \t]*/;
/** 10.02, 10h02 and 10h02m03s; and 10.02.03 behind a date, since it could be one itself. */
const DOTTED = /(?<![\d.])(\d{1,2})(?:[.h](\d\d)|h(\d\d)m(\d\d)s?|(?<=\d.* \d+)\.(\d\d)\.(\d\d))$/;
/** Words between the parts of a date, in English and Romance languages. */
const FILLERS = /^(?:de|del|of|di|den|the|at|um|à)$/iu;

/** Reads a stamp that is the whole text. Returns `null` when it is not understood. */
export function parseStamp(text: string, order: DayOrder = null): LogStamp | null {
  const trimmed = text.trim();
  if (trimmed.length > STAMP_LETTERS_MAX) return null;
  const epoch = EPOCH.exec(trimmed);
  if (epoch !== null) return { kind: "instant", time: Math.round(Number(epoch[1]) * 1000) };
  const plain = withColons(withoutCounters(trimmed));
  const clock = timeIn(plain);
  if (clock === null) return null;
  const dateText = `${plain.slice(0, clock.start).replace(/(?<=\d)[T_]$/, "")} ${plain.slice(clock.end)}`;
  if (dateText.trim() === "") return stampOf(clock, null);
  const date = parseDate(dateText, order);
  return date === null ? null : stampOf(clock, date);
}

/**
 * Reads the stamp at the beginning of a line, with or without brackets. Returns it with the rest of
 * the line, or `null` when the line begins with none.
 *
 * @example readStamp("[10:02:03] <mina> hello")?.rest === "<mina> hello"
 */
export function readStamp(
  line: string,
  order: DayOrder = null,
): { readonly stamp: LogStamp; readonly rest: string } | null {
  const bracketed = /^\[([^\]]{3,60})\](?: ?\[(\d[^\]]{3,40})\])? ?/.exec(line);
  if (bracketed !== null) {
    const stamp = parseStamp(`${bracketed[1]} ${bracketed[2] ?? ""}`, order);
    return stamp === null ? null : { stamp, rest: line.slice(bracketed[0].length) };
  }
  const framed = FRAMED.exec(line) ?? SEPARATED.exec(line);
  const framedStamp = framed === null ? null : parseStamp(framed.slice(1).join(""), order);
  if (framed !== null && framedStamp !== null) {
    return { stamp: framedStamp, rest: line.slice(framed[0].length) };
  }
  const packed = /^(\d\d)(\d\d)(\d\d)? (?=[ <*-])/.exec(line);
  if (packed !== null) {
    const [hour, minute, second] = [packed[1], packed[2], packed[3] ?? 0].map(Number);
    const stamp = localStamp(null, hour ?? 0, minute ?? 0, second ?? 0);
    return stamp === null ? null : { stamp, rest: line.slice(packed[0].length) };
  }
  return readBareStamp(line, order);
}

/**
 * Reads a date in any of the usual forms, with or without a year, and with months in many
 * languages. Returns `null` when it isn't understood.
 */
export function parseDate(text: string, order: DayOrder = null): LogDate | null {
  // Without a limit, a line of 20,000 digits and spaces took two seconds.
  if (text.length > STAMP_LETTERS_MAX + 1) return null;
  const words: string[] = [];
  let numeric: LogDate | null = null;
  let day: number | null = null;
  let year: number | null = null;
  const parts = withoutCounters(text)
    .replace(/[()[\],]/g, " ")
    .trim()
    .split(/\s+/);
  for (const part of parts.flatMap((token) => token.split(/(?<=\p{L})-|-(?=\p{L})/u))) {
    const date = numericDate(part, order);
    if (date !== null && numeric === null) numeric = date;
    else if (/^(?:19|20)\d\d$/.test(part) && year === null) year = Number(part);
    else if (/^\d{1,2}(?:st|nd|rd|th|er|[.ºª])?$/.test(part) && day === null)
      day = Number.parseInt(part, 10);
    else if (/^[^\d]|^\d{1,2}[월月]$/u.test(part)) {
      if (!FILLERS.test(part)) words.push(part);
    } else return null;
  }
  if (words.length > 2) return null;
  if (numeric !== null) return day === null && year === null && words.length < 2 ? numeric : null;
  return day === null ? null : namedDate(words, year, day);
}

/**
 * Returns which number of dates like 03/04/2026 is the day, from one of the lines that leaves no
 * doubt.
 */
export function dayOrderIn(lines: Iterable<{ readonly line: string }>): DayOrder {
  for (const { line } of lines) {
    const match = SLASHED.exec(line.slice(0, STAMP_LETTERS_MAX));
    if (Number(match?.[1]) > 12) return "day-first";
    if (Number(match?.[3]) > 12) return "month-first";
  }
  return null;
}

/**
 * Returns a stamp's time, or `null` when it has none: its day is neither in it nor known. NaN for
 * an impossible time.
 */
export function timeOf(
  stamp: LogStamp,
  knownDay: LogDate | null,
  localTime: LocalTime,
): number | null {
  if (stamp.kind === "instant") return stamp.time;
  const date = stamp.date ?? knownDay;
  const year = date?.year ?? knownDay?.year ?? null;
  if (date === null || year === null) return null;
  return localTime(year, date.month, date.day, stamp.hour, stamp.minute, stamp.second);
}

/**
 * Returns the second of the day of a stamp that names no day; `null` for others, which need no day
 * from elsewhere.
 */
export function secondOf(stamp: LogStamp): number | null {
  if (stamp.kind !== "local" || stamp.date !== null) return null;
  return stamp.hour * 3600 + stamp.minute * 60 + stamp.second;
}

function readBareStamp(
  line: string,
  order: DayOrder,
): { readonly stamp: LogStamp; readonly rest: string } | null {
  const clock = timeIn(line.slice(0, STAMP_LETTERS_MAX));
  if (clock === null) return null;
  const before = line.slice(0, clock.start).replace(/(?<=\d)[T_]$/, "");
  const rest = line.slice(clock.end);
  if (before.trim() === "") {
    const stamp = stampOf(clock, null);
    return stamp === null ? null : { stamp, rest };
  }
  const date = parseDate(before, order);
  if (date === null) return null;
  // In the form of C's ctime the year comes last.
  const yearBehind = date.year === null ? /^ ((?:19|20)\d\d)(?=\s|$)/.exec(rest) : null;
  const year = yearBehind === null ? date.year : Number(yearBehind[1]);
  const stamp = stampOf(clock, { ...date, year });
  return stamp === null ? null : { stamp, rest: rest.slice(yearBehind?.[0].length ?? 0) };
}

interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes east of UTC; `null` for local time. */
  readonly offset: number | null;
  readonly start: number;
  readonly end: number;
}

function timeIn(text: string): ClockTime | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [whole, before, hourText, minute, second = "0", fraction = "0", letter, after] = match;
  const half = before ?? letter ?? after;
  let hour = Number(hourText);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (AFTERNOON.test(half) ? 12 : 0);
  }
  const timeEnd = match.index + whole.length;
  const offset = OFFSET.exec(text.slice(timeEnd));
  const [, utc, sign, hours, minutes] = offset ?? [];
  const east = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const isZoned = utc !== undefined || sign !== undefined;
  return {
    ...{ hour, minute: Number(minute), second: Number(`${second}.${fraction}`) },
    offset: isZoned ? (utc === undefined ? east : 0) : null,
    ...{ start: match.index, end: timeEnd + (offset?.[0].length ?? 0) },
  };
}

function stampOf(clock: ClockTime, date: LogDate | null): LogStamp | null {
  const { hour, minute, second, offset } = clock;
  if (offset === null) return localStamp(date, hour, minute, second);
  if (date?.year == null || localStamp(date, hour, minute, second) === null) return null;
  const utc = Date.UTC(date.year, date.month - 1, date.day, hour, minute - offset);
  return { kind: "instant", time: utc + Math.floor(second * 1000) };
}

function localStamp(
  date: LogDate | null,
  hour: number,
  minute: number,
  second: number,
): LogStamp | null {
  return hour < 24 && minute < 60 && second < 61
    ? { kind: "local", date, hour, minute, second }
    : null;
}

function numericDate(text: string, order: DayOrder): LogDate | null {
  const [, year, , month, day] = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\.?$/.exec(text) ?? [];
  if (year !== undefined) return dateOf(Number(year), Number(month), Number(day));
  const packed = /^((?:19|20)\d\d)(\d\d)(\d\d)$/.exec(text);
  if (packed !== null) return dateOf(Number(packed[1]), Number(packed[2]), Number(packed[3]));
  const match = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(text);
  if (match === null) return null;
  const [first, second] = [Number(match[1]), Number(match[3])];
  const shortYear = Number(match[4]);
  const fullYear = match[4]?.length === 4 ? shortYear : shortYear + (shortYear < 70 ? 2000 : 1900);
  const isDayFirst = match[2] === "." || order === "day-first" || first > 12;
  if (isDayFirst) return dateOf(fullYear, second, first);
  return order === "month-first" || second > 12 ? dateOf(fullYear, first, second) : null;
}

/** The words are a month and, perhaps, a weekday, in either order. */
function namedDate(words: readonly string[], year: number | null, day: number): LogDate | null {
  const [first = "", second] = words;
  const pairs =
    second === undefined
      ? [[first, ""] as const]
      : [[second, first] as const, [first, second] as const];
  for (const [word, weekday] of pairs) {
    const month =
      year === null ? monthNamed(word, "", 2024, day) : monthNamed(word, weekday, year, day);
    const date = month === null ? null : dateOf(year, month, day);
    if (date !== null) return date;
  }
  return null;
}

function dateOf(year: number | null, month: number, day: number): LogDate | null {
  if (month < 1 || month > 12 || day < 1) return null;
  // A date without a year may be the 29th of February.
  const days = new Date(Date.UTC(year ?? 2024, month, 0)).getUTCDate();
  return day <= days ? { year, month, day } : null;
}

/** Writes a time at the end as other times are written: 10.02.03, 10h02, and 100203 behind a packed date. */
function withColons(text: string): string {
  if (/\d:\d/.test(text)) return text;
  return text
    .replace(/^((?:19|20)\d{6})[ T_-]?(\d\d)(\d\d)(\d\d)$/, "$1 $2:$3:$4")
    .replace(DOTTED, (_all, hour, ...rest: (string | undefined)[]) =>
      [hour, ...rest.slice(0, 5).filter((part) => part !== undefined)].join(":"),
    );
}

/**
 * Writes 2026년 11월 22일 and 10시 2분 3초, and the like in other languages, as other dates and times are
 * written.
 */
function withoutCounters(text: string): string {
  return text
    .replace(/\b(?:Thg|tháng)\s+(\d{1,2})\b/iu, "$1월")
    .replace(/^(\d{4})\. (\d{1,2})\. (\d{1,2})\.?(?= )/, "$1-$2-$3")
    .replace(/(\d{4})[년年]\s*(\d{1,2})[월月]\s*(\d{1,2})[일日]/u, "$1-$2-$3")
    .replace(
      /(\d{1,2})[시時时]\s*(\d{1,2})[분分]/u,
      (_all, hour, minute) => `${hour}:${minute.padStart(2, "0")}`,
    )
    .replace(
      /(:\d\d)\s*(\d{1,2})[초秒]/u,
      (_all, before, second) => `${before}:${second.padStart(2, "0")}`,
    );
}
