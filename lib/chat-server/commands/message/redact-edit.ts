import { isRoomName } from "../../../protocol/names.ts";
import { formatCount } from "../../../protocol/plural.ts";
import { type Command, inSteps, query, type RegisteredContext, type Steps } from "../../command.ts";
import type { EventHeader, RoomEvent, RoomEventOf } from "../../event.ts";
import { isShownTo, shownDirectConversation } from "../../history/withheld.ts";
import { notStored } from "../../relay/error-replies.ts";
import { firstReadablePosition, isFiltered, speakRefusal } from "../../rooms/access.ts";
import { isSuperior } from "../../rooms/auto-ranks.ts";
import { type Conversation, DirectConversation, Room } from "../../rooms/room.ts";
import { noteSpeech } from "../../rooms/throttles.ts";
import { FilteredText, filterText } from "../../rooms/word-filter.ts";
import { allowedReason } from "../../rooms/words-outside-messages.ts";
import type { State } from "../../state.ts";
import { editMentionChange, redactionCounts } from "../../unread/mentions.ts";
import { trackUnreadChanges } from "../../unread/unread-notices.ts";
import { isBlocked } from "../../users/block-list.ts";
import { hasBotRight } from "../../users/bot-rules.ts";
import { followPinned } from "../../users/metadata-values.ts";
import type { User } from "../../users/user.ts";

/**
 * Redacting and editing messages: REDACT (https://ircv3.net/specs/extensions/message-redaction) and EDIT
 * (sodam.chat/edit, see docs/protocol.md).
 */

type SaidEvent = RoomEventOf<"said">;

type ChangeEvent =
  | Omit<RoomEventOf<"redacted">, keyof EventHeader>
  | Omit<RoomEventOf<"edited">, keyof EventHeader>;

/** Decides whether the sender may change this message, and to what. */
type Decision = (
  message: SaidEvent,
  conversation: Conversation,
) => ChangeEvent | "FORBIDDEN" | "WINDOW_EXPIRED";

/** Redacts a message. Authors may redact their own for a while, half-ops and above any in their room. */
export const REDACT: Command = {
  verb: "REDACT",
  params: 2,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context) {
    const { state, user, params } = context;
    const [, msgid = "", reason = ""] = params;
    yield* changeMessage(context, "REDACT", (message, conversation) => {
      const isOwn = isBySender(message, context);
      const isOp =
        conversation instanceof Room &&
        conversation.hasRank(user, "h") &&
        hasBotRight(state, user.accountId, "moderate") &&
        !isBySuperior(state, conversation, user, message);
      if (!isOwn && !isOp) return "FORBIDDEN";
      if (isOwn && !isOp && isTooLate(message, context)) return "WINDOW_EXPIRED";
      const counts = redactionCounts(state.users, conversation, message);
      const author = isOwn ? {} : { author: message.by.nick };
      const shown =
        conversation instanceof Room ? allowedReason(state, conversation, user, reason) : reason;
      if (conversation instanceof Room && shown !== "") noteSpeech(state, conversation, user);
      return { kind: "redacted", target: msgid, reason: shown, ...author, ...counts };
    });
  }),
};

/** Replaces the text of a message. For its author, for a while. */
export const EDIT: Command = {
  verb: "EDIT",
  params: 3,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context) {
    const { state, user, reply, params } = context;
    const [target = "", msgid = "", rawText = ""] = params;
    // While all messages of an account are being erased, an eraser may already have passed the edited message.
    if (user.accountId !== null && state.accountsBeingErased.has(user.accountId)) {
      return notStored(reply, "EDIT", target);
    }
    yield* changeMessage(context, "EDIT", (message, conversation) => {
      const isEditable = isBySender(message, context) && message.verb !== "TAGMSG";
      if (!isEditable || rawText === "") return "FORBIDDEN";
      if (isTooLate(message, context)) return "WINDOW_EXPIRED";
      const text = editedText(context, conversation, rawText.normalize("NFC"));
      if (text === null) return "FORBIDDEN";
      const mentions = editMentionChange(state.users, conversation, message, text);
      const { position: targetPosition } = message;
      return { kind: "edited", target: msgid, targetPosition, text, ...mentions };
    });
  }),
};

/**
 * Returns the text that an edit may set, or `null`: who can't say something in a room can't say it by an edit
 * either. A filter that hides a message from all but the ops can't hide it again.
 */
function editedText(
  { state, user, session }: RegisteredContext,
  conversation: Conversation,
  text: string,
): string | null {
  if (!(conversation instanceof Room)) return text;
  if (speakRefusal(state, conversation, user, text) !== null) return null;
  // In an op-moderated room (+U) only the ops read what people without voice say, and an edit is for all.
  if (conversation.hasMode("U") && !conversation.hasRank(user, "v")) return null;
  const filtered = isFiltered(conversation, user)
    ? filterText(conversation, new FilteredText(text), session.work)
    : null;
  if (filtered === null) return text;
  return filtered.action === "replace" ? filtered.text : null;
}

