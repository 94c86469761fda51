import { type AccountName, fold, parseNick } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import { apply } from "../apply.ts";
import type { ConversationId, RoomEvent, Who } from "../event.ts";
import { ensureUser } from "../people/presence.ts";
import type { User } from "../people/user.ts";
import { restoreModes } from "../people/user-modes.ts";
import type { PersonChange, Restored } from "../ports.ts";
import { applyRanks } from "../rooms/kept-ranks.ts";
import { type Conversation, Room, Talk } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { replayOrder } from "./replay.ts";
import { retain } from "./retention.ts";
import type {
  ConversationSnapshot,
  PersonSnapshot,
  RoomSnapshot,
  Snapshot,
  TallySnapshot,
} from "./snapshot.ts";
import { snapshotSource } from "./snapshot-source.ts";
import { countBehind, dayOf, dayPart, readersOf, readUpTo, startOf, type Tally } from "./tally.ts";

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

/**
 * Read markers between the events, as they were set: a marker's numbers are those of that time, and what was
 * taken back or edited afterwards changes them.
 */
class Marks {
  readonly #state: State;
  readonly #waiting = new Map<ConversationId, PersonChange[]>();
  readonly #done = new Set<PersonChange>();

  constructor(state: State, people: readonly PersonChange[]) {
    this.#state = state;
    const forgotten = new Set<AccountName>();
    for (const change of people.toReversed()) {
      if (change.kind === "forgotten") this.#forget(forgotten, change.account);
      if (change.kind !== "marked") continue;
      const position = state.rooms.byId(change.conversation)?.at ?? 0;
      // Of somebody who is no more; or set before the conversation's entry was made, which has it.
      if (forgotten.has(change.account) || (change.at ?? position) < position) {
        this.#done.add(change);
      } else if (change.at !== undefined) {
        const waiting = this.#waiting.get(change.conversation);
        if (waiting === undefined) this.#waiting.set(change.conversation, [change]);
        else waiting.push(change);
      }
    }
  }

  /** Sets those that were set before this event. */
  setBefore({ conversation, at }: RoomEvent): void {
    const waiting = this.#waiting.get(conversation);
    for (let next = waiting?.at(-1); next !== undefined; next = waiting?.at(-1)) {
      if (next.kind !== "marked" || next.at === undefined || next.at >= at) return;
      applyPerson(this.#state, next);
      this.#done.add(next);
      waiting?.pop();
    }
  }

  isDone(change: PersonChange): boolean {
    return this.#done.has(change);
  }

  /** Whoever has the name next must not have this one's markers. */
  #forget(forgotten: Set<AccountName>, account: AccountName): void {
    forgotten.add(account);
    const user = this.#state.users.byAccount(account);
    user?.markers.clear();
    // Whether they are in a room, and have read it, is told by the room's own entry and its events.
    for (const id of user?.tallies.keys() ?? []) {
      const room = this.#state.rooms.byId(id);
      if (user !== null && !(room instanceof Room && room.has(user))) user.tallies.delete(id);
    }
  }
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

/** Who is still an account has a user; whoever was deleted is nobody. */
function knownUser(state: State, account: AccountName): User | null {
  const known = state.members.account(fold(account));
  return known === null ? null : ensureUser(state, known.name);
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
  for (const [day, count] of Object.entries(one.days ?? {})) {
    conversation.days.set(dayCalled(day), count);
  }
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
  restoreModes(user, person.modes ?? "");
  restoreNick(state, user, person.nick);
}

/** What somebody was called, unless an account has come to have that name. */
function restoreNick(state: State, user: User, asked: string): void {
  const nick = parseNick(asked);
  const holder = nick === null ? null : state.users.byNick(fold(nick));
  if (nick === null || (holder !== null && holder !== user)) return;
  if (!state.isTakenByAccount(nick, user.account)) state.users.rename(user, nick);
}

/** Carries out what a person did outside of any room. */
export function applyPerson(state: State, change: PersonChange): void {
  switch (change.kind) {
    case "marked": {
      const user = knownUser(state, change.account);
      const known = user?.markers.get(change.conversation) ?? 0;
      user?.markers.set(change.conversation, Math.max(known, change.time));
      const conversation = state.rooms.byId(change.conversation);
      if (user === null || conversation === null) return;
      const { at, read, named = 0 } = change;
      // The first versions counted otherwise.
      if (at === undefined || read === undefined) return;
      return readUpTo(conversation, user, change.time, { read, named });
    }
    case "blocked": {
      const user = knownUser(state, change.account);
      if (change.on) user?.blocked.add(change.mask);
      else user?.blocked.delete(change.mask);
      return;
    }
    case "metadata": {
      const metadata = describedBy(state, change.of);
      if (change.value === null) metadata?.delete(change.key);
      else metadata?.set(change.key, change.value);
      return;
    }
    case "nick": {
      const user = knownUser(state, change.account);
      if (user !== null) restoreNick(state, user, change.nick);
      return;
    }
    case "modes": {
      const user = knownUser(state, change.account);
      if (user !== null) restoreModes(user, change.modes);
      return;
    }
    case "forgotten": {
      // Whoever has the name now is somebody else, and what they did comes later.
      const user = state.users.byAccount(change.account);
      user?.blocked.clear();
      user?.metadata.clear();
      if (user !== null) restoreModes(user, "");
      state.rooms.forget(change.account);
      for (const kept of [user?.markers, user?.tallies]) {
        for (const id of kept?.keys() ?? []) if (state.rooms.byId(id) === null) kept?.delete(id);
      }
      return;
    }
    case "ranked": {
      const room = state.rooms.byId(change.conversation);
      if (room instanceof Room) applyRanks(room, change.account, change.ranks);
      return;
    }
    case "banned":
      return state.bans.set(change.ban);
    case "unbanned":
      return state.bans.lift(change.of, change.target);
  }
}

/** Whose metadata a change is about: a conversation's id has a dot, and no account's name has. */
function describedBy(state: State, of: string): Map<string, string> | null {
  const conversation = state.rooms.byId(of as ConversationId);
  if (conversation instanceof Room) return conversation.metadata;
  return knownUser(state, of as AccountName)?.metadata ?? null;
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

/** What rooms.json holds, at once: for a server that does nothing else meanwhile. */
export function takeSnapshot(state: State): Snapshot {
  const { conversations, people, bans } = snapshotSource(state);
  const whole = [...conversations].map(({ room, ...rest }) => ({
    ...rest,
    room: room === null ? null : { ...room, members: [...room.members] },
  }));
  return { conversations: whole, people: [...people], bans: [...bans] };
}

function restoredTally({ time, read, named }: TallySnapshot): Tally {
  const days = Object.entries(named ?? {}).map(([day, count]) => [dayCalled(day), count] as const);
  return { time, read, named: new Map(days) };
}

/** What is no day is the first of all: what was said on it has been read. */
function dayCalled(name: string): number {
  return dayOf(parseTime(`${name}T00:00:00.000Z`) ?? 0);
}
