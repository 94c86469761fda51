import { type AccountName, fold } from "../../protocol/names.ts";
import { apply } from "../apply.ts";
import type { ConversationId, Who } from "../event.ts";
import { retain } from "../history/retention.ts";
import { byDay, dayOf, startOf } from "../history/utc-days.ts";
import { type Conversation, Room, Talk } from "../rooms/room.ts";
import type { Restored } from "../server-ports.ts";
import type { State } from "../state.ts";
import { countBehind, dayPart, readersOf, readUpTo, type Tally } from "../unread/unread-counts.ts";
import { restoreModes } from "../users/user-modes.ts";
import { applyPerson, knownUser, restoreNick } from "./apply-person-change.ts";
import { Marks } from "./marker-replay.ts";
import { replayOrder } from "./replay-order.ts";
import type {
  ConversationSnapshot,
  PersonSnapshot,
  RoomSnapshot,
  TallySnapshot,
} from "./snapshot.ts";

/** Puts back what was on the disk: the snapshot, then what happened after it, in the same way as it happened. */
export function restore(state: State, restored: Restored): void {
  const { snapshot, people, recent } = restored;
  for (const one of snapshot.conversations) restoreConversation(state, one);
  for (const person of snapshot.people) restorePerson(state, person);
  for (const ban of snapshot.bans) state.bans.set(ban);
  const marks = new Marks(state, people);
  for (const event of replayOrder(restored)) {
    const conversation = state.rooms.byId(event.conversation);
    if (conversation !== null && event.at <= conversation.at) continue;
    if (conversation === null && event.kind !== "created") continue;
    const isPersons = event.kind === "joined" || event.kind === "said";
    if (isPersons && event.by.account !== null) knownUser(state, event.by.account);
    marks.setBefore(event);
    apply(state, event);
  }
  for (const change of people) if (!marks.isDone(change)) applyPerson(state, change);
  for (const [id, events] of recent) {
    const conversation = state.rooms.byId(id);
    if (conversation !== null) conversation.recent.splice(0, Infinity, ...events);
  }
  for (const { id, days } of snapshot.conversations) {
    const conversation = state.rooms.byId(id);
    if (days === undefined && conversation !== null) countRecent(state, conversation);
  }
  retain(state);
  forgetGuests(state);
}

/** What the first versions left out of a snapshot is counted among the newest events. */
function countRecent(state: State, conversation: Conversation): void {
  const { id, recent, days, time } = conversation;
  days.clear();
  for (const event of recent) {
    if (event.kind !== "said" || event.verb === "TAGMSG") continue;
    days.set(dayOf(event.time), (days.get(dayOf(event.time)) ?? 0) + 1);
  }
  for (const user of readersOf(state.users, conversation)) {
    const joined = conversation instanceof Room ? conversation.members.get(user)?.joinedTime : 0;
    const since = Math.min(time, Math.max(user.markers.get(id) ?? 0, joined ?? 0));
    const named = new Map<number, number>();
    for (const day of days.keys()) {
      const from = Math.max(since, startOf(day) - 1);
      named.set(day, countBehind(user, from, recent).named);
    }
    user.tallies.set(id, { time: 0, read: 0, named });
    const behind = countBehind(user, since, recent);
    readUpTo(conversation, user, since, dayPart(conversation, since, behind));
  }
}

function restoreConversation(state: State, one: ConversationSnapshot): void {
  let conversation: Conversation;
  if (one.pair !== null) conversation = restoreTalk(state, one, one.pair);
  else if (one.room !== null) conversation = restoreRoom(state, one, one.room);
  else return;
  conversation.at = one.at;
  conversation.time = one.time;
  conversation.saidAt = one.saidAt;
  conversation.createdAt = one.createdAt;
  for (const [day, count] of byDay(one.days ?? {})) conversation.days.set(day, count);
  state.rooms.add(conversation);
}

function restoreTalk(
  state: State,
  { id, tallies }: ConversationSnapshot,
  pair: Talk["pair"],
): Talk {
  for (const [account, tally] of Object.entries(tallies ?? {})) {
    knownUser(state, account as AccountName)?.tallies.set(id, restoredTally(tally));
  }
  return new Talk(id, pair);
}

function restoreRoom(state: State, one: ConversationSnapshot, from: RoomSnapshot): Room {
  const room = new Room(one.id, from.name);
  room.modes.clear();
  room.topic = from.topic;
  for (const [letter, value] of Object.entries(from.modes)) room.modes.set(letter, value);
  for (const [letter, entries] of Object.entries(from.lists)) room.lists.set(letter, [...entries]);
  for (const [key, value] of Object.entries(from.metadata)) room.metadata.set(key, value);
  for (const [account, ranks] of Object.entries(from.ranks ?? {})) {
    const known = state.members.account(fold(account));
    if (known !== null) room.keptRanks.set(known.name, ranks);
  }
  for (const { account, ranks, joinedAt, joinedTime, tally } of from.members) {
    const user = knownUser(state, account);
    if (user === null) continue;
    if (tally !== undefined) user.tallies.set(room.id, restoredTally(tally));
    room.members.set(user, { user, ranks, joinedAt, joinedTime });
    user.rooms.add(room);
  }
  state.rooms.name(room);
  return room;
}

function restorePerson(state: State, person: PersonSnapshot): void {
  const user = knownUser(state, person.account);
  if (user === null) return;
  for (const [id, time] of Object.entries(person.markers)) {
    user.markers.set(id as ConversationId, time);
  }
  for (const [id, tally] of Object.entries(person.tallies ?? {})) {
    user.tallies.set(id as ConversationId, restoredTally(tally));
  }
  for (const mask of person.blocked) user.blocked.add(mask);
  for (const [key, value] of Object.entries(person.metadata)) user.metadata.set(key, value);
  if (person.realname !== "") user.become({ realname: person.realname });
  // Where that wasn't kept, a choice must not get lost.
  const mayBeChosen = person.realname !== "" && person.realname !== user.account;
  user.choseRealname = person.choseRealname ?? mayBeChosen;
  restoreModes(user, person.modes ?? "");
  restoreNick(state, user, person.nick);
}

/** Guests don't outlive the process; a room that only they were in is no more. */
function forgetGuests(state: State): void {
  for (const room of [...state.rooms.all()]) {
    if (room.members.size === 0) state.happen(room, serverWho(state), { kind: "dropped" }, null);
  }
}

/** The server itself, as the one who did something. */
function serverWho(state: State): Who {
  const name = state.options.name as string as Who["nick"];
  return { nick: name, user: "server", host: name, account: null, realname: name, bot: true };
}

function restoredTally({ time, read, named }: TallySnapshot): Tally {
  return { time, read, named: byDay(named ?? {}) };
}
