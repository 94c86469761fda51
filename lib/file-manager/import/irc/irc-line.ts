import type { LogItem } from "../log-item.ts";

/** What stands behind the stamp of a line in a log of an IRC program. */
export type IrcLine =
  | {
      readonly kind: "message";
      readonly nick: string;
      readonly verb: "PRIVMSG" | "NOTICE";
      readonly text: string;
    }
  | { readonly kind: "skipped" };

/** ANSI escape sequences: CSI, OSC, and the short ones. */
const ANSI =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;
/** IRC's colours, with their digits. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const COLOURS = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\da-fA-F]{6}(?:,[\da-fA-F]{6})?)?/g;
/** Other control characters but the tab: bold and the like, NUL, form feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f]/g;
/** Marks of rank before a nick, and the space that fills a column. */
const RANKS = /^[ ~&@%+!]+(?=.)/;

/**
 * Splits a text into lines, whose ends may be of Unix, Windows or an old Mac; yields each with its
 * number from 1.
 */
export function* numberedLines(
  text: string,
): Generator<{ readonly number: number; readonly line: string }> {
  // Only where no line ends otherwise is a carriage return alone a line's end.
  const newline = text.includes("\n") ? "\n" : "\r";
  let number = 0;
  let start = 0;
  while (start < text.length) {
    const newlineAt = text.indexOf(newline, start);
    const end = newlineAt < 0 ? text.length : newlineAt;
    number += 1;
    yield { number, line: text.slice(start, end).replace(/\r+$/, "") };
    start = end + 1;
  }
}

/**
 * Reads a log line by line, without the codes of colour and form. Blank lines are skipped.
 *
 * @param read returns what a line is; `raw` is the line as it stands
 */
export function* readLines(
  text: string,
  read: (line: string, number: number, raw: string) => LogItem,
): Generator<LogItem> {
  for (const { number, line: raw } of numberedLines(text)) {
    const line = withoutCodes(raw);
    yield line.trim() === "" ? { kind: "skipped", line: number } : read(line, number, raw);
  }
}

/** Removes colours, bold and other control codes from a line; a tab stays. */
export function withoutCodes(line: string): string {
  return line.replace(ANSI, "").replace(COLOURS, "").replace(CONTROLS, "");
}

/**
 * Reads what irssi, ZNC, soju and HexChat write behind the stamp: `<@mina> hello`, `* mina waves`,
 * `-mina:#tea- heed`, and lines that are no messages. Returns `null` for anything else.
 */
export function parseIrcLine(body: string): IrcLine | null {
  const line = body.trimStart();
  // irssi puts "!" before a server's notices.
  if (/^(?:!\S*|-!-|\*\*\*|---|-->|<--|\[Users)(?:\s|$)/.test(line)) return { kind: "skipped" };
  // What the log's owner sends to others stands there without a nick.
  if (/^\[(?:notice|msg|ctcp|action)\([^)]*\)\]/.test(line)) return { kind: "skipped" };
  // The lists of names that irssi writes on joining.
  if (/^(?:\[[ ~&@%+][^\]]*\] *)+$/.test(line)) return { kind: "skipped" };
  const [, nick, text] = /^<([^<>]{1,80})>(?:[ \t](.*))?$/su.exec(line) ?? [];
  if (nick !== undefined) return messageOf("PRIVMSG", nick, text ?? "");
  const [, actor, act] = /^\*[ \t]+(\S+)(?:[ \t](.*))?$/su.exec(line) ?? [];
  if (actor !== undefined) return actionOf(actor, act ?? "");
  const [, noticed, notice] =
    /^-([^-!\s:/(][^\s:/(]*?)(?:[:/][^\s]*|\([^)\s]*\))?-(?:[ \t](.*))?$/su.exec(line) ?? [];
  if (noticed !== undefined) return messageOf("NOTICE", noticed, notice ?? "");
  return null;
}

/**
 * Makes a message, or skips one without a text. The nick may have marks of rank, and a room's name
 * behind it.
 */
export function messageOf(verb: "PRIVMSG" | "NOTICE", nick: string, text: string): IrcLine {
  if (text.trim() === "") return { kind: "skipped" };
  return { kind: "message", nick: plainNick(nick), verb, text };
}

/** Makes the message of a `/me`. */
export function actionOf(nick: string, act: string): IrcLine {
  if (act.trim() === "") return { kind: "skipped" };
  return { kind: "message", nick: plainNick(nick), verb: "PRIVMSG", text: `\x01ACTION ${act}\x01` };
}

/**
 * Joins a line's number, time and content. A line that is a message without a known time is not
 * understood.
 */
export function itemOf(
  number: number,
  line: string,
  time: number | null,
  content: IrcLine | null,
): LogItem {
  if (content?.kind === "skipped") return { kind: "skipped", line: number };
  if (content === null || time === null || Number.isNaN(time)) {
    return { kind: "unreadable", line: number, text: line };
  }
  const { nick, verb, text } = content;
  return { kind: "message", line: number, message: { time, nick, verb, text } };
}

function plainNick(nick: string): string {
  // irssi writes "mina:#tea" where a window has several rooms. A nick has no colon.
  return nick
    .replace(RANKS, "")
    .replace(/:[#&+!].*$/u, "")
    .trim();
}
