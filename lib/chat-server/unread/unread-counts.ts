import type { RoomEvent, RoomEventOf } from "../event.ts";
import { isMessage } from "../history/select-events.ts";
import { dayNumberOf } from "../history/utc-days.ts";
import { isWithheld } from "../history/withheld.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import { isIdentityBlocked } from "../users/block-list.ts";
import type { User } from "../users/user.ts";
import type { Users } from "../users/users.ts";
import { mentionsUser, originallyMentioned, presentIn } from "./mentions.ts";

/**
 * How much of a conversation a user has read, as numbers; kept in `User.readStates`.
 *
 * A conversation counts its messages by day. A user's read state says how many messages of the read marker's
 * day have been read, and on which days after the marker the user was mentioned. The unread count is a sum
 * over days, whether it is three messages or a million. It counts by days because retention deletes whole
 * days, and because a message that is redacted or edited much later can be subtracted from its day.
 *
 * Changed by events and read markers, in the order in which they came (see `restore`), and by retention.
 */
export interface ReadState {
  /** Everything up to this time (ms) has been read. */
  readonly time: number;
  /** Messages of that time's day that have been read. */
  readonly read: number;
  /** UTC day → how often the user is mentioned after that time. */
  readonly mentionsByDay: ReadonlyMap<number, number>;
}

/**
 * The counts of a read marker on its day: the number of messages up to it (`read`), and how often its user
 * is mentioned after it on that day (`named`, as the stored change of a marker has it).
 */
export interface MarkerDayCounts {
  readonly read: number;
  readonly named: number;
}

/** Shared by all who are mentioned nowhere: most are, in most conversations. */
export const NO_MENTIONS: ReadonlyMap<number, number> = new Map();
/** The read state of a user who has never read anything there. */
const NEVER_READ: ReadState = { time: 0, read: 0, mentionsByDay: NO_MENTIONS };

/** How many messages a user hasn't read, and how often they mention the user. */
interface UnreadCount {
  readonly messages: number;
  readonly mentions: number;
}

/**
 * Counts a user's unread messages in a conversation, and how often they mention the user. Zero for guests and
 * for users who are no members. In a direct conversation every message is a mention. Messages of those whom the user
 * has blocked are left out, as far as they are in memory.
 */
export function countUnread(users: Users, conversation: Conversation, user: User): UnreadCount {
  const isRoom = conversation instanceof Room;
  if (user.accountId === null || (isRoom && !conversation.has(user))) {
    return { messages: 0, mentions: 0 };
  }
  const { time, read, mentionsByDay } = user.readStates.get(conversation.id) ?? NEVER_READ;
  const markerDay = dayNumberOf(time);
  let messages = 0;
  for (const [day, count] of conversation.messagesByDay) {
    if (day > markerDay) messages += count;
    else if (day === markerDay) messages += Math.max(0, count - read);
  }
  const blocked = countBlocked(users, conversation, user, time);
  messages = Math.max(0, messages - blocked.messages);
  if (!isRoom) return { messages, mentions: messages };
  let mentions = 0;
  for (const count of mentionsByDay.values()) mentions += count;
  return { messages, mentions: Math.max(0, mentions - blocked.mentions) };
}

/**
 * Counts the recent messages after a time (ms) whose authors the user has blocked. Counted anew each time, since the
 * block list can change at any moment, in both directions, and few people have one.
 */
function countBlocked(
  users: Users,
  conversation: Conversation,
  user: User,
  time: number,
): UnreadCount {
  let [messages, mentions] = [0, 0];
  if (user.blocked.size === 0) return { messages, mentions };
  const isPresent = presentIn(users, conversation);
  for (const event of conversation.recentEvents) {
    if (event.time <= time || !isMessage(event) || isWithheld(event)) continue;
    if (!isIdentityBlocked(user, event.by)) continue;
    messages += 1;
    if (mentionsUser(users, conversation, event, user, isPresent)) mentions += 1;
  }
  return { messages, mentions };
}

