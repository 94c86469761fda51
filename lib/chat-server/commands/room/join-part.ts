import { fold, parseRoomName, type RoomName } from "../../../protocol/names.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KICK_BYTES_MAX, TOPIC_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { INVITED_MAX, ROOMS_MAX, ROOMS_PER_USER_MAX } from "../../limits.ts";
import {
  chanOpNeeded,
  findRoom,
  needMoreParams,
  noSuchNick,
  notOnChannel,
  notStored,
} from "../../relay/error-replies.ts";
import { canSeeRoom, forwardTarget, joinRefusal } from "../../rooms/access.ts";
import { grantAutoRanks } from "../../rooms/auto-ranks.ts";
import { roomId } from "../../rooms/conversation-id.ts";
import { relayInvite } from "../../rooms/invite.ts";
import { endNames, sendMembers, sendNames } from "../../rooms/names-reply.ts";
import { Room } from "../../rooms/room.ts";
import { sendRoomBurst, sendTopic } from "../../rooms/room-burst.ts";
import { FORMER_NAME_MS_MAX, type FormerRoomName } from "../../rooms/rooms.ts";
import { restoreRoomMarker, saveRoomMarker } from "../../unread/ephemeral-read-markers.ts";
import { isBlocked } from "../../users/block-list.ts";
import { dropEmptyRoom, findUser, relayAwayInRoom } from "../../users/presence.ts";

/** Rooms: coming, going, topic, who is there, bringing people in and putting them out. */

const JOIN: Command = {
  verb: "JOIN",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const [names = "", keys = ""] = context.params;
    if (names === "0") {
      for (const room of [...context.user.rooms]) part(context, room, "");
      return;
    }
    const keyList = keys.split(",");
    for (const [i, name] of names.split(",").entries()) join(context, name, keyList[i] ?? "");
  },
};

function join(context: RegisteredContext, asked: string, key: string): void {
  const { state, user, reply } = context;
  const name = parseRoomName(asked);
  if (name === null) {
    return reply.numeric(
      NUMERIC.ERR_NOSUCHCHANNEL,
      asked,
      "A room's name can't be written like that",
    );
  }
  let known = state.rooms.byName(name);
  if (known?.has(user)) return;
  if (known?.members.size === 0) {
    // Founded when nobody's joining could be kept: it never was anybody's.
    dropEmptyRoom(state, known, user.identity);
    known = null;
  }
  if (user.rooms.size >= ROOMS_PER_USER_MAX) {
    return reply.numeric(NUMERIC.ERR_TOOMANYCHANNELS, asked, "You are in too many rooms");
  }
  if (known === null) {
    const former = state.rooms.byFormerName(name, state.now - FORMER_NAME_MS_MAX);
    if (former === null || isNoNews(context, former)) return found(context, name);
    return leadOn(context, name, former.room, key);
  }
  const refusal = joinRefusal(known, user, key);
  if (refusal === null) return enter(context, known);
  const other = forwardTarget(state.rooms, known, user, refusal);
  if (other === null) return reply.numeric(refusal.numeric, known.name, refusal.sentence);
  const sentence = "You are led on to another room";
  reply.numeric(NUMERIC.ERR_LINKCHANNEL, known.name, other.name, sentence);
  enter(context, other);
}

/** Who was there when the room was renamed wants another one; of a room that hides nothing is told. */
function isNoNews({ session, user }: RegisteredContext, { room, until }: FormerRoomName): boolean {
  return !canSeeRoom(room, user) || (room.has(user) && session.openedAt < until);
}

/** A room is asked for by the name that it had: https://ircv3.net/specs/extensions/channel-rename */
function leadOn(context: RegisteredContext, asked: RoomName, room: Room, key: string): void {
  const sentence = "That room is called otherwise now";
  if (context.session.has("draft/channel-rename")) {
    return context.reply.line("FAIL", ["JOIN", "CHANNEL_RENAMED", asked, room.name, sentence]);
  }
  context.reply.numeric(NUMERIC.ERR_LINKCHANNEL, asked, room.name, sentence);
  join(context, room.name, key);
}

