/**
 * Typing notifications, received and sent. https://ircv3.net/specs/client-tags/typing
 *
 * Only this file changes `MutableConversation.typing`, `typingSent` and `typingSentElapsedMs`, except that
 * leaving a room or losing the connection clears `typing`.
 */

import type { ElapsedMs } from "../protocol/time.ts";
import type { ClientStore } from "./client-store.ts";
import type { MutableConversation } from "./conversation.ts";
import type { HandlerContext } from "./handler-context.ts";
import { hasPerson } from "./peer.ts";
import { isPersonBlocked } from "./preferences/attention.ts";
import type { Sender } from "./preferences/preferences.ts";
import { relaysTag } from "./registration/capability-requests.ts";

/** How long a notification is valid. */
const ACTIVE_MS = 6_000;
const PAUSED_MS = 30_000;
/** At most one notification is sent in this time. */
const SEND_EVERY_MS = 3_000;
/** More names than a screen can show. */
const NICKS_MAX = 50;

/** The state that a notification reports. */
export type TypingState = "active" | "paused" | "done";

/**
 * Records that another user is typing in a conversation. `what` is the tag's value; anything unknown is a
 * pause.
 */
export function applyTyping(
  context: HandlerContext,
  conversation: MutableConversation,
  sender: Sender,
  what: string,
): void {
  const { store } = context;
  const { typing } = conversation;
  const { nick } = sender;
  if (store.isBlocked(sender) || isPersonBlocked(store, nick, conversation)) return;
  const wasTyping = typing.delete(nick);
  if (what === "done") {
    if (wasTyping) store.emitChanged(conversation);
    return;
  }
  if (!wasTyping && typing.size >= NICKS_MAX) return;
  typing.set(nick, context.elapsed() + (what === "active" ? ACTIVE_MS : PAUSED_MS));
  if (!wasTyping) store.emitChanged(conversation);
}

/** Ends the typing of a user who has sent a message, left or was kicked. */
export function stopTyping(
  context: HandlerContext,
  conversation: MutableConversation,
  nick: string,
): void {
  const { fold } = context.store;
  for (const typingNick of conversation.typing.keys()) {
    if (fold(typingNick) !== fold(nick)) continue;
    conversation.typing.delete(typingNick);
    context.store.emitChanged(conversation);
  }
}

/** Ends the typing of those whose notification is no longer valid. To be called about once a second. */
export function expireTyping(store: ClientStore, elapsedMs: ElapsedMs): void {
  for (const conversation of store.conversations.values()) {
    for (const [nick, untilElapsedMs] of conversation.typing) {
      if (untilElapsedMs > elapsedMs) continue;
      conversation.typing.delete(nick);
      store.emitChanged(conversation);
    }
  }
}

/**
 * Sends a typing notification. Sends nothing without message-tags, if it repeats the last "paused" or "done",
 * or within three seconds of the last notification.
 */
export function sendTyping(
  context: HandlerContext,
  conversation: MutableConversation,
  state: TypingState,
): void {
  if (conversation.kind === "server" || conversation.former) return;
  // A stranger isn't even told that the user is typing.
  if (conversation.peer !== "same" && hasPerson(conversation)) return;
  if (!relaysTag(context.store, "+typing") || context.store.phase.kind !== "ready") return;
  if (conversation.typingSent === state && state !== "active") return;
  const elapsedMs = context.elapsed();
  if (elapsedMs - conversation.typingSentElapsedMs < SEND_EVERY_MS) return;
  conversation.typingSent = state;
  conversation.typingSentElapsedMs = elapsedMs;
  // Nobody asked for it, so nobody is told that it failed.
  const tags = new Map([["+typing", state]]);
  context.request("TAGMSG", [conversation.name], { tags, quiet: true, onlyLabelled: true });
}