/** Counts a new message as unread for all users but its sender, who counts as having read everything before it. */
export function countMessage(
  users: Users,
  conversation: Conversation,
  event: RoomEventOf<"said">,
): void {
  const sender = users.find(event.by);
  if (event.verb !== "TAGMSG" && !isWithheld(event)) {
    addToDay(conversation.messagesByDay, dayNumberOf(event.time), 1);
    for (const user of originallyMentioned(users, conversation, event)) {
      addMention(conversation, user, event.time, 1);
    }
  }
  if (sender === null || sender.accountId === null) return;
  if (conversation instanceof Room && !conversation.has(sender)) return;
  sender.markers.set(conversation.id, event.time);
  markAllRead(conversation, sender);
}

/** Marks a whole conversation as read by a user, who has just written there or joined. Guests have no counts. */
export function markAllRead(conversation: Conversation, user: User): void {
  if (user.accountId === null) return;
  const { id, time, messagesByDay } = conversation;
  const read = messagesByDay.get(dayNumberOf(time)) ?? 0;
  user.readStates.set(id, { time, read, mentionsByDay: NO_MENTIONS });
}

/**
 * Marks a conversation as read up to a time (ms). Changes nothing for a user who has read as far already: the counts of
 * the same marker don't know what was redacted since.
 */
export function markReadUpTo(
  conversation: Conversation,
  user: User,
  markerTime: number,
  counts: MarkerDayCounts,
): void {
  const readState = user.readStates.get(conversation.id) ?? NEVER_READ;
  // The next message will be later than the newest one, and must not count as read.
  const time = Math.min(markerTime, conversation.time);
  if (time <= readState.time) return;
  const markerDay = dayNumberOf(time);
  const laterDays = [...readState.mentionsByDay].filter(([day]) => day > markerDay);
  const mentions = Math.min(counts.named, readState.mentionsByDay.get(markerDay) ?? 0);
  if (mentions > 0) laterDays.push([markerDay, mentions]);
  const mentionsByDay = laterDays.length === 0 ? NO_MENTIONS : new Map(laterDays);
  const read = Math.min(counts.read, conversation.messagesByDay.get(markerDay) ?? 0);
  user.readStates.set(conversation.id, { time, read, mentionsByDay });
}

/**
 * Computes the counts of a marker from the recent events in memory; `null` when they don't reach back to it.
 * Then its day has to be read from the files: see `markerDayCounts`.
 */
export function markerDayCountsAt(
  users: Users,
  conversation: Conversation,
  user: User,
  markerTime: number,
): MarkerDayCounts | null {
  const events = recentEventsSince(conversation, markerTime);
  if (events === null) return null;
  const after = countMessagesAfter(users, conversation, user, markerTime, events);
  return markerDayCounts(conversation, markerTime, after);
}

/** Computes the counts of a marker from those of the messages after it on its day. */
export function markerDayCounts(
  conversation: Conversation,
  markerTime: number,
  after: CountsAfter,
): MarkerDayCounts {
  const count = conversation.messagesByDay.get(dayNumberOf(markerTime)) ?? 0;
  return { read: Math.max(0, count - after.messages), named: after.mentions };
}

/** The messages after a time on that time's day, and how many of them mention a user. */
export interface CountsAfter {
  readonly messages: number;
  readonly mentions: number;
}

/** Counts those of a conversation's events that are messages after a time (ms) on its day. */
export function countMessagesAfter(
  users: Users,
  conversation: Conversation,
  user: User,
  time: number,
  events: Iterable<RoomEvent>,
): CountsAfter {
  let [messages, mentions] = [0, 0];
  const isPresent = presentIn(users, conversation);
  for (const event of events) {
    if (!isMessage(event) || isWithheld(event) || event.time <= time) continue;
    if (dayNumberOf(event.time) !== dayNumberOf(time)) continue;
    messages += 1;
    if (mentionsUser(users, conversation, event, user, isPresent)) mentions += 1;
  }
  return { messages, mentions };
}

/** Returns the recent events if they hold everything after a time on its day, else `null`. */
function recentEventsSince(
  { recentEvents, position, messagesByDay }: Conversation,
  time: number,
): readonly RoomEvent[] | null {
  // That day has no messages, or all were deleted.
  if ((messagesByDay.get(dayNumberOf(time)) ?? 0) === 0) return [];
  const [oldest] = recentEvents;
  const reachesBack =
    oldest === undefined ? position === 0 : oldest.time <= time || oldest.position === 1;
  return reachesBack ? recentEvents : null;
}

