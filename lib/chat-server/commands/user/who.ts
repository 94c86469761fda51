import { maskMatcher } from "../../../protocol/glob-mask.ts";
import { fold, isRoomName } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, type RegisteredContext } from "../../command.ts";
import { ROWS_MAX } from "../../limits.ts";
import {
  canFindUser,
  canSeeInNames,
  canSeeRoom,
  isOnline,
  visibleRooms,
} from "../../rooms/access.ts";
import { prefixOf } from "../../rooms/names-reply.ts";
import type { Room } from "../../rooms/room.ts";
import type { WorkMeter } from "../../sessions/charges.ts";
import { pause, Slice } from "../../slices.ts";
import { maySeeConnections } from "../../users/operator-doors.ts";
import type { User } from "../../users/user.ts";
import { hasUserMode } from "../../users/user-modes.ts";

/** WHO and WHOX: lists the members of a room, one user by nick, or all users that a mask matches. */

/** Work of looking at a user who doesn't match, in the units of slices.ts. */
const UNITS_PER_SEARCHED = 3;
/** Rooms of the sender in which a user is looked for in such a unit. */
const ROOMS_PER_UNIT = 30;

/** The fields of WHOX, in the order of the answer. https://ircv3.net/specs/extensions/whox */
const WHOX_FIELDS = "tcuihsnfdlaor";

/** A row of WHOX costs as much as looking at this many entries. */
const WHOX_ROW_ENTRIES = 40;

/** The fields that a WHOX request chooses, and the token that its answers repeat. */
interface Whox {
  readonly fields: string;
  readonly token: string;
}

/** `WHO <room, nick or mask> [o][%<fields>[,<token>]]`: "o" for operators only. */
export const WHO: Command = {
  verb: "WHO",
  params: 1,
  phase: "registered",
  cost: 3,
  handle: inSteps(function* (context: RegisteredContext) {
    const { reply, params } = context;
    const [mask = "", options = ""] = params;
    const whox = parseWhox(options);
    const onlyOperators = options.split("%", 1)[0]?.includes("o") ?? false;
    let rowCount = 0;
    let isCut = false;
    const slice = new Slice(reply);
    const unitsSearched = UNITS_PER_SEARCHED + context.user.rooms.size / ROOMS_PER_UNIT;
    for (const row of findUsers(context, mask)) {
      if (slice.isOver(row === null ? unitsSearched : 1)) yield* pause();
      if (row === null || !isStillVisible(context, row)) continue;
      const [user, room] = row;
      if (onlyOperators && !hasUserMode(user, "o")) continue;
      isCut = rowCount === ROWS_MAX || reply.isFull;
      if (isCut) break;
      rowCount += 1;
      sendRow(context, user, room, whox);
    }
    const cutSentence = "There are more people: search for some of them, as in WHO m*";
    reply.numeric(NUMERIC.RPL_ENDOFWHO, mask, isCut ? cutSentence : "End of the list");
  }),
};

/** A user, and the room to show them in. */
type Row = readonly [User, Room | null];

/** Whether the sender may still see a row: it was found before a pause. */
function isStillVisible({ user: viewer }: RegisteredContext, [user, room]: Row): boolean {
  return room === null || (canSeeRoom(room, viewer) && canSeeInNames(viewer, room, user));
}

/** Yields the users that match and that the sender may find, and `null` for each that doesn't. */
function* findUsers(context: RegisteredContext, mask: string): Iterable<Row | null> {
  const { state, session, user: viewer } = context;
  if (isRoomName(mask)) return yield* membersOf(context, mask);
  const namedUser = state.users.byNick(fold(mask));
  const matches = userMatcher(mask, session.work);
  const candidates = namedUser === null ? state.users.all() : [namedUser];
  for (const user of candidates) {
    session.work.rows += 1;
    // A mask finds neither invisible (+i) nor offline users. A nick does find an invisible one.
    const canFind = (user === namedUser && isOnline(user)) || canFindUser(viewer, user);
    if (!canFind || (namedUser === null && !matches(user))) {
      yield null;
      continue;
    }
    session.work.rows += 3 * user.rooms.size;
    const [room = null] = visibleRooms(viewer, user);
    yield [user, room];
  }
}

