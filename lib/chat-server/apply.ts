import { fold } from "../protocol/names.ts";
import type { ModeChange, RoomEvent } from "./event.ts";
import { isAuthoredBy } from "./history/authored-by.ts";
import { type Conversation, DirectConversation, Room, sortRanks } from "./rooms/room.ts";
import type { Rooms } from "./rooms/rooms.ts";
import {
  countMessage,
  markAllRead,
  recountEdited,
  uncountRedacted,
} from "./unread/unread-counts.ts";
import { uncountErased } from "./unread/unread-removal.ts";
import type { Users } from "./users/users.ts";

/** What events change. */
export interface ConversationStore {
  readonly users: Users;
  readonly rooms: Rooms;
}

/**
 * The one place that changes a conversation: the same for an event that just happened, for one that is
 * replayed after a restart, and for one that another server sends. It asks no clock and no dice.
 *
 * Whom an event names must be in `users` already; an event about a guest who is long gone changes nothing.
 */
export function apply(world: ConversationStore, event: RoomEvent): Conversation {
  const conversation = world.rooms.byId(event.conversation) ?? create(world, event);
  conversation.position = event.position;
  conversation.time = event.time;
  conversation.addRecentEvent(event);
  if (event.kind === "said" && event.verb !== "TAGMSG") conversation.lastMessageAt = event.time;
  rewriteRecent(conversation, event);
  if (event.kind === "said") countMessage(world.users, conversation, event);
  else if (event.kind === "redacted") uncountRedacted(world.users, conversation, event);
  else if (event.kind === "forgotten") uncountErased(world.users, conversation, event);
  else if (event.kind === "edited") recountEdited(world.users, conversation, event);
  if (conversation instanceof Room) applyToRoom(world, conversation, event);
  return conversation;
}

function create(world: ConversationStore, event: RoomEvent): Conversation {
  const { conversation: id, time } = event;
  const pair = event.kind === "created" ? event.pair : null;
  const name = event.kind === "created" ? event.room : null;
  let conversation: Conversation;
  if (pair !== null) conversation = new DirectConversation(id, pair);
  else if (name !== null) {
    const room = new Room(id, name);
    world.rooms.addName(room);
    conversation = room;
  } else throw new Error(`${id} begins with ${event.kind}`);
  conversation.createdAt = time;
  world.rooms.add(conversation);
  return conversation;
}

function applyToRoom(world: ConversationStore, room: Room, event: RoomEvent): void {
  switch (event.kind) {
    case "joined": {
      const user = world.users.find(event.by);
      if (user === null) return;
      room.members.set(user, {
        user,
        ranks: isFounding(room, event) ? founderRank(user.account !== null) : "",
        joinedPosition: event.position,
        joinedTime: event.time,
      });
      user.rooms.add(room);
      // What was said before one joined was never unread.
      user.readStates.delete(room.id);
      markAllRead(room, user);
      room.invited.delete(user);
      return;
    }
    case "left":
      return leave(world, room, event.by);
    case "kicked":
      return leave(world, room, event.whom);
    case "topic":
      room.topic =
        event.text === "" ? null : { text: event.text, by: event.by.nick, time: event.time };
      return;
    case "mode":
      for (const change of event.changes) applyMode(world, room, event, change);
      return;
    case "renamed":
      world.rooms.rename(room, event.name);
      return;
    case "dropped":
      world.rooms.drop(room);
      return;
    case "created":
    case "said":
    case "edited":
    case "redacted":
    case "forgotten":
      return;
  }
}

/** The first to join a room, right behind its creation, is its founder. */
function isFounding(room: Room, event: RoomEvent): boolean {
  return event.position === 2 && room.members.size === 0;
}

/** Only an account can be told again tomorrow: a guest who opens a room is its op. */
function founderRank(hasAccount: boolean): string {
  return hasAccount ? "q" : "o";
}

function leave(world: ConversationStore, room: Room, who: RoomEvent["by"]): void {
  const user = world.users.find(who);
  if (user === null) return;
  room.members.delete(user);
  user.rooms.delete(room);
  user.readStates.delete(room.id);
}

function applyMode(
  world: ConversationStore,
  room: Room,
  event: RoomEvent,
  change: ModeChange,
): void {
  switch (change.kind) {
    case "rank": {
      const user = world.users.find(change.whom);
      const member = user === null ? undefined : room.members.get(user);
      if (member === undefined) return;
      const others = member.ranks.replace(change.letter, "");
      member.ranks = change.add ? sortRanks(others + change.letter) : others;
      return;
    }
    case "setting":
      if (change.add) room.modes.set(change.letter, change.value ?? "");
      else room.modes.delete(change.letter);
      return;
    case "list": {
      const entries = room.lists.get(change.letter) ?? [];
      const kept = entries.filter((entry) => fold(entry.mask) !== fold(change.mask));
      if (change.add) kept.push({ mask: change.mask, by: event.by.nick, time: event.time });
      room.lists.set(change.letter, kept);
      return;
    }
  }
}

/** Edits and redactions reach the events in memory as well as those in the files. */
function rewriteRecent(conversation: Conversation, event: RoomEvent): void {
  const { recentEvents } = conversation;
  if (event.kind === "forgotten") {
    conversation.rewriteCount += 1;
    recentEvents.splice(0, Infinity, ...recentEvents.filter((one) => !isAuthoredBy(one, event)));
  }
  if (event.kind !== "edited" && event.kind !== "redacted") return;
  conversation.rewriteCount += 1;
  const at = recentEvents.findIndex((one) => one.msgid === event.target);
  const target = recentEvents[at];
  if (target?.kind !== "said") return;
  if (event.kind === "redacted") recentEvents.splice(at, 1);
  else recentEvents[at] = { ...target, text: event.text, editedAt: event.time };
}
