import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { dayOrderIn, readStamp, timeOf } from "../timestamps/log-stamp.ts";
import { dayInName } from "../timestamps/named-day.ts";
import { itemOf, numberedLines, parseIrcLine, readLines } from "./irc-line.ts";

/**
 * Reads a log of ZNC's module `log` or of soju's message store in files: one file a day, named for
 * the day, with lines like `[10:02:03] <mina> hello`. The file's name gives the day.
 *
 * @see https://github.com/znc/znc/blob/master/modules/log.cpp
 */
export function* readZncLog(
  { name, text }: LogFile,
  { localTime }: ReadOptions,
): Generator<LogItem> {
  const order = dayOrderIn(numberedLines(text()));
  const day = dayInName(name);
  yield* readLines(text(), (line, number, raw) => {
    const read = readStamp(line, order);
    const time = read === null ? null : timeOf(read.stamp, day, localTime);
    return itemOf(number, raw, time, read === null ? null : parseIrcLine(read.rest));
  });
}

/** Returns whether a text begins like a log of ZNC or soju. */
export function looksLikeZnc(start: string): boolean {
  return /^\[\d\d:\d\d:\d\d(?:\.\d+)?\] (?:<|\*|-)/m.test(start);
}
