import { type AccountName, isRoomName } from "../../protocol/names.ts";
import { mapPassword } from "../../protocol/opaque-string.ts";
import { modeLetter, type Rank } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { State } from "../state.ts";
import { isListed } from "../users/ban-masks.ts";
import { isAccepted } from "../users/block-list.ts";
import { canEnterByInvitation } from "../users/room-invitations.ts";
import type { User } from "../users/user.ts";
import { hasUserMode } from "../users/user-modes.ts";
import { type Conversation, DirectConversation, Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/*
 * Access rules: who may join a room and speak in it, and who may see a room, its members and its history. A
 * new rule belongs in this file, so that all commands agree.
 */

/** Why a user may not do something: a numeric and a sentence for it. */
interface AccessRefusal {
  readonly numeric: string;
  readonly sentence: string;
}

// Joining

/** Whether a user is on the ban list (+b) and on no exception list (+e). */
export function isBanned(room: Room, user: User): boolean {
  return isListed(room, "b", user) && !isListed(room, "e", user);
}

/**
 * Returns why a user can't join with this key, or `null` if they can. An op's invitation overrides all modes.
 */
export function joinRefusal(
  room: Room,
  user: User,
  key: string,
  now: number,
): AccessRefusal | null {
  if (canEnterByInvitation(user, room, now)) return null;
  if (isBanned(room, user)) {
    return { numeric: NUMERIC.ERR_BANNEDFROMCHAN, sentence: "You are banned from that room (+b)" };
  }
  if (room.hasMode("i") && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_INVITEONLYCHAN, sentence: "That room is invite-only (+i)" };
  }
  if (room.hasMode("R") && user.account === null && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_NEEDREGGEDNICK, sentence: "Log in to join that room (+R)" };
  }
  const roomKey = room.modes.get("k");
  if (roomKey !== undefined && mapPassword(roomKey) !== mapPassword(key)) {
    return { numeric: NUMERIC.ERR_BADCHANNELKEY, sentence: "That room needs the right key (+k)" };
  }
  const limit = room.modes.get("l");
  if (limit !== undefined && room.members.size >= Number(limit)) {
    return { numeric: NUMERIC.ERR_CHANNELISFULL, sentence: "That room is full (+l)" };
  }
  return null;
}

/**
 * Returns the room that a refused user is forwarded to (+f), if it exists and they can join it, or `null`.
 * A wrong key forwards no user, since they can correct it.
 */
export function forwardTarget(
  rooms: Rooms,
  room: Room,
  user: User,
  refusal: AccessRefusal,
  now: number,
): Room | null {
  const name = room.modes.get("f");
  if (name === undefined || refusal.numeric === NUMERIC.ERR_BADCHANNELKEY) return null;
  const target = rooms.byName(name);
  if (target === null || target.has(user)) return null;
  return joinRefusal(target, user, "", now) === null ? target : null;
}

// Speaking

/** Whether a user may not speak in a room: banned, or matched by a mute on the ban list. */
function isMuted(room: Room, user: User): boolean {
  return isListed(room, "b", user, true) && !isListed(room, "e", user, true);
}

/**
 * Returns why a user can't say something in a room, or `null` if they can.
 *
 * @param text the message's text; "" when it doesn't matter yet
 */
export function speakRefusal(room: Room, user: User, text = ""): AccessRefusal | null {
  const numeric = NUMERIC.ERR_CANNOTSENDTOCHAN;
  if (room.hasMode("n") && !room.has(user)) {
    return { numeric, sentence: "Only people in that room may talk there (+n)" };
  }
  if (room.hasMode("C") && isCtcpRequest(text)) {
    return { numeric, sentence: "That room takes no CTCP requests (+C)" };
  }
  if (room.hasRank(user, "v")) return null;
  if (isMuted(room, user)) return { numeric, sentence: "You may not talk in that room (+b)" };
  // In an op-moderated room (+U) the ops still receive it: see `messageAudience`.
  if (room.hasMode("U") && room.has(user)) return null;
  if (room.hasMode("m")) return { numeric, sentence: "That room is moderated (+m)" };
  if (room.hasMode("M") && user.account === null) {
    return { numeric, sentence: "Log in to talk in that room (+M)" };
  }
  return null;
}

/** Whether a text is a CTCP request, which stands between two ^A. ACTION (/me) is a message. */
function isCtcpRequest(text: string): boolean {
  if (!text.startsWith("\x01")) return false;
  const request = text.slice(1);
  return request !== "ACTION" && request !== "ACTION\x01" && !request.startsWith("ACTION ");
}

/**
 * Returns the members who receive what a user says in a room, or `null` for all of them. In an op-moderated
 * room (+U) these are the ops and the speaker. Such a message is relayed and not stored, since later readers
 * may see everything that is stored.
 *
 * @param rank the lowest rank that the speaker addresses (`@#tea`), or `null` for all members
 */
export function messageAudience(
  room: Room,
  user: User,
  rank: Rank | null = null,
): Set<User> | null {
  const isToOps = room.hasMode("U") && !room.hasRank(user, "v");
  if (!isToOps && rank === null) return null;
  const audience = new Set<User>([user]);
  for (const member of room.members.keys()) {
    if (isToOps && !room.hasRank(member, "h")) continue;
    if (rank === null || room.hasRank(member, modeLetter(rank))) audience.add(member);
  }
  return audience;
}

/** Returns why a user can't send this direct message, or `null` if they can. */
export function directMessageRefusal(from: User, to: User, text: string): AccessRefusal | null {
  if (from === to) return null;
  return callerIdRefusal(from, to) ?? ctcpRefusal(to, text);
}

