import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command } from "../../command.ts";
import { findRoom, isBanned, isOnline, joinRefusal, needsApproval } from "../../rooms/access.ts";
import { knockedLately, requestToJoin, tellOps } from "../../rooms/join-requests.ts";

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
    const refusal = joinRefusal(state, room, user, room.modes.get("k") ?? "");
    if (room.closure !== null && refusal !== null) {
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, refusal.sentence);
    }
    if (needsApproval(room, user) && refusal !== null) return requestToJoin(context, room);
    // A room with a key (+k) counts as closed, whether or not the user knows the key.
    if (refusal === null && !room.hasMode("k")) {
      return reply.numeric(NUMERIC.ERR_CHANOPEN, room.name, "That room is open: JOIN it");
    }
    const ops = [...room.members.keys()].filter((member) => room.hasRank(member, "h"));
    if (!ops.some(isOnline)) {
      const sentence = "No op of that room is connected. Knock again later";
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, sentence);
    }
    if (knockedLately(context)) {
      const sentence = "You knocked a moment ago. Wait a minute";
      return reply.numeric(NUMERIC.ERR_TOOMANYKNOCK, room.name, sentence);
    }
    tellOps(state, room, user, "asks for an invitation: INVITE lets them in");
    reply.numeric(NUMERIC.RPL_KNOCKDLVR, room.name, "Your knock was sent to the room's ops");
  },
};
