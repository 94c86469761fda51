import type { AccountId } from "../../protocol/account-id.ts";
import { restoreRoomFields } from "../../protocol/room-fields.ts";
import { apply } from "../apply-event.ts";
import type { ConversationId, RoomEvent, UserIdentity } from "../event.ts";
import { resolveAccounts } from "../history/resolve-accounts.ts";
import { applyRetention } from "../history/retention.ts";
import { isMessage } from "../history/select-events.ts";
import { dayNumberOf, daysFromRecord, startOfDay } from "../history/utc-days.ts";
import { isWithheld } from "../history/withheld.ts";
import { isClosedByOperator } from "../rooms/closure.ts";
import { expireListEntries } from "../rooms/list-expiry.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { Restored } from "../server-ports.ts";
import type { State } from "../state.ts";
import {
  countMessagesAfter,
  markerDayCounts,
  markReadUpTo,
  NO_MENTIONS,
  type ReadState,
  readersOf,
} from "../unread/unread-counts.ts";
import type { User } from "../users/user.ts";
import { restoreModes } from "../users/user-modes.ts";
import { applyPersonChange, ensureAccountUser, restoreNick } from "./apply-person-change.ts";
import { MarkerReplay } from "./marker-replay.ts";
import type {
  ConversationSnapshot,
  PersonSnapshot,
  ReadStateSnapshot,
  RoomSnapshot,
} from "./snapshot.ts";

/**
 * Fills an empty state from storage: first the snapshot, then the events and changes after it, in the
 * order in which they happened. The accounts must be in `state.accounts` already.
 */
export function restore(state: State, restored: Restored): void {
  const { snapshot, people: changes, recent } = restored;
  const { accounts } = state;
  for (const conversation of snapshot.conversations) restoreConversation(state, conversation);
  for (const sent of snapshot.files ?? []) {
    if (state.rooms.byId(sent.conversation) !== null) state.rooms.files.add(sent);
  }
  for (const person of snapshot.people) restorePerson(state, person);
  for (const ban of snapshot.bans) state.bans.set(ban);
  for (const report of snapshot.reports ?? []) state.reports.add(report);
  const markers = new MarkerReplay(state, changes);
  for (const stored of orderForReplay(restored)) {
    const event = resolveAccounts(accounts, stored);
    const conversation = state.rooms.byId(event.conversation);
    if (conversation !== null && event.position <= conversation.position) continue;
    if (conversation === null && event.kind !== "created") continue;
    const needsUser = event.kind === "joined" || event.kind === "said";
    attempt(state, `event ${event.position} of ${event.conversation}`, () => {
      if (needsUser && event.by.accountId !== null) ensureAccountUser(state, event.by.accountId);
      markers.applyBefore(event);
      apply(state, event);
    });
  }
  for (const change of changes) {
    if (markers.isApplied(change)) continue;
    attempt(state, `a change of people (${change.kind})`, () => applyPersonChange(state, change));
  }
  for (const [id, events] of recent) {
    const conversation = state.rooms.byId(id);
    const resolved = events.map((event) => resolveAccounts(accounts, event));
    conversation?.setRecentEvents(resolved);
  }
  for (const { id, days } of snapshot.conversations) {
    const conversation = state.rooms.byId(id);
    if (days === undefined && conversation !== null) countRecentEvents(state, conversation);
  }
  applyRetention(state);
  // Whoever follows another server leaves the rest to it, and lists rooms in the same order as it does.
  if (state.isFollowing) return sortRooms(state);
  dropEmptyRooms(state);
  expireListEntries(state);
}

/**
 * Applies something stored. One that can't be applied has failed when it happened, too, and cost its session: with it no
 * server would ever start again.
 */
function attempt(state: State, what: string, run: () => void): void {
  try {
    run();
  } catch (cause) {
    state.ports.note("error", `${what} can't be applied, and is passed over`, cause);
  }
}

