/**
 * What ChanServ of our own server answers to our commands, in the user's language. It speaks English to every
 * client, in sentences without a code; one that isn't here is shown as it is.
 */
import type { ChatLine, ClientState } from "../../chat-client/client-state.ts";
import { isSodam } from "../../chat-client/server-names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { ko } from "../i18n/ko.ts";
import { koreanServiceSentence } from "../i18n/service-translation.ts";
import type { Words } from "../i18n/words.ts";

const SERVICES: ReadonlySet<string> = new Set(["NickServ", "ChanServ"]);

type ServiceWord = keyof Words["services"];

/** The server's sentences, with what they are about in groups, which the words take in this order. */
const SENTENCES: readonly (readonly [RegExp, ServiceWord])[] = [
  [/^(\S+) is muted in \S+ for good$/, "mutedForGood"],
  [/^(\S+) is muted in \S+ for (\S+)$/, "muted"],
  [/^(\S+) is banned in \S+ for good$/, "bannedForGood"],
  [/^(\S+) is banned in \S+ for (\S+)$/, "banned"],
  [/^(\S+) isn't muted in \S+(?: any more)?$/, "notMuted"],
  [/^(\S+) isn't banned in \S+(?: any more)?$/, "notBanned"],
  [/^(\S+) has a higher rank than you$/, "outranked"],
  [/^Only the room's (?:ops|founder) can (?:do|see) that$/, "rankTooLow"],
  [/^(\S+) is an op, whom no mute holds\b/, "notMutable"],
  [/^You can't do that to yourself$/, "yourself"],
  [/^That is not a valid nick or mask$/, "nobody"],
  [/^The list of bans is full\b/, "bansFull"],
  [/^Write the time as\b/, "badTime"],
  [/^Nothing is filtered$/, "nothingFiltered"],
  [/^(\S+) isn't filtered in \S+$/, "notFiltered"],
  [/^Give \+ or - before the word$/, "filterSign"],
  [/^(\S+) asked at \S+$/, "asks"],
  [/^Nobody asks to join (\S+)$/, "nobodyAsks"],
  [/^Answer by APPROVE (\S+)\b/, "answerRequests"],
  [/^(\S+) hasn't asked to join$/, "hasNotAsked"],
  [/^The request of (\S+) is declined$/, "declined"],
  [/^(\S+) is closed(?: already)?$/, "closed"],
  [/^(\S+) is open(?: again)?$/, "open"],
  [/^(\S+) has a founder: (\S+)$/, "hasOwner"],
  [/^You are now the founder of (\S+)$/, "youOwn"],
  [/^There is no room (\S+)$/, "noRoom"],
];

/** Whether a sentence says something that the room itself doesn't show: for how long somebody is kept out. */
export function tellsDuration(text: string): boolean {
  return /^\S+ is (?:muted|banned) in \S+ for \S/.test(text);
}

/** Returns a sentence of ChanServ in the user's language, sanitized. */
export function serviceSentence(text: string, words: Words): string {
  for (const [pattern, word] of SENTENCES) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const [, first = "", second = ""] = match.map((part) => sanitize(part ?? ""));
    return words.services[word](first, second);
  }
  return sanitize(translated(text, words));
}

/** Returns a message's text: in the user's language if our own server's NickServ or ChanServ sent it. */
export function serviceNotice(state: ClientState, line: ChatLine, words: Words): string {
  const isServices = line.kind === "notice" && SERVICES.has(line.nick) && isSodam(state);
  return isServices ? translated(line.text, words) : line.text;
}

/** Its tables are no part of {@link Words}, which the first menu waits for. */
function translated(text: string, words: Words): string {
  return words === ko ? koreanServiceSentence(text) : text;
}
