import { formatTime, parseTime } from "../../protocol/time.ts";

/* UTC days: numbers (days since 1970) in memory, names ("2026-11-22") in the files. */

/** A UTC day has no leap seconds in JavaScript. */
export const DAY_MS = 86_400_000;

/** Returns the UTC day (days since 1970) of a time in ms. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Returns the first moment of a UTC day, in ms. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

/** Converts counts by day into an object with day names as keys, as the files have them. */
export function daysToRecord(days: ReadonlyMap<number, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...days].map(([day, count]) => [formatDay(day), count]));
}

/** Converts such an object back into counts by day. A key that is no day becomes 1970-01-01. */
export function daysFromRecord(days: Readonly<Record<string, number>>): Map<number, number> {
  return new Map(Object.entries(days).map(([name, count]) => [parseDay(name), count]));
}

function formatDay(day: number): string {
  return formatTime(startOfDay(day)).slice(0, 10);
}

/** What was said on day 0 has been read by everybody, so a wrong name makes nothing unread. */
function parseDay(name: string): number {
  return dayOf(parseTime(`${name}T00:00:00.000Z`) ?? 0);
}
