/** `ms` since 1970 as server-time writes it. Example: `2026-11-22T01:02:03.456Z`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * Reads what `formatTime` writes, with any number of decimals up to nine (cut to milliseconds).
 * A leap second (`:60`) is the first second of the next minute, as server-time's own example has
 * one. Anything else, a 30 February included, is `null`.
 */
export function parseTime(text: string): number | null {
  const found = TIME.exec(text);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as Six;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const fraction = Number((found[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const at = new Date(0);
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second, fraction);
  return at.getTime();
}

type Six = [number, number, number, number, number, number];

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
