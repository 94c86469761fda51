import { fold, isRoomName, parseNick, parseRoomName } from "../../../protocol/names.ts";
import { parseHistoryPoint } from "../../../protocol/wire/history-point.ts";
import { awaitQuery, type Command, type Outcome, type RegisteredContext } from "../../command.ts";
import type { RoomEvent } from "../../event.ts";
import { dayOf, startOfDay } from "../../history/utc-days.ts";
import { UNREAD_COUNTED_AT_ONCE, UNREAD_READS_MAX } from "../../limits.ts";
import { NOT_STORED } from "../../relay/error-replies.ts";
import { type Conversation, DirectConversation } from "../../rooms/room.ts";
import { setEphemeralMarker } from "../../unread/ephemeral-read-markers.ts";
import { sendDirectReadReceipt } from "../../unread/read-receipts.ts";
import {
  type CountsAfter,
  countAfter,
  type MarkerDayCounts,
  markerDayCounts,
  markerDayCountsAt,
  readUpTo,
} from "../../unread/unread-counts.ts";
import { formatMarker, sendMarker, sendUnreadCount } from "../../unread/unread-notices.ts";
import type { User } from "../../users/user.ts";

/** MARKREAD: how far one has read, the same on every device. https://ircv3.net/specs/extensions/read-marker */
export const MARKREAD: Command = {
  verb: "MARKREAD",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const { reply, params } = context;
    const [target = "", timestamp] = params;
    if (target === "") {
      return reply.fail("MARKREAD", "NEED_MORE_PARAMS", [], "Say which room or person");
    }
    const found = find(context, target);
    const guest = found === null ? passingPeer(context, target) : null;
    if (found === null && guest === null) {
      if (timestamp === undefined && isName(target)) return tellUnknown(context, target);
      return reply.fail("MARKREAD", "INVALID_PARAMS", [target], NOTHING_THERE);
    }
    const point = timestamp === undefined ? null : parseHistoryPoint(timestamp);
    if (timestamp !== undefined && point?.kind !== "time") {
      return reply.fail("MARKREAD", "INVALID_PARAMS", [target, timestamp], "That is no timestamp");
    }
    const time = point?.kind === "time" ? point.time : null;
    if (guest !== null) return markPassing(context, guest, time);
    if (found === null) return;
    if (time !== null) return mark(context, found, time);
    tell(context, found);
    const { conversation } = found;
    if (conversation instanceof DirectConversation)
      sendDirectReadReceipt(context.state, reply, conversation, context.user);
  },
};

/** Of a connection's allowance: a day of 100,000 messages takes a second to count. */
const COUNT_COST = 10;

const NOTHING_THERE = "There is nothing of that name to read";

type Found = { readonly name: string; readonly conversation: Conversation | null };

function find({ state, user }: RegisteredContext, target: string): Found | null {
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? { name: room.name, conversation: room } : null;
  }
  const peer = state.accountOfNick(target);
  if (user.account === null || peer === null) return null;
  return {
    name: state.nickOfAccount(peer),
    conversation: state.rooms.direct(user.account, peer),
  };
}

/** Somebody with whom direct messages pass, and aren't kept: one of the two is a guest. */
function passingPeer({ state, user }: RegisteredContext, target: string): User | null {
  const peer = state.onlineUser(target);
  return peer !== null && (peer.account === null || user.account === null) ? peer : null;
}

/** The marker of what isn't kept is in memory alone, the same on every device all the same. */
function markPassing(context: RegisteredContext, { nick }: User, time: number | null): void {
  const { state, session, user, reply } = context;
  const known = user.ephemeralMarkers.get(fold(nick));
  const marker = time === null ? known : Math.max(Math.min(time, state.now), known ?? 0);
  reply.line("MARKREAD", [nick, formatMarker(marker)]);
  if (marker === undefined || marker === known) return;
  setEphemeralMarker(user, nick, marker);
  for (const other of user.sessions) {
    if (other === session || !other.has("draft/read-marker")) continue;
    state.unsolicitedReply(other).line("MARKREAD", [nick, formatMarker(marker)]);
  }
}

function isName(target: string): boolean {
  return parseRoomName(target) !== null || parseNick(target) !== null;
}

