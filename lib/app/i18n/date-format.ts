import type { Language } from "../../protocol/language.ts";

/** Formats dates and times (ms since 1970) as a language writes them. */
export interface DateFormat {
  /** "09:41": always two digits and 24 hours, because the chat screen has five cells for it. */
  clock(ms: number): string;
  /** "Saturday 21 November": weekday and date without the year, for day separators. */
  day(ms: number): string;
  /** A key that is equal for two times of the same day in this time zone. */
  dayKey(ms: number): string;
  /** The full date with the time, for lists. */
  moment(ms: number): string;
}

/** Time zones differ by quarters of an hour, so all times within a quarter are on the same day. */
const QUARTER_MS = 15 * 60_000;
const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", ko: "ko-KR" };

/**
 * Makes the formats of a language. Each Intl formatter is made when it is first needed, because the first one of
 * a process takes some 30 ms, which would delay the menu.
 *
 * @param timeZone an IANA name ("Asia/Seoul"); the machine's own if not given
 */
export function makeDateFormat(language: Language, timeZone?: string): DateFormat {
  const locale = LOCALES[language];
  const zone = timeZone === undefined ? {} : { timeZone };
  const clock = lazy(
    () =>
      new Intl.DateTimeFormat("en-GB", {
        ...zone,
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      }),
  );
  const day = lazy(
    () =>
      new Intl.DateTimeFormat(locale, {
        ...zone,
        weekday: "long",
        month: "long",
        day: "numeric",
      }),
  );
  const dayKey = lazy(
    () =>
      new Intl.DateTimeFormat("en-CA", {
        ...zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
      }),
  );
  const moment = lazy(
    () =>
      new Intl.DateTimeFormat(locale, {
        ...zone,
        dateStyle: "long",
        timeStyle: "short",
      }),
  );
  /** The day that was asked for last: the screen asks for today's with each frame. */
  let last = { quarter: Number.NaN, key: "" };
  const dayKeyOf = (ms: number): string => {
    const quarter = Math.floor(ms / QUARTER_MS);
    if (quarter !== last.quarter) last = { quarter, key: dayKey().format(ms) };
    return last.key;
  };
  return {
    clock: (ms) => clock().format(ms),
    day: (ms) => day().format(ms),
    dayKey: dayKeyOf,
    moment: (ms) => moment().format(ms),
  };
}

function lazy(make: () => Intl.DateTimeFormat): () => Intl.DateTimeFormat {
  let format: Intl.DateTimeFormat | null = null;
  return () => {
    format ??= make();
    return format;
  };
}

/** A unit of time, by the letter that commands take. */
type DurationUnit = "s" | "m" | "h" | "d" | "w";

const KOREAN_UNITS = { s: "초", m: "분", h: "시간", d: "일", w: "주" } as const;
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

/** Returns a duration such as `1d2h` in Korean. */
export function koreanDuration(duration: string): string {
  return durationWords(duration, (count, unit) => `${count}${KOREAN_UNITS[unit]}`);
}
