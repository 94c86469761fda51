/** What was said, put into its conversation: a line, or a change of another line. */
import { fold } from "../../protocol/names.ts";
import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { type MessageEffect, type MessageView, withReaction } from "../message-to-line.ts";

/** How far a clock of this machine may be ahead of the server's when own lines are recognised. */
const CLOCK_SKEW_MS_MAX = 300_000;
/** An active typing notice holds so long, a paused one longer. https://ircv3.net/specs/client-tags/typing */
const TYPING_MS = 6_000;
const TYPING_PAUSED_MS = 30_000;
/** More names than a screen can show. */
const TYPING_MAX = 50;

export function viewOf(context: HandlerContext): MessageView {
  return { me: context.store.me, now: context.now(), id: () => context.id() };
}

/** Applies what isn't a line of its own. What it refers to and isn't here changes nothing. */
export function applyEffect(
  context: HandlerContext,
  conversation: MutableConversation,
  said: Exclude<MessageEffect, { kind: "line" }>,
): void {
  const { store } = context;
  switch (said.kind) {
    case "react":
    case "unreact": {
      const line = conversation.message(said.msgid);
      if (line === null) return;
      const next = withReaction(line, said.text, said.nick, said.kind === "react");
      if (next !== line) store.replaceLine(conversation, next);
      return;
    }
    case "edit": {
      const line = conversation.message(said.msgid);
      if (line === null || line.redacted) return;
      store.replaceLine(conversation, { ...line, text: said.text, edited: true });
      return;
    }
    case "redact": {
      const line = conversation.message(said.msgid);
      if (line === null) return;
      store.replaceLine(conversation, { ...line, text: "", redacted: true, reactions: new Map() });
      return;
    }
    case "typing": {
      if (store.isMe(said.nick)) return;
      const known = conversation.typing.delete(said.nick);
      if (!known && conversation.typing.size >= TYPING_MAX) return;
      const lasts = said.what === "active" ? TYPING_MS : TYPING_PAUSED_MS;
      if (said.what === "done") {
        if (known) store.emitChanged(conversation);
        return;
      }
      conversation.typing.set(said.nick, context.now() + lasts);
      if (!known) store.emitChanged(conversation);
      return;
    }
    case "nothing":
      return;
  }
}

/**
 * A line that the server says is mine, as the answer to one that this client sent: the local line
 * takes its msgid and time. `local` is null when nothing here was waiting for it.
 */
export function confirmOwnLine(
  context: HandlerContext,
  conversation: MutableConversation,
  local: ChatLine | null,
  line: ChatLine,
): boolean {
  if (local === null) return false;
  const { store } = context;
  if (line.msgid !== null && conversation.list.has(line.msgid)) {
    // History was quicker than the echo.
    if (local.msgid !== line.msgid) conversation.list.remove(local.key);
    context.emit({ kind: "lines-loaded", key: conversation.key, count: 0 });
    return true;
  }
  const reactions = local.reactions;
  store.replaceLine(conversation, {
    ...line,
    key: local.key,
    own: true,
    reactions,
    status: "sent",
  });
  return true;
}

/** The oldest own line of this state that says the same: how a line is known without its label. */
export function findPendingLike(
  conversation: MutableConversation,
  line: ChatLine,
  status: "sending" | "unsure",
): ChatLine | null {
  const same = (other: ChatLine) =>
    other.status === status &&
    other.kind === line.kind &&
    other.text.trimEnd() === line.text.trimEnd() &&
    line.time >= other.time - CLOCK_SKEW_MS_MAX;
  return conversation.list.lines.find(same) ?? null;
}

/** Somebody spoke, left or was thrown out: no longer typing. */
export function stopTyping(
  context: HandlerContext,
  conversation: MutableConversation,
  nick: string,
): void {
  for (const typing of conversation.typing.keys()) {
    if (fold(typing) !== fold(nick)) continue;
    conversation.typing.delete(typing);
    context.store.emitChanged(conversation);
  }
}
