import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { relaysTag } from "../registration/capability-requests.ts";
import type { SayOptions } from "../session-interface.ts";

/** Letters of a message that are quoted: enough to know which one is meant. */
const QUOTED_LETTERS_MAX = 60;
/** A quote in a quote: only what somebody added to it is quoted again. */
const QUOTE_IN_FRONT = /^\S{1,64}: [“"][^”"]*[”"] /u;

/**
 * Returns what is sent as an answer to a message: on a server that relays replies the text and a reference, and
 * elsewhere a text with the message as a quote in front.
 *
 * @param options.replyTo the message's msgid, or the key of its line where it has none
 */
export function asAnswer(
  context: HandlerContext,
  conversation: MutableConversation,
  text: string,
  options: SayOptions,
): { readonly text: string; readonly options: SayOptions } {
  const { replyTo } = options;
  if (replyTo === undefined) return { text, options };
  const line = conversation.message(replyTo) ?? conversation.window.list.byKey(replyTo);
  const isRelayed = relaysTag(context.store, "+reply") && line?.msgid !== null;
  return line === null || isRelayed
    ? { text, options }
    : { text: `${quoteOf(line)} ${text}`, options: {} };
}

/**
 * Returns a message as a quote, in front of an answer to it on servers without replies: `mina: “green tea?”`. It
 * begins with the nick, so that the author's client tells them.
 */
function quoteOf({ nick, text }: Pick<ChatLine, "nick" | "text">): string {
  const [firstLine = ""] = text.replace(QUOTE_IN_FRONT, "").trim().split("\n");
  const letters = [...firstLine.replaceAll(/[“”"]/gu, "'")];
  const isCut = letters.length > QUOTED_LETTERS_MAX;
  const excerpt = letters.slice(0, QUOTED_LETTERS_MAX).join("").trimEnd();
  return `${nick}: “${excerpt}${isCut ? "…" : ""}”`;
}
