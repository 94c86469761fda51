/** Handlers of messages and their changes: PRIVMSG, NOTICE, TAGMSG, EDIT and REDACT. */

import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import { type HandlerContext, isRoomName, type MessageHandlers } from "../handler-context.ts";
import { interpretMessage, senderIn } from "../message-to-line.ts";
import { conversationWithSender, noteHeard } from "../peer.ts";
import type { Request } from "../send/requests.ts";
import { stopTyping } from "../typing.ts";
import {
  applyEffect,
  confirmOwnLine,
  findPendingLike,
  rankInTarget,
  viewOf,
} from "./apply-message.ts";

/** No user can have it. */
const BOUNCER_NICK = "***";
/** What is older isn't live, also from a bouncer that doesn't say what it plays back. */
const PLAYBACK_AGE_MS = 10_000;
/** By how much the time that a bouncer gives a message may differ from when it was heard here. */
const PLAYBACK_SKEW_MS = 5_000;

export const MESSAGE_HANDLERS: MessageHandlers = {
  PRIVMSG: handleMessage,
  NOTICE: handleMessage,
  TAGMSG: handleMessage,
  EDIT: handleMessage,
  REDACT: handleMessage,
};

/** The code of a line that somebody wants to send a file, or to talk, from device to device. */
export const DCC_CODE = "DCC";

function handleMessage(context: HandlerContext, message: Message, request: Request | null): void {
  // To nobody, or without a text.
  if (isTextVerb(message) && message.params.length < 2) return;
  // A service's answer to whoever asked: it is shown there.
  if (message.verb === "NOTICE" && request?.quiet === true) return;
  noteDcc(context, message);
  const conversation =
    request?.lineKey != null ? request.conversation : conversationOf(context, message);
  // ZNC's frame around what it plays back: "Buffer Playback...".
  if (conversation === null || nickOf(message.source ?? "") === BOUNCER_NICK) return;
  const effect = interpretMessage(message, viewOf(context, !context.isPlayback));
  if (effect.kind === "line") {
    if (isRepeated(context, conversation, effect.line)) return;
    stopTyping(context, conversation, effect.line.nick);
    addMessage(context, conversation, effect.line, request);
    return;
  }
  // A user who sends anything else, even if only tags, is no longer typing.
  if (message.verb === "TAGMSG" && effect.kind !== "typing") {
    stopTyping(context, conversation, nickOf(message.source ?? ""));
  }
  applyEffect(context, conversation, effect);
}

/**
 * Whether a bouncer plays back a message that is here: heard live before the connection broke, or stored in an earlier
 * run. Without msgids its author, its text and its time show that, which may differ by the way from server to bouncer.
 */
function isRepeated(
  context: HandlerContext,
  conversation: MutableConversation,
  line: ChatLine,
): boolean {
  const isOld = context.isPlayback || line.time < context.now() - PLAYBACK_AGE_MS;
  if (!isOld || line.msgid !== null || context.hasCap("draft/chathistory")) return false;
  const isSame = (known: ChatLine): boolean =>
    known.nick === line.nick &&
    known.text === line.text &&
    Math.abs(known.time - line.time) <= PLAYBACK_SKEW_MS;
  return conversation.list.find(isSame) !== null;
}

/** Adds a line, unless it confirms one that this client sent. */
function addMessage(
  context: HandlerContext,
  conversation: MutableConversation,
  line: ChatLine,
  request: Request | null,
): void {
  const local = line.own ? localLineOf(context, conversation, line, request) : null;
  if (!confirmOwnLine(context, conversation, local, line)) {
    context.store.addLine(conversation, line, true);
  }
  if (line.own) moveReadMarker(context, conversation, line);
}

/** Returns the line here that the server's line confirms: by its label, or else by its text. */
function localLineOf(
  context: HandlerContext,
  conversation: MutableConversation,
  line: ChatLine,
  request: Request | null,
): ChatLine | null {
  if (request?.lineKey != null) return conversation.list.byKey(request.lineKey);
  if (context.hasCap("labeled-response")) return null;
  return findPendingLike(conversation, line, "sending");
}

/**
 * On a server that counts unread messages, a message of the user's own, from any device, marks
 * everything before it as read.
 */
function moveReadMarker(
  context: HandlerContext,
  conversation: MutableConversation,
  line: ChatLine,
): void {
  if (!context.hasCap("sodam.chat/unread") || line.msgid === null) return;
  if (line.time <= (conversation.readMarker ?? 0)) return;
  conversation.readMarker = line.time;
  conversation.recountUnread();
  context.store.emitChanged(conversation);
}

/**
 * Returns the conversation that a message belongs to. Returns null if it would open one only for
 * tags, an edit or a CTCP query.
 */
function conversationOf(context: HandlerContext, message: Message): MutableConversation | null {
  const { store } = context;
  const [named = ""] = message.params;
  const target = rankInTarget(context, named) === null ? named : named.slice(1);
  const source = message.source ?? "";
  const nick = nickOf(source);
  const isText = isTextVerb(message);
  if (isRoomName(context, target)) return isText ? store.openRoom(target) : store.find(target);
  const isFromServer = source === "" || (!source.includes("!") && source.includes("."));
  if (isFromServer || target === "*") return isText ? store.server : null;
  const isOwn = store.isMe(nick);
  const peer = isOwn ? target : nick;
  // Any sign of another person parts the two, also one that opens no conversation.
  if (!isOwn) conversationWithSender(context, message);
  const isBlocked = !isOwn && store.isBlocked(senderIn(message));
  const opens = message.verb === "PRIVMSG" && !isCtcpQuery(message) && !isBlocked;
  const conversation = opens ? store.openDirect(peer) : store.find(peer);
  // Our server keeps back what people of the block list write; elsewhere it opens nothing and reaches no notice.
  if (conversation === null && isBlocked) return null;
  if (conversation !== null && !isOwn && isText) noteHeard(context, conversation, message);
  if (conversation !== null || message.verb === "PRIVMSG") return conversation;
  // A notice, from a bot or a service, opens no conversation.
  return isText ? store.server : null;
}

function isTextVerb({ verb }: Message): boolean {
  return verb === "PRIVMSG" || verb === "NOTICE";
}

/** Whoever offers something by DCC waits for an answer, and the user would hear nothing of it. */
function noteDcc(context: HandlerContext, message: Message): void {
  const { store } = context;
  const [target = "", text = ""] = message.params;
  const nick = nickOf(message.source ?? "");
  const isOffer = message.verb === "PRIVMSG" && text.startsWith("\x01DCC ");
  if (!isOffer || !store.isMe(target) || store.isMe(nick) || store.isBlocked(senderIn(message)))
    return;
  const note = { ...message, verb: DCC_CODE, params: [nick] };
  context.addInfo(store.find(nick) ?? store.server, note, DCC_CODE);
}

function isCtcpQuery(message: Message): boolean {
  const text = message.params[1] ?? "";
  return text.startsWith("\x01") && !text.startsWith("\x01ACTION");
}
