import type { Language } from "./language.ts";

/**
 * Dates and times as people of a language write them. Each of Intl's formatters is made once, when it is
 * first needed: the first one of a process costs some 30 ms, which the menu must not wait for.
 */
export interface DateFormat {
  /** "09:41", always two digits and 24 hours: it stands in a gutter of five cells. */
  clock(ms: number): string;
  /** "토요일" and the date, without the year: what a day separator says. */
  day(ms: number): string;
  /** A name for the day that compares: two times with the same key are of one day here. */
  dayKey(ms: number): string;
  /** The whole date and time, for lists and exports. */
  moment(ms: number): string;
}

const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", ko: "ko-KR" };

/** `timeZone` is an IANA name ("Asia/Seoul"); without one, the machine's own. */
export function makeDateFormat(language: Language, timeZone?: string): DateFormat {
  const locale = LOCALES[language];
  const zone = timeZone === undefined ? {} : { timeZone };
  const clock = once(
    () =>
      new Intl.DateTimeFormat("en-GB", {
        ...zone,
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      }),
  );
  const day = once(
    () =>
      new Intl.DateTimeFormat(locale, {
        ...zone,
        weekday: "long",
        month: "long",
        day: "numeric",
      }),
  );
  const key = once(
    () =>
      new Intl.DateTimeFormat("en-CA", {
        ...zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
      }),
  );
  const moment = once(
    () =>
      new Intl.DateTimeFormat(locale, {
        ...zone,
        dateStyle: "long",
        timeStyle: "short",
      }),
  );
  return {
    clock: (ms) => clock().format(ms),
    day: (ms) => day().format(ms),
    dayKey: (ms) => key().format(ms),
    moment: (ms) => moment().format(ms),
  };
}

function once(make: () => Intl.DateTimeFormat): () => Intl.DateTimeFormat {
  let made: Intl.DateTimeFormat | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