function* membersOf(
  { state, session, user: viewer }: RegisteredContext,
  name: string,
): Iterable<Row | null> {
  const room = state.rooms.byName(name);
  if (room === null) return;
  for (const user of room.members.keys()) {
    session.work.rows += 1;
    // Asked for each, since the sender may leave the room between two of them.
    if (!canSeeRoom(room, viewer)) return;
    yield canSeeInNames(viewer, room, user) ? [user, room] : null;
  }
}

/** Returns a function that matches a mask against users. `0` matches all users, as in the oldest servers. */
function userMatcher(mask: string, work: WorkMeter): (user: User) => boolean {
  if (mask === "*" || mask === "0") return () => true;
  if (mask.includes("!") || mask.includes("@")) {
    const matches = maskMatcher(mask.includes("!") ? mask : `*!${mask}`);
    return ({ source }) => {
      work.masks += 1;
      return matches(fold(source));
    };
  }
  const matches = maskMatcher(mask);
  return ({ identity: { nick, user, host, realname } }) => {
    work.masks += 4;
    return [nick, user, host, realname].some((text) => matches(fold(text)));
  };
}

function sendRow(
  context: RegisteredContext,
  user: User,
  room: Room | null,
  whox: Whox | null,
): void {
  const { state, reply } = context;
  const flags = flagsOf(context, user, room);
  if (whox !== null) {
    // Choosing and joining the fields of one row takes 1.5 µs.
    reply.session.work.rows += WHOX_ROW_ENTRIES;
    return reply.numeric(NUMERIC.RPL_WHOSPCRPL, ...whoxParams(context, whox, user, room, flags));
  }
  const { nick, user: username, host, realname } = user.identity;
  const roomName = room?.name ?? "*";
  const server = state.options.name;
  const params = [roomName, username, host, server, nick, flags, `0 ${realname}`];
  reply.numeric(NUMERIC.RPL_WHOREPLY, ...params);
}

/**
 * Returns the flags: here or gone (away), operator, ranks and bot.
 * https://modern.ircdocs.horse/#rplwhoreply-352
 */
function flagsOf({ session }: RegisteredContext, user: User, room: Room | null): string {
  const ranks = room?.members.get(user)?.ranks ?? "";
  return (
    (user.isAway ? "G" : "H") +
    (hasUserMode(user, "o") ? "*" : "") +
    prefixOf(ranks, session.has("multi-prefix")) +
    (user.identity.bot ? "B" : "")
  );
}

/** Parses the second parameter, as `%cnf,42`. Returns `null` if it isn't WHOX; unknown fields are ignored. */
function parseWhox(options: string): Whox | null {
  const match = /%([^,]*)(?:,(\d{1,3})$)?/.exec(options);
  if (match === null) return null;
  const [, fields = "", token = "0"] = match;
  return { fields: [...WHOX_FIELDS].filter((field) => fields.includes(field)).join(""), token };
}

/** Returns the parameters of RPL_WHOSPCRPL about one user, without the reader's nick. */
function whoxParams(
  { state, user: viewer }: RegisteredContext,
  { fields, token }: Whox,
  user: User,
  room: Room | null,
  flags: string,
): string[] {
  const { identity } = user;
  const idleMs = maySeeConnections(viewer, user) ? state.elapsedMs - user.lastMessageElapsedMs : 0;
  const values: Readonly<Record<string, string>> = {
    t: token,
    c: room?.name ?? "*",
    u: identity.user,
    // Addresses are private: the specification has this placeholder for it.
    i: "255.255.255.255",
    h: identity.host,
    s: state.options.name,
    n: identity.nick,
    f: flags,
    d: "0",
    l: String(Math.max(0, Math.floor(idleMs / 1000))),
    a: user.account ?? "0",
    o: "n/a",
    r: identity.realname,
  };
  return [...fields].map((field) => values[field] ?? "*");
}
