import { type AccountName, fold } from "../protocol/names.ts";
import { apply } from "./apply.ts";
import type { ConversationId, RoomEvent, Who } from "./event.ts";
import type { PersonChange, Restored } from "./ports.ts";
import { ensureUser } from "./presence.ts";
import { type Conversation, Room, Talk } from "./room.ts";
import type { ConversationSnapshot, PersonSnapshot, RoomSnapshot, Snapshot } from "./snapshot.ts";
import type { State } from "./state.ts";

/** Puts back what was on the disk: the snapshot, then what happened after it, in the same way as it happened. */
export function restore(state: State, restored: Restored): void {
  for (const one of restored.snapshot.conversations) restoreConversation(state, one);
  for (const person of restored.snapshot.people) restorePerson(state, person);
  for (const ban of restored.snapshot.bans) state.bans.set(ban);
  for (const event of restored.later) {
    const conversation = state.rooms.byId(event.conversation);
    if (conversation !== null && event.at <= conversation.at) continue;
    if (conversation === null && event.kind !== "created") continue;
    if (event.kind === "joined" && event.by.account !== null) knownUser(state, event.by.account);
    apply(state, event);
  }
  for (const change of restored.people) applyPerson(state, change);
  for (const [id, events] of restored.recent) {
    const conversation = state.rooms.byId(id);
    if (conversation !== null) conversation.recent.splice(0, Infinity, ...events);
  }
  forgetGuests(state);
}

/** Who is still an account has a user; whoever was deleted is nobody. */
function knownUser(state: State, account: AccountName): ReturnType<typeof ensureUser> | null {
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
  state.rooms.add(conversation);
}

function restoreRoom(state: State, one: ConversationSnapshot, from: RoomSnapshot): Room {
  const room = new Room(one.id, from.name);
  room.modes.clear();
  room.topic = from.topic;
  for (const [letter, value] of Object.entries(from.modes)) room.modes.set(letter, value);
  for (const [letter, entries] of Object.entries(from.lists)) room.lists.set(letter, [...entries]);
  for (const [key, value] of Object.entries(from.metadata)) room.metadata.set(key, value);
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
    user.markers.set(id as RoomEvent["conversation"], time);
  }
  for (const mask of person.blocked) user.blocked.add(mask);
  for (const [key, value] of Object.entries(person.metadata)) user.metadata.set(key, value);
  if (person.realname !== "") user.become({ realname: person.realname });
}

/** Carries out what a person did outside of any room. */
export function applyPerson(state: State, change: PersonChange): void {
  switch (change.kind) {
    case "marked": {
      const user = knownUser(state, change.account);
      const known = user?.markers.get(change.conversation) ?? 0;
      user?.markers.set(change.conversation, Math.max(known, change.time));
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
    case "nick":
      return;
    case "forgotten": {
      // Whoever has the name now is somebody else, and what they did comes later.
      const user = state.users.byAccount(change.account);
      for (const kept of [user?.markers, user?.blocked, user?.metadata]) kept?.clear();
      return state.rooms.forget(change.account);
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
export function serverWho(state: State): Who {
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
              blocked: [...user.blocked],
              metadata: Object.fromEntries(user.metadata),
            },
          ],
    ),
    bans: state.bans.all(state.now),
  };
}

function snapshotConversation(conversation: Conversation): ConversationSnapshot {
  const { id, at, time, saidAt, createdAt } = conversation;
  return {
    id,
    at,
    time,
    saidAt,
    createdAt,
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
  };
}
