import type { AccountId } from "../protocol/account-id.ts";
import { fold } from "../protocol/names.ts";
import { setRoomField } from "../protocol/room-fields.ts";
import type { ModeChange, RoomEvent, RoomEventOf, UserIdentity } from "./event.ts";
import { sentFileOf } from "./files/file-index.ts";
import { isAuthoredBy } from "./history/select-events.ts";
import { isWithheld, withEdit } from "./history/withheld.ts";
import { auditEvent } from "./rooms/audit-log.ts";
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

/** The rooms and users that {@link apply} changes. */
interface ConversationStore {
  readonly users: Users;
  readonly rooms: Rooms;
}

/**
 * Applies an event to its conversation, which a "created" event makes, and returns the conversation. Throws
 * when an unknown conversation begins with another kind of event.
 *
 * This is the one place that changes a conversation's events, members, topic, modes and lists, both for an
 * event that just happened and for one that is replayed after a restart. (Retention only drops old events.)
 * It reads no clock and no random numbers, so both come to the same state.
 *
 * The accounts that the event names must have a user in `store.users` already. An event about a guest who
 * has left changes nothing.
 */
export function apply(store: ConversationStore, event: RoomEvent): Conversation {
  const conversation = store.rooms.byId(event.conversation) ?? createConversation(store, event);
  conversation.position = event.position;
  conversation.time = event.time;
  conversation.addRecentEvent(event);
  if (event.kind === "said") noteMessageTime(conversation, event);
  rewriteRecentEvents(conversation, event);
  applyToFiles(store, event);
  if (event.kind === "said") countMessage(store.users, conversation, event);
  else if (event.kind === "redacted") uncountRedacted(store.users, conversation, event);
  else if (event.kind === "forgotten") uncountErased(store.users, conversation, event);
  else if (event.kind === "edited") recountEdited(store.users, conversation, event);
  if (conversation instanceof Room) applyToRoom(store, conversation, event);
  return conversation;
}

function applyToFiles({ rooms: { files } }: ConversationStore, event: RoomEvent): void {
  const { conversation } = event;
  const sent = sentFileOf(event);
  if (sent !== null) files.add(sent);
  else if (event.kind === "redacted") files.remove(conversation, event.target);
  else if (event.kind === "forgotten") files.removeAuthored(conversation, event);
}

function noteMessageTime(conversation: Conversation, event: RoomEventOf<"said">): void {
  const { accountId } = event.by;
  const isReaction = event.verb === "TAGMSG";
  if (!isWithheld(event)) {
    if (!isReaction) conversation.lastMessageAt = event.time;
  } else if (conversation instanceof DirectConversation && accountId !== null) {
    const before = conversation.withheldAt.get(accountId) ?? 0;
    conversation.withheldAt.set(accountId, isReaction ? before : event.time);
  }
}

function createConversation(store: ConversationStore, event: RoomEvent): Conversation {
  const { conversation: id, time } = event;
  const pair = event.kind === "created" ? event.pair : null;
  const name = event.kind === "created" ? event.room : null;
  let conversation: Conversation;
  if (pair !== null) conversation = new DirectConversation(id, pair);
  else if (name !== null) {
    const room = new Room(id, name);
    store.rooms.addName(room);
    conversation = room;
  } else throw new Error(`${id} begins with ${event.kind}`);
  conversation.createdAt = time;
  store.rooms.add(conversation);
  return conversation;
}

function applyToRoom(store: ConversationStore, room: Room, event: RoomEvent): void {
  auditEvent(room, event);
  switch (event.kind) {
    case "joined": {
      const user = store.users.find(event.by);
      if (user === null) return;
      room.members.set(user, {
        user,
        ranks: isFounding(room, event) ? founderRank(user.accountId !== null) : "",
        joinedPosition: event.position,
        joinedTime: event.time,
      });
      user.rooms.add(room);
      user.noteChange();
      // Messages from before the user joined were never unread to them.
      user.readStates.delete(room.id);
      markAllRead(room, user);
      user.invitations.delete(room.id);
      if (user.accountId !== null) endJoinRequest(room, user.accountId);
      return;
    }
    case "requested": {
      const { accountId: account } = event.by;
      if (account === null) return;
      endJoinRequest(room, account);
      room.joinRequests = [...room.joinRequests, { account, time: event.time }];
      return;
    }
    case "answered":
      return endJoinRequest(room, event.account);
    case "left":
      return removeMember(store, room, event.by);
    case "kicked":
      return removeMember(store, room, event.whom);
    case "topic":
      room.topic =
        event.text === "" ? null : { text: event.text, by: event.by.nick, time: event.time };
      return;
    case "mode":
      for (const change of event.changes) applyModeChange(store, room, event, change);
      store.rooms.noteModeChange(room);
      return;
    case "set":
      setRoomField(room, event);
      store.rooms.noteModeChange(room);
      return;
    case "renamed":
      store.rooms.rename(room, event.name);
      return;
    case "dropped":
      store.rooms.drop(room);
      return;
    case "created":
    case "said":
    case "edited":
    case "redacted":
    case "forgotten":
      return;
  }
}

