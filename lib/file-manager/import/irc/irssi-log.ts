import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { parseIrcLine } from "./irc-line.ts";
import { readMarkedDays } from "./marked-days.ts";

/**
 * Reads irssi's log. Its lines have the time of day, and lines between them name the day:
 * `--- Log opened Sun Nov 22 10:01:00 2026`, `--- Day changed …`, in the system's language and in
 * the words of the owner's settings. After a line that isn't understood and may have named a day,
 * none is known until a later line names one.
 *
 * @see https://github.com/irssi/irssi/blob/master/docs/startup-HOWTO.txt (log_timestamp, log_open_string, log_day_changed)
 */
export function readIrssiLog(file: LogFile, options: ReadOptions): Iterable<LogItem> {
  return readMarkedDays(file, options, "---", parseIrcLine);
}

/** Returns whether a text begins like an irssi log. */
export function looksLikeIrssi(start: string): boolean {
  return /^--- \S/m.test(start) || /^\d\d:?\d\d(?::?\d\d)? (?:<| \* |-!-)/m.test(start);
}
