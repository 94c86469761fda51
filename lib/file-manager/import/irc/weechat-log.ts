import type { LogFile, ReadOptions } from "../log-format.ts";
import type { LogItem } from "../log-item.ts";
import { dayOrderIn, parseStamp, timeOf } from "../timestamps/log-stamp.ts";
import { dayInName } from "../timestamps/named-day.ts";
import { actionOf, type IrcLine, itemOf, messageOf, numberedLines, readLines } from "./irc-line.ts";

/**
 * What may begin a nick, behind marks of rank: the prefixes of joins, parts and other lines begin
 * with none of these.
 */
const NICK = /^[ ~&@%+!]*[\p{L}\p{N}[\]\\`_^{|}]/u;
/** The first line and the last line of a session, in English and in other languages. */
const SESSION = /^\*{4} .* \*{4}$/;

/**
 * Reads WeeChat's log, a stamp, a prefix and a text in a line, with tabs between them.
 * `logger.file.time_format` may be anything with a day; the standard is `%Y-%m-%d %H:%M:%S`, and
 * since 4.5 `%@%F %T.%fZ` in UTC.
 *
 * @see https://weechat.org/files/doc/weechat/stable/weechat_user.en.html#option_logger.file.time_format
 */
export function* readWeechatLog(
  { name, text }: LogFile,
  { localTime }: ReadOptions,
): Generator<LogItem> {
  const order = dayOrderIn(numberedLines(text()));
  const fileDay = dayInName(name);
  yield* readLines(text(), (line, number, raw) => {
    const [field = "", prefix, ...texts] = line.split("\t");
    const stamp = parseStamp(field, order);
    const time = stamp === null ? null : timeOf(stamp, fileDay, localTime);
    const content = stamp === null || prefix === undefined ? null : parseWeechatLine(prefix, texts);
    return itemOf(number, raw, time, content);
  });
}

/** Returns whether a text begins like a WeeChat log. */
export function looksLikeWeechat(start: string): boolean {
  return /^(?=.*\d:?\d\d)[^\p{C}]{4,64}\t[^\p{C}]{0,40}\t/mu.test(start) && !start.startsWith("{");
}

/** The prefix is " *" for an action, and "--" for a notice: `Notice(mina): hello`. */
function parseWeechatLine(prefix: string, texts: readonly string[]): IrcLine | null {
  if (texts.length === 0) return SESSION.test(prefix.trim()) ? { kind: "skipped" } : null;
  const text = texts.join("\t");
  const name = prefix.trim();
  if (name === "*") {
    const [nick = "", ...words] = text.split(" ");
    return actionOf(nick, words.join(" "));
  }
  if (name === "--") {
    const notice = /^\p{L}+\(([^)\s]+)\)(?: -> [^\s:]+)?: (.+)$/su.exec(text);
    return notice === null
      ? { kind: "skipped" }
      : messageOf("NOTICE", notice[1] ?? "", notice[2] ?? "");
  }
  // `weechat.look.nick_prefix` and `nick_suffix` may put a nick into brackets.
  const nick = /^(?:<(.+)>|\[(.+)\]|\((.+)\))$/.exec(name)?.slice(1).find(Boolean) ?? name;
  if (nick !== "" && !/^[~&@%+!]+$/.test(nick) && !NICK.test(nick)) return { kind: "skipped" };
  return nick === "" ? { kind: "skipped" } : messageOf("PRIVMSG", nick, text);
}
