import { utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, CommandContext } from "../../command.ts";
import { HELP_PAGES, HELP_START, helpPage } from "../../help-pages.ts";
import { packWords } from "../../relay/pack-words.ts";

/** HELP and HELPOP: a page about each command, before registration too. https://modern.ircdocs.horse/#help-message */

/** The width of the list of commands. */
const HELP_COLUMNS = 76;
/** Every line of the answer repeats the subject. */
const SUBJECT_BYTES_MAX = 32;

/** Sends the page about a command, or the list of commands. */
export const HELP: Command = { verb: "HELP", params: 0, phase: "any", handle: help };
/** Does the same as HELP. */
export const HELPOP: Command = { verb: "HELPOP", params: 0, phase: "any", handle: help };

function help({ reply, params: [request = ""] }: CommandContext): void {
  const shown = shownSubject(request);
  const send: SendLine = (numeric, text) => reply.numeric(numeric, shown, text);
  const [word = ""] = request.trim().split(" ");
  const subject = word.replace(/^\/+/, "").toUpperCase();
  if (subject === "" || subject === "*") {
    const verbs = packWords(Object.keys(HELP_PAGES).sort(), HELP_COLUMNS, " ");
    return sendPage(send, "Help", [...HELP_START, ...verbs]);
  }
  const page = helpPage(subject);
  if (page === null) {
    return send(NUMERIC.ERR_HELPNOTFOUND, "There is no help about that: try HELP");
  }
  sendPage(send, `How to use ${subject}`, page);
}

/** Returns the subject as it was requested, or `*` if it can't stand in the middle of a line or is too long. */
function shownSubject(request: string): string {
  const isWord = /^[^\s:]\S*$/.test(request) && utf8Bytes(request) <= SUBJECT_BYTES_MAX;
  return isWord ? request.toUpperCase() : "*";
}

type SendLine = (numeric: string, text: string) => void;

function sendPage(send: SendLine, title: string, lines: readonly string[]): void {
  send(NUMERIC.RPL_HELPSTART, title);
  send(NUMERIC.RPL_HELPTXT, "");
  for (const line of lines.slice(0, -1)) send(NUMERIC.RPL_HELPTXT, line);
  send(NUMERIC.RPL_ENDOFHELP, lines.at(-1) ?? "");
}
