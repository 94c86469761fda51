import { matchesMask } from "../protocol/mask.ts";
import { fold } from "../protocol/names.ts";
import { NUMERIC } from "../protocol/numerics.ts";
import type { Room } from "./room.ts";
import type { User } from "./user.ts";

/** Who may come into a room, talk in it, and see what is in it. */

/** Why somebody may not, as a numeric and a sentence. */
export interface Refusal {
  readonly numeric: string;
  readonly sentence: string;
}

/** Whether one of a list's masks means this user: nick!user@host, or `~a:account` for an account. */
export function isListed(room: Room, letter: string, user: User): boolean {
  const entries = room.lists.get(letter);
  return entries?.some(({ mask }) => matchesUser(mask, user)) ?? false;
}

function matchesUser(mask: string, user: User): boolean {
  const extended = /^[~$]a(?::(.*))?$/.exec(mask);
  if (extended === null) return matchesMask(mask, user.source);
  const [, account] = extended;
  if (user.account === null) return false;
  return account === undefined || matchesMask(account, user.account);
}

export function isBanned(room: Room, user: User): boolean {
  return isListed(room, "b", user) && !isListed(room, "e", user);
}

/** Why this user can't join, or `null`. An invitation opens every door. */
export function joinRefusal(room: Room, user: User, key: string): Refusal | null {
  if (room.invited.has(fold(user.account ?? user.nick))) return null;
  if (isBanned(room, user)) {
    return { numeric: NUMERIC.ERR_BANNEDFROMCHAN, sentence: "You are banned from that room (+b)" };
  }
  if (room.is("i") && !isListed(room, "I", user)) {
    return { numeric: NUMERIC.ERR_INVITEONLYCHAN, sentence: "That room is by invitation (+i)" };
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

/** Why this user can't talk in a room, or `null`. */
export function speakRefusal(room: Room, user: User): Refusal | null {
  const numeric = NUMERIC.ERR_CANNOTSENDTOCHAN;
  if (room.is("n") && !room.has(user)) {
    return { numeric, sentence: "Only people in that room may talk there (+n)" };
  }
  if (room.stands(user, "v")) return null;
  if (room.is("m")) return { numeric, sentence: "That room is moderated (+m)" };
  if (isBanned(room, user)) return { numeric, sentence: "You are banned from that room (+b)" };
  return null;
}

/** Whether somebody may know that the room is there. */
export function isVisible(room: Room, user: User): boolean {
  return !room.is("s") || room.has(user);
}
