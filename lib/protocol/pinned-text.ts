/** The pinned message of a room (sodam.chat/pinned): one rule for the client, which pins, and for the server, which follows. */
import { type FileFacts, textOrFileName } from "./file-facts.ts";
import { utf8Bytes } from "./utf8.ts";

/** The metadata key of rooms under which the text stands. */
export const PINNED_KEY = "sodam.chat/pinned";

/** UTF-8 bytes of a pinned text: our server takes no longer value, and a header shows less. */
const PINNED_BYTES_MAX = 280;

/** What of a message can be pinned: its text, or the name of its file where it has none. */
interface PinnableMessage {
  readonly nick: string;
  readonly text: string;
  readonly file?: Pick<FileFacts, "name"> | null | undefined;
}

/** Returns whether a pinned text (`null`: none) is that of a message. */
export function isPinned(pinned: string | null | undefined, message: PinnableMessage): boolean {
  // Most are somebody else's, which costs less to see.
  return pinned?.startsWith(`${message.nick}: `) === true && pinned === pinnedTextOf(message);
}

/**
 * Returns the text that pins a message: its author and its text on one row, cut where the server would refuse.
 *
 * @example pinnedTextOf({ nick: "jun", text: "we ship\non friday" }) // "jun: we ship on friday"
 */
export function pinnedTextOf(message: PinnableMessage): string {
  const row = `${message.nick}: ${textOrFileName(message).replace(/\s+/g, " ").trim()}`;
  if (utf8Bytes(row) <= PINNED_BYTES_MAX) return row;
  let cut = "";
  for (const character of row) {
    if (utf8Bytes(`${cut}${character}…`) > PINNED_BYTES_MAX) break;
    cut += character;
  }
  return `${cut}…`;
}