/** Removes a redacted message from the counts, read or unread. */
export function uncountRedacted(
  users: Users,
  conversation: Conversation,
  { of: redacted }: RoomEventOf<"redacted">,
): void {
  if (redacted === undefined) return;
  const day = dayNumberOf(redacted.time);
  if (!conversation.messagesByDay.has(day)) return;
  addToDay(conversation.messagesByDay, day, -1);
  for (const user of readersOf(users, conversation)) {
    const readState = user.readStates.get(conversation.id);
    if (readState === undefined) continue;
    if (readState.time < redacted.time) {
      if (user.accountId !== null && redacted.named.includes(user.accountId)) {
        addMention(conversation, user, redacted.time, -1);
      }
    } else if (dayNumberOf(readState.time) === day) {
      const read = Math.max(0, readState.read - 1);
      user.readStates.set(conversation.id, { ...readState, read });
    }
  }
}

/** Moves mentions to the accounts that a message mentions after an edit. */
export function recountEdited(
  users: Users,
  conversation: Conversation,
  { of: edited }: RoomEventOf<"edited">,
): void {
  if (edited === undefined || !(conversation instanceof Room)) return;
  if (!conversation.messagesByDay.has(dayNumberOf(edited.time))) return;
  for (const [accounts, change] of [
    [edited.named, 1],
    [edited.unnamed, -1],
  ] as const) {
    for (const account of accounts) {
      const user = users.byAccount(account);
      if (user !== null && conversation.has(user)) {
        addMention(conversation, user, edited.time, change);
      }
    }
  }
}

/**
 * Drops the counts of days before `firstDay`, which retention deletes, and of days that every reader with
 * counts has read. With `firstDay` 0 only the latter.
 */
export function dropOldDays(users: Users, conversation: Conversation, firstDay: number): void {
  const { id, messagesByDay } = conversation;
  const isDeleted = (day: number): boolean => day < firstDay;
  const [oldestDay] = messagesByDay.keys();
  if (oldestDay === undefined || (messagesByDay.size === 1 && !isDeleted(oldestDay))) return;
  let firstUnreadDay = Number.POSITIVE_INFINITY;
  for (const user of readersOf(users, conversation)) {
    if (user.accountId === null) continue;
    const readState = user.readStates.get(id) ?? NEVER_READ;
    firstUnreadDay = Math.min(firstUnreadDay, dayNumberOf(readState.time));
    if (![...readState.mentionsByDay.keys()].some(isDeleted)) continue;
    const keptDays = [...readState.mentionsByDay].filter(([day]) => !isDeleted(day));
    user.readStates.set(id, { ...readState, mentionsByDay: new Map(keptDays) });
  }
  const newestDay = Math.max(...messagesByDay.keys());
  for (const day of [...messagesByDay.keys()]) {
    if (isDeleted(day) || (day < firstUnreadDay && day < newestDay)) messagesByDay.delete(day);
  }
}

/**
 * Returns the users whose unread messages are counted: a room's members, or the two of a direct
 * conversation.
 */
export function* readersOf(users: Users, conversation: Conversation): Iterable<User> {
  if (conversation instanceof Room) yield* conversation.members.keys();
  if (!(conversation instanceof DirectConversation)) return;
  for (const account of new Set(conversation.accounts)) {
    const user = users.byAccount(account);
    if (user !== null) yield user;
  }
}

/** Adds or removes a mention at a time (ms), unless the user has read up to there. */
function addMention({ id }: Conversation, user: User, time: number, change: 1 | -1): void {
  const readState = user.readStates.get(id) ?? NEVER_READ;
  if (time <= readState.time) return;
  const mentionsByDay = new Map(readState.mentionsByDay);
  addToDay(mentionsByDay, dayNumberOf(time), change);
  if (mentionsByDay.get(dayNumberOf(time)) === 0) mentionsByDay.delete(dayNumberOf(time));
  user.readStates.set(id, { ...readState, mentionsByDay });
}

function addToDay(days: Map<number, number>, day: number, change: number): void {
  days.set(day, Math.max(0, (days.get(day) ?? 0) + change));
}
