import { parseExistingRoomName, type RoomName } from "../../../protocol/names.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KICK_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import {
  type Command,
  inSteps,
  type RegisteredContext,
  runSteps,
  type Steps,
} from "../../command.ts";
import { ROOMS_FOR_GUESTS_MAX, ROOMS_MAX, ROOMS_PER_USER_MAX } from "../../limits.ts";
import { notOnChannel, notStored } from "../../relay/error-replies.ts";
import {
  canSeeRoom,
  findRoom,
  forwardTarget,
  joinRefusal,
  needsApproval,
} from "../../rooms/access.ts";
import { grantAutoRanks } from "../../rooms/auto-ranks.ts";
import { isClosedByOperator } from "../../rooms/closure.ts";
import { requestToJoin } from "../../rooms/join-requests.ts";
import { MEMBERS_PER_UNIT } from "../../rooms/names-reply.ts";
import { parseNewRoomName } from "../../rooms/new-room-name.ts";
import { foundedRooms, Room, roomId } from "../../rooms/room.ts";
import { sendRoomBurst } from "../../rooms/room-burst.ts";
import { FORMER_NAME_MS_MAX, type FormerRoomName } from "../../rooms/rooms.ts";
import { noteJoin, noteSpeech } from "../../rooms/throttles.ts";
import { allowedAway, allowedReason } from "../../rooms/words-outside-messages.ts";
import { pause, Slice } from "../../slices.ts";
import { restoreRoomMarker, saveRoomMarker } from "../../unread/ephemeral-read-markers.ts";
import { relayAwayInRoom } from "../../users/away-status.ts";
import { mayEnter } from "../../users/bot-rules.ts";
import { mayPass } from "../../users/operator-doors.ts";
import { forgetInvitation } from "../../users/room-invitations.ts";
import { dropEmptyRoom } from "../../users/users.ts";

/** Work of joining or leaving a room, in the units of slices.ts. */
const UNITS_PER_ROOM = 20;

/** JOIN and PART: joining rooms, which creates those that don't exist, and leaving them. */

/** Joins rooms, each with its key, or creates them. `JOIN 0` leaves all rooms. */
export const JOIN: Command = {
  verb: "JOIN",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context: RegisteredContext) {
    const [nameList = "", keyList = ""] = context.params;
    if (nameList === "0") return yield* leave(context, context.user.rooms, "");
    const keys = keyList.split(",");
    const slice = new Slice(context.reply);
    for (const [index, name] of nameList.split(",").entries()) {
      const membersCount = context.state.rooms.byName(name)?.members.size ?? 0;
      if (slice.isOver(UNITS_PER_ROOM + membersCount / MEMBERS_PER_UNIT)) yield* pause();
      yield* join(context, name, keys[index] ?? "");
    }
  }),
};

function* join(context: RegisteredContext, requestedName: string, key: string): Steps {
  const { state, user, reply } = context;
  const name = parseExistingRoomName(requestedName);
  if (name === null) {
    const sentence = "That is not a valid room name";
    return reply.numeric(NUMERIC.ERR_NOSUCHCHANNEL, requestedName, sentence);
  }
  let room = state.rooms.byName(name);
  if (room?.has(user)) return;
  if (room?.members.size === 0 && !isClosedByOperator(room)) {
    // Its founder's JOIN could not be stored, so it never had a member.
    dropEmptyRoom(state, room, user.identity);
    room = null;
  }
  if (user.rooms.size >= ROOMS_PER_USER_MAX) {
    return reply.numeric(NUMERIC.ERR_TOOMANYCHANNELS, requestedName, "You are in too many rooms");
  }
  if (room === null) {
    const former = state.rooms.byFormerName(name, state.now - FORMER_NAME_MS_MAX);
    if (former === null || !leadsOn(context, former)) {
      return yield* createRoom(context, requestedName);
    }
    return yield* joinRenamed(context, name, former.room, key);
  }
  const refusal = joinRefusal(state, room, user, key);
  if (refusal === null) return yield* enter(context, room);
  if (asksForApproval(context, room, key)) return requestToJoin(context, room);
  const forwardRoom = forwardTarget(state, room, user, refusal);
  if (forwardRoom === null) return reply.numeric(refusal.numeric, room.name, refusal.sentence);
  const sentence = "You are forwarded to another room";
  reply.numeric(NUMERIC.ERR_LINKCHANNEL, room.name, forwardRoom.name, sentence);
  yield* enter(context, forwardRoom);
}

/** Returns whether a refused user asks by their JOIN to be let in: approval (+A) is all that they lack. */
function asksForApproval({ state, user }: RegisteredContext, room: Room, key: string): boolean {
  return (
    needsApproval(room, user) &&
    joinRefusal(state, room, user, key)?.numeric === NUMERIC.ERR_INVITEONLYCHAN &&
    !room.hasMode("i")
  );
}

/**
 * Returns whether a former name leads to the renamed room. Not if the room is hidden, nor for a session that
 * saw the renaming: it means a new room of the old name.
 */
function leadsOn({ session, user }: RegisteredContext, { room, until }: FormerRoomName): boolean {
  const sawRename = room.has(user) && session.openedAt < until;
  return canSeeRoom(room, user) && !sawRename;
}

/** Answers a JOIN by a room's former name. https://ircv3.net/specs/extensions/channel-rename */
function* joinRenamed(
  context: RegisteredContext,
  formerName: RoomName,
  room: Room,
  key: string,
): Steps {
  const sentence = "That room was renamed";
  if (context.session.has("draft/channel-rename")) {
    const params = ["JOIN", "CHANNEL_RENAMED", formerName, room.name, sentence];
    return context.reply.line("FAIL", params);
  }
  context.reply.numeric(NUMERIC.ERR_LINKCHANNEL, formerName, room.name, sentence);
  yield* join(context, room.name, key);
}

