import { type AccountName, fold } from "../../protocol/names.ts";
import { apply } from "../apply.ts";
import type { ConversationId, UserIdentity } from "../event.ts";
import { applyRetention } from "../history/retention.ts";
import { dayOf, daysFromRecord, startOfDay } from "../history/utc-days.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { Restored } from "../server-ports.ts";
import type { State } from "../state.ts";
import {
  countMessagesAfter,
  markerDayCounts,
  markReadUpTo,
  type ReadState,
  readersOf,
} from "../unread/unread-counts.ts";
import { restoreModes } from "../users/user-modes.ts";
import { applyPersonChange, ensureAccountUser, restoreNick } from "./apply-person-change.ts";
import { MarkerReplay } from "./marker-replay.ts";
import { replayOrder } from "./replay-order.ts";
import type {
  ConversationSnapshot,
  PersonSnapshot,
  ReadStateSnapshot,
  RoomSnapshot,
} from "./snapshot.ts";

/** Puts back what was on the disk: the snapshot, then what happened after it, in the same way as it happened. */
export function restore(state: State, restored: Restored): void {
  const { snapshot, people, recent } = restored;
  for (const one of snapshot.conversations) restoreConversation(state, one);
  for (const person of snapshot.people) restorePerson(state, person);
  for (const ban of snapshot.bans) state.bans.set(ban);
  const marks = new MarkerReplay(state, people);
  for (const event of replayOrder(restored)) {
    const conversation = state.rooms.byId(event.conversation);
    if (conversation !== null && event.position <= conversation.position) continue;
    if (conversation === null && event.kind !== "created") continue;
    const isPersons = event.kind === "joined" || event.kind === "said";
    if (isPersons && event.by.account !== null) ensureAccountUser(state, event.by.account);
    marks.applyBefore(event);
    apply(state, event);
  }
  for (const change of people) if (!marks.isApplied(change)) applyPersonChange(state, change);
  for (const [id, events] of recent) {
    const conversation = state.rooms.byId(id);
    if (conversation !== null) conversation.recentEvents.splice(0, Infinity, ...events);
  }
  for (const { id, days } of snapshot.conversations) {
    const conversation = state.rooms.byId(id);
    if (days === undefined && conversation !== null) countRecent(state, conversation);
  }
  applyRetention(state);
  forgetGuests(state);
}

/** What the first versions left out of a snapshot is counted among the newest events. */
function countRecent(state: State, conversation: Conversation): void {
  const { id, recentEvents, messagesByDay, time } = conversation;
  messagesByDay.clear();
  for (const event of recentEvents) {
    if (event.kind !== "said" || event.verb === "TAGMSG") continue;
    messagesByDay.set(dayOf(event.time), (messagesByDay.get(dayOf(event.time)) ?? 0) + 1);
  }
  for (const user of readersOf(state.users, conversation)) {
    const joined = conversation instanceof Room ? conversation.members.get(user)?.joinedTime : 0;
    const since = Math.min(time, Math.max(user.markers.get(id) ?? 0, joined ?? 0));
    const named = new Map<number, number>();
    for (const day of messagesByDay.keys()) {
      const from = Math.max(since, startOfDay(day) - 1);
      named.set(day, countMessagesAfter(user, from, recentEvents).mentions);
    }
    user.readStates.set(id, { time: 0, read: 0, mentionsByDay: named });
    const behind = countMessagesAfter(user, since, recentEvents);
    markReadUpTo(conversation, user, since, markerDayCounts(conversation, since, behind));
  }
}

function restoreConversation(state: State, one: ConversationSnapshot): void {
  let conversation: Conversation;
  if (one.pair !== null) conversation = restoreTalk(state, one, one.pair);
  else if (one.room !== null) conversation = restoreRoom(state, one, one.room);
  else return;
  conversation.position = one.at;
  conversation.time = one.time;
  conversation.lastMessageAt = one.saidAt;
  conversation.createdAt = one.createdAt;
  for (const [day, count] of daysFromRecord(one.days ?? {}))
    conversation.messagesByDay.set(day, count);
  state.rooms.add(conversation);
}

function restoreTalk(
  state: State,
  { id, tallies }: ConversationSnapshot,
  pair: DirectConversation["accounts"],
): DirectConversation {
  for (const [account, tally] of Object.entries(tallies ?? {})) {
    ensureAccountUser(state, account as AccountName)?.readStates.set(id, restoredTally(tally));
  }
  return new DirectConversation(id, pair);
}

function restoreRoom(state: State, one: ConversationSnapshot, from: RoomSnapshot): Room {
  const room = new Room(one.id, from.name);
  room.modes.clear();
  room.topic = from.topic;
  for (const [letter, value] of Object.entries(from.modes)) room.modes.set(letter, value);
  for (const [letter, entries] of Object.entries(from.lists)) room.lists.set(letter, [...entries]);
  for (const [key, value] of Object.entries(from.metadata)) room.metadata.set(key, value);
  for (const [account, ranks] of Object.entries(from.ranks ?? {})) {
    const known = state.accounts.account(fold(account));
    if (known !== null) room.autoRanks.set(known.name, ranks);
  }
  for (const { account, ranks, joinedAt, joinedTime, tally } of from.members) {
    const user = ensureAccountUser(state, account);
    if (user === null) continue;
    if (tally !== undefined) user.readStates.set(room.id, restoredTally(tally));
    room.members.set(user, { user, ranks, joinedPosition: joinedAt, joinedTime });
    user.rooms.add(room);
  }
  state.rooms.addName(room);
  return room;
}

function restorePerson(state: State, person: PersonSnapshot): void {
  const user = ensureAccountUser(state, person.account);
  if (user === null) return;
  for (const [id, time] of Object.entries(person.markers)) {
    user.markers.set(id as ConversationId, time);
  }
  for (const [id, tally] of Object.entries(person.tallies ?? {})) {
    user.readStates.set(id as ConversationId, restoredTally(tally));
  }
  for (const mask of person.blocked) user.blocked.add(mask);
  for (const [key, value] of Object.entries(person.metadata)) user.metadata.set(key, value);
  if (person.realname !== "") user.updateIdentity({ realname: person.realname });
  // Where that wasn't kept, a choice must not get lost.
  const mayBeChosen = person.realname !== "" && person.realname !== user.account;
  user.choseRealname = person.choseRealname ?? mayBeChosen;
  restoreModes(user, person.modes ?? "");
  restoreNick(state, user, person.nick);
}

/** Guests don't outlive the process; a room that only they were in is no more. */
function forgetGuests(state: State): void {
  for (const room of [...state.rooms.all()]) {
    if (room.members.size === 0) state.commit(room, serverWho(state), { kind: "dropped" }, null);
  }
}

/** The server itself, as the one who did something. */
function serverWho(state: State): UserIdentity {
  const name = state.options.name as string as UserIdentity["nick"];
  return { nick: name, user: "server", host: name, account: null, realname: name, bot: true };
}

function restoredTally({ time, read, named }: ReadStateSnapshot): ReadState {
  return { time, read, mentionsByDay: daysFromRecord(named ?? {}) };
}
