import type { ConversationId } from "../../chat-server/event.ts";
import { parseTime } from "../../protocol/time.ts";
import { textIn } from "../disk/json-fields.ts";
import { parseRawLine, parseStoredEvent } from "../history/stored-event.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A message in a log. */
export interface LoggedMessage {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly nick: string;
  readonly verb: "PRIVMSG" | "NOTICE";
  readonly text: string;
}

/** Log formats that can be imported: our own exports and day files, WeeChat and irssi. */
export const IMPORT_FORMATS = ["jsonl", "weechat", "irssi"] as const;
/** One of {@link IMPORT_FORMATS}. */
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** Converts a local date and the second of its day to milliseconds since 1970. */
type LocalTime = (year: number, month: number, day: number, second: number) => number;

/**
 * Reads the messages of a log, line by line. Joins, parts and unreadable lines are skipped.
 *
 * @param localTime converts local date and seconds of the day to milliseconds since 1970: clients
 * log in the time zone of their machine
 */
export function* readLog(
  format: ImportFormat,
  lines: Iterable<string>,
  localTime: LocalTime,
): Generator<LoggedMessage, void> {
  let day: readonly [number, number, number] | null = null;
  for (const line of lines) {
    if (format === "jsonl") {
      const message = jsonMessage(line);
      if (message !== null) yield message;
    } else if (format === "weechat") {
      const message = weechatMessage(line, localTime);
      if (message !== null) yield message;
    } else {
      day = irssiDay(line) ?? day;
      const message = day === null ? null : irssiMessage(line, day, localTime);
      if (message !== null) yield message;
    }
  }
}

/** Reads a line of our own: of an export, or of a history's day file. */
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
 * Reads `2026-11-22 10:02:03<tab>@mina<tab>hello`; the prefix is " *" for an action, and "--" for a
 * notice: `Notice(mina): hello`.
 */
function weechatMessage(line: string, localTime: LocalTime): LoggedMessage | null {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\t([^\t]*)\t(.*)$/u.exec(line);
  if (match === null) return null;
  const [, year, month, day, hours, minutes, seconds, prefix = "", text = ""] = match;
  const secondOfDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const time = localTime(Number(year), Number(month), Number(day), secondOfDay);
  const name = prefix.trim();
  const notice = name === "--" ? /^Notice\(([^)\s]+)\): (.+)$/u.exec(text) : null;
  if (notice !== null)
    return { time, nick: notice[1] ?? "", verb: "NOTICE", text: notice[2] ?? "" };
  if (text === "" || /^(-->|<--|--|=!=|)$/.test(name)) return null;
  if (name !== "*") return { time, nick: withoutPrefix(name), verb: "PRIVMSG", text };
  const [nick = "", ...words] = text.split(" ");
  return { time, nick: withoutPrefix(nick), verb: "PRIVMSG", text: action(words.join(" ")) };
}

/**
 * Reads the line with which irssi begins a day; the others have the time of day only. Month names
 * are in the system's language, in Korean `일 11월 29`.
 */
function irssiDay(line: string): readonly [number, number, number] | null {
  const match = /^--- (?:Log opened|Day changed) \S+ +(\S+) +(\d{1,2})(?: [\d:]+)? (\d{4})/u.exec(
    line,
  );
  const [, name = "", day, year] = match ?? [];
  const month = MONTHS.indexOf(name) + 1 || Number(/^(\d{1,2})월$/u.exec(name)?.[1] ?? 0);
  return month === 0 ? null : [Number(year), month, Number(day)];
}

/** Reads `10:02 <@mina> hello`, `10:02  * mina waves` and `10:02 -mina:#tea- hello`. */
function irssiMessage(
  line: string,
  [year, month, day]: readonly [number, number, number],
  localTime: LocalTime,
): LoggedMessage | null {
  const match = /^(\d\d):(\d\d)(?::(\d\d))? (.*)$/u.exec(line);
  if (match === null) return null;
  const [, hours, minutes, seconds = "0", rest = ""] = match;
  const secondOfDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const time = localTime(year, month, day, secondOfDay);
  const message = /^<([ ~&@%+]?)([^>\s]+)> (.+)$/u.exec(rest);
  if (message !== null)
    return { time, nick: message[2] ?? "", verb: "PRIVMSG", text: message[3] ?? "" };
  const notice = /^-([^-!\s:][^\s:]*)(?::[^\s]+)?- (.+)$/u.exec(rest);
  if (notice !== null) {
    return { time, nick: notice[1] ?? "", verb: "NOTICE", text: notice[2] ?? "" };
  }
  const actionMatch = /^ \* (\S+) (.+)$/u.exec(rest);
  if (actionMatch === null) return null;
  return { time, nick: actionMatch[1] ?? "", verb: "PRIVMSG", text: action(actionMatch[2] ?? "") };
}

function withoutPrefix(nick: string): string {
  return nick.replace(/^[ ~&@%+]/, "");
}

function action(text: string): string {
  return `\x01ACTION ${text}\x01`;
}
