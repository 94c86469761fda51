/** Sentences for lines that aren't messages: joins, mode changes, server replies and refusals. */
import type { ChatLine, ClientState } from "../../../chat-client/client-state.ts";
import { isMask, readMask } from "../../../chat-client/mask-lists.ts";
import { OWN_MODES } from "../../../chat-client/message-to-line.ts";
import { ENCODING_CODE } from "../../../chat-client/receive/line-decoder.ts";
import { DCC_CODE } from "../../../chat-client/receive/messages.ts";
import { SECURITY_CODE } from "../../../chat-client/receive/replies.ts";
import { NICKSERV_SILENT } from "../../../chat-client/services/nickserv-log-in.ts";
import { SERVICE_LANGUAGE_CODE } from "../../../chat-client/services/set-language.ts";
import type { NoAnswer } from "../../../chat-client/session.ts";
import { withoutSpoilers } from "../../../protocol/message-markup.ts";
import { parseTime } from "../../../protocol/time.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import { closingSentence } from "../../i18n/closing-reasons.ts";
import type { DateFormat } from "../../i18n/date-format.ts";
import { failureSentence, type Words } from "../../i18n/words.ts";
import { languageSentence } from "../../servers/service-language.ts";

/** What our server gives as the reason of a ban that has none. */
const BANNED = "Banned";
/** Mode letters that take an argument, whichever sign stands before them; and those that do when set. */
const MODES_WITH_ARGUMENT = "ohvbkeIgqa";
const MODES_WITH_ARGUMENT_WHEN_SET = "lfjWyY";
/** Of those, the ones that say nothing without it: on some servers `a` is no rank. */
const RANK_OR_LIST = "ohvbeIqa";

/**
 * Returns the sentence for a line of the room or the server, sanitized, in the user's language; null
 * for a message. `bad` is true for an error and for a kick of the user.
 */
export function systemSentence(
  line: ChatLine,
  words: Words,
  calendar: DateFormat,
): { text: string; bad: boolean } | null {
  const nick = sanitize(line.nick);
  const text = sanitize(line.text);
  const { screen } = words;
  switch (line.kind) {
    case "said":
    case "action":
    case "notice":
      return null;
    case "joined":
      return { text: screen.joined(nick), bad: false };
    case "left":
    case "quit":
      return { text: screen.left(nick), bad: false };
    case "kicked":
      return {
        text: screen.kicked(
          sanitize(line.kickedNick ?? ""),
          nick,
          // Most servers give the nick of who did it where there is no reason.
          line.text === line.nick ? "" : text === BANNED ? screen.banned : text,
        ),
        bad: line.mention,
      };
    case "topic":
      return {
        text: screen.topicSet(nick, sanitize(withoutSpoilers(line.text, screen.spoiler))),
        bad: false,
      };
    case "mode":
      return { text: modeSentence(words, nick, text, line.code), bad: false };
    case "nick":
      return { text: screen.nickChanged(nick, text), bad: false };
    case "renamed":
      return { text: screen.renamed(nick, text), bad: false };
    case "info":
      return { text: infoSentence(words, calendar, line), bad: false };
    case "error":
      return { text: refusal(words, line.code ?? "", line.params, line.text), bad: true };
  }
}

/** Returns one sentence for each change (`+oi jun`), or the letters when one of them has no sentence. */
export function modeSentence(
  words: Words,
  nick: string,
  changes: string,
  code: string | null,
): string {
  const table: ModeSentences =
    code === OWN_MODES ? { ...words.modes, ...words.ownModes } : words.modes;
  const [letters = "", ...args] = changes.split(" ");
  const sentences: string[] = [];
  let sign = "+";
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      sign = letter;
      continue;
    }
    const takesArgument =
      MODES_WITH_ARGUMENT.includes(letter) ||
      (sign === "+" && MODES_WITH_ARGUMENT_WHEN_SET.includes(letter));
    const argument = takesArgument ? (args.shift() ?? "") : "";
    const { who, isMute } = readMask(argument);
    // Where `q` is no rank it is the list of mutes.
    const mutes = letter === "b" ? isMute : letter === "q" && isMask(argument);
    const sentence = table[mutes ? `${sign}mute` : `${sign}${letter}`];
    const isComplete = argument !== "" || !RANK_OR_LIST.includes(letter);
    if (sentence === undefined || !isComplete) return words.screen.modeSet(nick, changes);
    sentences.push(sentence(nick, who));
  }
  return sentences.length === 0 ? words.screen.modeSet(nick, changes) : sentences.join(" · ");
}

type ModeSentences = Readonly<Record<string, ((by: string, what: string) => string) | undefined>>;

