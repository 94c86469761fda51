import { formatTime, parseTime } from "../../protocol/time.ts";

/* UTC days: numbers (days since 1970) in memory, names ("2026-11-22") in the files. */

/** A UTC day has no leap seconds in JavaScript. */
export const DAY_MS = 86_400_000;

/** The day that was parsed last: a start parses a few of them millions of times, mostly one many times in a row. */
let lastDay = { name: "", day: 0 };

/** Returns the UTC day (days since 1970) of a time in ms. */
export function dayNumberOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Returns the first moment of a UTC day, in ms. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

/** Converts counts by day number into the form in which files store them: `{ "2026-11-22": 3 }`. */
export function daysToRecord(days: ReadonlyMap<number, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...days].map(([day, count]) => [formatDay(day), count]));
}

/** Converts the result of {@link daysToRecord} back into counts by day number. An invalid key becomes day 0. */
export function daysFromRecord(days: Readonly<Record<string, number>>): Map<number, number> {
  const counts = new Map<number, number>();
  for (const name in days) counts.set(parseDay(name), days[name] ?? 0);
  return counts;
}

function formatDay(day: number): string {
  return formatTime(startOfDay(day)).slice(0, 10);
}

/** Every user has read the messages of day 0, so an invalid key makes nothing unread. */
function parseDay(name: string): number {
  if (name !== lastDay.name) {
    lastDay = { name, day: dayNumberOf(parseTime(`${name}T00:00:00.000Z`) ?? 0) };
  }
  return lastDay.day;
}
