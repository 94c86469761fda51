import type { AccountId } from "../../protocol/account-id.ts";
import { isRoomName } from "../../protocol/names.ts";
import { mapPassword } from "../../protocol/opaque-string.ts";
import { modeLetter, type Rank } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import { isHiddenFrom, shownDirectConversation } from "../history/withheld.ts";
import type { State } from "../state.ts";
import { isListed } from "../users/ban-masks.ts";
import { isAccepted } from "../users/block-list.ts";
import { canEnterByInvitation } from "../users/room-invitations.ts";
import type { User } from "../users/user.ts";
import { hasUserMode } from "../users/user-modes.ts";
import { type Conversation, DirectConversation, Room } from "./room.ts";
import { isJoinThrottled, isTooNew, slowSecondsLeft, slowSentence } from "./throttles.ts";
import { FilteredText, filterText } from "./word-filter.ts";

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

/**
 * Whether a user is on the ban list (+b) and on no exception list (+e). A ban never holds those whom the room
 * makes founder or admin when they join: otherwise a half-op could lock them out while they are away.
 */
export function isBanned(room: Room, user: User): boolean {
  if (!isListed(room, "b", user) || isListed(room, "e", user)) return false;
  return !/[qa]/.test(autoRanksOf(room, user));
}

function autoRanksOf(room: Room, { accountId }: User): string {
  return (accountId === null ? undefined : room.autoRanks.get(accountId)) ?? "";
}

/** Returns why nobody may talk in a closed room or join it, or `null` for an open one. */
function closedRefusal({ closure }: Room, numeric: string): AccessRefusal | null {
  if (closure === null) return null;
  const { reason } = closure;
  return { numeric, sentence: `That room is closed${reason === "" ? "" : `: ${reason}`}` };
}

/** Whether the ops of a room approve who joins it (+A), and this user needs that. */
export function needsApproval(room: Room, user: User): boolean {
  return room.hasMode("A") && !isListed(room, "I", user) && autoRanksOf(room, user) === "";
}

/**
 * Returns why a user can't join with this key, or `null` if they can. An op's invitation overrides all modes,
 * but opens no closed room.
 */
export function joinRefusal(
  state: State,
  room: Room,
  user: User,
  key: string,
): AccessRefusal | null {
  const closed = closedRefusal(room, NUMERIC.ERR_BANNEDFROMCHAN);
  if (closed !== null) return closed;
  if (canEnterByInvitation(state, user, room)) return null;
  if (isBanned(room, user)) {
    return { numeric: NUMERIC.ERR_BANNEDFROMCHAN, sentence: "You are banned from that room (+b)" };
  }
  if (isProfileFiltered(state, room, user)) {
    const sentence =
      "Your name, away message or metadata has a word that is filtered in that room (+g)";
    return { numeric: NUMERIC.ERR_BANNEDFROMCHAN, sentence };
  }
  if (room.hasMode("i") && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_INVITEONLYCHAN, sentence: "That room is invite-only (+i)" };
  }
  if (room.hasMode("R") && user.account === null && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_NEEDREGGEDNICK, sentence: "Log in to join that room (+R)" };
  }
  if (isTooNew(state, room, user, "Y") && !isListed(room, "I", user)) {
    const age = room.modes.get("Y");
    const sentence = `Only accounts that are at least ${age} old may join that room (+Y)`;
    return { numeric: NUMERIC.ERR_BANNEDFROMCHAN, sentence };
  }
  if (needsApproval(room, user)) {
    const sentence = "The ops of that room approve who joins (+A)";
    return { numeric: NUMERIC.ERR_INVITEONLYCHAN, sentence };
  }
  const roomKey = room.modes.get("k");
  if (roomKey !== undefined && mapPassword(roomKey) !== mapPassword(key)) {
    return { numeric: NUMERIC.ERR_BADCHANNELKEY, sentence: "That room needs the right key (+k)" };
  }
  const limit = room.modes.get("l");
  if (limit !== undefined && room.members.size >= Number(limit)) {
    return { numeric: NUMERIC.ERR_CHANNELISFULL, sentence: "That room is full (+l)" };
  }
  if (autoRanksOf(room, user) === "" && isJoinThrottled(state, room, user)) {
    const sentence = "Too many people are joining that room. Try again in a while (+j)";
    return { numeric: NUMERIC.ERR_THROTTLE, sentence };
  }
  return null;
}

/** Whether what the members are told of a user who joins has a word that the room filters (+g). */
function isProfileFiltered({ budgets }: State, room: Room, user: User): boolean {
  if (/[qaoh]/.test(autoRanksOf(room, user))) return false;
  const { nick, user: username, account, realname } = user.identity;
  const texts = [nick, username, account ?? "", realname, user.away ?? ""];
  return [...texts, ...user.metadata.values()].some(
    (text) => filterText(room, new FilteredText(text), budgets.meter) !== null,
  );
}

/**
 * Returns the room that a refused user is forwarded to (+f), if it exists and they can join it, or `null`.
 * A wrong key forwards no user, since they can correct it.
 */