/**
 * Returns the events after the snapshot in the order in which they happened. They are read folder by folder,
 * but a name can pass from one room to another, and only the order shows which room has it now.
 *
 * A room that was closed before the snapshot is not in it, so `later` has all of its events. They are left
 * out, since another room may have the name by now.
 */
function orderForReplay({
  snapshot,
  later,
}: Pick<Restored, "snapshot" | "later">): readonly RoomEvent[] {
  const known = new Set(snapshot.conversations.map(({ id }) => id));
  const closed = new Set<ConversationId>();
  for (const { kind, conversation } of later) {
    if (kind === "dropped" && !known.has(conversation)) closed.add(conversation);
  }
  // The time never decreases within a conversation: a clock that was set back must not change its order.
  const newestTimes = new Map<ConversationId, number>();
  const timed: { time: number; event: RoomEvent }[] = [];
  for (const event of later) {
    if (closed.has(event.conversation)) continue;
    const time = Math.max(event.time, newestTimes.get(event.conversation) ?? 0);
    newestTimes.set(event.conversation, time);
    timed.push({ time, event });
  }
  return timed.sort((a, b) => a.time - b.time).map(({ event }) => event);
}

/** Counts the recent events, for a snapshot of an early version, which stored no counts. */
function countRecentEvents(state: State, conversation: Conversation): void {
  const { id, recentEvents, messagesByDay, time } = conversation;
  messagesByDay.clear();
  for (const event of recentEvents) {
    if (!isMessage(event) || isWithheld(event)) continue;
    messagesByDay.set(
      dayNumberOf(event.time),
      (messagesByDay.get(dayNumberOf(event.time)) ?? 0) + 1,
    );
  }
  for (const user of readersOf(state.users, conversation)) {
    const joined = conversation instanceof Room ? conversation.members.get(user)?.joinedTime : 0;
    const readUntil = Math.min(time, Math.max(user.markers.get(id) ?? 0, joined ?? 0));
    const mentionsByDay = new Map<number, number>();
    for (const day of messagesByDay.keys()) {
      const from = Math.max(readUntil, startOfDay(day) - 1);
      const after = countMessagesAfter(state.users, conversation, user, from, recentEvents);
      if (after.mentions > 0) mentionsByDay.set(day, after.mentions);
    }
    user.readStates.set(id, { time: 0, read: 0, mentionsByDay });
    const after = countMessagesAfter(state.users, conversation, user, readUntil, recentEvents);
    const counts = markerDayCounts(conversation, readUntil, after);
    markReadUpTo(conversation, user, readUntil, counts);
  }
}

function restoreConversation(state: State, entry: ConversationSnapshot): void {
  let conversation: Conversation;
  if (entry.pair !== null) conversation = restoreDirect(state, entry, entry.pair);
  else if (entry.room !== null) conversation = restoreRoom(state, entry.id, entry.room);
  else return;
  conversation.position = entry.at;
  conversation.time = entry.time;
  conversation.lastMessageAt = entry.saidAt;
  conversation.createdAt = entry.createdAt;
  for (const [day, count] of daysFromRecord(entry.days ?? {}))
    conversation.messagesByDay.set(day, count);
  state.rooms.add(conversation);
}

function restoreDirect(
  state: State,
  { id, tallies, withheldAt }: ConversationSnapshot,
  pair: DirectConversation["accounts"],
): DirectConversation {
  for (const [account, readState] of Object.entries(tallies ?? {})) {
    const user = ensureAccountUser(state, account as AccountId);
    user?.readStates.set(id, restoreReadState(readState));
  }
  const conversation = new DirectConversation(id, pair);
  for (const [account, time] of Object.entries(withheldAt ?? {})) {
    conversation.withheldAt.set(account as AccountId, time);
  }
  return conversation;
}

