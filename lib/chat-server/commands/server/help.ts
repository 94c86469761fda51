import { utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, CommandContext } from "../../command.ts";
import { HELP_PAGES, HELP_START } from "../../help-pages.ts";
import { packWords } from "../../relay/pack-words.ts";

/** Help about the commands, for visitors as well. https://modern.ircdocs.horse/#help-message */

/** As wide as people's windows are. */
const HELP_COLUMNS = 76;
/** A subject is repeated in each line of the answer. */
const SUBJECT_BYTES_MAX = 32;

/**
 * HELP and HELPOP.
 *
 * @param verbs every command that there is: a page about one that isn't there is not shown
 */
export function helpCommands(verbs: () => Iterable<string>): readonly Command[] {
  const handle = (context: CommandContext) => help(context, [...verbs()].sort());
  return [
    { verb: "HELP", params: 0, phase: "any", handle },
    { verb: "HELPOP", params: 0, phase: "any", handle },
  ];
}

function help({ reply, params: [asked = ""] }: CommandContext, verbs: readonly string[]): void {
  const say = about(reply, shownSubject(asked));
  const [word = ""] = asked.trim().split(" ");
  const subject = word.replace(/^\/+/, "").toUpperCase();
  if (subject === "" || subject === "*") {
    const list = packWords(verbs, HELP_COLUMNS, " ");
    return page(say, "Help", [...HELP_START, ...list]);
  }
  const lines = verbs.includes(subject) ? HELP_PAGES[subject] : undefined;
  if (lines === undefined) {
    return say(NUMERIC.ERR_HELPNOTFOUND, "There is no help on that: try HELP");
  }
  page(say, `How to use ${subject}`, lines);
}

/** The subject as it was asked for; `*` for what can't stand in the middle of a line, or is too long there. */
function shownSubject(asked: string): string {
  const isWord = /^[^\s:]\S*$/.test(asked) && utf8Bytes(asked) <= SUBJECT_BYTES_MAX;
  return isWord ? asked.toUpperCase() : "*";
}

type Say = (numeric: string, text: string) => void;

function about(reply: CommandContext["reply"], subject: string): Say {
  return (numeric, text) => reply.numeric(numeric, subject, text);
}

function page(say: Say, title: string, lines: readonly string[]): void {
  say(NUMERIC.RPL_HELPSTART, title);
  say(NUMERIC.RPL_HELPTXT, "");
  for (const line of lines.slice(0, -1)) say(NUMERIC.RPL_HELPTXT, line);
  say(NUMERIC.RPL_ENDOFHELP, lines.at(-1) ?? "");
}
