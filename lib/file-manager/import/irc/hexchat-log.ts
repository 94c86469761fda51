import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { type IrcLine, parseIrcLine } from "./irc-line.ts";
import { readMarkedDays } from "./marked-days.ts";

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
export function readHexchatLog(file: LogFile, options: ReadOptions): Iterable<LogItem> {
  return readMarkedDays(file, options, "****", parseHexchatLine);
}

/** Returns whether a text begins like a HexChat log. */
export function looksLikeHexchat(start: string): boolean {
  return /^\*{4} \S/m.test(start) || /^\S{2,5}\.? +\d{1,2} \d\d:\d\d:\d\d [<*-]/m.test(start);
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
