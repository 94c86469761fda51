import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { dayOrderIn, readStamp, timeOf } from "../timestamps/log-stamp.ts";
import { dayInLine, dayInName } from "../timestamps/named-day.ts";
import { RunningDay } from "../timestamps/running-day.ts";
import { itemOf, numberedLines, parseIrcLine, withoutCodes } from "./irc-line.ts";

/**
 * Reads irssi's log. Its lines have the time of day, and lines between them name the day:
 * `--- Log opened Sun Nov 22 10:01:00 2026`, `--- Day changed …`, in the system's language and in
 * the words of the owner's settings. After a line that isn't understood and may have named a day,
 * none is known until a later line names one.
 *
 * @see https://github.com/irssi/irssi/blob/master/docs/startup-HOWTO.txt (log_timestamp, log_open_string, log_day_changed)
 */
export function* readIrssiLog(
  { name, text }: LogFile,
  { localTime }: ReadOptions,
): Generator<LogItem> {
  const order = dayOrderIn(numberedLines(text()));
  const running = new RunningDay(dayInName(name));
  for (const { number, line: raw } of numberedLines(text())) {
    const line = withoutCodes(raw);
    if (line.trim() === "") {
      yield { kind: "skipped", line: number };
      continue;
    }
    const read = readStamp(line, order);
    if (read === null) {
      const named = line.startsWith("---") ? dayInLine(line, order) : null;
      running.handleUnstamped(line, named);
      yield named === null
        ? { kind: "unreadable", line: number, text: raw }
        : { kind: "skipped", line: number };
      continue;
    }
    const { stamp, rest } = read;
    running.handleStamp(stamp);
    yield itemOf(number, raw, timeOf(stamp, running.day, localTime), parseIrcLine(rest));
  }
}

/** Returns whether a text begins like an irssi log. */
export function looksLikeIrssi(start: string): boolean {
  return /^--- \S/m.test(start) || /^\d\d:?\d\d(?::?\d\d)? (?:<| \* |-!-)/m.test(start);
}
