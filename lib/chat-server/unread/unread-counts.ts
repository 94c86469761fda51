import type { RoomEvent, RoomEventOf } from "../event.ts";
import { dayOf } from "../history/utc-days.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { User } from "../users/user.ts";
import type { Users } from "../users/users.ts";
import { mentionsUser, originallyMentioned } from "./mentions.ts";

/**
 * What is unread, as numbers. A conversation knows how many messages of each day are there still, and a person
 * how much of their marker's day they have read, and on which days behind it they were named: how much is
 * unread is a sum of days, whether it is three messages or a million. By days, because that is how old
 * messages go, so that what is taken back, edited or deleted long after can be found in the numbers again.
 *
 * Changed by events and markers alone, and in the order in which they came: see `restore`.
 */
export interface ReadState {
  /** The moment up to which everything has been read. */
  readonly time: number;
  /** Messages of that moment's day that have been read. */
  readonly read: number;
  /** How often the person was named behind that moment, by day. */
  readonly mentionsByDay: ReadonlyMap<number, number>;
}

/** What of a marker's day is before the marker, and how often its person is named behind it on that day. */
export interface MarkerDayCounts {
  readonly read: number;
  readonly named: number;
}

const NOBODY_NAMED: ReadonlyMap<number, number> = new Map();
/** Of somebody who has never read anything there. */
const FRESH_TALLY: ReadState = { time: 0, read: 0, mentionsByDay: NOBODY_NAMED };

/** What others said behind what this person has read, and how often they named them. */
export function countUnread(
  conversation: Conversation,
  user: User,
): { readonly messages: number; readonly mentions: number } {
  const isRoom = conversation instanceof Room;
  if (user.account === null || (isRoom && !conversation.has(user))) {
    return { messages: 0, mentions: 0 };
  }
  const { time, read, mentionsByDay: named } = user.readStates.get(conversation.id) ?? FRESH_TALLY;
  const today = dayOf(time);
  let messages = 0;
  for (const [day, count] of conversation.messagesByDay) {
    if (day > today) messages += count;
    else if (day === today) messages += Math.max(0, count - read);
  }
  // What is written to somebody alone names them.
  if (!isRoom) return { messages, mentions: messages };
  let mentions = 0;
  for (const count of named.values()) mentions += count;
  return { messages, mentions };
}

/** Something was said: it counts for everybody but the one who said it, who has read all up to it. */
export function countMessage(
  users: Users,
  conversation: Conversation,
  event: RoomEventOf<"said">,
): void {
  const by = users.find(event.by);
  if (event.verb !== "TAGMSG") {
    add(conversation.messagesByDay, dayOf(event.time), 1);
    for (const user of originallyMentioned(users, conversation, event)) {
      name(conversation, user, event.time, 1);
    }
  }
  if (by === null || by.account === null) return;
  if (conversation instanceof Room && !conversation.has(by)) return;
  by.markers.set(conversation.id, event.time);
  markAllRead(conversation, by);
}

/** This person has read everything that there is, or has just come in. */
export function markAllRead(conversation: Conversation, user: User): void {
  const { id, time, messagesByDay } = conversation;
  user.readStates.set(id, {
    time,
    read: messagesByDay.get(dayOf(time)) ?? 0,
    mentionsByDay: NOBODY_NAMED,
  });
}

/** This person has read up to a moment, and the part of its day that it stands for, if not further. */
export function markReadUpTo(
  conversation: Conversation,
  user: User,
  moment: number,
  part: MarkerDayCounts,
): void {
  const tally = user.readStates.get(conversation.id) ?? FRESH_TALLY;
  // Whatever comes next is later than all that is there.
  const time = Math.min(moment, conversation.time);
  if (time < tally.time) return;
  const day = dayOf(time);
  const named = new Map([...tally.mentionsByDay].filter(([of]) => of > day));
  const left = Math.min(part.named, tally.mentionsByDay.get(day) ?? 0);
  if (left > 0) named.set(day, left);
  const read = Math.min(part.read, conversation.messagesByDay.get(day) ?? 0);
  user.readStates.set(conversation.id, { time, read, mentionsByDay: named });
}

/**
 * The part of its day that a moment stands for, counted back from the day's end through the newest events;
 * `null` when they don't reach so far.
 */
export function markerDayCountsAt(
  conversation: Conversation,
  user: User,
  moment: number,
): MarkerDayCounts | null {
  const later = laterInMemory(conversation, moment);
  return later === null
    ? null
    : markerDayCounts(conversation, moment, countMessagesAfter(user, moment, later));
}

/** The same for a moment behind which so much was said on its day. */
export function markerDayCounts(
  conversation: Conversation,
  moment: number,
  behind: CountsAfter,
): MarkerDayCounts {
  const count = conversation.messagesByDay.get(dayOf(moment)) ?? 0;
  return { read: Math.max(0, count - behind.messages), named: behind.mentions };
}

