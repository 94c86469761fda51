import type { State } from "../state.ts";
import { hasBotRight } from "../users/bot-rules.ts";
import type { User } from "../users/user.ts";
import { isFiltered, isMuted, slowModeRefusal, speakRefusal } from "./access.ts";
import type { Room } from "./room.ts";
import { filterText } from "./word-filter.ts";

/*
 * What members say in a room without a message: the reasons of PART, QUIT and REDACT, and what they say about
 * themselves, which the others are told. Who can't say something in a room can't say it so either.
 */

/** Returns a reason as it is told in a room: "" if the user couldn't say it there as a message. */
export function allowedReason(state: State, room: Room, user: User, reason: string): string {
  if (reason === "" || hasFilteredWord(room, user, reason)) return "";
  if (!hasBotRight(state, user.accountId, "speak")) return "";
  // In an op-moderated room (+U) only the ops read what people without voice say.
  if (room.hasMode("U") && !room.hasRank(user, "v")) return "";
  const refusal = speakRefusal(state, room, user, reason) ?? slowModeRefusal(state, room, user);
  return refusal === null ? reason : "";
}

/** Returns the first of a user's rooms whose filter (+g) has a word of a text about them, or `null`. */
export function roomFilteringProfile(user: User, text: string): Room | null {
  for (const room of user.rooms) if (hasFilteredWord(room, user, text)) return room;
  return null;
}

/** Returns why a user can't have another nick: a room of theirs that filters it, or in which they may not talk. */
export function nickChangeRefusal(
  user: User,
  nick: string,
): { readonly room: Room; readonly sentence: string } | null {
  const filtering = roomFilteringProfile(user, nick);
  if (filtering !== null) {
    return { room: filtering, sentence: "That nick has a word that is filtered in that room (+g)" };
  }
  for (const room of user.rooms) {
    if (room.hasRank(user, "v") || !isMuted(room, user)) continue;
    return { room, sentence: "You can't change your nick in a room where you may not talk (+b)" };
  }
  return null;
}

function hasFilteredWord(room: Room, user: User, text: string): boolean {
  return isFiltered(room, user) && filterText(room, text) !== null;
}
