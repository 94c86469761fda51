import type { AccountName } from "../../protocol/names.ts";
import type { RoomEventOf, UnreadRemoval } from "../event.ts";
import { dayOf, daysFromRecord, daysToRecord, startOfDay } from "../history/utc-days.ts";
import type { Conversation } from "../rooms/room.ts";
import type { Users } from "../users/users.ts";
import { readersOf } from "./unread-counts.ts";

/** What unread counts lose when much is taken back at once: see unread-counts.ts for a single message. */

/** A message that goes, and names somebody. */
export interface MessageMentions {
  readonly time: number;
  readonly named: readonly AccountName[];
}

/**
 * What these messages are in the numbers as they stand: the event of taking them back carries that, since
 * nobody can count them afterwards. A hundred thousand of them, read by a thousand people: a millisecond.
 *
 * @param times of all of them, in order
 */
export function unreadRemoval(
  users: Users,
  conversation: Conversation,
  times: readonly number[],
  naming: readonly MessageMentions[],
): UnreadRemoval {
  const days = new Map<number, number>();
  for (let at = 0; at < times.length; ) {
    const day = dayOf(times[at] ?? 0);
    const end = countUpTo(times, startOfDay(day + 1) - 1);
    if (conversation.messagesByDay.has(day)) days.set(day, end - at);
    at = end;
  }
  const named = new Map<AccountName, number[]>();
  for (const { time, named: accounts } of naming) {
    if (!days.has(dayOf(time))) continue;
    for (const account of accounts) {
      const known = named.get(account);
      if (known === undefined) named.set(account, [time]);
      else known.push(time);
    }
  }
  const people: UnreadRemoval["people"][number][] = [];
  for (const user of readersOf(users, conversation)) {
    const tally = user.readStates.get(conversation.id);
    if (tally === undefined || user.account === null) continue;
    const day = dayOf(tally.time);
    const read = days.has(day)
      ? countUpTo(times, tally.time) - countUpTo(times, startOfDay(day) - 1)
      : 0;
    const unread = (named.get(user.account) ?? []).filter((time) => time > tally.time);
    if (read === 0 && unread.length === 0) continue;
    people.push({ account: user.account, read, named: daysToRecord(countDays(unread)) });
  }
  return { days: daysToRecord(days), people };
}

/** How many of these moments are not behind another. */
function countUpTo(times: readonly number[], moment: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countDays(times: readonly number[]): Map<number, number> {
  const days = new Map<number, number>();
  for (const time of times) days.set(dayOf(time), (days.get(dayOf(time)) ?? 0) + 1);
  return days;
}

/** The numbers without what an account said. */
export function uncountErased(
  users: Users,
  conversation: Conversation,
  { of }: RoomEventOf<"forgotten">,
): void {
  for (const [day, count] of daysFromRecord(of.days))
    lessen(conversation.messagesByDay, day, count);
  for (const { account, read, named } of of.people) {
    const user = users.byAccount(account);
    const tally = user?.readStates.get(conversation.id);
    if (user === null || tally === undefined) continue;
    const left = new Map(tally.mentionsByDay);
    for (const [day, count] of daysFromRecord(named)) {
      lessen(left, day, count);
      if (left.get(day) === 0) left.delete(day);
    }
    user.readStates.set(conversation.id, {
      time: tally.time,
      read: Math.max(0, tally.read - read),
      mentionsByDay: left,
    });
  }
}

/** Only what is there: days go. */
function lessen(days: Map<number, number>, day: number, by: number): void {
  const count = days.get(day);
  if (count !== undefined) days.set(day, Math.max(0, count - by));
}
