import { fold } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import type { Handlers } from "../context.ts";
import { isRoom } from "./talk.ts";

export const MARKERS: Handlers = {
  /** MARKREAD <target> timestamp=…|* — what I have read, on whatever device. */
  MARKREAD(context, message) {
    const { book } = context;
    const [target = "", point = "*"] = message.params;
    const conversation = book.find(target);
    const time = parseTime(point.replace(/^timestamp=/, ""));
    if (conversation === null || time === null) return;
    if (conversation.readMarker !== null && time <= conversation.readMarker) return;
    conversation.readMarker = time;
    if (conversation.markerWithin) conversation.recount();
    book.changed(conversation);
  },

  /** READ <room> <nick> timestamp=…|* — how far somebody else has read (sodam.chat/read-receipts). */
  READ(context, message) {
    const { book } = context;
    const [room = "", nick = "", point = "*"] = message.params;
    const conversation = book.find(room);
    if (conversation === null || nick === "" || book.isMe(nick)) return;
    const key = fold(nick);
    const time = parseTime(point.replace(/^timestamp=/, ""));
    if (time === null) conversation.readers.delete(key);
    // Only of who is there: a room has as many readers as members.
    else if (conversation.members.has(key) || conversation.membersComing?.has(key) === true) {
      conversation.readers.set(key, time);
    } else return;
    book.changed(conversation);
  },

  /** UNREAD <target> <messages> <mentions> — counted by the server. */
  UNREAD(context, message) {
    const { book } = context;
    const [target = "", messages = "0", mentions = "0"] = message.params;
    const room = isRoom(context, target);
    const conversation = book.find(target) ?? (room ? null : book.direct(target));
    if (conversation === null) return;
    conversation.unread = Number.parseInt(messages, 10) || 0;
    conversation.mentions = Number.parseInt(mentions, 10) || 0;
    book.changed(conversation);
  },
};
