import { isRoomName } from "../../../protocol/names.ts";
import { safeFileName } from "../../../protocol/safe-file-name.ts";
import { parseRankTarget, type Rank } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../../command.ts";
import type { ClientTags, ConversationId, RoomEvent, StoredFile } from "../../event.ts";
import { guestMessageTime, storeGuestMessage } from "../../history/guest-messages.ts";
import { DIRECTS_PER_USER_MAX } from "../../limits.ts";
import { isEphemeral, relayEphemeral } from "../../relay/ephemeral-messages.ts";
import {
  canSeeRoom,
  directMessageRefusal,
  isFiltered,
  messageAudience,
  slowModeRefusal,
  speakRefusal,
} from "../../rooms/access.ts";
import { type Conversation, membersAnd, Room } from "../../rooms/room.ts";
import { noteSpeech } from "../../rooms/throttles.ts";
import { FilteredText, filterText } from "../../rooms/word-filter.ts";
import { mentionedAccounts } from "../../unread/mentions.ts";
import { sendMarkerToOtherSessions } from "../../unread/unread-notices.ts";
import { accept, isAccepted, isBlocked } from "../../users/block-list.ts";
import type { User } from "../../users/user.ts";
import { findUser } from "../../users/users.ts";
import { findService } from "../services/service-commands.ts";

/*
 * What is the same for every message to a room or a person, typed or sent with a file: first everything that may refuse
 * it is asked, and nothing changes; then it is sent.
 */

/** A message from a client, before it has a target. */
export interface OutgoingMessage {
  readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
  readonly text: string;
  readonly tags: ClientTags;
  /** Of a multiline message: offsets in `text` where lines were joined without a break. */
  readonly joins?: readonly number[];
  /** The file that is sent with it. Its bytes need not be there before {@link Delivery.send}. */
  readonly file?: StoredFile;
  /** The recipient has blocked the sender. */
  readonly withheld?: true;
  /** The account that a direct message is for, if its sender says so: see {@link meantAccount}. */
  readonly meant?: string;
  /** The id of the conversation of the two, if this is their first message: its file lies there already. */
  readonly newId?: ConversationId;
}

/** Why a message can't be sent: a numeric, or the code of a FAIL. */
export interface MessageRefusal {
  readonly numeric: string;
  readonly code?: string;
  /** The room or nick that the refusal names. */
  readonly target: string;
  readonly sentence: string;
  /** It was for a service. */
  readonly isOfService?: true;
  /** Whom the message was for, and who may want to know. */
  readonly callee?: User;
}

/** A message that may be sent now. */
export interface Delivery {
  /** The room or nick, as it is spelled. */
  readonly name: string;
  /** Where it will be found in the history: `null` for nowhere, and "new" for direct messages that are the first. */
  readonly conversation: Conversation | "new" | null;
  /** Stores and relays it. `null`: it could not be stored. */
  send(): RoomEvent | null;
}

/**
 * Asks whether a message may be sent to one target: a room, a room's members from a rank up (STATUSMSG), or a user. Call
 * `send` of what it returns within the same turn.
 */
export function prepareMessage(
  context: RegisteredContext,
  target: string,
  message: OutgoingMessage,
): MessageRefusal | Delivery {
  const rankTarget = parseRankTarget(target);
  if (rankTarget !== null)
    return prepareForRoom(context, rankTarget.room, message, rankTarget.rank);
  if (isRoomName(target)) return prepareForRoom(context, target, message, null);
  return prepareForUser(context, target, message);
}

/** Returns the refusal of a message to a service that isn't a command of its own. */
export function serviceRefusal({ name }: { readonly name: string }): MessageRefusal {
  const sentence = "Send messages to a service alone, not with other recipients";
  return { numeric: NUMERIC.ERR_CANNOTSENDTOUSER, target: name, sentence, isOfService: true };
}

/**
 * @param rank the lowest rank that receives it (STATUSMSG); `null` for all members. A message for
 *   some of the members is not stored, since later readers may read everything that is stored
 */
