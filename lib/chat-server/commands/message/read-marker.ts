import { harmlessText } from "../../../protocol/harmful-characters.ts";
import {
  fold,
  isRoomName,
  parseExistingNick,
  parseExistingRoomName,
} from "../../../protocol/names.ts";
import { parseHistoryPoint } from "../../../protocol/wire/history-point.ts";
import { type Command, inSteps, query, type RegisteredContext, type Steps } from "../../command.ts";
import type { RoomEvent } from "../../event.ts";
import { newestGuestMessageTime } from "../../history/guest-messages.ts";
import { dayNumberOf, startOfDay } from "../../history/utc-days.ts";
import { shownDirectConversation } from "../../history/withheld.ts";
import { UNREAD_READ_EVENTS_MAX, UNREAD_READS_MAX } from "../../limits.ts";
import { NOT_STORED } from "../../relay/error-replies.ts";
import { type Conversation, DirectConversation } from "../../rooms/room.ts";
import { pause, Slice } from "../../slices.ts";
import { setEphemeralMarker } from "../../unread/ephemeral-read-markers.ts";
import { sendDirectReadReceipt } from "../../unread/read-receipts.ts";
import {
  type CountsAfter,
  countMessagesAfter,
  type MarkerDayCounts,
  markerDayCounts,
  markerDayCountsAt,
  markReadUpTo,
} from "../../unread/unread-counts.ts";
import {
  formatMarker,
  sendMarkerToOtherSessions,
  sendUnreadCount,
} from "../../unread/unread-notices.ts";
import type { User } from "../../users/user.ts";

/** Additional cost of counting in the files, in tokens: a day of 100,000 messages takes a second. */
const COUNT_COST = 10;

/** Messages that are counted between two questions whether the slice is over. */
const COUNTED_AT_ONCE = 50;
/** Work of one of them, which is looked through for names if it was edited, in the units of slices.ts. */
const UNITS_PER_COUNTED = 3;

const NO_SUCH_TARGET = "There is no such room or person";

/** A conversation by its current name: `null` for two users who haven't written to each other. */
interface Target<C = Conversation | null> {
  readonly name: string;
  readonly conversation: C;
}

/**
 * MARKREAD: shows or moves the read marker of a conversation, which is the same on all devices of an account.
 * https://ircv3.net/specs/extensions/read-marker
 */
export const MARKREAD: Command = {
  verb: "MARKREAD",
  params: 0,
  phase: "registered",
  handle: inSteps(function* (context) {
    const { reply, params } = context;
    const [name = "", timestamp] = params;
    if (name === "") {
      return reply.fail("MARKREAD", "NEED_MORE_PARAMS", [], "Give a room or a nick");
    }
    const target = findTarget(context, name);
    const guestPeer = target === null ? findUnstoredPeer(context, name) : null;
    if (target === null && guestPeer === null) {
      if (timestamp === undefined && isName(name)) return sendMarkerOfUnknown(context, name);
      return reply.fail("MARKREAD", "INVALID_PARAMS", [name], NO_SUCH_TARGET);
    }
    const point = timestamp === undefined ? null : parseHistoryPoint(timestamp);
    if (timestamp !== undefined && point?.kind !== "time") {
      const sentence = "That is not a valid timestamp";
      return reply.fail("MARKREAD", "INVALID_PARAMS", [name, timestamp], sentence);
    }
    const time = point?.kind === "time" ? point.time : null;
    if (guestPeer !== null) return markUnstored(context, guestPeer, time);
    if (target === null) return;
    const { conversation } = target;
    if (time !== null && conversation !== null) {
      return yield* moveMarker(context, { name: target.name, conversation }, time);
    }
    sendOwnMarker(context, target);
    if (conversation instanceof DirectConversation) {
      sendDirectReadReceipt(context.state, reply, conversation, context.user);
    }
  }),
};

function findTarget({ state, user }: RegisteredContext, name: string): Target | null {
  if (isRoomName(name)) {
    const room = state.rooms.byName(name);
    return room?.has(user) ? { name: room.name, conversation: room } : null;
  }
  const peer = state.accountOfNick(name);
  if (user.accountId === null || peer === null) return null;
  return {
    name: state.nickOfAccount(peer),
    conversation: shownDirectConversation(state.rooms, user.accountId, peer),
  };
}

/** Returns the online user of that nick if direct messages with them aren't stored: either is a guest. */
function findUnstoredPeer({ state, user }: RegisteredContext, name: string): User | null {
  const peer = state.onlineUser(name);
  return peer !== null && (peer.account === null || user.account === null) ? peer : null;
}

/**
 * Shows or moves the marker of unstored direct messages, which is only in memory, and the same on all
 * devices.
 */
function markUnstored(context: RegisteredContext, peer: User, time: number | null): void {
  const { state, session, user, reply } = context;
  const { nick } = peer;
  const before = user.ephemeralMarkers.get(fold(nick));
  // The newest message may be later than now: the clock was set back.
  const latest = Math.max(state.now, newestGuestMessageTime(user, peer));
  const marker = time === null ? before : Math.max(Math.min(time, latest), before ?? 0);
  reply.line("MARKREAD", [nick, formatMarker(marker)]);
  if (marker === undefined || marker === before) return;
  setEphemeralMarker(user, nick, marker);
  for (const device of user.sessions) {
    if (device === session || !device.has("draft/read-marker")) continue;
    state.unsolicitedReply(device).line("MARKREAD", [nick, formatMarker(marker)]);
  }
}

/** Whether a name can be sent back as it is. */
function isName(target: string): boolean {
  if (harmlessText(target) !== target) return false;
  return parseExistingRoomName(target) !== null || parseExistingNick(target) !== null;
}