/** Of what isn't there, or hides, only what was read of it under its name: the same answer for both. */
function tellUnknown({ user, reply }: RegisteredContext, target: string): void {
  reply.line("MARKREAD", [target, formatMarker(user.ephemeralMarkers.get(fold(target)))]);
}

function tell({ user, reply }: RegisteredContext, { name, conversation }: Found): void {
  const marker = conversation === null ? undefined : user.markers.get(conversation.id);
  reply.line("MARKREAD", [name, formatMarker(marker)]);
}

/**
 * A marker only ever moves on, and never past now. It is kept with the numbers that it stands for: counted in
 * memory, or, for somebody who reads their way through a long backlog, in the files.
 */
function mark(context: RegisteredContext, found: Found, time: number): Outcome {
  const { state, session, user } = context;
  const { conversation } = found;
  if (conversation === null) return tell(context, found);
  const marker = Math.min(time, Math.max(state.now, conversation.time));
  if (!isFurther(user, conversation, marker)) return tell(context, found);
  const part = markerDayCountsAt(conversation, user, marker);
  if (part !== null || user.account === null) return setMarker(context, found, marker, part);
  // Who moves it from message to message of a long day has it counted at a later one.
  if (!session.rateLimit.take(COUNT_COST, state.now))
    return setMarker(context, found, marker, null);
  return count(context, found, marker, UNREAD_READS_MAX);
}

/** Counts what was said behind a moment on its day, from the start again when something of it is rewritten. */
function count(context: RegisteredContext, found: Found, marker: number, reads: number): Outcome {
  const { user, reply } = context;
  const { conversation, name } = found;
  if (conversation === null) return;
  const { rewrites } = conversation;
  let behind: CountsAfter = { messages: 0, named: 0 };
  const add = (events: readonly RoomEvent[]): void => {
    const { messages, named } = countAfter(user, marker, events);
    behind = { messages: behind.messages + messages, named: behind.named + named };
  };
  const to = { kind: "time", time: startOfDay(dayOf(marker) + 1) } as const;
  const read = (since: number, left: number): Outcome => {
    const { id, position } = conversation;
    const request = {
      direction: "between",
      from: { kind: "time", time: since },
      to,
      limit: UNREAD_COUNTED_AT_ONCE,
      since: 0,
      kinds: "messages",
    } as const;
    return awaitQuery({ kind: "history", conversation: id, request }, ({ events }) => {
      if (find(context, name)?.conversation !== conversation) {
        return reply.fail("MARKREAD", "INVALID_PARAMS", [name], NOTHING_THERE);
      }
      if (!isFurther(user, conversation, marker)) return tell(context, found);
      if (events === null || left === 0) return setMarker(context, found, marker, null);
      if (conversation.rewrites !== rewrites) return count(context, found, marker, left - 1);
      add(events.filter((event) => event.position <= position));
      const last = events.at(-1);
      if (
        last !== undefined &&
        events.length === UNREAD_COUNTED_AT_ONCE &&
        last.position <= position
      ) {
        return read(last.time, left - 1);
      }
      // What was said since the question was asked is behind the marker, too.
      add(conversation.recentEvents.filter((event) => event.position > position));
      setMarker(context, found, marker, markerDayCounts(conversation, marker, behind));
    });
  };
  return read(marker, reads);
}

function isFurther(user: User, { id }: Conversation, marker: number): boolean {
  return marker > (user.markers.get(id) ?? Number.NEGATIVE_INFINITY);
}

function setMarker(
  context: RegisteredContext,
  found: Found,
  time: number,
  part: MarkerDayCounts | null,
): void {
  const { state, user, reply } = context;
  const { conversation, name } = found;
  const { account } = user;
  if (conversation === null) return;
  const { id, position } = conversation;
  if (
    account !== null &&
    !state.ports.appendPerson({
      kind: "marked",
      account,
      conversation: id,
      time,
      at: position,
      ...part,
    })
  ) {
    return reply.fail("MARKREAD", "INTERNAL_ERROR", [name], NOT_STORED);
  }
  user.markers.set(id, time);
  if (part !== null) readUpTo(conversation, user, time, part);
  tell(context, found);
  sendUnreadCount(reply, conversation, name, user);
  sendMarker(context, conversation, name);
}
