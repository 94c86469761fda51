/**
 * Who somebody is on the screen: what they are called, and how their name looks, in front of messages, in the list of
 * members and everywhere else.
 */
import type { ChatLine } from "../../../chat-client/client-state.ts";
import { fold } from "../../../protocol/names.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { hueOf, type Style } from "../../../terminal/theme.ts";
import type { Words } from "../../i18n/words.ts";

/** Returns what the author of a line is called: "you", in the user's language, or the nick; sanitized. */
export function authorName(
  { own, nick }: Pick<ChatLine, "own" | "nick">,
  { you }: Pick<Words, "you">,
): string {
  return own ? you : sanitize(nick);
}

/** Returns the nick of a line's author, with "you" behind one's own: where it must be clear who that is for others. */
export function authorNick(
  { own, nick }: Pick<ChatLine, "own" | "nick">,
  { you }: Pick<Words, "you">,
): string {
  return own ? `${sanitize(nick)} (${you})` : sanitize(nick);
}

/** Returns the look of a name. Each person has a hue, the same everywhere; one's own name has none, and stands out. */
export function nameStyle(nick: string, isOwn: boolean): Style {
  return isOwn ? { role: "strong" } : { hue: hueOf(fold(nick)) };
}
