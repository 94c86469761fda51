/** Handlers of read markers, read receipts and unread counts. */
import type { Folded } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import type { MutableConversation } from "../conversation.ts";
import { isRoomName, type MessageHandlers } from "../handler-context.ts";
import { uncountSpared } from "../preferences/judge-lines.ts";

export const READ_MARKER_HANDLERS: MessageHandlers = {
  /**
   * MARKREAD <target> timestamp=…|*: how far I have read, on any device.
   * https://ircv3.net/specs/extensions/read-marker
   */
  MARKREAD(context, message) {
    const { store } = context;
    const [target = "", point = "*"] = message.params;
    const conversation = store.find(target);
    const time = parseTime(point.replace(/^timestamp=/, ""));
    if (conversation === null || time === null) return;
    if (conversation.readMarker !== null && time <= conversation.readMarker) return;
    conversation.readMarker = time;
    if (conversation.coversReadMarker) conversation.recountUnread();
    store.emitChanged(conversation);
  },

  /**
   * READ <room or nick> <nick> timestamp=…|*: how far another user has read
   * (sodam.chat/read-receipts).
   */
  READ(context, message) {
    const { store } = context;
    const [target = "", nick = "", point = "*"] = message.params;
    const conversation = store.find(target);
    if (conversation === null || nick === "" || store.isMe(nick)) return;
    const key = store.fold(nick);
    const time = parseTime(point.replace(/^timestamp=/, ""));
    if (time === null) conversation.readers.delete(key);
    else if (isParticipant(conversation, key)) conversation.readers.set(key, time);
    else return;
    store.emitChanged(conversation);
  },

  /**
   * UNREAD <target> <messages> <mentions>: the server's count (sodam.chat/unread). It knows nothing of words that the user
   * is spared: messages with one are taken off as far as they are loaded, and later as they are.
   */
  UNREAD(context, message) {
    const { store } = context;
    const [target = "", messages = "0", mentions = "0"] = message.params;
    const conversation = isRoomName(context, target)
      ? store.find(target)
      : store.openDirect(target);
    if (conversation === null) return;
    conversation.unread = Number.parseInt(messages, 10) || 0;
    conversation.mentions = Number.parseInt(mentions, 10) || 0;
    uncountSpared(store, conversation, conversation.lines);
    store.emitChanged(conversation);
  },
};

/** A room has at most as many readers as members, and direct messages have one. */
function isParticipant(conversation: MutableConversation, key: Folded): boolean {
  const { kind, members, pendingMembers } = conversation;
  if (kind === "direct") return key === conversation.key;
  return members.has(key) || pendingMembers?.has(key) === true;
}