/** Answers the same for a conversation that doesn't exist and one that is hidden. */
function sendMarkerOfUnknown({ user, reply }: RegisteredContext, name: string): void {
  reply.line("MARKREAD", [name, formatMarker(user.ephemeralMarkers.get(fold(name)))]);
}

function sendOwnMarker({ user, reply }: RegisteredContext, { name, conversation }: Target): void {
  const marker = conversation === null ? undefined : user.markers.get(conversation.id);
  reply.line("MARKREAD", [name, formatMarker(marker)]);
}

/**
 * Moves a marker forward, at most to now. It is stored with the number of messages read on its day: counted
 * from memory, or from the files for a user who reads through a long backlog.
 */
function* moveMarker(
  context: RegisteredContext,
  target: Target<Conversation>,
  time: number,
): Steps {
  const { state, session, user } = context;
  const { conversation } = target;
  const marker = Math.min(time, Math.max(state.now, conversation.time));
  if (!isForward(user, conversation, marker)) return sendOwnMarker(context, target);
  const counts = markerDayCountsAt(state.users, conversation, user, marker);
  // Without tokens for reading the files the marker is set without counts, and counted when it moves again.
  const canCount =
    counts === null && user.account !== null && session.rateLimit.take(COUNT_COST, state.elapsedMs);
  if (canCount) yield* countInFiles(context, target, marker);
  else storeMarker(context, target, marker, counts);
}

/**
 * Counts the messages after a marker on its day, and stores the marker. Starts again when an edit or a
 * redaction changed the conversation in the meantime.
 */
function* countInFiles(
  context: RegisteredContext,
  target: Target<Conversation>,
  marker: number,
): Steps {
  const { user, reply } = context;
  const { users } = context.state;
  const { conversation, name } = target;
  const to = { kind: "time", time: startOfDay(dayNumberOf(marker) + 1) } as const;
  let rewrites = conversation.rewriteCount;
  let from = marker;
  let counts: CountsAfter = { messages: 0, mentions: 0 };
  for (let reads = UNREAD_READS_MAX; ; reads -= 1) {
    const { id, position } = conversation;
    const request = {
      direction: "between",
      from: { kind: "time", time: from },
      to,
      limit: UNREAD_READ_EVENTS_MAX,
      since: 0,
      kinds: "messages",
      reader: user.accountId,
    } as const;
    const { events } = yield* query({ kind: "history", conversation: id, request });
    const earlier = (events ?? []).filter((event) => event.position <= position);
    const page = yield* countInSteps(context, conversation, marker, earlier);
    if (findTarget(context, name)?.conversation !== conversation) {
      return reply.fail("MARKREAD", "INVALID_PARAMS", [name], NO_SUCH_TARGET);
    }
    if (!isForward(user, conversation, marker)) return sendOwnMarker(context, target);
    if (events === null || reads === 0) return storeMarker(context, target, marker, null);
    if (conversation.rewriteCount !== rewrites) {
      rewrites = conversation.rewriteCount;
      from = marker;
      counts = { messages: 0, mentions: 0 };
      continue;
    }
    counts = add(counts, page);
    const last = events.at(-1);
    const isPageFull = events.length === UNREAD_READ_EVENTS_MAX;
    if (last !== undefined && isPageFull && last.position <= position) {
      from = last.time;
      continue;
    }
    // Events since this query are in memory, unless they were too many or too long.
    const [oldest] = conversation.recentEvents;
    if (conversation.position > position && (oldest?.position ?? 0) > position + 1) {
      from = last?.time ?? from;
      continue;
    }
    const later = conversation.recentEvents.filter((event) => event.position > position);
    counts = add(counts, countMessagesAfter(users, conversation, user, marker, later));
    return storeMarker(context, target, marker, markerDayCounts(conversation, marker, counts));
  }
}

/** Counts the messages of a page after a marker in slices: of ten thousand. */
function* countInSteps(
  { state: { users }, user }: RegisteredContext,
  conversation: Conversation,
  marker: number,
  events: readonly RoomEvent[],
): Steps<CountsAfter> {
  const slice = new Slice({ units: 0 });
  let counts: CountsAfter = { messages: 0, mentions: 0 };
  for (let start = 0; start < events.length; start += COUNTED_AT_ONCE) {
    const part = events.slice(start, start + COUNTED_AT_ONCE);
    counts = add(counts, countMessagesAfter(users, conversation, user, marker, part));
    if (slice.isOver(COUNTED_AT_ONCE * UNITS_PER_COUNTED)) yield* pause();
  }
  return counts;
}

function add(a: CountsAfter, b: CountsAfter): CountsAfter {
  return { messages: a.messages + b.messages, mentions: a.mentions + b.mentions };
}

function isForward(user: User, { id }: Conversation, marker: number): boolean {
  return marker > (user.markers.get(id) ?? Number.NEGATIVE_INFINITY);
}

/** Stores a marker, only in memory for a guest, and sends it to all devices of the user. */
function storeMarker(
  context: RegisteredContext,
  target: Target<Conversation>,
  time: number,
  counts: MarkerDayCounts | null,
): void {
  const { state, user, reply } = context;
  const { conversation, name } = target;
  const { accountId: account } = user;
  const { id, position } = conversation;
  if (account !== null) {
    const change = { kind: "marked", account, conversation: id, time, at: position } as const;
    if (!state.ports.appendPerson({ ...change, ...counts })) {
      return reply.fail("MARKREAD", "INTERNAL_ERROR", [name], NOT_STORED);
    }
  }
  user.markers.set(id, time);
  if (counts !== null) markReadUpTo(conversation, user, time, counts);
  sendOwnMarker(context, target);
  sendUnreadCount(state, reply, conversation, name, user);
  sendMarkerToOtherSessions(context, conversation, name);
}
