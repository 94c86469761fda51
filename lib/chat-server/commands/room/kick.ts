import { fold } from "../../../protocol/names.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KICK_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import { chanOpNeeded, noSuchNick, notOnChannel, notStored } from "../../relay/error-replies.ts";
import { findRoom } from "../../rooms/access.ts";
import { closedChangeRefusal } from "../../rooms/closure.ts";
import type { Room } from "../../rooms/room.ts";
import { pause, Slice } from "../../slices.ts";
import { dropEmptyRoom } from "../../users/users.ts";

/** Work of a kick, and members to whom it is relayed in one of the units of slices.ts. */
const UNITS_PER_KICK = 10;
const MEMBERS_PER_UNIT = 10;

/**
 * KICK: removes members from a room: several from one room, or, with as many rooms as nicks, each nick from
 * the room at its place. Only members of lower rank can be kicked.
 */
export const KICK: Command = {
  verb: "KICK",
  params: 2,
  phase: "registered",
  handle: inSteps(function* (context: RegisteredContext) {
    const [nameList = "", nickList = "", reason = ""] = context.params;
    const names = nameList.split(",");
    const nicks = nickList.split(",");
    const slice = new Slice(context.reply);
    if (names.length === 1) return yield* kickAll(context, nameList, nicks, reason, slice);
    if (names.length !== nicks.length) {
      const sentence = "Give one nick for each room";
      return context.reply.numeric(NUMERIC.ERR_NEEDMOREPARAMS, "KICK", sentence);
    }
    for (const [index, name] of names.entries()) {
      yield* kickAll(context, name, nicks.slice(index, index + 1), reason, slice);
    }
  }),
};

function* kickAll(
  context: RegisteredContext,
  name: string,
  nicks: readonly string[],
  reason: string,
  slice: Slice,
): Steps {
  const room = findRoom(context, name);
  if (room === null) return;
  if (!room.has(context.user)) return notOnChannel(context, room);
  if (!room.hasRank(context.user, "h")) return chanOpNeeded(context, room);
  // Its members go on reading a closed room, and no reason is a way to talk there.
  const closed = closedChangeRefusal(room, context.user);
  if (closed !== null) {
    return context.reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, closed);
  }
  for (const nick of nicks) {
    if (slice.isOver(UNITS_PER_KICK + room.members.size / MEMBERS_PER_UNIT)) yield* pause();
    kick(context, room, nick, reason);
  }
}

function kick(context: RegisteredContext, room: Room, nick: string, reason: string): void {
  const { state, user, reply } = context;
  const target = state.users.byNick(fold(nick));
  if (target === null) return noSuchNick(context, nick);
  if (!room.has(target)) {
    const sentence = "They aren't in that room";
    return reply.numeric(NUMERIC.ERR_USERNOTINCHANNEL, target.nick, room.name, sentence);
  }
  // Checked for each nick: the user may have kicked themselves before this one, or lost the rank in a pause.
  if (!room.hasRank(user, "h") || !room.outranks(user, target)) {
    return chanOpNeeded(context, room);
  }
  const body = {
    kind: "kicked",
    whom: target.identity,
    reason: cutUtf8(reason, KICK_BYTES_MAX),
  } as const;
  if (state.commit(room, user.identity, body, reply) === null) {
    notStored(reply, "KICK", room.name);
  }
  dropEmptyRoom(state, room, user.identity);
}
