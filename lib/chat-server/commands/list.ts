import { matchesMask } from "../../protocol/mask.ts";
import { NUMERIC } from "../../protocol/numerics.ts";
import { isVisible } from "../access.ts";
import type { Command } from "../command.ts";
import { ROWS_MAX } from "../limits.ts";
import type { Room } from "../room.ts";

/**
 * LIST: the rooms that there are, or those that somebody looks for, by the filters that ELIST announces.
 * https://modern.ircdocs.horse/#elist-parameter
 */

/** Filters of one LIST; each is held against every room. */
const FILTERS_MAX = 8;

type Filter = (room: Room) => boolean;

/** What is looked for: one of the names, and everything that the filters say. */
interface Search {
  readonly names: readonly Filter[];
  readonly filters: readonly Filter[];
}

export const LIST: Command = {
  verb: "LIST",
  params: 0,
  who: "here",
  cost: 5,
  handle: ({ state, user, reply, params }) => {
    const { names, filters } = parseSearch(params.slice(0, 2).join(","), state.now);
    reply.numeric(NUMERIC.RPL_LISTSTART, "Room", "Members  Topic");
    let rows = 0;
    for (const room of state.rooms.all()) {
      if (!isVisible(room, user) || !filters.every((filter) => filter(room))) continue;
      if (names.length > 0 && !names.some((name) => name(room))) continue;
      rows += 1;
      if (rows > ROWS_MAX) break;
      const members = String(room.members.size);
      reply.numeric(NUMERIC.RPL_LIST, room.name, members, room.topic?.text ?? "");
    }
    reply.numeric(NUMERIC.RPL_LISTEND, "End of the list");
  },
};

/** `#t*,#milk` or `>5,C<60,!#t*`, all in one list or in two. */
function parseSearch(text: string, now: number): Search {
  const words = text.split(",").filter((word) => word !== "");
  const isFilter = (word: string) => /^(?:!|[CT]?[<>]\d)/i.test(word);
  return {
    names: words
      .filter((word) => !isFilter(word))
      .slice(0, NAMES_MAX)
      .map((mask) => named(mask)),
    filters: words
      .filter(isFilter)
      .slice(0, FILTERS_MAX)
      .map((word) => parseFilter(word, now)),
  };
}

/** Names of one LIST: what fits in a line, if they are short. */
const NAMES_MAX = 20;

function named(mask: string): Filter {
  return (room) => matchesMask(mask, room.name);
}

function parseFilter(word: string, now: number): Filter {
  if (word.startsWith("!")) return ({ name }) => !matchesMask(word.slice(1), name);
  const [, what = "", sign = "", digits = ""] = /^([CT]?)([<>])(\d+)/i.exec(word) ?? [];
  const number = Number(digits);
  const holds = (value: number) => (sign === "<" ? value < number : value > number);
  /** Less or more than so many minutes ago; what never was isn't found. */
  const ago = (time: number | undefined) => time !== undefined && holds((now - time) / 60_000);
  if (what === "") return ({ members }) => holds(members.size);
  if (what.toUpperCase() === "C") return ({ createdAt }) => ago(createdAt);
  return ({ topic }) => ago(topic?.time);
}