/** How much was said behind a moment on its day, and how often that named somebody. */
export interface CountsAfter {
  readonly messages: number;
  readonly mentions: number;
}

export function countMessagesAfter(
  user: User,
  moment: number,
  events: Iterable<RoomEvent>,
): CountsAfter {
  let [messages, named] = [0, 0];
  for (const event of events) {
    if (event.kind !== "said" || event.verb === "TAGMSG" || !isBehind(event, moment)) continue;
    messages += 1;
    if (mentionsUser(event, user)) named += 1;
  }
  return { messages, mentions: named };
}

/** What happened behind a moment on its day, if memory reaches so far. */
function laterInMemory(
  { recentEvents, position, messagesByDay }: Conversation,
  moment: number,
): readonly RoomEvent[] | null {
  // All of that day is gone, or nothing was said on it.
  if ((messagesByDay.get(dayOf(moment)) ?? 0) === 0) return [];
  const [oldest] = recentEvents;
  const reaches =
    oldest === undefined ? position === 0 : oldest.time <= moment || oldest.position === 1;
  return reaches ? recentEvents : null;
}

function isBehind({ time }: RoomEvent, moment: number): boolean {
  return time > moment && dayOf(time) === dayOf(moment);
}

/** A message was taken back: it is unread to nobody, and was read by nobody. */
export function uncountRedacted(
  users: Users,
  conversation: Conversation,
  { of }: RoomEventOf<"redacted">,
): void {
  if (of === undefined) return;
  const day = dayOf(of.time);
  if (!conversation.messagesByDay.has(day)) return;
  add(conversation.messagesByDay, day, -1);
  for (const user of readersOf(users, conversation)) {
    const tally = user.readStates.get(conversation.id);
    if (tally === undefined) continue;
    if (tally.time < of.time) {
      if (user.account !== null && of.named.includes(user.account)) {
        name(conversation, user, of.time, -1);
      }
    } else if (dayOf(tally.time) === day) {
      user.readStates.set(conversation.id, { ...tally, read: Math.max(0, tally.read - 1) });
    }
  }
}

/** A message names other people than it did. */
export function recountEdited(
  users: Users,
  conversation: Conversation,
  { of }: RoomEventOf<"edited">,
): void {
  if (of === undefined || !(conversation instanceof Room)) return;
  if (!conversation.messagesByDay.has(dayOf(of.time))) return;
  for (const [accounts, by] of [
    [of.named, 1],
    [of.unnamed, -1],
  ] as const) {
    for (const account of accounts) {
      const user = users.byAccount(account);
      if (user !== null && conversation.has(user)) name(conversation, user, of.time, by);
    }
  }
}

/**
 * Days before this one are there no longer; and of those that everybody has read nobody will ask. Without a
 * day only these go.
 */
export function dropOldDays(users: Users, conversation: Conversation, firstDay: number): void {
  const { id, messagesByDay } = conversation;
  const isGone = (day: number): boolean => day < firstDay;
  const [oldest] = messagesByDay.keys();
  if (oldest === undefined || (messagesByDay.size === 1 && !isGone(oldest))) return;
  let unread = Number.POSITIVE_INFINITY;
  for (const user of readersOf(users, conversation)) {
    const tally = user.readStates.get(id) ?? FRESH_TALLY;
    unread = Math.min(unread, dayOf(tally.time));
    if (![...tally.mentionsByDay.keys()].some(isGone)) continue;
    const named = new Map([...tally.mentionsByDay].filter(([day]) => !isGone(day)));
    user.readStates.set(id, { ...tally, mentionsByDay: named });
  }
  const newest = Math.max(...messagesByDay.keys());
  for (const day of [...messagesByDay.keys()]) {
    if (isGone(day) || (day < unread && day < newest)) messagesByDay.delete(day);
  }
}

/** All whose reading of a conversation is counted. */
export function* readersOf(users: Users, conversation: Conversation): Iterable<User> {
  if (conversation instanceof Room) yield* conversation.members.keys();
  if (!(conversation instanceof DirectConversation)) return;
  for (const account of new Set(conversation.accounts)) {
    const user = users.byAccount(account);
    if (user !== null) yield user;
  }
}

/** Somebody is named once more, or less, in a message of this time, unless they have read it. */
function name({ id }: Conversation, user: User, time: number, by: 1 | -1): void {
  const tally = user.readStates.get(id) ?? FRESH_TALLY;
  if (time <= tally.time) return;
  const named = new Map(tally.mentionsByDay);
  add(named, dayOf(time), by);
  if (named.get(dayOf(time)) === 0) named.delete(dayOf(time));
  user.readStates.set(id, { ...tally, mentionsByDay: named });
}

function add(days: Map<number, number>, day: number, by: number): void {
  days.set(day, Math.max(0, (days.get(day) ?? 0) + by));
}
