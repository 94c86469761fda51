import { isRoomName } from "../../../protocol/names.ts";
import { cutUtf8, utf8Bytes } from "../../../protocol/utf8.ts";
import { parseRankTarget, type Rank } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { ACCOUNT_ID_TAG, isClientTag } from "../../../protocol/wire/tags.ts";
import { LINE_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { ClientTags } from "../../event.ts";
import { guestMessageTime, storeGuestMessage } from "../../history/guest-messages.ts";
import { DIRECTS_PER_USER_MAX, TARGETS_MAX } from "../../limits.ts";
import { isEphemeral, relayEphemeral } from "../../relay/ephemeral-messages.ts";
import { noSuchNick, notStored } from "../../relay/error-replies.ts";
import { repeatedList } from "../../relay/target-list.ts";
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
import { takeGuestPlace } from "../../sessions/places.ts";
import { mentionedAccounts } from "../../unread/mentions.ts";
import { sendMarkerToOtherSessions } from "../../unread/unread-notices.ts";
import { accept, isAccepted, isBlocked } from "../../users/block-list.ts";
import { notifyOfCaller } from "../../users/caller-notices.ts";
import type { User } from "../../users/user.ts";
import { findUser } from "../../users/users.ts";
import { findService, messageToService } from "../services/service-commands.ts";

/** A message from a client, before it has a target. */
interface OutgoingMessage {
  readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
  readonly text: string;
  readonly tags: ClientTags;
  /** Of a multiline message: offsets in `text` where lines were joined without a break. */
  readonly joins?: readonly number[];
  /** The recipient has blocked the sender. */
  readonly withheld?: true;
  /** The account that a direct message is for, if its sender says so: see {@link meantAccount}. */
  readonly meant?: string;
}

/** Sends a message to rooms and users, or a command to a service. */
export const PRIVMSG: Command = {
  verb: "PRIVMSG",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const outcome = messageToService(context);
    return outcome === "no" ? sendToTargets(context) : outcome;
  },
  beforeRegistration: messageToService,
};

/** Like PRIVMSG, but is never answered: two programs would answer each other forever. */
export const NOTICE: Command = {
  verb: "NOTICE",
  params: 0,
  phase: "registered",
  handle: sendToTargets,
};

/** Sends a message that has only client tags: typing notices and reactions. */
export const TAGMSG: Command = {
  verb: "TAGMSG",
  params: 1,
  phase: "registered",
  handle: sendToTargets,
};

