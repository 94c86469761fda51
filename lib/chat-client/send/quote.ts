import type { ChatLine } from "../client-state.ts";

/** Letters of a message that are quoted: enough to know which one is meant. */
const QUOTED_LETTERS_MAX = 60;
/** A quote in a quote: only what somebody added to it is quoted again. */
const QUOTE_IN_FRONT = /^\S{1,64}: [“"][^”"]*[”"] /u;

/**
 * Returns a message as a quote, in front of an answer to it on servers without replies: `mina: “green tea?”`. It
 * begins with the nick, so that the author's client tells them.
 */
export function quoteOf({ nick, text }: Pick<ChatLine, "nick" | "text">): string {
  const [firstLine = ""] = text.replace(QUOTE_IN_FRONT, "").trim().split("\n");
  const letters = [...firstLine.replaceAll(/[“”"]/gu, "'")];
  const isCut = letters.length > QUOTED_LETTERS_MAX;
  const excerpt = letters.slice(0, QUOTED_LETTERS_MAX).join("").trimEnd();
  return `${nick}: “${excerpt}${isCut ? "…" : ""}”`;
}
