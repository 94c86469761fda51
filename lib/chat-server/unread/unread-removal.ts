import type { AccountId } from "../../protocol/account-id.ts";
import type { RoomEventOf, UnreadRemoval } from "../event.ts";
import { dayNumberOf, daysFromRecord, daysToRecord, startOfDay } from "../history/utc-days.ts";
import type { Conversation } from "../rooms/room.ts";
import type { Users } from "../users/users.ts";
import { readersOf } from "./unread-counts.ts";

/* How unread counts change when many messages are erased at once. For a single one see unread-counts.ts. */

/** An erased message, and the accounts that it mentions. */
export interface MessageMentions {
  /** ms since 1970. */
  readonly time: number;
  readonly named: readonly AccountId[];
}

/**
 * Computes how the erasure of messages changes the unread counts. The "forgotten" event carries the result,
 * since it can't be computed later. A hundred thousand messages read by a thousand users take a millisecond.
 *
 * @param times of all erased messages, in ascending order
 * @param mentioning those of them that mention a user
 */
export function unreadRemoval(
  users: Users,
  conversation: Conversation,
  times: readonly number[],
  mentioning: readonly MessageMentions[],
): UnreadRemoval {
  const days = new Map<number, number>();
  for (let start = 0; start < times.length; ) {
    const day = dayNumberOf(times[start] ?? 0);
    const end = countUpTo(times, startOfDay(day + 1) - 1);
    if (conversation.messagesByDay.has(day)) days.set(day, end - start);
    start = end;
  }
  const mentionTimes = new Map<AccountId, number[]>();
  for (const { time, named: accounts } of mentioning) {
    if (!days.has(dayNumberOf(time))) continue;
    for (const account of accounts) {
      const accountTimes = mentionTimes.get(account);
      if (accountTimes === undefined) mentionTimes.set(account, [time]);
      else accountTimes.push(time);
    }
  }
  const people: UnreadRemoval["people"][number][] = [];
  for (const user of readersOf(users, conversation)) {
    const readState = user.readStates.get(conversation.id);
    if (readState === undefined || user.accountId === null) continue;
    const day = dayNumberOf(readState.time);
    const read = days.has(day)
      ? countUpTo(times, readState.time) - countUpTo(times, startOfDay(day) - 1)
      : 0;
    const unreadMentions = (mentionTimes.get(user.accountId) ?? []).filter(
      (time) => time > readState.time,
    );
    if (read === 0 && unreadMentions.length === 0) continue;
    const named = daysToRecord(countByDay(unreadMentions));
    people.push({ account: user.accountId, read, named });
  }
  return { days: daysToRecord(days), people };
}

/** Applies a removal to the unread counts. */
export function uncountErased(
  users: Users,
  conversation: Conversation,
  { of: removal }: RoomEventOf<"forgotten">,
): void {
  for (const [day, count] of daysFromRecord(removal.days)) {
    subtract(conversation.messagesByDay, day, count);
  }
  for (const { account, read, named } of removal.people) {
    const user = users.byAccount(account);
    const readState = user?.readStates.get(conversation.id);
    if (user === null || readState === undefined) continue;
    const mentionsByDay = new Map(readState.mentionsByDay);
    for (const [day, count] of daysFromRecord(named)) {
      subtract(mentionsByDay, day, count);
      if (mentionsByDay.get(day) === 0) mentionsByDay.delete(day);
    }
    user.readStates.set(conversation.id, {
      time: readState.time,
      read: Math.max(0, readState.read - read),
      mentionsByDay,
    });
  }
}

/** Counts the times that are at or before a limit, by binary search. */
function countUpTo(times: readonly number[], limit: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countByDay(times: readonly number[]): Map<number, number> {
  const days = new Map<number, number>();
  for (const time of times) days.set(dayNumberOf(time), (days.get(dayNumberOf(time)) ?? 0) + 1);
  return days;
}

/** Subtracts from a day that is counted; days outside retention aren't. */
function subtract(days: Map<number, number>, day: number, amount: number): void {
  const count = days.get(day);
  if (count !== undefined) days.set(day, Math.max(0, count - amount));
}
