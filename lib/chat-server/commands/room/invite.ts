import { formatMessage } from "../../../protocol/wire/message.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { encodeLine, tagsOf } from "../../relay/encode-event.ts";
import {
  chanOpNeeded,
  needMoreParams,
  noSuchNick,
  notOnChannel,
  notStored,
} from "../../relay/error-replies.ts";
import { broadcast, USER_EVENT_TAGS } from "../../relay/fan-out.ts";
import { canSeeMember, findRoom } from "../../rooms/access.ts";
import { answerRequest } from "../../rooms/join-requests.ts";
import type { Room } from "../../rooms/room.ts";
import { isBlocked } from "../../users/block-list.ts";
import {
  forgetInvitation,
  invite,
  pendingInvitations,
  shownInvitation,
} from "../../users/room-invitations.ts";
import type { User } from "../../users/user.ts";
import { findUser } from "../../users/users.ts";

/** INVITE and UNINVITE: inviting a user to a room, and withdrawing the invitation. */

/**
 * An invitation by an op lets the user join a closed room once. It waits until the user joins, for thirty
 * days: a user who is away gets it on coming back.
 */
export const INVITE: Command = {
  verb: "INVITE",
  params: 0,
  phase: "registered",
  cost: 3,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [nick, name] = params;
    if (nick === undefined) return listInvitations(context);
    if (name === undefined) return needMoreParams(reply, "INVITE");
    const room = findRoom(context, name);
    if (room === null) return;
    if (!room.has(user)) return notOnChannel(context, room);
    const isClosed = room.hasMode("i") || room.hasMode("A");
    if (isClosed && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const invitee = findUser(state, nick);
    if (invitee === null) return noSuchNick(context, nick);
    if (room.has(invitee) && !canSeeMember(room, user, invitee)) {
      // In an auditorium (+u) the answer doesn't tell who is in the room.
      return sendInviting(context, room, invitee);
    }
    if (room.has(invitee)) {
      const sentence = "They are already in that room";
      return reply.numeric(NUMERIC.ERR_USERONCHANNEL, invitee.nick, room.name, sentence);
    }
    const isByOp = room.hasRank(user, "h");
    if (!invite(state, invitee, room, user.identity, isByOp)) {
      return notStored(reply, "INVITE", room.name);
    }
    // An op's invitation is the answer to a request to join (+A).
    if (isByOp && invitee.accountId !== null) {
      answerRequest(state, room, invitee.accountId, "approved", user, reply);
    }
    sendInviting(context, room, invitee);
    relayInvite(user, invitee, room, state.now);
  },
};

function sendInviting({ reply }: RegisteredContext, room: Room, { nick, awayText }: User): void {
  reply.numeric(NUMERIC.RPL_INVITING, nick, room.name);
  if (awayText !== null) reply.numeric(NUMERIC.RPL_AWAY, nick, awayText);
}

/**
 * Relays an invitation to the invited user, and to the ops of the room whose sessions asked for it
 * (https://ircv3.net/specs/extensions/invite-notify). A user who blocks the inviter gets nothing.
 *
 * @param time when it was sent, in ms
 */
function relayInvite(inviter: User, invited: User, room: Room, time: number): void {
  const body = formatMessage("INVITE", [invited.nick, room.name], inviter.source);
  const event = { time, msgid: "", by: inviter.identity };
  const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
  if (!isBlocked(invited, inviter)) for (const session of invited.sessions) send(session);
  for (const { user } of room.members.values()) {
    if (user === inviter || !room.hasRank(user, "h")) continue;
    for (const session of user.sessions) {
      if (session.has("invite-notify")) send(session);
    }
  }
}

function listInvitations({ state, user, reply }: RegisteredContext): void {
  for (const { room } of pendingInvitations(state, user)) {
    reply.numeric(NUMERIC.RPL_INVITELIST, room.name);
  }
  reply.numeric(NUMERIC.RPL_ENDOFINVITELIST, "End of your invitations");
}

/** Withdraws an invitation, for ops, or declines one's own; also takes one's own request to join back. */
export const UNINVITE: Command = {
  verb: "UNINVITE",
  params: 2,
  phase: "registered",
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [nick = "", name = ""] = params;
    const invitee = findUser(state, nick);
    const ownRoom = invitee === user ? state.rooms.byName(name) : null;
    if (ownRoom !== null && takeRequestBack(context, ownRoom)) return;
    // Declining needs no rank, and works for a hidden room, whose name the invitation has told.
    const isDeclined = ownRoom !== null && shownInvitation(user, ownRoom.id) !== null;
    const room = isDeclined ? ownRoom : findRoom(context, name);
    if (room === null) return;
    if (!isDeclined && !room.has(user)) return notOnChannel(context, room);
    if (!isDeclined && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    if (invitee === null) return noSuchNick(context, nick);
    if (!invitee.invitations.has(room.id)) {
      const sentence = "They are not invited to that room";
      return reply.fail("UNINVITE", "NOT_INVITED", [invitee.nick, room.name], sentence);
    }
    forgetInvitation(state, invitee, room.id);
    const lineParams = [invitee.nick, room.name];
    reply.add(encodeLine(user.identity, state.now, reply.session.dialect, "UNINVITE", lineParams));
  },
};

/** Withdraws the user's own request to join a room. Returns `false` if there is none. */
function takeRequestBack({ state, user, reply }: RegisteredContext, room: Room): boolean {
  const { accountId: account } = user;
  const isWaiting = room.joinRequests.some((request) => request.account === account);
  if (account === null || !isWaiting) return false;
  if (!answerRequest(state, room, account, "withdrawn", user, reply)) {
    notStored(reply, "UNINVITE", room.name);
  }
  return true;
}
