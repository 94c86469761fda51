import { type DayOrder, type LogDate, parseDate, parseStamp } from "./log-stamp.ts";

/**
 * 2026-11-22, 2026.11.22, 2026_11_22 and 20261122, in the name of a file or of the folders around
 * it.
 */
const DAY = /(?<!\d)((?:19|20)\d\d)([-._/]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)/g;

/** A line that names a day has only a few other words. */
const NAMING_LETTERS_MAX = 200;

/**
 * Returns the day for which a log file is named, or `null`. Many programs begin a new file each
 * day, and write only times of day into it.
 *
 * @example dayInName("net/#tea/2026-11-22.log")
 */
export function dayInName(name: string): LogDate | null {
  const match = [...name.matchAll(DAY)].at(-1);
  if (match === undefined) return null;
  const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const isDay = day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return isDay ? { year, month, day } : null;
}

/** A day, and the second of it at which a line says that it was written; 0 where it doesn't. */
export interface NamedDay {
  readonly day: LogDate;
  readonly second: number;
}

/**
 * Returns the day in a line like `--- Log opened Sun Nov 22 10:01:00 2026` or `**** BEGIN LOGGING
 * AT …`, whatever the words before it are. Returns `null` when it isn't understood.
 */
export function dayInLine(line: string, order: DayOrder): NamedDay | null {
  if (line.length > NAMING_LETTERS_MAX) return null;
  const words = line.replace(/^[-*=]+\s*|\s*[-*=]+$/g, "").split(/\s+/);
  for (let start = 0; start < words.length; start += 1) {
    const text = words.slice(start).join(" ");
    const stamp = parseStamp(text, order);
    if (stamp?.kind === "instant") continue;
    const day = stamp === null ? parseDate(text, order) : stamp.date;
    const second = stamp === null ? 0 : stamp.hour * 3600 + stamp.minute * 60 + stamp.second;
    if (day !== null && day.year !== null) return { day, second };
  }
  return null;
}

/**
 * Returns whether a line that wasn't understood may have named a day: it is marked like such a
 * line, or has numbers that a date may have. The day is unknown after it.
 */
export function mayNameDay(line: string): boolean {
  return /^[-*=#_~–—]{2}|\p{Nd}{4}|\p{Nd}[./-]\p{Nd}/u.test(line);
}
