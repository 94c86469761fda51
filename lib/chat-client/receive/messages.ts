import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import { interpretMessage } from "../message-to-line.ts";
import type { Request } from "../send/requests.ts";
import {
  applyEffect,
  confirmOwnLine,
  findPendingLike,
  stopTyping,
  viewOf,
} from "./apply-message.ts";

export const MESSAGE_HANDLERS: MessageHandlers = {
  PRIVMSG: said,
  NOTICE: said,
  TAGMSG: said,
  EDIT: said,
  REDACT: said,
};

function said(context: HandlerContext, message: Message, request: Request | null): void {
  const conversation = request?.lineKey != null ? request.conversation : placeOf(context, message);
  if (conversation === null) return;
  const said = interpretMessage(message, viewOf(context));
  if (said.kind !== "line") {
    // Whoever says anything else, in tags alone as well, is no longer typing.
    if (message.verb === "TAGMSG" && said.kind !== "typing") {
      stopTyping(context, conversation, nickOf(message.source ?? ""));
    }
    applyEffect(context, conversation, said);
    return;
  }
  const { line } = said;
  stopTyping(context, conversation, line.nick);
  if (line.own) {
    const local =
      request?.lineKey != null
        ? conversation.list.byKey(request.lineKey)
        : context.hasCap("labeled-response")
          ? null
          : findPendingLike(conversation, line, "sending");
    if (!confirmOwnLine(context, conversation, local, line)) {
      context.store.addLine(conversation, line, true);
    }
    spoken(context, conversation, line);
    return;
  }
  context.store.addLine(conversation, line, true);
}

/** A server that counts for us takes who speaks, on whatever device, to have read what stands above. */
function spoken(context: HandlerContext, conversation: MutableConversation, line: ChatLine): void {
  if (!context.hasCap("sodam.chat/unread") || line.msgid === null) return;
  if (line.time <= (conversation.readMarker ?? 0)) return;
  conversation.readMarker = line.time;
  conversation.recountUnread();
  context.store.emitChanged(conversation);
}

/** Whether `target` is a room on this server. */
export function isRoom(context: HandlerContext, target: string): boolean {
  const types = context.isupport.get("CHANTYPES") ?? "#";
  return target !== "" && types.includes(target.charAt(0));
}

/** A room's name without the rank that a message to its ops has in front: `@#tea` → `#tea`. */
function bareTarget(context: HandlerContext, target: string): string {
  const ranks = context.isupport.get("STATUSMSG") ?? "";
  const bare = ranks.includes(target.charAt(0)) ? target.slice(1) : target;
  return isRoom(context, bare) ? bare : target;
}

/** Where a message belongs; null when it would only open a conversation for a passing thing. */
function placeOf(context: HandlerContext, message: Message): MutableConversation | null {
  const { store } = context;
  const target = bareTarget(context, message.params[0] ?? "");
  const source = message.source ?? "";
  const nick = nickOf(source);
  const text = message.verb === "PRIVMSG" || message.verb === "NOTICE";
  if (isRoom(context, target)) return text ? store.openRoom(target) : store.find(target);
  const fromServer = source === "" || (!source.includes("!") && source.includes("."));
  if (fromServer || target === "*") return text ? store.server : null;
  const other = store.isMe(nick) ? target : nick;
  if (message.verb === "PRIVMSG")
    return isCtcp(message) ? store.find(other) : store.openDirect(other);
  // A notice alone, from a bot or a service, opens no conversation.
  return store.find(other) ?? (text ? store.server : null);
}

function isCtcp(message: Message): boolean {
  const text = message.params[1] ?? "";
  return text.startsWith("\x01") && !text.startsWith("\x01ACTION");
}
