import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { dayOrderIn, type LogDate, readStamp, timeOf } from "../timestamps/log-stamp.ts";
import { dayInLine, dayInName } from "../timestamps/named-day.ts";
import { RunningDay } from "../timestamps/running-day.ts";
import { type IrcLine, itemOf, numberedLines, parseIrcLine, withoutCodes } from "./irc-line.ts";

/** A clock that is put right may go back by less than this. */
const BACK_DAYS_MAX = 2;
const DAY_MS = 86_400_000;
/** Enough to know an event by. */
const EVENT_LETTERS_MAX = 500;
/**
 * What HexChat writes behind a `*` that is no action, by its standard texts. A person's address
 * shows a join or part in any language.
 *
 * @see https://github.com/hexchat/hexchat/blob/master/src/common/textevents.in
 */
const EVENT = new RegExp(
  [
    String.raw`^\S+ [([]\S*[@!]\S+[)\]]`,
    String.raw`^\S+ has (?:joined(?: \S+)?$|left(?: [#&]\S+)?(?: \(.*\))?$|quit(?: \(.*\))?$|kicked \S+ from |changed the topic to:)`,
    String.raw`^\S+ is now known as \S+$`,
    String.raw`^\S+ (?:gives|removes) (?:channel |half-|voice|ban|exempt|invite|operator)`,
    String.raw`^\S+ sets (?:mode |ban on |exempt on |invite exempt on |quiet on |channel )`,
    String.raw`^Topic for \S+ (?:is:|set by )`,
    String.raw`^(?:Channel )?[#&]\S+ (?:modes: |created on |url: |Users? )`,
    `^(?:Now talking on|You are now |You have (?:left|been) |Disconnected|Connect(?:ed|ing)|Looking up|Cannot join|Loaded log from|Ping )`,
  ].join("|"),
  "u",
);

/**
 * Reads the log of HexChat and XChat: `Nov 22 10:02:03 <mina>⇥hello`. The year stands only in
 * `**** BEGIN LOGGING AT Sun Nov 22 10:02:03 2026`; where the days run backwards without such a
 * line, a new year has begun.
 *
 * @see https://github.com/hexchat/hexchat/blob/master/src/common/text.c (log_write)
 */
export function* readHexchatLog(
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
      const named = line.startsWith("****") ? dayInLine(line, order) : null;
      running.handleUnstamped(line, named);
      yield named === null
        ? { kind: "unreadable", line: number, text: raw }
        : { kind: "skipped", line: number };
      continue;
    }
    const { stamp, rest } = read;
    if (stamp.kind === "local" && stamp.date !== null) running.day = dated(stamp.date, running.day);
    running.handleStamp(stamp);
    const dayed = stamp.kind === "local" ? { ...stamp, date: running.day } : stamp;
    yield itemOf(number, raw, timeOf(dayed, null, localTime), parseHexchatLine(rest));
  }
}

/** Returns whether a text begins like a HexChat log. */
export function looksLikeHexchat(start: string): boolean {
  return /^\*{4} \S/m.test(start) || /^\S{2,5}\.? +\d{1,2} \d\d:\d\d:\d\d [<*-]/m.test(start);
}

/** Gives a date the year that follows from the last day. */
function dated(date: LogDate, last: LogDate | null): LogDate | null {
  if (date.year !== null) return date;
  if (last === null || last.year === null) return null;
  const [before, after] = [last, { ...date, year: last.year }].map(
    ({ year, month, day }) => Date.UTC(year ?? 0, month - 1, day) / DAY_MS,
  );
  const isNextYear = (after ?? 0) < (before ?? 0) - BACK_DAYS_MAX;
  return { ...date, year: last.year + (isNextYear ? 1 : 0) };
}

function parseHexchatLine(body: string): IrcLine | null {
  const line = body.trimStart();
  const [, event] = /^\*[ \t]+(.*)$/su.exec(line) ?? [];
  if (event !== undefined && EVENT.test(event.slice(0, EVENT_LETTERS_MAX)))
    return { kind: "skipped" };
  // A private message, and one that was sent.
  const [, from, said] = /^\*([^\s*]+)\*[ \t](.+)$/su.exec(line) ?? [];
  return parseIrcLine(from === undefined ? line : `<${from}> ${said}`);
}