export function forwardTarget(
  state: State,
  room: Room,
  user: User,
  refusal: AccessRefusal,
): Room | null {
  const name = room.modes.get("f");
  if (name === undefined || refusal.numeric === NUMERIC.ERR_BADCHANNELKEY) return null;
  const target = state.rooms.byName(name);
  if (target === null || target.has(user)) return null;
  return joinRefusal(state, target, user, "") === null ? target : null;
}

// Speaking

/** Whether a user may not speak in a room: banned, or matched by a mute on the ban list. */
export function isMuted(room: Room, user: User): boolean {
  return isListed(room, "b", user, true) && !isListed(room, "e", user, true);
}

/**
 * Returns why a user can't say something in a room, or `null` if they can.
 *
 * @param text the message's text; "" when it doesn't matter yet
 */
export function speakRefusal(
  state: State,
  room: Room,
  user: User,
  text = "",
): AccessRefusal | null {
  const numeric = NUMERIC.ERR_CANNOTSENDTOCHAN;
  const closed = closedRefusal(room, numeric);
  if (closed !== null) return closed;
  if (room.hasMode("n") && !room.has(user)) {
    return { numeric, sentence: "Only people in that room may talk there (+n)" };
  }
  if (room.hasMode("C") && isCtcpRequest(text)) {
    return { numeric, sentence: "That room takes no CTCP requests (+C)" };
  }
  if (room.hasRank(user, "v")) return null;
  if (isMuted(room, user)) return { numeric, sentence: "You may not talk in that room (+b)" };
  if (isTooNew(state, room, user, "y")) {
    const age = room.modes.get("y");
    const sentence = `Only accounts that are at least ${age} old may talk in that room (+y)`;
    return { numeric, sentence };
  }
  // In an op-moderated room (+U) the ops still receive it: see `messageAudience`.
  if (room.hasMode("U") && room.has(user)) return null;
  if (room.hasMode("m")) return { numeric, sentence: "That room is moderated (+m)" };
  if (room.hasMode("M") && user.account === null) {
    return { numeric, sentence: "Log in to talk in that room (+M)" };
  }
  return null;
}

/**
 * Returns why slow mode (+W) makes a user wait before their next message, or `null` if it doesn't. Reactions
 * and typing notifications don't count.
 */
export function slowModeRefusal(state: State, room: Room, user: User): AccessRefusal | null {
  if (room.hasRank(user, "v")) return null;
  const seconds = slowSecondsLeft(state, room, user);
  if (seconds === 0) return null;
  return { numeric: NUMERIC.ERR_CANNOTSENDTOCHAN, sentence: slowSentence(seconds) };
}

/** Whether a user's messages are searched for the words that the room filters (+g): all but the ops'. */
export function isFiltered(room: Room, user: User): boolean {
  return !room.hasRank(user, "h");
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
 * @param isHidden whether a word filter (+g ~h:) hides the message from all but the ops
 */
export function messageAudience(
  room: Room,
  user: User,
  rank: Rank | null = null,
  isHidden = false,
): Set<User> | null {
  const isToOps = isHidden || (room.hasMode("U") && !room.hasRank(user, "v"));
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
function sharesVisibleRoom(viewer: User, user: User): boolean {
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
  const { accountId } = user;
  return (
    conversation instanceof DirectConversation &&
    accountId !== null &&
    conversation.accounts.includes(accountId)
  );
}

/**
 * Returns the position of the first event of a conversation that a user may read; 0 for all. In a room with
 * +H members read what came since they joined.
 */
export function firstReadablePosition(conversation: Conversation, user: User): number {
  if (!(conversation instanceof Room) || !conversation.hasMode("H")) return 0;
  return conversation.members.get(user)?.joinedPosition ?? Infinity;
}

/** Returns the time (ms) from which on a user may read a conversation: see `firstReadablePosition`. */
export function firstReadableTime(conversation: Conversation, user: User): number {
  if (!(conversation instanceof Room) || !conversation.hasMode("H")) return 0;
  return conversation.members.get(user)?.joinedTime ?? Infinity;
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
  if (user.accountId === null || peer === null) return null;
  return shownDirectConversation(state.rooms, user.accountId, peer) ?? "nothing yet";
}

/** Returns every conversation that a user may read, with its target: the room's name or the peer's nick. */
export function readableConversations(
  state: State,
  user: User,
): (readonly [Conversation, string])[] {
  const rooms = [...user.rooms].map((room) => [room, room.name] as const);
  const { accountId } = user;
  if (accountId === null) return rooms;
  const directs = [...state.rooms.directConversationsOf(accountId)]
    .filter((direct) => !isHiddenFrom(direct, accountId))
    .map((direct) => [direct, state.nickOfAccount(direct.peerOf(accountId))] as const);
  return [...rooms, ...directs];
}

/**
 * Returns the target by which an account addresses a conversation: the room's name, or in a direct
 * conversation the peer's nick. "*" without an account.
 */
export function conversationTarget(
  state: State,
  conversation: Conversation,
  account: AccountId | null,
): string {
  if (conversation instanceof Room) return conversation.name;
  if (!(conversation instanceof DirectConversation) || account === null) return "*";
  return state.nickOfAccount(conversation.peerOf(account));
}
