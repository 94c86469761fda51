import { modeLetter, type Rank } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { isAccepted } from "../users/block-list.ts";
import { isListed } from "../users/masks.ts";
import type { User } from "../users/user.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";

/** Who may come into a room, talk in it, and see what is in it: what the modes mean. */

/** Why somebody may not, as a numeric and a sentence. */
export interface AccessRefusal {
  readonly numeric: string;
  readonly sentence: string;
}

/** Kept out: on the list of bans, and on none of exceptions. */
export function isBanned(room: Room, user: User): boolean {
  return isListed(room, "b", user) && !isListed(room, "e", user);
}

/** Banned, or only kept quiet. */
export function isMuted(room: Room, user: User): boolean {
  return isListed(room, "b", user, true) && !isListed(room, "e", user, true);
}

/** Why this user can't join, or `null`. An invitation opens every door. */
export function joinRefusal(room: Room, user: User, key: string): AccessRefusal | null {
  if (room.invited.has(user)) return null;
  if (isBanned(room, user)) {
    return { numeric: NUMERIC.ERR_BANNEDFROMCHAN, sentence: "You are banned from that room (+b)" };
  }
  if (room.hasMode("i") && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_INVITEONLYCHAN, sentence: "That room is by invitation (+i)" };
  }
  if (room.hasMode("R") && user.account === null && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_NEEDREGGEDNICK, sentence: "Log in to join that room (+R)" };
  }
  const wanted = room.modes.get("k");
  if (wanted !== undefined && wanted !== key) {
    return { numeric: NUMERIC.ERR_BADCHANNELKEY, sentence: "That room has another key (+k)" };
  }
  const limit = room.modes.get("l");
  if (limit !== undefined && room.members.size >= Number(limit)) {
    return { numeric: NUMERIC.ERR_CHANNELISFULL, sentence: "That room is full (+l)" };
  }
  return null;
}

/**
 * Where somebody goes who may not come in (+f): a room that is there and lets them in, or `null`. A wrong
 * key leads nowhere, for it can be typed again.
 */
export function forwardTarget(
  rooms: Rooms,
  room: Room,
  user: User,
  refusal: AccessRefusal,
): Room | null {
  const name = room.modes.get("f");
  if (name === undefined || refusal.numeric === NUMERIC.ERR_BADCHANNELKEY) return null;
  const other = rooms.byName(name);
  if (other === null || other.has(user)) return null;
  return joinRefusal(other, user, "") === null ? other : null;
}

/**
 * Why this user can't say that in a room, or `null`.
 *
 * @param text what is said; "" when that doesn't matter yet
 */
export function speakRefusal(room: Room, user: User, text = ""): AccessRefusal | null {
  const numeric = NUMERIC.ERR_CANNOTSENDTOCHAN;
  if (room.hasMode("n") && !room.has(user)) {
    return { numeric, sentence: "Only people in that room may talk there (+n)" };
  }
  if (room.hasMode("C") && isCtcp(text)) {
    return { numeric, sentence: "That room takes no CTCP requests (+C)" };
  }
  if (room.hasRank(user, "v")) return null;
  if (isMuted(room, user)) return { numeric, sentence: "You are banned from that room (+b)" };
  // In an op-moderated room the ops hear what the others don't: see `messageAudience`.
  if (room.hasMode("U") && room.has(user)) return null;
  if (room.hasMode("m")) return { numeric, sentence: "That room is moderated (+m)" };
  if (room.hasMode("M") && user.account === null) {
    return { numeric, sentence: "Log in to talk in that room (+M)" };
  }
  return null;
}

/** A request to a client's program, between two ^A; /me is written like one, and is talk. */
function isCtcp(text: string): boolean {
  if (!text.startsWith("\x01")) return false;
  const request = text.slice(1);
  return request !== "ACTION" && request !== "ACTION\x01" && !request.startsWith("ACTION ");
}

/**
 * Who hears what this user says in a room: `null` for everybody there. In an op-moderated room (+U) that is
 * the ops and the speaker; such a message passes, and is not kept, since later readers may see all that is.
 *
 * @param rank the lowest that the speaker wants to be heard by; `null` for no matter
 */
export function messageAudience(
  room: Room,
  user: User,
  rank: Rank | null = null,
): Set<User> | null {
  const isToOps = room.hasMode("U") && !room.hasRank(user, "v");
  if (!isToOps && rank === null) return null;
  const users = new Set<User>([user]);
  for (const member of room.members.keys()) {
    if (isToOps && !room.hasRank(member, "h")) continue;
    if (rank === null || room.hasRank(member, modeLetter(rank))) users.add(member);
  }
  return users;
}

/** Why this user can't write that to that one, or `null`. */
export function directMessageRefusal(from: User, to: User, text: string): AccessRefusal | null {
  if (from === to) return null;
  return callerIdRefusal(from, to) ?? ctcpRefusal(to, text);
}

function ctcpRefusal(to: User, text: string): AccessRefusal | null {
  if (!to.modes.has("T") || !isCtcp(text)) return null;
  return { numeric: NUMERIC.ERR_CANNOTSENDTOUSER, sentence: "They take no CTCP requests (+T)" };
}

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

/** Whether somebody may know that the room is there. */
export function canSeeRoom(room: Room, user: User): boolean {
  return !room.hasMode("s") || room.has(user);
}

/**
 * Whether one person may know that another is in a room. In an auditorium (+u) those without a rank are
 * seen by the ops alone. Whoever talks there shows their name by that, as somebody in the dark does.
 */
export function canSeeMember(room: Room, viewer: User, user: User): boolean {
  if (!room.hasMode("u") || viewer === user) return true;
  return room.hasRank(user, "v") || room.hasRank(viewer, "h");
}
