import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { Line } from "../client-state.ts";
import type { OpenConversation } from "../conversation.ts";
import type { Context, Handlers } from "../handler-context.ts";
import { saidBy } from "../message-to-line.ts";
import type { Request } from "../send/requests.ts";
import { applyTo, confirm, stopTyping, viewOf, waitingLike } from "./apply-message.ts";

export const TALK: Handlers = {
  PRIVMSG: said,
  NOTICE: said,
  TAGMSG: said,
  EDIT: said,
  REDACT: said,
};

function said(context: Context, message: Message, request: Request | null): void {
  const conversation = request?.lineKey != null ? request.conversation : placeOf(context, message);
  if (conversation === null) return;
  const said = saidBy(message, viewOf(context));
  if (said.kind !== "line") {
    // Whoever says anything else, in tags alone as well, is no longer typing.
    if (message.verb === "TAGMSG" && said.kind !== "typing") {
      stopTyping(context, conversation, nickOf(message.source ?? ""));
    }
    applyTo(context, conversation, said);
    return;
  }
  const { line } = said;
  stopTyping(context, conversation, line.nick);
  if (line.own) {
    const local =
      request?.lineKey != null
        ? conversation.list.byKey(request.lineKey)
        : context.has("labeled-response")
          ? null
          : waitingLike(conversation, line, "sending");
    if (!confirm(context, conversation, local, line)) {
      context.book.addLine(conversation, line, true);
    }
    spoken(context, conversation, line);
    return;
  }
  context.book.addLine(conversation, line, true);
}

/** A server that counts for us takes who speaks, on whatever device, to have read what stands above. */
function spoken(context: Context, conversation: OpenConversation, line: Line): void {
  if (!context.has("sodam.chat/unread") || line.msgid === null) return;
  if (line.time <= (conversation.readMarker ?? 0)) return;
  conversation.readMarker = line.time;
  conversation.recount();
  context.book.changed(conversation);
}

/** Whether `target` is a room on this server. */
export function isRoom(context: Context, target: string): boolean {
  const types = context.isupport.get("CHANTYPES") ?? "#";
  return target !== "" && types.includes(target.charAt(0));
}

/** A room's name without the rank that a message to its ops has in front: `@#tea` → `#tea`. */
function bareTarget(context: Context, target: string): string {
  const ranks = context.isupport.get("STATUSMSG") ?? "";
  const bare = ranks.includes(target.charAt(0)) ? target.slice(1) : target;
  return isRoom(context, bare) ? bare : target;
}

/** Where a message belongs; null when it would only open a conversation for a passing thing. */
function placeOf(context: Context, message: Message): OpenConversation | null {
  const { book } = context;
  const target = bareTarget(context, message.params[0] ?? "");
  const source = message.source ?? "";
  const nick = nickOf(source);
  const text = message.verb === "PRIVMSG" || message.verb === "NOTICE";
  if (isRoom(context, target)) return text ? book.room(target) : book.find(target);
  const fromServer = source === "" || (!source.includes("!") && source.includes("."));
  if (fromServer || target === "*") return text ? book.server : null;
  const other = book.isMe(nick) ? target : nick;
  if (message.verb === "PRIVMSG") return isCtcp(message) ? book.find(other) : book.direct(other);
  // A notice alone, from a bot or a service, opens no conversation.
  return book.find(other) ?? (text ? book.server : null);
}

function isCtcp(message: Message): boolean {
  const text = message.params[1] ?? "";
  return text.startsWith("\x01") && !text.startsWith("\x01ACTION");
}
