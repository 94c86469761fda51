import { formatTime } from "../../protocol/time.ts";
import { ROOM_MODES } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Steps } from "../command.ts";
import { encodeLine, joinBody, tagsOf } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import { sendReportCount } from "../reports/reports.ts";
import { MEMBERS_PER_UNIT } from "../rooms/names-reply.ts";
import type { Room } from "../rooms/room.ts";
import { replayDirectMessages, sendRoomBurst } from "../rooms/room-burst.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { sendUnreadDirects } from "../unread/unread-notices.ts";
import { sendBlocked, sendPreferences } from "../users/account-preferences.ts";
import { sendWaitingCallers } from "../users/caller-notices.ts";
import { greetWithMetadata } from "../users/metadata-values.ts";
import { isOperator } from "../users/operators.ts";
import { sendPendingInvitations } from "../users/room-invitations.ts";
import { sendMissedNotices } from "../users/security-notices.ts";
import type { User } from "../users/user.ts";
import { USER_MODES, userModes } from "../users/user-modes.ts";
import { sendIsupport } from "./isupport-tokens.ts";
import { sendMotd, sendUserCounts } from "./motd-lusers.ts";
import type { Session } from "./session.ts";

/** Work of one room of a user, in the units of slices.ts. */
const UNITS_PER_ROOM = 20;

const { list, always, onSet, never, rank } = ROOM_MODES;
const ALL_ROOM_MODES = [...(list + always + onSet + never + rank)].sort().join("");
const ROOM_MODES_WITH_ARGUMENT = [...(list + always + onSet + rank)].sort().join("");

/**
 * Sends a newly registered session everything from 001 to the rooms that its user is already in, and the
 * invitations to others.
 */
export function* sendGreeting(
  state: State,
  session: Session,
  user: User,
  reply: Reply,
  rooms: Iterable<Room> = user.rooms,
): Steps {
  const { name, network, version } = state.options;
  state.softChanges.noteGreeting(session, user);
  reply.numeric(NUMERIC.RPL_WELCOME, `Welcome to ${network}, ${user.nick}`);
  reply.numeric(NUMERIC.RPL_YOURHOST, `You are talking to ${name}, sodam ${version}`);
  reply.numeric(NUMERIC.RPL_CREATED, `It has been up since ${formatTime(state.startedAt)}`);
  reply.numeric(
    NUMERIC.RPL_MYINFO,
    name,
    `sodam-${version}`,
    USER_MODES,
    ALL_ROOM_MODES,
    ROOM_MODES_WITH_ARGUMENT,
  );
  sendIsupport(state, reply);
  sendUserCounts(state, user, reply);
  greetWithMetadata(state, reply, user);
  sendMotd(state, reply);
  sendOwnModes(user, reply);
  sendOperatorGreeting(state, user, reply);
  yield* sendRoomBursts(state, session, user, reply, rooms);
  sendPendingInvitations(state, reply, user);
  sendWaitingCallers(reply, user);
  sendMissedNotices(state, session, reply);
  sendReportCount(state, user, (sentence) => reply.line("NOTICE", [user.nick, sentence]));
}

/** Sends the user modes, if any: `Z` set by the server, and those that the account has set before. */
function sendOwnModes(user: User, reply: Reply): void {
  const modes = userModes(user);
  if (modes !== "") reply.numeric(NUMERIC.RPL_UMODEIS, `+${modes}`);
}

/** Sends MODE +o to the server's owner, who is an operator without OPER. */
export function sendOperatorGreeting(state: State, user: User, reply: Reply): void {
  if (!isOperator(user)) return;
  reply.add(encodeLine(user.identity, state.now, reply.session.dialect, "MODE", [user.nick, "+o"]));
}

/**
 * Sends a session JOIN, topic, names and replay of each of its user's rooms, and the unread direct messages. In
 * slices: until a room's turn comes, the session isn't sent its events (`Session.unannouncedRooms`), and then it
 * gets the room as it has become.
 */
export function* sendRoomBursts(
  state: State,
  session: Session,
  user: User,
  reply: Reply,
  rooms: Iterable<Room> = user.rooms,
): Steps {
  sendBlocked(state, reply, user);
  sendPreferences(state, reply, user, null);
  const unannounced = new Set(rooms);
  session.unannouncedRooms = unannounced;
  const slice = new Slice(reply);
  for (const room of unannounced) {
    if (slice.isOver(UNITS_PER_ROOM + room.members.size / MEMBERS_PER_UNIT)) yield* pause();
    // The user may have left it meanwhile, from another device.
    if (!unannounced.delete(room)) continue;
    const extended = session.has("extended-join");
    const joined = {
      time: room.members.get(user)?.joinedTime ?? state.now,
      msgid: "",
      by: user.identity,
    };
    reply.add({
      tags: tagsOf(joined, session.dialect),
      body: joinBody(user.identity, room.name, extended),
    });
    yield* sendRoomBurst(state, reply, room, user);
  }
  session.unannouncedRooms = null;
  yield* sendUnreadDirects(state, reply, user);
  replayDirectMessages(state, reply, user);
}