/** Somebody joins a room that isn't there: it is theirs. */
function found(context: RegisteredContext, name: RoomName): void {
  const { state, user, session, reply } = context;
  if (state.rooms.size >= ROOMS_MAX) {
    return reply.numeric(NUMERIC.ERR_UNAVAILRESOURCE, name, "There are too many rooms");
  }
  const founder = user.account ?? session.link.address;
  if (state.options.floodControl && !state.roomCreationLimiter.take(founder, state.now)) {
    const sentence = "You have made many rooms. Make the next one in a minute";
    return reply.numeric(NUMERIC.ERR_UNAVAILRESOURCE, name, sentence);
  }
  const id = roomId(name, state.ports.random.id());
  if (!state.createRoom(new Room(id, name), user.identity)) return notStored(reply, "JOIN", name);
  const room = state.rooms.byName(name);
  if (room === null) return;
  restoreRoomMarker(user, room);
  enter(context, room);
}

function enter(context: RegisteredContext, room: Room): void {
  const { state, user, reply } = context;
  if (state.commit(room, user.identity, { kind: "joined" }, reply) === null) {
    return notStored(reply, "JOIN", room.name);
  }
  grantAutoRanks(state, room, user, reply);
  sendRoomBurst(state, reply, room, user);
  // One's other devices are in the room too; the JOIN itself came to them by the relay.
  for (const session of user.sessions) {
    if (session !== context.session)
      sendRoomBurst(state, state.unsolicitedReply(session), room, user);
  }
  const { awayText } = user;
  if (awayText !== null) relayAwayInRoom(state, room, user, awayText);
}

const PART: Command = {
  verb: "PART",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const [names = "", reason = ""] = context.params;
    for (const name of names.split(",")) {
      const room = findRoom(context, name);
      if (room === null) continue;
      if (room.has(context.user)) part(context, room, reason);
      else notOnChannel(context, room);
    }
  },
};

function part({ state, user, reply }: RegisteredContext, room: Room, reason: string): void {
  const left = { kind: "left", how: "part", reason: cutUtf8(reason, KICK_BYTES_MAX) } as const;
  if (state.commit(room, user.identity, left, reply) === null)
    return notStored(reply, "PART", room.name);
  if (room.members.size === 0) saveRoomMarker(user, room);
  dropEmptyRoom(state, room, user.identity);
}

const TOPIC: Command = {
  verb: "TOPIC",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const { state, user, reply, params } = context;
    const room = findRoom(context, params[0] ?? "");
    if (room === null) return;
    const [, text] = params;
    if (text === undefined) return sendTopic(reply, room, true);
    if (!room.has(user)) return notOnChannel(context, room);
    if (room.hasMode("t") && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const topic = cutUtf8(text.normalize("NFC"), TOPIC_BYTES_MAX);
    if (state.commit(room, user.identity, { kind: "topic", text: topic }, reply) === null) {
      notStored(reply, "TOPIC", room.name);
    }
  },
};

const NAMES: Command = {
  verb: "NAMES",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [name] = params;
    if (name === undefined) return everybodysNames(context);
    const room = state.rooms.byName(name);
    if (room !== null && canSeeRoom(room, user)) return sendNames(reply, room, user);
    endNames(reply, name);
  },
};

/** Tokens that looking into every room costs besides, as WHO for everybody does. */
const ALL_NAMES_COST = 20;

/** NAMES alone: the people of every room that the asker may know of. */
function everybodysNames({ state, session, user, reply }: RegisteredContext): void {
  if (!session.rateLimit.take(ALL_NAMES_COST, state.now)) {
    return reply.numeric(
      NUMERIC.RPL_TRYAGAIN,
      "NAMES",
      "Wait a little before you ask for all again",
    );
  }
  for (const room of state.rooms.all()) {
    if (reply.isFull) break;
    if (canSeeRoom(room, user)) sendMembers(reply, room, user);
  }
  endNames(reply, "*");
}