function restoreRoom(state: State, id: ConversationId, entry: RoomSnapshot): Room {
  const room = new Room(id, entry.name);
  restoreRoomFields(room, entry);
  // Without those of deleted accounts.
  const storedRanks = [...room.autoRanks];
  room.autoRanks.clear();
  for (const [account, ranks] of storedRanks) {
    if (state.accounts.byId(account) !== null) room.autoRanks.set(account, ranks);
  }
  for (const { account, ranks, joinedAt, joinedTime, tally } of entry.members) {
    // Most members are there already, from another room.
    const user = state.users.byAccount(account) ?? ensureAccountUser(state, account);
    if (user === null) continue;
    if (tally !== undefined) user.readStates.set(room.id, restoreReadState(tally));
    room.members.set(user, { user, ranks, joinedPosition: joinedAt, joinedTime });
    user.rooms.add(room);
  }
  state.rooms.addName(room);
  state.rooms.noteModeChange(room);
  state.rooms.noteListChange(room);
  return room;
}

function restorePerson(state: State, person: PersonSnapshot): void {
  const user = ensureAccountUser(state, person.account);
  if (user === null) return;
  for (const [id, time] of Object.entries(person.markers)) {
    user.markers.set(id as ConversationId, time);
  }
  for (const [id, readState] of Object.entries(person.tallies ?? {})) {
    user.readStates.set(id as ConversationId, restoreReadState(readState));
  }
  for (const named of person.blocked) user.blocked.add(named);
  for (const [key, value] of Object.entries(person.metadata)) user.metadata.set(key, value);
  for (const [key, value] of Object.entries(person.preferences ?? {})) {
    user.preferences.set(key, value);
  }
  for (const { room, ...invitation } of person.invitations ?? []) {
    user.invitations.set(room, invitation);
  }
  if (person.realname !== "") user.updateIdentity({ realname: person.realname });
  // Early versions did not store it: a real name other than the account's was probably chosen.
  const mayBeChosen = person.realname !== "" && person.realname !== user.account;
  user.choseRealname = person.choseRealname ?? mayBeChosen;
  user.seenAt = person.seenAt ?? 0;
  restoreModes(state, user, person.modes ?? "");
  restoreNick(state, user, person.nick);
}

/** Puts the rooms of each user into the order in which the user joined them. */
function sortRooms(state: State): void {
  for (const user of state.users.all()) {
    if (user.rooms.size < 2 || areSorted(user)) continue;
    const timeOf = (room: Room): number => room.members.get(user)?.joinedTime ?? 0;
    const joined = [...user.rooms].sort((a, b) => timeOf(a) - timeOf(b));
    user.rooms.clear();
    for (const room of joined) user.rooms.add(room);
  }
}

function areSorted(user: User): boolean {
  let last = 0;
  for (const room of user.rooms) {
    const time = room.members.get(user)?.joinedTime ?? 0;
    if (time < last) return false;
    last = time;
  }
  return true;
}

/** Drops the rooms that only guests were in who are gone with the server that they were connected to. */
export function dropEmptyRooms(state: State): void {
  for (const room of [...state.rooms.all()]) {
    if (room.members.size > 0 || isClosedByOperator(room)) continue;
    state.commit(room, serverIdentity(state), { kind: "dropped" }, null);
  }
}

/** The server itself as the author of an event. */
function serverIdentity(state: State): UserIdentity {
  const name = state.options.name as string as UserIdentity["nick"];
  const identity = { nick: name, user: "server", host: name, realname: name, bot: true };
  return { ...identity, account: null, accountId: null };
}

function restoreReadState({ time, read, named }: ReadStateSnapshot): ReadState {
  return { time, read, mentionsByDay: restoreMentions(named) };
}

function restoreMentions(named: ReadStateSnapshot["named"]): ReadState["mentionsByDay"] {
  for (const day in named) {
    // Where an early version's events were counted, each member has days without any.
    if (named[day] !== 0) return daysFromRecord(named);
  }
  return NO_MENTIONS;
}
