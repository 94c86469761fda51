import { formatTime, parseTime } from "../../protocol/time.ts";
import { dayOf, startOf } from "./tally.ts";

/** UTC days as people write them, "2026-11-22": so they stand in the files. */

export function nameOfDay(day: number): string {
  return formatTime(startOf(day)).slice(0, 10);
}

/** The day of that name. What is no day is the first of all: what was said on it has been read. */
export function dayCalled(name: string): number {
  return dayOf(parseTime(`${name}T00:00:00.000Z`) ?? 0);
}

/** Numbers by day, as they are written. */
export function byName(days: ReadonlyMap<number, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...days].map(([day, count]) => [nameOfDay(day), count]));
}

/** And as they are read. */
export function byDay(days: Readonly<Record<string, number>>): Map<number, number> {
  return new Map(Object.entries(days).map(([name, count]) => [dayCalled(name), count]));
}