/** Finds the message in memory or in the files, lets `decide` check it, and commits the change. */
function* changeMessage(
  context: RegisteredContext,
  verb: "REDACT" | "EDIT",
  decide: Decision,
): Steps {
  const { state, user, reply, params } = context;
  const [target = "", msgid = ""] = params;
  const conversation = findConversation(context, target);
  if (conversation === null) {
    return reply.fail(verb, "INVALID_TARGET", [target], "There is no such room or person");
  }
  const message = yield* findMessage(conversation, msgid);
  // The sender may have left while the files were read.
  const isReadable =
    message !== undefined &&
    message.position >= firstReadablePosition(conversation, user) &&
    isShownTo(message, user.accountId);
  if (
    message?.kind !== "said" ||
    !isReadable ||
    findConversation(context, target) !== conversation
  ) {
    return reply.fail(verb, "UNKNOWN_MSGID", [target, msgid], "There is no such message");
  }
  const change = decide(message, conversation);
  if (change === "FORBIDDEN") {
    const sentence = "You can't change that message";
    return reply.fail(verb, `${verb}_FORBIDDEN`, [target, msgid], sentence);
  }
  if (change === "WINDOW_EXPIRED") {
    const seconds = String(Math.floor(state.options.redactWithinMs / 1000));
    const minutes = formatCount(Math.floor(state.options.redactWithinMs / 60_000), "minute");
    const sentence = `It is too late: messages can be changed for ${minutes}`;
    return reply.fail(verb, `${verb}_WINDOW_EXPIRED`, [target, msgid, seconds], sentence);
  }
  // An edit of a message from before a block is for its author alone: a blocked user could write by edits.
  const isWithheld =
    message.withheld === true || (change.kind === "edited" && isBlockedIn(context, conversation));
  const withheld = isWithheld && ({ withheld: true } as const);
  const notifyUnread = trackUnreadChanges(state, conversation);
  // A redaction says nothing of the message; the text of an edit is for those who may read what it replaces.
  const textPosition = change.kind === "edited" ? message.position : Infinity;
  const body = { ...change, ...withheld };
  const event = state.commit(conversation, user.identity, body, reply, textPosition);
  if (event?.kind !== "redacted" && event?.kind !== "edited") {
    return notStored(reply, verb, target);
  }
  notifyUnread();
  if (conversation instanceof Room) {
    const text = event.kind === "edited" ? event.text : null;
    followPinned(state, conversation, message, text, user.identity);
  }
  yield* query({ kind: "rewrite", event }, ({ done }) => {
    // The event itself is stored, so the next start rewrites the message.
    if (!done) state.ports.note("error", `${conversation.id}: a message could not be rewritten`);
  });
}

/** Finds an event of a conversation by its msgid, in memory or in the files. Check rights again behind it. */
export function* findMessage(
  conversation: Conversation,
  msgid: string,
): Steps<RoomEvent | undefined> {
  const recent = conversation.recentEvents.find((event) => event.msgid === msgid);
  if (recent !== undefined) return recent;
  const request = {
    direction: "around",
    from: { kind: "msgid", msgid },
    to: null,
    limit: 1,
    since: 0,
    // A reaction can be redacted, too.
    kinds: "all",
  } as const;
  const { events } = yield* query({ kind: "history", conversation: conversation.id, request });
  return events?.find((event) => event.msgid === msgid);
}

function findConversation({ state, user }: RegisteredContext, target: string): Conversation | null {
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? room : null;
  }
  const peer = state.accountOfNick(target);
  if (user.accountId === null || peer === null) return null;
  return shownDirectConversation(state.rooms, user.accountId, peer);
}

/** Whether a message in a room is by somebody who stands above a user there: deleting it is final. */
function isBySuperior(state: State, room: Room, user: User, { by }: SaidEvent): boolean {
  const author = state.users.find(by);
  return author !== null && author !== user && isSuperior(room, user, author);
}

function isBySender(message: SaidEvent, { user }: RegisteredContext): boolean {
  return user.accountId !== null && message.by.accountId === user.accountId;
}

/** Returns whether the peer has blocked the sender. */
function isBlockedIn({ state, user }: RegisteredContext, conversation: Conversation): boolean {
  if (user.accountId === null || !(conversation instanceof DirectConversation)) return false;
  const peer = state.users.byAccount(conversation.peerOf(user.accountId));
  return peer !== null && isBlocked(peer, user);
}

function isTooLate(message: SaidEvent, { state }: RegisteredContext): boolean {
  return state.now - message.time > state.options.redactWithinMs;
}
