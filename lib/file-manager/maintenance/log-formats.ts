import type { ConversationId } from "../../chat-server/event.ts";
import { parseTime } from "../../protocol/time.ts";
import { textIn } from "../disk/json-fields.ts";
import { parseRawLine, parseStoredEvent } from "../history/stored-event.ts";

/** One thing that somebody said, as a log tells it. */
export interface LoggedMessage {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
  readonly verb: "PRIVMSG" | "NOTICE";
  readonly text: string;
}

export const LOG_FORMATS = ["jsonl", "weechat", "irssi"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/**
 * Reads what was said out of a log, line by line. Who came and went is left out, as is what can't be read.
 *
 * @param at a moment from its local parts: logs of clients are in the time of the machine that wrote them
 */
export function* readLog(
  format: LogFormat,
  lines: Iterable<string>,
  at: (year: number, month: number, day: number, seconds: number) => number,
): Generator<LoggedMessage, void> {
  let day: readonly [number, number, number] | null = null;
  for (const line of lines) {
    if (format === "jsonl") {
      const message = jsonMessage(line);
      if (message !== null) yield message;
    } else if (format === "weechat") {
      const message = weechatMessage(line, at);
      if (message !== null) yield message;
    } else {
      day = irssiDay(line) ?? day;
      const message = day === null ? null : irssiMessage(line, day, at);
      if (message !== null) yield message;
    }
  }
}

/** Our own: an export's lines, or those of a history's day. */
function jsonMessage(line: string): LoggedMessage | null {
  const stored = parseStoredEvent(line, "" as ConversationId);
  if (stored.kind === "event") {
    const { event } = stored;
    if (event.kind !== "said" || event.verb === "TAGMSG" || stored.isErased) return null;
    return { time: event.time, nick: event.by.nick, verb: event.verb, text: event.text };
  }
  const raw = parseRawLine(line);
  const time = parseTime(textIn(raw, "time") ?? "");
  const [nick, kind] = [textIn(raw, "nick"), textIn(raw, "kind")];
  const text = textIn(raw, "text");
  if (time === null || nick === null || text === null || text === "") return null;
  if (kind === "action") return { time, nick, verb: "PRIVMSG", text: action(text) };
  if (kind !== "said" && kind !== "notice") return null;
  return { time, nick, verb: kind === "said" ? "PRIVMSG" : "NOTICE", text };
}

/**
 * `2026-11-22 10:02:03<tab>@mina<tab>hello`, with " *" before what somebody does, and "--" before notices:
 * `Notice(mina): hello`.
 */
function weechatMessage(
  line: string,
  at: (year: number, month: number, day: number, seconds: number) => number,
): LoggedMessage | null {
  const found = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\t([^\t]*)\t(.*)$/u.exec(line);
  if (found === null) return null;
  const [, year, month, day, hours, minutes, seconds, prefix = "", text = ""] = found;
  const ofDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const time = at(Number(year), Number(month), Number(day), ofDay);
  const name = prefix.trim();
  const notice = name === "--" ? /^Notice\(([^)\s]+)\): (.+)$/u.exec(text) : null;
  if (notice !== null)
    return { time, nick: notice[1] ?? "", verb: "NOTICE", text: notice[2] ?? "" };
  if (text === "" || /^(-->|<--|--|=!=|)$/.test(name)) return null;
  if (name !== "*") return { time, nick: bare(name), verb: "PRIVMSG", text };
  const [nick = "", ...deed] = text.split(" ");
  return { time, nick: bare(nick), verb: "PRIVMSG", text: action(deed.join(" ")) };
}

/** Irssi writes the day once, and then the time of day; names as the system has them, in Korean `일 11월 29`. */
function irssiDay(line: string): readonly [number, number, number] | null {
  const found = /^--- (?:Log opened|Day changed) \S+ +(\S+) +(\d{1,2})(?: [\d:]+)? (\d{4})/u.exec(
    line,
  );
  const [, name = "", day, year] = found ?? [];
  const month = MONTHS.indexOf(name) + 1 || Number(/^(\d{1,2})월$/u.exec(name)?.[1] ?? 0);
  return month === 0 ? null : [Number(year), month, Number(day)];
}

/** `10:02 <@mina> hello`, `10:02  * mina waves`, `10:02 -mina:#tea- hello`. */
function irssiMessage(
  line: string,
  [year, month, day]: readonly [number, number, number],
  at: (year: number, month: number, day: number, seconds: number) => number,
): LoggedMessage | null {
  const found = /^(\d\d):(\d\d)(?::(\d\d))? (.*)$/u.exec(line);
  if (found === null) return null;
  const [, hours, minutes, seconds = "0", rest = ""] = found;
  const ofDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const time = at(year, month, day, ofDay);
  const said = /^<([ ~&@%+]?)([^>\s]+)> (.+)$/u.exec(rest);
  if (said !== null) return { time, nick: said[2] ?? "", verb: "PRIVMSG", text: said[3] ?? "" };
  const notice = /^-([^-!\s:][^\s:]*)(?::[^\s]+)?- (.+)$/u.exec(rest);
  if (notice !== null) {
    return { time, nick: notice[1] ?? "", verb: "NOTICE", text: notice[2] ?? "" };
  }
  const deed = /^ \* (\S+) (.+)$/u.exec(rest);
  if (deed === null) return null;
  return { time, nick: deed[1] ?? "", verb: "PRIVMSG", text: action(deed[2] ?? "") };
}

function bare(nick: string): string {
  return nick.replace(/^[ ~&@%+]/, "");
}

function action(text: string): string {
  return `\x01ACTION ${text}\x01`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
