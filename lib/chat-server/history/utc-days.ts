import { formatTime, parseTime } from "../../protocol/time.ts";

/** UTC days: as they are counted, and as people write them ("2026-11-22"): so they stand in the files. */

const DAY_MS = 86_400_000;

/** UTC days since 1970. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** The first moment of a day. */
export function startOfDay(day: number): number {
  return day * DAY_MS;
}

function nameOfDay(day: number): string {
  return formatTime(startOfDay(day)).slice(0, 10);
}

/** The day of that name. What is no day is the first of all: what was said on it has been read. */
function dayCalled(name: string): number {
  return dayOf(parseTime(`${name}T00:00:00.000Z`) ?? 0);
}

/** Numbers by day, as they are written. */
export function daysToRecord(days: ReadonlyMap<number, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...days].map(([day, count]) => [nameOfDay(day), count]));
}

/** And as they are read. */
export function daysFromRecord(days: Readonly<Record<string, number>>): Map<number, number> {
  return new Map(Object.entries(days).map(([name, count]) => [dayCalled(name), count]));
}