function sendToTargets(context: RegisteredContext): void {
  const { session, user, reply, message, params } = context;
  const verb = message.verb as OutgoingMessage["verb"];
  const [targetList = "", text = ""] = params;
  const isNotice = verb === "NOTICE";
  if (targetList === "") {
    if (!isNotice) reply.numeric(NUMERIC.ERR_NORECIPIENT, `No recipient given (${verb})`);
    return;
  }
  if (verb !== "TAGMSG" && text === "") {
    if (!isNotice) reply.numeric(NUMERIC.ERR_NOTEXTTOSEND, "No text to send");
    return;
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  if (verb === "TAGMSG" && Object.keys(tags).length === 0) return;
  const meant = meantAccount(context);
  const said = verb === "TAGMSG" ? "" : text.normalize("NFC");
  const outgoing = { verb, text: said, tags, ...(meant !== undefined && { meant }) };
  const targets = [...new Set(targetList.split(","))];
  if (targets.length > TARGETS_MAX) {
    if (!isNotice) {
      const sentence = "Too many recipients at once";
      reply.numeric(NUMERIC.ERR_TOOMANYTARGETS, repeatedList(targetList), sentence);
    }
    return;
  }
  if (targets.some((target) => refusesService(context, target, outgoing))) return;
  for (const target of targets) sendMessage(context, target, cutToLine(outgoing, user, target));
}

/**
 * Refuses a message to a service, and returns whether it is one. Such a message may hold a password, so that it must
 * not go to other targets either. One PRIVMSG to a service alone is carried out before.
 */
function refusesService(
  context: RegisteredContext,
  target: string,
  message: OutgoingMessage,
): boolean {
  const service = findService(target);
  if (service === null) return false;
  const sentence = "Send messages to a service alone, not with other recipients";
  if (message.verb === "PRIVMSG")
    refuse(context, message, NUMERIC.ERR_CANNOTSENDTOUSER, service.name, sentence);
  return true;
}

/**
 * Sends a message to one target: a room, a room's members from a rank up (STATUSMSG), or a user. Refusals
 * are answered, except to a NOTICE.
 */
export function sendMessage(
  context: RegisteredContext,
  target: string,
  message: OutgoingMessage,
): void {
  context.user.lastMessageElapsedMs = context.state.elapsedMs;
  if (context.user.account === null) takeGuestPlace(context.session);
  const rankTarget = parseRankTarget(target);
  if (rankTarget !== null) sendToRoom(context, rankTarget.room, message, rankTarget.rank);
  else if (isRoomName(target)) sendToRoom(context, target, message, null);
  else sendToUser(context, target, message);
}

/**
 * @param rank the lowest rank that receives it (STATUSMSG); `null` for all members. A message for
 *   some of the members is not stored, since later readers may read everything that is stored
 */
function sendToRoom(
  context: RegisteredContext,
  target: string,
  { meant: _, ...message }: OutgoingMessage,
  rank: Rank | null,
): void {
  const { state, user } = context;
  const room = state.rooms.byName(target);
  if (room === null || (!canSeeRoom(room, user) && room.hasMode("n"))) {
    return refuse(context, message, NUMERIC.ERR_NOSUCHCHANNEL, target, "There is no such room");
  }
  const isSlowed = message.verb !== "TAGMSG";
  const refusal =
    speakRefusal(state, room, user, message.text) ??
    (isSlowed ? slowModeRefusal(state, room, user) : null);
  if (refusal !== null) {
    return refuse(context, message, refusal.numeric, room.name, refusal.sentence);
  }
  const filtered = filterMessage(context, room, message);
  if (filtered === "refused") {
    const sentence = "Your message has a word that is filtered in that room (+g)";
    return refuse(context, message, NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, sentence);
  }
  const isSent = sendAllowed(context, room, filtered.message, rank, filtered.isHidden);
  if (isSent && isSlowed) noteSpeech(state, room, user);
}

/** Sends a message to a room whose modes allow it. Returns `false` if it could not be stored. */
function sendAllowed(
  context: RegisteredContext,
  room: Room,
  message: OutgoingMessage,
  rank: Rank | null,
  isHidden: boolean,
): boolean {
  const { state, user, reply } = context;
  const audience = messageAudience(room, user, rank, isHidden);
  if (audience !== null || isEphemeral(message)) {
    const users = audience ?? membersAnd(room, user);
    relayEphemeral(state, message, user.identity, users, (rank ?? "") + room.name, reply);
    return true;
  }
  const named = mentionedAccounts(state.users, room, user.identity, message);
  const body = { kind: "said", ...message, named } as const;
  if (state.commit(room, user.identity, body, reply) === null) {
    notStored(reply, message.verb, room.name);
    return false;
  }
  moveOwnMarker(context, room, room.name);
  return true;
}

/** Returns what a room's word filters (+g) leave of a message, or "refused". */
function filterMessage(
  { user, session: { work } }: RegisteredContext,
  room: Room,
  message: OutgoingMessage,
): { readonly message: OutgoingMessage; readonly isHidden: boolean } | "refused" {
  if (!isFiltered(room, user)) return { message, isHidden: false };
  const words = new FilteredText(wordsOfTags(message.tags));
  if (filterText(room, words, work) !== null) return "refused";
  const filtered = filterText(room, new FilteredText(message.text), work);
  if (filtered === null) return { message, isHidden: false };
  if (filtered.action === "refuse") return "refused";
  if (filtered.action === "hide") return { message, isHidden: true };
  // The offsets of the lines belong to the text as it was sent.
  const { joins: _, ...rest } = message;
  return { message: { ...rest, text: filtered.text }, isHidden: false };
}

/**
 * Returns the id of the account that a message is for, which a client that knows it sends along: the nick may change
 * hands while the message is on its way.
 */
export function meantAccount({
  session,
  message,
}: Pick<RegisteredContext, "session" | "message">): string | undefined {
  return session.has("sodam.chat/account-id") ? message.tags.get(ACCOUNT_ID_TAG) : undefined;
}

function sendToUser(
  context: RegisteredContext,
  target: string,
  { meant, ...message }: OutgoingMessage,
): void {
  const { state, user, reply } = context;
  if (refusesService(context, target, message)) return;
  const peer = findUser(state, target);
  if (peer === null) {
    if (message.verb !== "NOTICE") noSuchNick(context, target);
    return;
  }
  if (meant !== undefined && meant !== peer.accountId) {
    const sentence = "That nick belongs to somebody else now. Your message wasn't sent";
    return reply.fail(message.verb, "ACCOUNT_CHANGED", [peer.nick], sentence);
  }
  const refusal = directMessageRefusal(user, peer, message.text);
  if (refusal !== null) {
    refuse(context, message, refusal.numeric, peer.nick, refusal.sentence);
    return tellCallee(context, message, peer);
  }
  acceptPeer(context, peer);
  const { awayText } = peer;
  if (message.verb === "PRIVMSG" && awayText !== null) {
    reply.numeric(NUMERIC.RPL_AWAY, peer.nick, awayText);
  }
  // A blocked sender can't tell: everything goes on as usual, and only the recipient never sees it.
  const withheld = isBlocked(peer, user) && ({ withheld: true } as const);
  const { accountId } = user;
  if (accountId === null || peer.accountId === null || isEphemeral(message)) {
    return sendUnstored(context, peer, { ...message, ...withheld });
  }
  const isFirst = state.rooms.directConversation(accountId, peer.accountId) === null;
  if (isFirst && state.rooms.countDirectConversations(accountId) >= DIRECTS_PER_USER_MAX) {
    const sentence = "You have direct messages with too many people";
    return refuse(context, message, NUMERIC.ERR_CANNOTSENDTOUSER, peer.nick, sentence);
  }
  const conversation = state.directConversation(accountId, peer.accountId, user.identity);
  if (conversation === null) return notStored(reply, message.verb, peer.nick);
  const body = { kind: "said", ...message, ...withheld } as const;
  const event = state.commit(conversation, user.identity, body, reply);
  if (event === null) notStored(reply, message.verb, peer.nick);
  else moveOwnMarker(context, conversation, peer.nick);
  // Sends the peer's receipt with the first message: it says that the peer has read nothing yet.
  if (isFirst && peer.sharesReadReceipts) state.readReceipts.note(conversation, peer);
}

/**
 * Sends a message that isn't stored: an ephemeral one, or one from or to a guest, whose nick may belong to
 * another user later.
 */
function sendUnstored(
  { state, user, reply }: RegisteredContext,
  peer: User,
  message: OutgoingMessage,
): void {
  const time = guestMessageTime(state, user, peer);
  const users = new Set(message.withheld ? [user] : [peer, user]);
  const event = relayEphemeral(state, message, user.identity, users, peer.nick, reply, time);
  if (!isEphemeral(message)) storeGuestMessage(user, peer, event);
}

/** Notifies a user with caller id (+g) that somebody tried to write to them, and tells the sender so. */
function tellCallee(
  { state, user, reply }: RegisteredContext,
  { verb }: OutgoingMessage,
  peer: User,
): void {
  if (!peer.modes.has("g") || isAccepted(peer, user)) return;
  if (verb === "TAGMSG") return;
  const sentence = notifyOfCaller(state, peer, user);
  if (sentence !== null && verb !== "NOTICE") {
    reply.numeric(NUMERIC.RPL_TARGNOTIFY, peer.nick, sentence);
  }
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

/** Cuts a text between characters, so that it fits in the relayed line behind the sender's source. */
function cutToLine(message: OutgoingMessage, { source }: User, target: string): OutgoingMessage {
  if (message.verb === "TAGMSG") return message;
  const bytesMax = LINE_BYTES_MAX - utf8Bytes(`:${source} ${message.verb} ${target} :\r\n`);
  const text = cutUtf8(message.text, bytesMax);
  return text === message.text ? message : { ...message, text };
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

/** Returns the client-only tags of a message, their names with the "+". */
export function clientTags(tags: ReadonlyMap<string, string>): ClientTags {
  if (tags.size === 0) return {};
  return Object.fromEntries([...tags].filter(([key]) => isClientTag(key)));
}

function refuse(
  { reply }: RegisteredContext,
  { verb }: OutgoingMessage,
  numeric: string,
  target: string,
  sentence: string,
): void {
  if (verb !== "NOTICE") reply.numeric(numeric, target, sentence);
}