function prepareForRoom(
  context: RegisteredContext,
  target: string,
  { meant: _, newId: __, ...message }: OutgoingMessage,
  rank: Rank | null,
): MessageRefusal | Delivery {
  const { state, user } = context;
  const room = state.rooms.byName(target);
  if (room === null || (!canSeeRoom(room, user) && room.hasMode("n"))) {
    return { numeric: NUMERIC.ERR_NOSUCHCHANNEL, target, sentence: "There is no such room" };
  }
  const isSlowed = message.verb !== "TAGMSG";
  const refusal =
    speakRefusal(state, room, user, message.text) ??
    (isSlowed ? slowModeRefusal(state, room, user) : null);
  if (refusal !== null) return { ...refusal, target: room.name };
  const filtered = filterMessage(context, room, message);
  if (filtered === "refused") {
    const sentence = "Your message has a word that is filtered in that room (+g)";
    return { numeric: NUMERIC.ERR_CANNOTSENDTOCHAN, target: room.name, sentence };
  }
  const audience = messageAudience(room, user, rank, filtered.isHidden);
  const isUnstored = audience !== null || isEphemeral(message);
  return {
    name: room.name,
    conversation: isUnstored ? null : room,
    send() {
      const event = isUnstored
        ? sendToSome(context, room, filtered.message, rank, audience ?? membersAnd(room, user))
        : sendToAll(context, room, filtered.message);
      if (event !== null && isSlowed) noteSpeech(state, room, user);
      return event;
    },
  };
}

function sendToSome(
  { state, user, reply }: RegisteredContext,
  room: Room,
  message: OutgoingMessage,
  rank: Rank | null,
  users: Iterable<User>,
): RoomEvent {
  return relayEphemeral(state, message, user.identity, users, (rank ?? "") + room.name, reply);
}

function sendToAll(
  context: RegisteredContext,
  room: Room,
  message: OutgoingMessage,
): RoomEvent | null {
  const { state, user, reply } = context;
  const named = mentionedAccounts(state.users, room, user.identity, message);
  const event = state.commit(room, user.identity, { kind: "said", ...message, named }, reply);
  if (event !== null) moveOwnMarker(context, room, room.name);
  return event;
}

/** Returns what a room's word filters (+g) leave of a message, or "refused". A file's name can't be changed. */
function filterMessage(
  { user, session: { work } }: RegisteredContext,
  room: Room,
  message: OutgoingMessage,
): { readonly message: OutgoingMessage; readonly isHidden: boolean } | "refused" {
  if (!isFiltered(room, user)) return { message, isHidden: false };
  const { tags, file } = message;
  // As it is sent, and as people see it: without what stands within a word, such as line ends.
  const names = file === undefined ? [] : [file.name, safeFileName(file.name)];
  const words = new FilteredText([wordsOfTags(tags), ...names].join("\n"));
  if (filterText(room, words, work) !== null) return "refused";
  const filtered = filterText(room, new FilteredText(message.text), work);
  if (filtered === null) return { message, isHidden: false };
  if (filtered.action === "refuse") return "refused";
  if (filtered.action === "hide") return { message, isHidden: true };
  // The offsets of the lines belong to the text as it was sent.
  const { joins: _, ...rest } = message;
  return { message: { ...rest, text: filtered.text }, isHidden: false };
}

function prepareForUser(
  context: RegisteredContext,
  target: string,
  { meant, newId, ...message }: OutgoingMessage,
): MessageRefusal | Delivery {
  const { state, user } = context;
  const service = findService(target);
  if (service !== null) return serviceRefusal(service);
  const peer = findUser(state, target);
  if (peer === null) {
    return { numeric: NUMERIC.ERR_NOSUCHNICK, target, sentence: "Nobody here has that name" };
  }
  const numeric = NUMERIC.ERR_CANNOTSENDTOUSER;
  if (meant !== undefined && meant !== peer.accountId) {
    const sentence = "That nick belongs to somebody else now. Your message wasn't sent";
    return { numeric, code: "ACCOUNT_CHANGED", target: peer.nick, sentence };
  }
  const refusal = directMessageRefusal(user, peer, message.text);
  if (refusal !== null) return { ...refusal, target: peer.nick, callee: peer };
  // A blocked sender can't tell: everything goes on as usual, and only the recipient never sees it.
  const withheld = isBlocked(peer, user) && ({ withheld: true } as const);
  const outgoing = { ...message, ...withheld };
  const { accountId } = user;
  if (accountId === null || peer.accountId === null || isEphemeral(message)) {
    return {
      name: peer.nick,
      conversation: null,
      send() {
        greetPeer(context, peer, message);
        return sendUnstored(context, peer, outgoing);
      },
    };
  }
  const conversation = state.rooms.directConversation(accountId, peer.accountId);
  const isFull = state.rooms.countDirectConversations(accountId) >= DIRECTS_PER_USER_MAX;
  if (conversation === null && isFull) {
    const sentence = "You have direct messages with too many people";
    return { numeric, target: peer.nick, sentence };
  }
  return {
    name: peer.nick,
    conversation: conversation ?? "new",
    send() {
      greetPeer(context, peer, message);
      return sendToPeer(context, peer, outgoing, newId);
    },
  };
}

