import type { Steps } from "../command.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { isFiltered, isMuted, slowModeRefusal, speakRefusal } from "./access.ts";
import type { Room } from "./room.ts";
import { FilteredText, filterText, unitsOfFilters } from "./word-filter.ts";

/*
 * What members say in a room without a message: the reasons of PART, QUIT and REDACT, and what they say about
 * themselves, which the others are told. Who can't say something in a room can't say it so either.
 */

/** Returns a reason as it is told in a room: "" if the user couldn't say it there as a message. */
export function allowedReason(state: State, room: Room, user: User, reason: string): string {
  if (reason === "") return "";
  if (hasFilteredWord(state, room, user, new FilteredText(reason))) return "";
  // In an op-moderated room (+U) only the ops read what people without voice say.
  if (room.hasMode("U") && !room.hasRank(user, "v")) return "";
  const refusal = speakRefusal(state, room, user, reason) ?? slowModeRefusal(state, room, user);
  return refusal === null ? reason : "";
}

/**
 * Returns the first of a user's rooms whose filter (+g) has a word of a text about them, or `null`, in slices: two hundred
 * rooms may have fifty filters each. Rooms that the user joins meanwhile are looked at as well.
 */
export function* roomFilteringProfile(state: State, user: User, text: string): Steps<Room | null> {
  const filtered = new FilteredText(text);
  const slice = new Slice({ units: 0 });
  for (const room of user.rooms) {
    if (slice.isOver(1 + unitsOfFilters(room, filtered))) yield* pause();
    if (hasFilteredWord(state, room, user, filtered)) return room;
  }
  return null;
}

/** Returns why a user can't have another nick: a room of theirs that filters it, or in which they may not talk. */
export function nickChangeRefusal(
  state: State,
  user: User,
  nick: string,
): { readonly room: Room; readonly sentence: string } | null {
  const filtered = new FilteredText(nick);
  for (const room of user.rooms) {
    if (!hasFilteredWord(state, room, user, filtered)) continue;
    return { room, sentence: "That nick has a word that is filtered in that room (+g)" };
  }
  for (const room of user.rooms) {
    if (room.hasRank(user, "v") || !isMuted(room, user)) continue;
    return { room, sentence: "You can't change your nick in a room where you may not talk (+b)" };
  }
  return null;
}

function hasFilteredWord(
  { budgets }: State,
  room: Room,
  user: User,
  filtered: FilteredText,
): boolean {
  return isFiltered(room, user) && filterText(room, filtered, budgets.meter) !== null;
}
