import type { Steps } from "../command.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { bansOrMutes, identitiesOf, isBroadMask } from "../users/ban-masks.ts";
import { hasBotRight } from "../users/bot-rules.ts";
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
  if (!hasBotRight(state, user.accountId, "speak")) return "";
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

/**
 * Returns the first of a user's rooms in which they are muted (+b ~m:), or `null`. A mute of everybody is a quiet hour,
 * as +m is, and says nothing against anybody in particular.
 */
function roomMuting(user: User): Room | null {
  for (const room of user.rooms) {
    if (room.hasRank(user, "v") || !isMuted(room, user)) continue;
    const masks = (room.lists.get("b") ?? []).filter(({ mask }) => !isBroadMask(mask));
    const isMeant = identitiesOf(user).some((each) =>
      masks.some((mask) => bansOrMutes(mask, each)),
    );
    if (isMeant) return room;
  }
  return null;
}

/**
 * Returns why a user can't tell others this about themselves (a real name, a value of metadata), as a sentence, or
 * `null`: a room of theirs filters it, or mutes them, who would talk by it.
 *
 * @param subject what it is, as the sentence calls it: "real name"
 */
export function* profileRefusal(
  state: State,
  user: User,
  subject: string,
  text: string,
): Steps<string | null> {
  const filtering = yield* roomFilteringProfile(state, user, text);
  if (filtering !== null) {
    return `That ${subject} has a word that is filtered in ${filtering.name} (+g)`;
  }
  const muting = roomMuting(user);
  return muting === null
    ? null
    : `You can't change your ${subject} while you may not talk in ${muting.name} (+b)`;
}

/** Returns whether a user can tell others this about themselves: at once, for what they said before they were in. */
export function mayTellOfThemselves(state: State, user: User, text: string): boolean {
  const filtered = new FilteredText(text);
  for (const room of user.rooms) if (hasFilteredWord(state, room, user, filtered)) return false;
  return roomMuting(user) === null;
}

/** What the others in a room read of the away message of somebody who may not talk there. */
const PLAIN_AWAY = "away";

/** Returns an away message that no room filters as a user may have it: who may not talk says no more than that. */
export function awayUnlessMuted(user: User, message: string | null): string | null {
  return message === null || roomMuting(user) === null ? message : PLAIN_AWAY;
}

/** Returns an away message as a user may have it, whatever it says: `PLAIN_AWAY` in place of a text that says more. */
export function allowedAway(state: State, user: User, message: string | null): string | null {
  return message === null || mayTellOfThemselves(state, user, message) ? message : PLAIN_AWAY;
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
  const muting = roomMuting(user);
  if (muting === null) return null;
  const sentence = "You can't change your nick in a room where you may not talk (+b)";
  return { room: muting, sentence };
}

function hasFilteredWord(
  { budgets }: State,
  room: Room,
  user: User,
  filtered: FilteredText,
): boolean {
  return isFiltered(room, user) && filterText(room, filtered, budgets.meter) !== null;
}