/** Returns a server reply in the user's language, or in the server's words when we have none. */
function infoSentence(
  words: Words,
  calendar: DateFormat,
  { code, params, text }: ChatLine,
): string {
  const [first = "", second = ""] = params.map(sanitize);
  // RPL_INVITING <nick> <room>; and INVITE <nick> <room>, an invitation by another user.
  if (code === "341") return words.screen.hasInvited(first, second);
  // RPL_KNOCK <room> <room> <nick!user@host>, RPL_KNOCKDLVR <room>.
  if (code === "710") {
    const [, , source = ""] = params.map(sanitize);
    return words.screen.asksToJoin(source.split("!")[0] ?? "", second);
  }
  if (code === "711") return words.screen.requestSent(first);
  if (code === "712") return words.screen.requestWaits(first);
  if (code === "INVITED") return words.screen.invited(first, second);
  if (code === "INVITE") return words.screen.wasInvited(first);
  if (code === "PEER_LEFT") return words.screen.peerLeft(first);
  // NOTE ACCOUNT SECURITY <kind> <time>
  if (code === SECURITY_CODE) {
    return securitySentence(words, calendar, params) ?? sanitize(params.at(-1) ?? "");
  }
  if (code === DCC_CODE) return words.elsewhere.dccOffered(first);
  if (code === ENCODING_CODE) return words.elsewhere.encodingGuessed(first);
  if (code === SERVICE_LANGUAGE_CODE) {
    const [kind = "", language = "", said = ""] = params;
    return languageSentence(words, { kind, language, text: said });
  }
  if (code === NICKSERV_SILENT) return words.elsewhere.notLoggedIn;
  if (code === "ERROR") return closingSentence(words, text);
  if (code === "FORGOTTEN") return words.screen.forgotten(sanitize(params[3] ?? "0"));
  const shown = sanitizeLines(text).join("\n");
  return replySentence(words, code ?? "", params.map(sanitize), shown);
}

/** Returns the sentence of a numeric, or the server's `text` where there is none. */
function replySentence(
  { replies }: Words,
  code: string,
  params: readonly string[],
  text: string,
): string {
  if (!Object.hasOwn(replies, code)) return text;
  const [a = "", b = "", c = ""] = params;
  return replies[code as keyof Words["replies"]](a, b, c, params.at(-1) ?? "", text);
}

/** Returns what happened to the own account, and when; `null` for a kind that a newer server has. */
function securitySentence(
  words: Words,
  calendar: DateFormat,
  params: readonly string[],
): string | null {
  const [, , kind = "", time = ""] = params;
  const sentences: Readonly<Record<string, string>> = words.security;
  const sentence = Object.hasOwn(sentences, kind) ? sentences[kind] : undefined;
  const ms = parseTime(time);
  if (sentence === undefined || ms === null) return null;
  return `${calendar.moment(ms)}: ${sentence}`;
}

/**
 * Returns the sentence for a server's refusal in the user's language, sanitized. `params` are those of
 * a ChatLine, without the own nick: in a numeric the first names the room or nick, in a FAIL the third
 * does (after the command and the code). The last one is the server's text, given as `text`, too.
 */
export function refusal(
  words: Words,
  code: string,
  params: readonly string[],
  text: string,
): string {
  const index = /^\d{3}$/.test(code) ? 0 : 2;
  const subject = params.length > index + 1 ? params[index] : undefined;
  return failureSentence(words, code, sanitize(subject ?? ""), sanitize(text));
}

/** ERR_YOUREBANNEDCREEP */
export const SERVER_BAN = "465";

/** Returns the sentence for a server that refuses the connection itself; a ban's reason is only in the server's words. */
export function refusedConnection(words: Words, code: string, text: string): string {
  const sentence = refusal(words, code, [], text);
  const said = sanitize(text);
  const isBare = said === "" || said === sentence;
  return code !== SERVER_BAN || isBare ? sentence : `${sentence} ${words.closing.said(said)}`;
}

/**
 * Returns the sentence for a request that was not answered: the server's refusal, or that there is no
 * connection. The two stay apart, because only a refusal needs something else to be asked.
 */
export function answerProblem(
  answer: NoAnswer,
  { phase }: Pick<ClientState, "phase">,
  words: Words,
): string {
  if (answer.kind === "lost") {
    return phase.kind === "ready" ? words.slash.noAnswer : words.slash.notConnected;
  }
  const { code, text, messages } = answer;
  const failure = messages.find(
    ({ verb, params }) => verb === code || (verb === "FAIL" && params[1] === code),
  );
  const params = failure?.params ?? [];
  // A numeric's first parameter is the own nick.
  return refusal(words, code, failure?.verb === "FAIL" ? params : params.slice(1), text);
}
