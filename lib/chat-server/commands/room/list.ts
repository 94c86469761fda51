import { matchesMask } from "../../../protocol/mask.ts";
import { type Folded, fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command } from "../../command.ts";
import { ROWS_MAX } from "../../limits.ts";
import { canSeeRoom } from "../../rooms/access.ts";
import type { Room } from "../../rooms/room.ts";

/**
 * LIST: the rooms that there are, or those that somebody looks for, by the filters that ELIST announces.
 * https://modern.ircdocs.horse/#elist-parameter
 */

/** Masks and filters of one LIST: each is held against every room, and a mask takes some microseconds. */
const FILTERS_MAX = 8;
/** Tokens that each costs besides: with 20,000 rooms one takes 30 ms, and eight of them 200. */
const FILTER_COST = 10;

type Filter = (room: Room) => boolean;

interface Search {
  readonly isWanted: Filter;
  readonly cost: number;
}

export const LIST: Command = {
  verb: "LIST",
  params: 0,
  phase: "registered",
  cost: 5,
  handle: ({ state, session, user, reply, params }) => {
    const asked = params.slice(0, 2).join(",");
    const search = parseSearch(asked, state.now);
    if (search === null) {
      const sentence = "That is too much to look for at once";
      return reply.numeric(NUMERIC.ERR_TOOMANYTARGETS, asked, sentence);
    }
    const { isWanted, cost } = search;
    if (cost > 0 && !session.rateLimit.take(cost, state.now)) {
      return reply.numeric(NUMERIC.RPL_TRYAGAIN, "LIST", "Wait a little before you search again");
    }
    reply.numeric(NUMERIC.RPL_LISTSTART, "Room", "Members  Topic");
    let rows = 0;
    let isMore = false;
    for (const room of state.rooms.all()) {
      if (!canSeeRoom(room, user) || !isWanted(room)) continue;
      isMore = rows === ROWS_MAX || reply.isFull;
      if (isMore) break;
      rows += 1;
      const members = String(room.members.size);
      reply.numeric(NUMERIC.RPL_LIST, room.name, members, room.topic?.text ?? "");
    }
    const more = "There are more rooms: look for some of them, as in LIST #t*";
    reply.numeric(NUMERIC.RPL_LISTEND, isMore ? more : "End of the list");
  },
};

/**
 * `#tea,#m*`, `>5,C<60,!#t*`, or both: rooms of which a name or mask is true, if there is one, and every
 * filter. `null` for too many of them.
 */
function parseSearch(text: string, now: number): Search | null {
  const names = new Set<Folded>();
  const masks: Filter[] = [];
  const filters: Filter[] = [];
  for (const word of text.split(",")) {
    if (word === "") continue;
    if (/^(?:!|[CT]?[<>]\d)/i.test(word)) filters.push(parseFilter(word, now));
    else if (/[*?]/.test(word)) masks.push(({ name }) => matchesMask(word, name));
    else names.add(fold(word));
  }
  if (masks.length + filters.length > FILTERS_MAX) return null;
  const isAny = names.size === 0 && masks.length === 0;
  const isNamed = (room: Room) =>
    isAny || names.has(fold(room.name)) || masks.some((mask) => mask(room));
  return {
    isWanted: (room) => filters.every((filter) => filter(room)) && isNamed(room),
    cost: (masks.length + filters.length) * FILTER_COST,
  };
}

function parseFilter(word: string, now: number): Filter {
  if (word.startsWith("!")) return ({ name }) => !matchesMask(word.slice(1), name);
  const [, what = "", sign = "", digits = ""] = /^([CT]?)([<>])(\d+)/i.exec(word) ?? [];
  const number = Number(digits);
  const holds = (value: number) => (sign === "<" ? value < number : value > number);
  if (what === "") return ({ members }) => holds(members.size);
  /** Less or more than so many minutes ago. A topic that was never set was set at no time. */
  const ago = (time: number | undefined) => time !== undefined && holds((now - time) / 60_000);
  if (what.toUpperCase() === "C") return ({ createdAt }) => ago(createdAt);
  return ({ topic }) => ago(topic?.time);
}