/** Lets the recipient answer, and tells the sender if they are away. */
function greetPeer(context: RegisteredContext, peer: User, { verb }: OutgoingMessage): void {
  acceptPeer(context, peer);
  const { awayText } = peer;
  if (verb !== "PRIVMSG" || awayText === null) return;
  context.reply.numeric(NUMERIC.RPL_AWAY, peer.nick, awayText);
}

/** Stores a message to somebody with an account in the conversation of the two. */
function sendToPeer(
  context: RegisteredContext,
  peer: User,
  message: OutgoingMessage,
  newId?: ConversationId,
): RoomEvent | null {
  const { state, user, reply } = context;
  if (user.accountId === null || peer.accountId === null) return null;
  const isFirst = state.rooms.directConversation(user.accountId, peer.accountId) === null;
  const conversation = state.directConversation(
    user.accountId,
    peer.accountId,
    user.identity,
    newId,
  );
  if (conversation === null) return null;
  const event = state.commit(conversation, user.identity, { kind: "said", ...message }, reply);
  if (event !== null) moveOwnMarker(context, conversation, peer.nick);
  // Sends the peer's receipt with the first message: it says that the peer has read nothing yet.
  if (isFirst && peer.sharesReadReceipts) state.readReceipts.note(conversation, peer);
  return event;
}

/**
 * Sends a message that isn't stored: an ephemeral one, or one from or to a guest, whose nick may belong to
 * another user later.
 */
function sendUnstored(
  { state, user, reply }: RegisteredContext,
  peer: User,
  message: OutgoingMessage,
): RoomEvent {
  const time = guestMessageTime(state, user, peer);
  const users = new Set(message.withheld ? [user] : [peer, user]);
  const event = relayEphemeral(state, message, user.identity, users, peer.nick, reply, time);
  if (!isEphemeral(message)) storeGuestMessage(user, peer, event);
  return event;
}

/** Adds the recipient to the accept list of a sender with +g or +R, so that the recipient can answer. */
function acceptPeer({ state, user }: RegisteredContext, peer: User): void {
  if (!user.modes.has("g") && !user.modes.has("R")) return;
  if (!isAccepted(user, peer)) accept(state, user, peer);
}

/**
 * Moves the sender's read marker to their own message, and sends it to their other devices. It is not stored: after
 * a restart, a user's own messages count as read anyway.
 */
function moveOwnMarker(
  context: RegisteredContext,
  conversation: Conversation,
  target: string,
): void {
  const { user } = context;
  if (user.account === null) return;
  if (conversation instanceof Room && !conversation.has(user)) return;
  user.markers.set(conversation.id, conversation.time);
  sendMarkerToOtherSessions(context, conversation, target);
}

/** Tags whose names, and if they name a message or a state also their values, are words of no person. */
const KNOWN_TAG = /^\+(?:draft\/)?(?:typing|reply|react|unreact|channel-context|persist)$/;
const TYPING_STATE = /^(?:active|paused|done)$/;
const MSGID = /^[a-z2-7]{26}$/;

/**
 * Returns what others may read of client tags, for filters: the value of a reaction above all, but some client may show
 * any. The id of a message that is answered is no word.
 */
function wordsOfTags(tags: ClientTags): string {
  const words = Object.entries(tags).map(([key, value]) => {
    if (!KNOWN_TAG.test(key)) return `${key.slice(1)}\n${value}`;
    return TYPING_STATE.test(value) || MSGID.test(value) ? "" : value;
  });
  return words.join("\n");
}
