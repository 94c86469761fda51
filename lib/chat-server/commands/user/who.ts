import { matchesMask } from "../../../protocol/mask.ts";
import { fold, isRoomName } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { ROWS_MAX } from "../../limits.ts";
import { canSeeRoom } from "../../rooms/access.ts";
import { prefixOf } from "../../rooms/names-reply.ts";
import type { Room } from "../../rooms/room.ts";
import { canFind, canSeeInNames, isOnline, visibleRooms } from "../../rooms/visibility.ts";
import type { User } from "../../users/user.ts";
import { hasUserMode } from "../../users/user-modes.ts";
import { parseWhox, type Whox, whoxParams } from "../../users/whox.ts";

/** Lists people: those of a room, one by nick, or all whom a mask means. */
export const WHO: Command = {
  verb: "WHO",
  params: 1,
  phase: "registered",
  cost: 3,
  handle: (context) => {
    const { reply, params } = context;
    const [mask = "", options = ""] = params;
    const whox = parseWhox(options);
    const onlyOperators = options.split("%", 1)[0]?.includes("o") ?? false;
    let rows = 0;
    let isMore = false;
    for (const [user, room] of found(context, mask)) {
      if (onlyOperators && !hasUserMode(user, "o")) continue;
      isMore = rows === ROWS_MAX || reply.isFull;
      if (isMore) break;
      rows += 1;
      tell(context, user, room, whox);
    }
    const more = "There are more people: look for some of them, as in WHO m*";
    reply.numeric(NUMERIC.RPL_ENDOFWHO, mask, isMore ? more : "End of the list");
  },
};

/**
 * Tokens that looking at everybody costs besides: 40 ms on a server of 10,000 people. A room or a nick is
 * found at once.
 */
const SEARCH_COST = 20;

/** People whom the mask means and the asker may find, each with a room to tell them in. */
function* found(context: RegisteredContext, mask: string): Iterable<[User, Room | null]> {
  const { state, session, user: viewer, reply } = context;
  if (isRoomName(mask)) return yield* membersOf(context, mask);
  const exact = state.users.byNick(fold(mask));
  if (exact === null && !session.rateLimit.take(SEARCH_COST, state.now)) {
    return reply.numeric(NUMERIC.RPL_TRYAGAIN, "WHO", "Wait a little before you search again");
  }
  const candidates = exact === null ? state.users.all() : [exact];
  for (const user of candidates) {
    // Who is asked for by name is known already; masks find neither the invisible nor the absent.
    if (!(user === exact && isOnline(user)) && !canFind(viewer, user)) continue;
    if (exact === null && !matches(mask, user)) continue;
    const [room = null] = visibleRooms(viewer, user);
    yield [user, room];
  }
}

function* membersOf(
  { state, user: viewer }: RegisteredContext,
  name: string,
): Iterable<[User, Room]> {
  const room = state.rooms.byName(name);
  if (room === null || !canSeeRoom(room, viewer)) return;
  for (const user of room.members.keys()) {
    if (canSeeInNames(viewer, room, user)) yield [user, room];
  }
}

/** `0` means everybody, as it did in the oldest servers. */
function matches(mask: string, user: User): boolean {
  if (mask === "*" || mask === "0") return true;
  const { nick, user: username, host, realname } = user.identity;
  if (mask.includes("!") || mask.includes("@")) {
    return matchesMask(mask.includes("!") ? mask : `*!${mask}`, user.source);
  }
  return [nick, username, host, realname].some((text) => matchesMask(mask, text));
}

function tell(context: RegisteredContext, user: User, room: Room | null, whox: Whox | null): void {
  const { state, reply } = context;
  const flags = flagsOf(context, user, room);
  if (whox !== null) {
    return reply.numeric(NUMERIC.RPL_WHOSPCRPL, ...whoxParams(whox, state, user, room, flags));
  }
  const { nick, user: username, host, realname } = user.identity;
  reply.numeric(
    NUMERIC.RPL_WHOREPLY,
    room?.name ?? "*",
    username,
    host,
    state.options.name,
    nick,
    flags,
    `0 ${realname}`,
  );
}

/** Here or gone, operator, ranks, bot. https://modern.ircdocs.horse/#rplwhoreply-352 */
function flagsOf({ session }: RegisteredContext, user: User, room: Room | null): string {
  const ranks = room?.members.get(user)?.ranks ?? "";
  return (
    (user.isAway ? "G" : "H") +
    (hasUserMode(user, "o") ? "*" : "") +
    prefixOf(ranks, session.has("multi-prefix")) +
    (user.identity.bot ? "B" : "")
  );
}
