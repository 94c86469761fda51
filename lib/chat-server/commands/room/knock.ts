import { formatMessage } from "../../../protocol/wire/message.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command } from "../../command.ts";
import { KNOCK_MS_MIN } from "../../limits.ts";
import { encodeLine, tagsOf } from "../../relay/encode-event.ts";
import { chanOpNeeded, findRoom, noSuchNick, notOnChannel } from "../../relay/error-replies.ts";
import { broadcast, USER_EVENT_TAGS } from "../../relay/relay.ts";
import { isBanned, joinRefusal } from "../../rooms/access.ts";
import { findUser } from "../../users/presence.ts";

/** At the door of a closed room: asking to be let in, and taking an invitation back. */

/** Format and numerics are those that clients know; no specification has them. */
const KNOCK_COMMAND: Command = {
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
      return reply.numeric(NUMERIC.ERR_KNOCKONCHAN, room.name, "You are in that room already");
    }
    if (isBanned(room, user)) {
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, "You are banned there (+b)");
    }
    if (joinRefusal(room, user, room.modes.get("k") ?? "") === null && !room.hasMode("k")) {
      return reply.numeric(NUMERIC.ERR_CHANOPEN, room.name, "That room is open: just go in");
    }
    if (state.now - user.knockedAt < KNOCK_MS_MIN) {
      const sentence = "You have knocked just now. Wait a minute";
      return reply.numeric(NUMERIC.ERR_TOOMANYKNOCK, room.name, sentence);
    }
    user.knockedAt = state.now;
    const params710 = [
      room.name,
      room.name,
      user.source,
      "asks to be let in: INVITE opens the door",
    ];
    const body = formatMessage(NUMERIC.RPL_KNOCK, params710, state.options.name);
    const event = { time: state.now, msgid: "", by: user.identity };
    const tell = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
    for (const member of room.members.keys()) {
      if (room.hasRank(member, "h")) member.sessions.forEach(tell);
    }
    reply.numeric(NUMERIC.RPL_KNOCKDLVR, room.name, "The room's ops know that you knock");
  },
};

const UNINVITE: Command = {
  verb: "UNINVITE",
  params: 2,
  phase: "registered",
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [nick = "", name = ""] = params;
    const room = findRoom(context, name);
    if (room === null) return;
    if (!room.has(user)) return notOnChannel(context, room);
    if (!room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const guest = findUser(state, nick);
    if (guest === null) return noSuchNick(context, nick);
    if (!room.invited.delete(guest)) {
      const sentence = "They have no invitation to that room";
      return reply.fail("UNINVITE", "NOT_INVITED", [guest.nick, room.name], sentence);
    }
    const taken = [guest.nick, room.name];
    reply.add(encodeLine(user.identity, state.now, reply.session.dialect, "UNINVITE", taken));
  },
};

export const KNOCK: readonly Command[] = [KNOCK_COMMAND, UNINVITE];
