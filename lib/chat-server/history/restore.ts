import { type AccountName, fold, parseNick } from "../../protocol/names.ts";
import { apply } from "../apply.ts";
import type { ConversationId, Who } from "../event.ts";
import { RECENT_EVENTS_MAX } from "../limits.ts";
import { ensureUser } from "../people/presence.ts";
import type { User } from "../people/user.ts";
import type { PersonChange, Restored } from "../ports.ts";
import { applyRanks } from "../rooms/kept-ranks.ts";
import { type Conversation, Room, Talk } from "../rooms/room.ts";
import type { State } from "../state.ts";
import type { ConversationSnapshot, PersonSnapshot, RoomSnapshot, Snapshot } from "./snapshot.ts";
import { numbersAt, readAll, readUpTo } from "./tally.ts";

/** Puts back what was on the disk: the snapshot, then what happened after it, in the same way as it happened. */
export function restore(state: State, restored: Restored): void {
  for (const one of restored.snapshot.conversations) restoreConversation(state, one);
  for (const person of restored.snapshot.people) restorePerson(state, person);
  for (const ban of restored.snapshot.bans) state.bans.set(ban);
  for (const event of restored.later) {
    const conversation = state.rooms.byId(event.conversation);
    if (conversation !== null && event.at <= conversation.at) continue;
    if (conversation === null && event.kind !== "created") continue;
    const isPersons = event.kind === "joined" || event.kind === "said";
    if (isPersons && event.by.account !== null) knownUser(state, event.by.account);
    apply(state, event);
  }
  for (const change of restored.people) applyPerson(state, change);
  for (const [id, events] of restored.recent) {
    const conversation = state.rooms.byId(id);
    if (conversation !== null) conversation.recent.splice(0, Infinity, ...events);
  }
  for (const { id, said } of restored.snapshot.conversations) {
    const conversation = state.rooms.byId(id);
    if (said === undefined && conversation !== null) countRecent(state, conversation);
  }
  forgetGuests(state);
}

/** Behind a snapshot that counted nothing yet: more than are in memory, so that they can be counted back. */
const UNCOUNTED = 2 * RECENT_EVENTS_MAX;

/** What the first versions left out of a snapshot is counted among the newest events. */
function countRecent(state: State, conversation: Conversation): void {
  const users =
    conversation instanceof Room
      ? [...conversation.members.keys()]
      : conversation instanceof Talk
        ? conversation.pair.map((account) => knownUser(state, account))
        : [];
  for (const user of users) {
    if (user === null) continue;
    const joined = conversation instanceof Room ? conversation.members.get(user)?.joinedTime : 0;
    const since = Math.max(user.markers.get(conversation.id) ?? 0, joined ?? 0);
    const all = { read: UNCOUNTED, mentions: UNCOUNTED, mentionsRead: UNCOUNTED };
    user.tallies.set(conversation.id, { time: since, ...all });
    const numbers = numbersAt(conversation, user, since, conversation.recent);
    user.tallies.set(conversation.id, { time: since, ...all, ...numbers });
  }
}

/** Who is still an account has a user; whoever was deleted is nobody. */
function knownUser(state: State, account: AccountName): User | null {
  const known = state.members.account(fold(account));
  return known === null ? null : ensureUser(state, known.name);
}

function restoreConversation(state: State, one: ConversationSnapshot): void {
  let conversation: Conversation;
  if (one.pair !== null) conversation = new Talk(one.id, one.pair);
  else if (one.room !== null) conversation = restoreRoom(state, one, one.room);
  else return;
  conversation.at = one.at;
  conversation.time = one.time;
  conversation.saidAt = one.saidAt;
  conversation.createdAt = one.createdAt;
  conversation.said = one.said ?? UNCOUNTED;
  conversation.takenBack.push(...(one.takenBack ?? []));
  state.rooms.add(conversation);
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
  for (const { account, ranks, joinedAt, joinedTime } of from.members) {
    const user = knownUser(state, account);
    if (user === null) continue;
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
    user.tallies.set(id as ConversationId, tally);
  }
  for (const mask of person.blocked) user.blocked.add(mask);
  for (const [key, value] of Object.entries(person.metadata)) user.metadata.set(key, value);
  if (person.realname !== "") user.become({ realname: person.realname });
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
      if (change.read !== undefined) {
        const { read, mentionsRead = 0 } = change;
        readUpTo(conversation, user, change.time, { read, mentionsRead });
      } else if (change.time >= conversation.time) readAll(conversation, user);
      return;
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
    case "forgotten": {
      // Whoever has the name now is somebody else, and what they did comes later.
      const user = state.users.byAccount(change.account);
      for (const kept of [user?.markers, user?.tallies, user?.blocked, user?.metadata])
        kept?.clear();
      return state.rooms.forget(change.account);
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

/** What rooms.json holds. */
export function takeSnapshot(state: State): Snapshot {
  return {
    conversations: [...state.rooms.conversations()].map(snapshotConversation),
    people: [...state.users.all()].flatMap((user) =>
      user.account === null
        ? []
        : [
            {
              account: user.account,
              nick: user.nick,
              realname: user.who.realname,
              markers: Object.fromEntries(user.markers),
              tallies: Object.fromEntries(user.tallies),
              blocked: [...user.blocked],
              metadata: Object.fromEntries(user.metadata),
            },
          ],
    ),
    bans: state.bans.all(state.now),
  };
}

function snapshotConversation(conversation: Conversation): ConversationSnapshot {
  const { id, at, time, saidAt, createdAt, said } = conversation;
  return {
    id,
    at,
    time,
    saidAt,
    createdAt,
    said,
    takenBack: [...conversation.takenBack],
    pair: conversation instanceof Talk ? conversation.pair : null,
    room: conversation instanceof Room ? snapshotRoom(conversation) : null,
  };
}

function snapshotRoom(room: Room): RoomSnapshot {
  return {
    name: room.name,
    topic: room.topic,
    modes: Object.fromEntries(room.modes),
    lists: Object.fromEntries(room.lists),
    members: [...room.members.values()].flatMap(({ user, ranks, joinedAt, joinedTime }) =>
      user.account === null ? [] : [{ account: user.account, ranks, joinedAt, joinedTime }],
    ),
    metadata: Object.fromEntries(room.metadata),
    ranks: Object.fromEntries(room.keptRanks),
  };
}
