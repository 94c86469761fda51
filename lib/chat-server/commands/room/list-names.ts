import { maskMatcher } from "../../../protocol/glob-mask.ts";
import { type Folded, fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import { ROWS_MAX } from "../../limits.ts";
import { repeatedList, splitQueryTargets } from "../../relay/target-list.ts";
import { canSeeRoom } from "../../rooms/access.ts";
import { endNames, MEMBERS_PER_UNIT, sendMembers, sendNames } from "../../rooms/names-reply.ts";
import type { Room } from "../../rooms/room.ts";
import { pause, Slice } from "../../slices.ts";

/** LIST and NAMES: which rooms there are, and who is in them. */

/** Masks and filters of one LIST: each is matched against every room, a mask in some microseconds. */
const FILTERS_MAX = 8;
/** Work of one of them for one room, in the units of slices.ts. */
const UNITS_PER_FILTER = 2;

type Filter = (room: Room) => boolean;

interface RoomSearch {
  readonly matches: Filter;
  /** How many masks and filters a room is matched against. */
  readonly filterCount: number;
}

/**
 * LIST: shows all rooms that the user can see, or those that match. Supports the filters of ELIST=CMNTU:
 * https://modern.ircdocs.horse/#elist-parameter
 */
export const LIST: Command = {
  verb: "LIST",
  params: 0,
  phase: "registered",
  cost: 5,
  handle: inSteps(function* ({ state, session, user, reply, params }: RegisteredContext) {
    const conditions = params.slice(0, 2).join(",");
    const search = parseSearch(conditions, state.now);
    if (search === null) {
      const sentence = "Too many masks and filters at once";
      return reply.numeric(NUMERIC.ERR_TOOMANYTARGETS, conditions, sentence);
    }
    const { matches, filterCount } = search;
    reply.numeric(NUMERIC.RPL_LISTSTART, "Room", "Members  Topic");
    let rowCount = 0;
    let isCut = false;
    const slice = new Slice(reply);
    for (const room of state.rooms.all()) {
      if (slice.isOver(1 + filterCount * UNITS_PER_FILTER)) yield* pause();
      session.work.rows += 1;
      session.work.masks += filterCount;
      if (!canSeeRoom(room, user) || !matches(room)) continue;
      isCut = rowCount === ROWS_MAX || reply.isFull;
      if (isCut) break;
      rowCount += 1;
      const members = String(room.members.size);
      reply.numeric(NUMERIC.RPL_LIST, room.name, members, room.topic?.text ?? "");
    }
    const cutSentence = "There are more rooms: search for some of them, as in LIST #t*";
    reply.numeric(NUMERIC.RPL_LISTEND, isCut ? cutSentence : "End of the list");
  }),
};

/**
 * Parses `#tea,#m*`, `>5,C<60,!#t*`, or both: a room matches if it has one of the names or masks, if any are
 * given, and passes every filter. Returns `null` for too many masks and filters.
 */
function parseSearch(text: string, now: number): RoomSearch | null {
  const names = new Set<Folded>();
  const masks: Filter[] = [];
  const filters: Filter[] = [];
  for (const word of text.split(",")) {
    if (word === "") continue;
    if (/^(?:!|[CT]?[<>]\d)/i.test(word)) filters.push(parseFilter(word, now));
    else if (/[*?]/.test(word)) masks.push(nameMatcher(word));
    else names.add(fold(word));
  }
  if (masks.length + filters.length > FILTERS_MAX) return null;
  const isAnyName = names.size === 0 && masks.length === 0;
  const matchesName = (room: Room) =>
    isAnyName || names.has(fold(room.name)) || masks.some((mask) => mask(room));
  return {
    matches: (room) => filters.every((filter) => filter(room)) && matchesName(room),
    filterCount: masks.length + filters.length,
  };
}

function nameMatcher(mask: string): Filter {
  const matches = maskMatcher(mask);
  return ({ name }) => matches(fold(name));
}

function parseFilter(word: string, now: number): Filter {
  if (word.startsWith("!")) {
    const matches = nameMatcher(word.slice(1));
    return (room) => !matches(room);
  }
  const [, property = "", operator = "", digits = ""] = /^([CT]?)([<>])(\d+)/i.exec(word) ?? [];
  const limit = Number(digits);
  const compare = (value: number) => (operator === "<" ? value < limit : value > limit);
  if (property === "") return ({ members }) => compare(members.size);
  // Compares how many minutes ago something was. A topic that was never set matches neither way.
  const compareAge = (time: number | undefined) =>
    time !== undefined && compare((now - time) / 60_000);
  if (property.toUpperCase() === "C") return ({ createdAt }) => compareAge(createdAt);
  return ({ topic }) => compareAge(topic?.time);
}

/**
 * NAMES: shows the members of rooms, each list with its own end, or of all rooms. A room that doesn't exist
 * or is hidden has none.
 */
export const NAMES: Command = {
  verb: "NAMES",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context: RegisteredContext) {
    const { state, user, reply, params } = context;
    const [nameList] = params;
    if (nameList === undefined) return yield* sendAllNames(context);
    const names = splitQueryTargets(context, nameList);
    if (names.length === 0) return endNames(reply, repeatedList(nameList) || "*");
    const slice = new Slice(reply);
    for (const name of names) {
      if (slice.isOver()) yield* pause();
      if (reply.isFull) {
        const sentence = "That answer is too long: ask for the rest of the rooms again";
        return reply.numeric(NUMERIC.RPL_TRYAGAIN, "NAMES", sentence);
      }
      const room = state.rooms.byName(name);
      if (room !== null && canSeeRoom(room, user)) sendNames(reply, room, user);
      else endNames(reply, name);
      slice.add((room?.members.size ?? 0) / MEMBERS_PER_UNIT);
    }
  }),
};

function* sendAllNames({ state, session, user, reply }: RegisteredContext): Steps {
  const slice = new Slice(reply);
  for (const room of state.rooms.all()) {
    if (slice.isOver(room.members.size / MEMBERS_PER_UNIT)) yield* pause();
    if (reply.isFull) {
      const sentence = "That answer is too long: ask for rooms by name";
      return reply.numeric(NUMERIC.RPL_TRYAGAIN, "NAMES", sentence);
    }
    session.work.rows += 1;
    if (canSeeRoom(room, user)) sendMembers(reply, room, user);
  }
  endNames(reply, "*");
}
