import type { AccountId } from "../../protocol/account-id.ts";
import type { AccountName } from "../../protocol/names.ts";
import type { JoinRequest } from "../../protocol/room-fields.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import type { RoomEventOf } from "../event.ts";
import { JOIN_REQUEST_MS_MAX, JOIN_REQUESTS_MAX, KNOCK_EVERY_MS } from "../limits.ts";
import { tagsOf } from "../relay/encode-event.ts";
import { notStored } from "../relay/error-replies.ts";
import { broadcast, USER_EVENT_TAGS } from "../relay/fan-out.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import type { Room } from "./room.ts";

/*
 * Requests to join a room whose ops approve joins (+A). Those of accounts are stored with the room, and wait
 * for thirty days; a guest's are told to the ops who are connected, as KNOCK tells them.
 */

/**
 * Returns the requests that wait for an answer, oldest first: without those that are too old, and those of
 * accounts that were deleted since.
 */
export function pendingRequests(state: State, room: Room): readonly JoinRequest[] {
  return room.joinRequests.filter(({ account, time }) => {
    const exists = state.accounts.byId(account) !== null;
    return exists && state.now - time <= JOIN_REQUEST_MS_MAX;
  });
}

/** Asks a room's ops to let a user in: stores the request of an account, and tells the ops. */
export function requestToJoin(context: RegisteredContext, room: Room): void {
  const { state, user, reply } = context;
  const { accountId: account } = user;
  const waiting = pendingRequests(state, room);
  if (account !== null && waiting.some((request) => request.account === account)) {
    const sentence = "You have already asked. The room's ops will answer";
    return reply.numeric(NUMERIC.ERR_TOOMANYKNOCK, room.name, sentence);
  }
  if (waiting.length >= JOIN_REQUESTS_MAX) {
    const sentence = "Too many people are waiting to join that room. Ask again later";
    return reply.numeric(NUMERIC.ERR_TOOMANYKNOCK, room.name, sentence);
  }
  if (knockedLately(context)) {
    const sentence = "You asked a moment ago. Wait a minute";
    return reply.numeric(NUMERIC.ERR_TOOMANYKNOCK, room.name, sentence);
  }
  const body = { kind: "requested" } as const;
  if (account !== null && state.commit(room, user.identity, body, reply) === null) {
    return notStored(reply, "KNOCK", room.name);
  }
  tellOps(state, room, user, "asks to join: INVITE lets them in");
  reply.numeric(NUMERIC.RPL_KNOCKDLVR, room.name, "Your request was sent to the room's ops");
}

/**
 * Whether a user knocked or asked within a minute, or the guests of an address did so too often. Notes that they do it
 * now if not.
 */
export function knockedLately({ state, session, user }: RegisteredContext): boolean {
  const { options, guestKnockLimiter, elapsedMs } = state;
  if (elapsedMs - user.knockedElapsedMs < KNOCK_EVERY_MS) return true;
  const isGuest = user.accountId === null && options.floodControl;
  if (isGuest && !guestKnockLimiter.take(session.link.address, elapsedMs)) return true;
  user.knockedElapsedMs = elapsedMs;
  return false;
}

/** Tells a room's ops that somebody wants to come in. */
export function tellOps(state: State, room: Room, user: User, sentence: string): void {
  const params = [room.name, room.name, user.source, sentence];
  const body = formatMessage(NUMERIC.RPL_KNOCK, params, state.options.name);
  const event = { time: state.now, msgid: "", by: user.identity };
  const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
  for (const op of room.members.keys()) if (room.hasRank(op, "h")) op.sessions.forEach(send);
}

/** Ends an account's request. Returns `false` if it can't be stored; without a request it does nothing. */
export function answerRequest(
  state: State,
  room: Room,
  account: AccountId,
  answer: RoomEventOf<"answered">["answer"],
  by: User,
  asker: Reply,
): boolean {
  if (!room.joinRequests.some((request) => request.account === account)) return true;
  const name = state.nameOfAccount(account) as AccountName;
  const body = { kind: "answered", account, name, answer } as const;
  return state.commit(room, by.identity, body, asker) !== null;
}

/** Tells an op who comes back how many people wait for an answer. */
export function sendRequestCount(state: State, reply: Reply, room: Room, user: User): void {
  if (room.joinRequests.length === 0 || !room.hasRank(user, "h")) return;
  const { length } = pendingRequests(state, room);
  if (length === 0) return;
  const people = length === 1 ? "1 person asks" : `${length} people ask`;
  const sentence = `${people} to join ${room.name}: /msg ChanServ REQUESTS ${room.name}`;
  reply.line("NOTICE", [user.nick, sentence]);
}