/** Creates a room for the user, who becomes its founder, and joins it. */
function* createRoom(context: RegisteredContext, requestedName: string): Steps {
  const { state, user, session, reply } = context;
  const parsed = parseNewRoomName(state, requestedName, null);
  if ("refused" in parsed) {
    return reply.numeric(parsed.refused.numeric, requestedName, parsed.refused.sentence);
  }
  const { name } = parsed;
  const roomsMax = user.accountId === null ? ROOMS_FOR_GUESTS_MAX : ROOMS_MAX;
  if (state.rooms.size >= roomsMax) {
    const sentence = "The server has too many rooms";
    return reply.numeric(NUMERIC.ERR_UNAVAILRESOURCE, name, sentence);
  }
  if (user.owner !== null) {
    const sentence = "There is no such room, and bots don't create rooms";
    return reply.fail("JOIN", "BOT_NOT_ALLOWED", [], sentence);
  }
  const { createRooms } = state.options;
  if (createRooms === "members" && user.accountId === null && !mayPass(user, "JOIN")) {
    const sentence = "There is no such room, and only people with an account may create one";
    return reply.numeric(NUMERIC.ERR_NEEDREGGEDNICK, name, sentence);
  }
  if (createRooms === "owners" && !mayPass(user, "JOIN")) {
    const sentence =
      "There is no such room, and only the server's owner, and whom they named, may create one";
    return reply.numeric(NUMERIC.ERR_NOPRIVILEGES, sentence);
  }
  if (!mayPass(user, "JOIN") && foundedRooms(user) >= state.options.roomsPerAccount) {
    const sentence = "You are the founder of as many rooms as one person may have here";
    return reply.numeric(NUMERIC.ERR_TOOMANYCHANNELS, name, sentence);
  }
  const creator = user.accountId ?? session.link.address;
  if (state.options.floodControl && !state.roomCreationLimiter.take(creator, state.elapsedMs)) {
    const sentence = "You created too many rooms. Try again in a minute";
    return reply.numeric(NUMERIC.ERR_UNAVAILRESOURCE, name, sentence);
  }
  const id = roomId(name, state.ports.random.id());
  if (!state.createRoom(new Room(id, name), user.identity)) return notStored(reply, "JOIN", name);
  const room = state.rooms.byName(name);
  if (room === null) return;
  restoreRoomMarker(state, user, room);
  yield* enter(context, room);
}

/** Makes the user a member, and sends the room to all their devices. Access is checked before. */
export function* enter(context: RegisteredContext, room: Room): Steps {
  const { state, user, reply } = context;
  if (!mayEnter(state, user, room)) {
    const sentence = `${room.name} is not one of this bot's rooms`;
    return reply.fail("JOIN", "BOT_NOT_ALLOWED", [], sentence);
  }
  const invitation = user.invitations.get(room.id);
  if (state.commit(room, user.identity, { kind: "joined" }, reply) === null) {
    return notStored(reply, "JOIN", room.name);
  }
  noteJoin(state, room, user);
  if (invitation !== undefined) forgetInvitation(state, user, room.id);
  grantAutoRanks(state, room, user, reply);
  const { awayText } = user;
  const shownAway = allowedAway(state, user, awayText);
  if (shownAway !== null) relayAwayInRoom(state, room, user, shownAway);
  yield* sendRoomBurst(state, reply, room, user);
  if (user.sessions.length > 1) state.runInBackground(runSteps(joinOtherDevices(context, room)));
}

/** The user's other devices join as well. `commit` has relayed the JOIN to them. */
function* joinOtherDevices({ state, session, user }: RegisteredContext, room: Room): Steps {
  const slice = new Slice({ units: 0 });
  for (const device of [...user.sessions]) {
    if (slice.isOver(UNITS_PER_ROOM + room.members.size / MEMBERS_PER_UNIT)) yield* pause();
    if (device === session || device.phase === "closed" || !room.has(user)) continue;
    yield* sendRoomBurst(state, state.unsolicitedReply(device), room, user);
  }
}

/** Leaves rooms, on all devices of the user. */
export const PART: Command = {
  verb: "PART",
  params: 1,
  phase: "registered",
  handle: inSteps(function* (context: RegisteredContext) {
    const [nameList = "", reason = ""] = context.params;
    yield* leave(context, roomsNamed(context, nameList), reason);
  }),
};

/** Finds each room when it is its turn, and answers for those that the user isn't in. */
function* roomsNamed(context: RegisteredContext, nameList: string): Iterable<Room> {
  for (const name of nameList.split(",")) {
    const room = findRoom(context, name);
    if (room === null) continue;
    if (room.has(context.user)) yield room;
    else notOnChannel(context, room);
  }
}

function* leave(context: RegisteredContext, rooms: Iterable<Room>, reason: string): Steps {
  const slice = new Slice(context.reply);
  for (const room of rooms) {
    if (slice.isOver(UNITS_PER_ROOM + room.members.size / MEMBERS_PER_UNIT)) yield* pause();
    // An op may have kicked the user meanwhile.
    if (room.has(context.user)) part(context, room, reason);
  }
}

function part({ state, user, reply }: RegisteredContext, room: Room, rawReason: string): void {
  const reason = allowedReason(state, room, user, rawReason);
  if (reason !== "") noteSpeech(state, room, user);
  const body = { kind: "left", how: "part", reason: cutUtf8(reason, KICK_BYTES_MAX) } as const;
  if (state.commit(room, user.identity, body, reply) === null) {
    return notStored(reply, "PART", room.name);
  }
  if (room.members.size === 0) saveRoomMarker(user, room);
  dropEmptyRoom(state, room, user.identity);
}