const INVITE: Command = {
  verb: "INVITE",
  params: 0,
  phase: "registered",
  // Alone it looks into every room.
  cost: 3,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [nick, name] = params;
    if (nick === undefined) return listInvitations(context);
    if (name === undefined) {
      return needMoreParams(reply, "INVITE");
    }
    const room = findRoom(context, name);
    if (room === null) return;
    if (!room.has(user)) return notOnChannel(context, room);
    if (room.hasMode("i") && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const guest = findUser(state, nick);
    if (guest === null) return noSuchNick(context, nick);
    if (room.has(guest)) {
      const sentence = "They are in that room already";
      return reply.numeric(NUMERIC.ERR_USERONCHANNEL, guest.nick, room.name, sentence);
    }
    // What opens doors is an op's word. Others only tell somebody that the room is there.
    if (room.hasRank(user, "h") && !isBlocked(guest, user)) {
      if (room.invited.size >= INVITED_MAX) room.invited.clear();
      room.invited.add(guest);
    }
    reply.numeric(NUMERIC.RPL_INVITING, guest.nick, room.name);
    const { awayText } = guest;
    if (awayText !== null) reply.numeric(NUMERIC.RPL_AWAY, guest.nick, awayText);
    relayInvite(user, guest, room, state.now);
  },
};

function listInvitations({ state, user, reply }: RegisteredContext): void {
  for (const room of state.rooms.all()) {
    if (room.invited.has(user)) reply.numeric(NUMERIC.RPL_INVITELIST, room.name);
  }
  reply.numeric(NUMERIC.RPL_ENDOFINVITELIST, "End of your invitations");
}

const KICK: Command = {
  verb: "KICK",
  params: 2,
  phase: "registered",
  handle: (context) => {
    const [names = "", nicks = "", reason = ""] = context.params;
    const rooms = names.split(",");
    const whom = nicks.split(",");
    // One room and several people, or as many rooms as people: each out of theirs.
    if (rooms.length === 1) return kickOut(context, names, whom, reason);
    if (rooms.length !== whom.length) {
      return context.reply.numeric(
        NUMERIC.ERR_NEEDMOREPARAMS,
        "KICK",
        "Say one person for each room",
      );
    }
    for (const [i, name] of rooms.entries()) kickOut(context, name, whom.slice(i, i + 1), reason);
  },
};

function kickOut(
  context: RegisteredContext,
  name: string,
  nicks: readonly string[],
  reason: string,
): void {
  const room = findRoom(context, name);
  if (room === null) return;
  if (!room.has(context.user)) return notOnChannel(context, room);
  if (!room.hasRank(context.user, "h")) return chanOpNeeded(context, room);
  for (const nick of nicks) kick(context, room, nick, reason);
}

function kick(context: RegisteredContext, room: Room, nick: string, reason: string): void {
  const { state, user, reply } = context;
  const whom = state.users.byNick(fold(nick));
  if (whom === null) return noSuchNick(context, nick);
  if (!room.has(whom)) {
    const sentence = "They aren't in that room";
    return reply.numeric(NUMERIC.ERR_USERNOTINCHANNEL, whom.nick, room.name, sentence);
  }
  // Whoever has just kicked themselves is no op any more.
  if (!room.hasRank(user, "h") || !room.outranks(user, whom)) return chanOpNeeded(context, room);
  const kicked = {
    kind: "kicked",
    whom: whom.identity,
    reason: cutUtf8(reason, KICK_BYTES_MAX),
  } as const;
  if (state.commit(room, user.identity, kicked, reply) === null)
    notStored(reply, "KICK", room.name);
  dropEmptyRoom(state, room, user.identity);
}

export const ROOM: readonly Command[] = [JOIN, PART, TOPIC, NAMES, INVITE, KICK];