/** Whether a join is the first in its room: it directly follows the "created" event at position 1. */
function isFounding(room: Room, event: RoomEvent): boolean {
  return event.position === 2 && room.members.size === 0;
}

/** Returns founder for an account and op for a guest, since a guest can't be recognized after leaving. */
function founderRank(hasAccount: boolean): string {
  return hasAccount ? "q" : "o";
}

function endJoinRequest(room: Room, account: AccountId): void {
  if (!room.joinRequests.some((request) => request.account === account)) return;
  room.joinRequests = room.joinRequests.filter((request) => request.account !== account);
}

function removeMember(store: ConversationStore, room: Room, identity: UserIdentity): void {
  const user = store.users.find(identity);
  if (user === null) return;
  room.members.delete(user);
  user.rooms.delete(room);
  user.noteChange();
  user.readStates.delete(room.id);
}

function applyModeChange(
  store: ConversationStore,
  room: Room,
  event: RoomEvent,
  change: ModeChange,
): void {
  switch (change.kind) {
    case "rank": {
      const user = store.users.find(change.whom);
      const member = user === null ? undefined : room.members.get(user);
      if (member === undefined) return;
      const otherRanks = member.ranks.replace(change.letter, "");
      member.ranks = change.add ? sortRanks(otherRanks + change.letter) : otherRanks;
      member.user.noteChange();
      return;
    }
    case "setting":
      if (change.add) room.modes.set(change.letter, change.value ?? "");
      else room.modes.delete(change.letter);
      return;
    case "list": {
      // A new array each time: snapshots and `maskVerdicts` rely on a list never changing in place.
      const entries = room.lists.get(change.letter) ?? [];
      const otherEntries = entries.filter((entry) => fold(entry.mask) !== fold(change.mask));
      const { mask, account, until, reason } = change;
      const added = {
        ...{ mask, by: event.by.nick, time: event.time },
        ...(account !== undefined && { account }),
        ...(until !== undefined && { until }),
        ...(reason !== undefined && { reason }),
      };
      room.lists.set(change.letter, change.add ? [...otherEntries, added] : otherEntries);
      store.rooms.noteListChange(room);
      return;
    }
  }
}

/**
 * Applies edits, redactions and erasures to the recent events in memory. The files are rewritten
 * separately.
 */
function rewriteRecentEvents(conversation: Conversation, event: RoomEvent): void {
  const { recentEvents } = conversation;
  if (event.kind === "forgotten") {
    conversation.rewriteCount += 1;
    const remaining = recentEvents.filter((recent) => !isAuthoredBy(recent, event));
    recentEvents.splice(0, Infinity, ...remaining);
  }
  if (event.kind !== "edited" && event.kind !== "redacted") return;
  conversation.rewriteCount += 1;
  removeOutdatedEdits(recentEvents, event);
  const index = recentEvents.findIndex(({ msgid }) => msgid === event.target);
  const message = recentEvents[index];
  if (message?.kind !== "said") return;
  if (event.kind === "redacted") recentEvents.splice(index, 1);
  else recentEvents[index] = withEdit(message, event);
}

/** The texts of earlier edits are gone for good, as they are in the files. */
function removeOutdatedEdits(
  recentEvents: RoomEvent[],
  { target, position }: RoomEventOf<"edited" | "redacted">,
): void {
  const index = recentEvents.findIndex(
    (recent) => recent.kind === "edited" && recent.target === target && recent.position < position,
  );
  // There is at most one: it has removed those before it.
  if (index >= 0) recentEvents.splice(index, 1);
}
