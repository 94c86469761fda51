/** Applies messages to the lines of a conversation. */
import type { Message } from "../../protocol/wire/message.ts";
import { attentionOf } from "../attention.ts";
import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import { type HandlerContext, isRoomName } from "../handler-context.ts";
import { interpretMessage, type MessageEffect, type MessageView } from "../message-to-line.ts";
import { NO_REACTIONS, withReaction } from "../reactions.ts";
import { applyTyping } from "../typing.ts";

/** How far this machine's clock may be ahead of the server's when an own line is recognized. */
const CLOCK_SKEW_MS_MAX = 300_000;

/**
 * Returns this client's user and the current time, for which messages are interpreted. `isLive`: they are heard just
 * now, and aren't from history.
 */
export function viewOf(context: HandlerContext, isLive = false): MessageView {
  const { store } = context;
  const knowsModes = context.hasCap("sodam.chat/report");
  return {
    me: store.me,
    now: context.now(),
    id: () => context.id(),
    attention: (target, line) => attentionOf(store, target, line, isLive),
    isBlocked: store.isBlocked,
    rankInTarget: (target) => rankInTarget(context, target),
    knowsModes,
    fold: store.fold,
  };
}

/** Returns the sign of the rank to which a message to a room's members goes: `@` of `@#tea` (STATUSMSG); else null. */
export function rankInTarget(context: HandlerContext, target: string): string | null {
  const sign = target.charAt(0);
  const ranks = context.isupport.get("STATUSMSG") ?? "";
  return sign !== "" && ranks.includes(sign) && isRoomName(context, target.slice(1)) ? sign : null;
}

/** Adds the line of a live message about the room: a join, a topic, a mode … */
export function addEventLine(
  context: HandlerContext,
  conversation: MutableConversation,
  message: Message,
): void {
  const effect = interpretMessage(message, viewOf(context));
  if (effect.kind === "line") context.store.addLine(conversation, effect.line, true);
}

/**
 * Applies an effect other than a new line. Does nothing if the line that it changes isn't loaded.
 */
export function applyEffect(
  context: HandlerContext,
  conversation: MutableConversation,
  effect: Exclude<MessageEffect, { kind: "line" }>,
): void {
  const { store } = context;
  switch (effect.kind) {
    case "react":
    case "unreact": {
      const line = conversation.message(effect.msgid);
      if (line === null) return;
      const isAdded = effect.kind === "react";
      const changed = withReaction(line, effect.text, effect, isAdded, store);
      if (changed !== line) store.replaceLine(conversation, changed);
      return;
    }
    case "edit": {
      const { msgid, text, time: editedAt } = effect;
      const line = conversation.message(msgid);
      if (line?.redacted === true) return;
      context.emit({ kind: "message-changed", key: conversation.key, msgid, text });
      if (line === null) return;
      const attention = attentionOf(store, conversation.name, { ...line, text });
      store.replaceLine(conversation, { ...line, ...attention, text, edited: true, editedAt });
      return;
    }
    case "redact": {
      const { msgid } = effect;
      const line = conversation.message(msgid);
      context.emit({ kind: "message-changed", key: conversation.key, msgid, text: null });
      if (line === null) return;
      const redactedBy = effect.nick || null;
      const redacted = { ...line, text: "", redacted: true, redactedBy, ...NO_REACTIONS };
      store.replaceLine(conversation, redacted);
      return;
    }
    case "typing":
      if (!store.isMe(effect.nick)) applyTyping(context, conversation, effect, effect.what);
      return;
    case "nothing":
      return;
  }
}

/**
 * Confirms an own line that this client sent: the local line takes the server's msgid and time.
 * Returns false if `local` is null: no line here was waiting for it.
 */
export function confirmOwnLine(
  context: HandlerContext,
  conversation: MutableConversation,
  local: ChatLine | null,
  line: ChatLine,
): boolean {
  if (local === null) return false;
  if (line.msgid !== null && conversation.list.has(line.msgid)) {
    // A page of history came before the echo.
    if (local.msgid !== line.msgid) conversation.list.remove(local.key);
    context.emit({ kind: "lines-loaded", key: conversation.key, count: 0 });
    return true;
  }
  const { key, reactions, hiddenReactions, reactors } = local;
  const reacted = { reactions, hiddenReactions, reactors };
  context.store.replaceLine(conversation, { ...line, key, own: true, ...reacted, status: "sent" });
  return true;
}

/**
 * Returns the oldest own line with this status and the same text: how an own line is recognized
 * without its label.
 */
export function findPendingLike(
  conversation: MutableConversation,
  line: ChatLine,
  status: "sending" | "unsure",
): ChatLine | null {
  const isSame = (pending: ChatLine) =>
    pending.status === status &&
    pending.kind === line.kind &&
    pending.text.trimEnd() === line.text.trimEnd() &&
    line.time >= pending.time - CLOCK_SKEW_MS_MAX;
  return conversation.lines.find(isSame) ?? null;
}
