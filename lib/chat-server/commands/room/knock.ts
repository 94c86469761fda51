import { formatMessage } from "../../../protocol/wire/message.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command } from "../../command.ts";
import { KNOCK_EVERY_MS } from "../../limits.ts";
import { tagsOf } from "../../relay/encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "../../relay/fan-out.ts";
import { findRoom, isBanned, isOnline, joinRefusal } from "../../rooms/access.ts";

/**
 * KNOCK: asks the ops of a closed room for an invitation. No specification defines it; parameters and numerics
 * are those that clients know.
 */
export const KNOCK: Command = {
  verb: "KNOCK",
  params: 1,
  phase: "registered",
  cost: 5,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [name = ""] = params;
    const room = findRoom(context, name);
    if (room === null) return;
    if (room.has(user)) {
      return reply.numeric(NUMERIC.ERR_KNOCKONCHAN, room.name, "You are already in that room");
    }
    if (isBanned(room, user)) {
      const sentence = "You are banned from that room (+b)";
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, sentence);
    }
    // A room with a key (+k) counts as closed, whether or not the user knows the key.
    if (
      joinRefusal(room, user, room.modes.get("k") ?? "", state.now) === null &&
      !room.hasMode("k")
    ) {
      return reply.numeric(NUMERIC.ERR_CHANOPEN, room.name, "That room is open: JOIN it");
    }
    const ops = [...room.members.keys()].filter((member) => room.hasRank(member, "h"));
    if (!ops.some(isOnline)) {
      const sentence = "No op of that room is connected. Knock again later";
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, sentence);
    }
    if (state.elapsedMs - user.knockedElapsedMs < KNOCK_EVERY_MS) {
      const sentence = "You knocked a moment ago. Wait a minute";
      return reply.numeric(NUMERIC.ERR_TOOMANYKNOCK, room.name, sentence);
    }
    user.knockedElapsedMs = state.elapsedMs;
    const sentence = "asks for an invitation: INVITE lets them in";
    const knockParams = [room.name, room.name, user.source, sentence];
    const body = formatMessage(NUMERIC.RPL_KNOCK, knockParams, state.options.name);
    const event = { time: state.now, msgid: "", by: user.identity };
    const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
    for (const op of ops) op.sessions.forEach(send);
    reply.numeric(NUMERIC.RPL_KNOCKDLVR, room.name, "Your knock was sent to the room's ops");
  },
};
