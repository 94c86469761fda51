import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { dayOrderIn, type LogDate, readStamp, secondOf, timeOf } from "../timestamps/log-stamp.ts";
import { dayInLine, dayInName, mayNameDay } from "../timestamps/named-day.ts";
import { type IrcLine, itemOf, numberedLines, readLines } from "./irc-line.ts";

/** Between two lines of a day the clock goes back for an hour at most, at the end of summer time. */
const BACK_SECONDS_MAX = 2 * 3600;
/** Somebody who corrects the clock of their machine may set it back by less than this. */
const BACK_DAYS_MAX = 2;
const DAY_MS = 86_400_000;

/**
 * Reads a log in which the lines that begin with `mark` name the day, or the year, of those below. None is known after
 * a line that isn't understood and may have named one, and where the time runs back, since nothing marks that midnight.
 *
 * @param parse reads a line behind its stamp, or returns `null`
 */
export function* readMarkedDays(
  { name, text }: LogFile,
  { localTime }: ReadOptions,
  mark: string,
  parse: (body: string) => IrcLine | null,
): Generator<LogItem> {
  const order = dayOrderIn(numberedLines(text()));
  let day = dayInName(name);
  let secondOfDay = 0;
  yield* readLines(text(), (line, number, raw) => {
    const read = readStamp(line, order);
    if (read === null) {
      const named = line.startsWith(mark) ? dayInLine(line, order) : null;
      if (named !== null || mayNameDay(line)) {
        day = named?.day ?? null;
        // The next stamps must not be earlier. Those of a 12-hour clock without AM and PM may be, and get no day.
        secondOfDay = named?.second ?? 0;
      }
      return named === null
        ? { kind: "unreadable", line: number, text: raw }
        : { kind: "skipped", line: number };
    }
    const { stamp, rest } = read;
    if (stamp.kind === "instant") {
      return itemOf(number, raw, timeOf(stamp, null, localTime), parse(rest));
    }
    if (stamp.date !== null) day = withYear(stamp.date, day);
    const second = secondOf(stamp);
    if (second !== null && second < secondOfDay - BACK_SECONDS_MAX) day = null;
    secondOfDay = second ?? secondOfDay;
    return itemOf(number, raw, timeOf({ ...stamp, date: day }, null, localTime), parse(rest));
  });
}

/** Gives a date without a year the one that follows from the last day; `null` when none is known. */
function withYear(date: LogDate, last: LogDate | null): LogDate | null {
  if (date.year !== null) return date;
  if (last === null || last.year === null) return null;
  const [before, after] = [last, { ...date, year: last.year }].map(
    ({ year, month, day }) => Date.UTC(year ?? 0, month - 1, day) / DAY_MS,
  );
  const isNextYear = (after ?? 0) < (before ?? 0) - BACK_DAYS_MAX;
  return { ...date, year: last.year + (isNextYear ? 1 : 0) };
}