function ctcpRefusal(to: User, text: string): AccessRefusal | null {
  if (!to.modes.has("T") || !isCtcpRequest(text)) return null;
  return { numeric: NUMERIC.ERR_CANNOTSENDTOUSER, sentence: "They take no CTCP requests (+T)" };
}

/** Applies user modes +R (accounts only) and +g (accepted users only). */
function callerIdRefusal(from: User, to: User): AccessRefusal | null {
  if (isAccepted(to, from)) return null;
  if (from.account === null && to.modes.has("R")) {
    const sentence = "They take messages only from people with an account (+R)";
    return { numeric: NUMERIC.ERR_CANNOTSENDTOUSER, sentence };
  }
  if (!to.modes.has("g")) return null;
  const sentence = "They take messages only from people whom they accept (+g)";
  return { numeric: NUMERIC.ERR_TARGUMODEG, sentence };
}

// Seeing rooms

/** Whether a user may know that a room exists: a secret room (+s) is known only to its members. */
export function canSeeRoom(room: Room, user: User): boolean {
  return !room.hasMode("s") || room.has(user);
}

/**
 * Returns the room of a name, or `null` after replying that there is no such room. That is also the answer
 * for a room that the user can't see.
 */
export function findRoom({ state, user, reply }: RegisteredContext, name: string): Room | null {
  const room = state.rooms.byName(name);
  if (room !== null && canSeeRoom(room, user)) return room;
  reply.numeric(NUMERIC.ERR_NOSUCHCHANNEL, name, "There is no such room");
  return null;
}

// Seeing members and users

/**
 * Whether a viewer may know that a user is in a room. In an auditorium (+u) only its ops see members without
 * a rank. Speaking there reveals a member's nick.
 */
export function canSeeMember(room: Room, viewer: User, user: User): boolean {
  if (!room.hasMode("u") || viewer === user) return true;
  return room.hasRank(user, "v") || room.hasRank(viewer, "h");
}

/**
 * Whether NAMES and WHO of a room list a user for this viewer. Non-members don't see invisible users (+i).
 */
export function canSeeInNames(viewer: User, room: Room, user: User): boolean {
  return canSeeMember(room, viewer, user) && (room.has(viewer) || !hasUserMode(user, "i"));
}

/** Whether a viewer sees every member of a room, so that no member has to be checked. */
export function canSeeAllMembers(viewer: User, room: Room): boolean {
  return room.has(viewer) && (!room.hasMode("u") || room.hasRank(viewer, "h"));
}

/** Whether a user has a connected session. An account stays a member of its rooms without one. */
export function isOnline(user: User): boolean {
  return user.sessions.length > 0;
}

/**
 * Whether a search by mask may show a user to this viewer. Without a room in common neither invisible (+i)
 * nor disconnected users are shown, and to a guest nobody: a mask would list those whose names can't be asked.
 */
export function canFindUser(viewer: User, user: User): boolean {
  if (viewer === user || sharesVisibleRoom(viewer, user)) return true;
  return viewer.account !== null && isOnline(user) && !hasUserMode(user, "i");
}

/** Returns the rooms in which a viewer may know that a user is a member. */
export function* visibleRooms(viewer: User, user: User): Iterable<Room> {
  const isInvisible = viewer !== user && hasUserMode(user, "i");
  for (const room of user.rooms) {
    if (!canSeeMember(room, viewer, user)) continue;
    if (room.has(viewer) || (!isInvisible && canSeeRoom(room, viewer))) yield room;
  }
}

/** Whether the two share a room in which the viewer sees the user. */
export function sharesVisibleRoom(viewer: User, user: User): boolean {
  const [few, many] = viewer.rooms.size <= user.rooms.size ? [viewer, user] : [user, viewer];
  for (const room of few.rooms) if (room.has(many) && canSeeMember(room, viewer, user)) return true;
  return false;
}

// Reading history

/**
 * Whether a user may read a conversation's history: members of a room, and the two of a direct
 * conversation.
 */
export function canReadHistory(conversation: Conversation, user: User): boolean {
  if (conversation instanceof Room) return conversation.has(user);
  const { account } = user;
  return (
    conversation instanceof DirectConversation &&
    account !== null &&
    conversation.accounts.includes(account)
  );
}

/**
 * Returns the conversation that a user may read under a target (a room or a nick). `null` when there is none
 * or the user may not read it; "nothing yet" for an account to which the user has never written.
 */
export function readableConversation(
  state: State,
  user: User,
  target: string,
): Conversation | "nothing yet" | null {
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? room : null;
  }
  const peer = state.accountOfNick(target);
  if (user.account === null || peer === null) return null;
  return state.rooms.directConversation(user.account, peer) ?? "nothing yet";
}

/** Returns every conversation that a user may read, with its target: the room's name or the peer's nick. */
export function readableConversations(
  state: State,
  user: User,
): (readonly [Conversation, string])[] {
  const rooms = [...user.rooms].map((room) => [room, room.name] as const);
  const { account } = user;
  if (account === null) return rooms;
  const directs = [...state.rooms.directConversationsOf(account)].map(
    (direct) => [direct, state.nickOfAccount(direct.peerOf(account))] as const,
  );
  return [...rooms, ...directs];
}

/**
 * Returns the target by which an account addresses a conversation: the room's name, or in a direct
 * conversation the peer's nick. "*" without an account.
 */
export function conversationTarget(
  state: State,
  conversation: Conversation,
  account: AccountName | null,
): string {
  if (conversation instanceof Room) return conversation.name;
  if (!(conversation instanceof DirectConversation) || account === null) return "*";
  return state.nickOfAccount(conversation.peerOf(account));
}
