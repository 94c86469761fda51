/** Selects lines of a conversation: messages, the part on screen, and messages to an unknown nick. */
import {
  type ChatLine,
  type ClientConversation,
  isMessage,
} from "../../../chat-client/client-state.ts";
import type { SharedFile } from "../../../protocol/file-facts.ts";
import { isPictureType } from "../../../protocol/media-type.ts";

/** ERR_NOSUCHNICK. https://modern.ircdocs.horse/#errnosuchnick-401 */
const ERR_NOSUCHNICK = "401";

/** Returns what a message is found again by: its msgid, or its key where the server gives none. */
export function idOf({ msgid, key }: Pick<ChatLine, "msgid" | "key">): string {
  return msgid ?? key;
}

/** Returns the lines on screen: the newest ones, or the older part that the user jumped to. */
export function visibleLines({
  lines,
  detached,
}: Pick<ClientConversation, "lines" | "detached">): readonly ChatLine[] {
  return detached === null ? lines : detached.lines;
}

/** Returns whether a message is there to be read and answered: the server has it, and it is neither deleted nor folded away. */
export function isShownMessage(line: ChatLine): boolean {
  const isOnServer = line.msgid !== null || line.status === "sent";
  return isMessage(line) && isOnServer && !line.redacted && line.folded === null;
}

/**
 * Returns the messages on screen that the server has and that were not deleted or folded away, newest first. The number in
 * `/reply 2`, `/thread 2` and similar commands counts these, from 1.
 */
export function numberedMessages(
  conversation: Pick<ClientConversation, "lines" | "detached">,
): ChatLine[] {
  return visibleLines(conversation).filter(isShownMessage).toReversed();
}

/** Returns the messages on screen that have a picture, oldest first. */
export function linesWithPicture(
  conversation: Pick<ClientConversation, "lines" | "detached">,
): ChatLine[] {
  return visibleLines(conversation).filter((line) => pictureOf(line) !== null);
}

/** Returns the picture that was sent with a message; null for none, and for one that isn't to be seen. */
export function pictureOf({
  file,
  redacted,
  folded,
}: Pick<ChatLine, "file" | "redacted" | "folded">): SharedFile | null {
  const isSeen = file !== null && !redacted && folded === null;
  return isSeen && isPictureType(file.type) ? file : null;
}

/** Returns where a search typed in this conversation looks; null (everywhere) in the server's own. */
export function searchPlaceOf({
  kind,
  name,
}: Pick<ClientConversation, "kind" | "name">): string | null {
  return kind === "server" ? null : name;
}

/**
 * Returns the texts of a direct conversation in which every message failed because no user has that
 * nick. Returns null for any other conversation, and for one without messages.
 */
export function unsentToUnknownRecipient({
  kind,
  lines,
  catchingUp,
}: ClientConversation): string[] | null {
  // The account may have been deleted, and its history may still be loading.
  if (kind !== "direct" || catchingUp) return null;
  const messages = lines.filter(isMessage);
  const isUnknownRecipient = messages.every(
    ({ status, code }) => status === "failed" && code === ERR_NOSUCHNICK,
  );
  return messages.length > 0 && isUnknownRecipient ? messages.map(({ text }) => text) : null;
}
