/** Says how far the user has read, and asks how far others have (sodam.chat/read-receipts). */

import { formatTime } from "../../protocol/time.ts";
import { type ChatLine, countsAsUnread } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";

/** Marks everything in a conversation as read, here and on the user's other devices. */
export function markRead(context: HandlerContext, conversation: MutableConversation): void {
  const hadUnread = conversation.unread > 0 || conversation.mentions > 0;
  conversation.unread = 0;
  conversation.mentions = 0;
  const newest = conversation.list.newest();
  const oldMarker = conversation.readMarker ?? 0;
  if (newest !== null && newest.time > oldMarker) {
    conversation.readMarker = newest.time;
    // If only own lines are new, the other devices need no read marker.
    const isNew = (line: ChatLine): boolean => countsAsUnread(line) && line.time > oldMarker;
    if (conversation.list.find(isNew) !== null) sendReadMarker(context, conversation, newest.time);
  } else if (!hadUnread) return;
  context.store.emitChanged(conversation);
}

/** Requests how far the other user has read direct messages: it is sent with the reply to MARKREAD. */
export function requestReader(
  context: HandlerContext,
  { kind, name, former }: MutableConversation,
): void {
  const { me, phase } = context.store;
  if (kind !== "direct" || former || me.account === null || phase.kind !== "ready") return;
  if (!context.hasCap("draft/read-marker")) return;
  context.request("MARKREAD", [name], { quiet: true, onlyLabelled: true });
}

/** Requests how far others have read everywhere, or forgets it: the user has turned receipts on or off. */
export function applyReceipts(context: HandlerContext, on: boolean, isOffered: boolean): void {
  const { store } = context;
  for (const conversation of store.conversations.values()) {
    if (on && isOffered) requestReader(context, conversation);
    if (on || conversation.readers.size === 0) continue;
    conversation.readers.clear();
    store.emitChanged(conversation);
  }
}

function sendReadMarker(
  context: HandlerContext,
  { name, former }: MutableConversation,
  time: number,
): void {
  if (former) return;
  // The time must be a message's own. Without server-time we don't know it.
  if (!context.hasCap("draft/read-marker") || !context.hasCap("server-time")) return;
  const params = [name, `timestamp=${formatTime(time)}`];
  context.request("MARKREAD", params, { quiet: true, onlyLabelled: true });
}
