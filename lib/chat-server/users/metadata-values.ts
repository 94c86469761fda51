import { isPinned, PINNED_KEY, pinnedTextOf } from "../../protocol/pinned-text.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Steps } from "../command.ts";
import type { RoomEventOf, UserIdentity } from "../event.ts";
import {
  METADATA_KEY_BYTES_MAX,
  METADATA_KEYS_MAX,
  METADATA_ROOM_MAX,
  ROWS_MAX,
} from "../limits.ts";
import { tagsOf } from "../relay/encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "../relay/fan-out.ts";
import type { Reply } from "../relay/reply.ts";
import { canSeeMember } from "../rooms/access.ts";
import { Room } from "../rooms/room.ts";
import { mayTellOfThemselves } from "../rooms/words-outside-messages.ts";
import type { Session } from "../sessions/session.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { sourceOf, type User } from "./user.ts";

/** The word of draft/metadata-3 for all keys that a session subscribed to. */
export const ALL_KEYS = "*ALL";

/**
 * Sent by WARN and not by numeric 774, after which a client would repeat the request and get the same part.
 */
const MORE_VALUES = "There is more: request fewer keys or targets at once";

/**
 * What can have metadata: values under keys (a homepage, a colour, a pinned message), which are sent to sessions
 * that subscribed to the key. draft/metadata-2 is https://ircv3.net/specs/extensions/metadata; draft/metadata-3,
 * which clients begin to use, is https://github.com/ircv3/ircv3-specifications/pull/613.
 */
export type MetadataTarget = Room | User;

/** One value of a room or a user. */
type Entry = readonly [target: string, key: string, value: string];

/** Returns whether a session uses draft/metadata-3. */
export function usesMetadata3(session: Session): boolean {
  return session.has("draft/metadata-3");
}

/** Returns whether a session uses any version of metadata. */
export function knowsMetadata(session: Session): boolean {
  return session.has("draft/metadata-2") || usesMetadata3(session);
}

/** Returns whether a text is a valid key: the specification's characters, and our limit of length. */
export function isMetadataKey(text: string): boolean {
  return /^[a-z0-9_./-]+$/.test(text) && text.length <= METADATA_KEY_BYTES_MAX;
}

/** Returns the name of a target on the wire: the room's name or the user's nick. */
export function metadataTargetName(target: MetadataTarget): string {
  return target instanceof Room ? target.name : target.nick;
}

/** Returns whether a value can be set under a key: there is one already, or there are fewer than the most. */
export function hasMetadataSpace(metadata: ReadonlyMap<string, string>, key: string): boolean {
  return metadata.has(key) || metadata.size < METADATA_KEYS_MAX;
}

/**
 * Stores a value under a key, or removes it with `null`, and sends it to the sessions that subscribed to the key
 * and can see the target.
 *
 * @param asker the session of the command: it is left out, since the caller answers it; null: nobody asked
 * @returns `false` when it could not be stored; then nothing has changed
 */
export function setMetadata(
  state: State,
  target: MetadataTarget,
  key: string,
  value: string | null,
  by: UserIdentity,
  asker: Session | null,
): boolean {
  // A room is stored by its id, which never changes. A guest's metadata is not stored.
  const of = target instanceof Room ? target.id : target.accountId;
  const change = { kind: "metadata", key, value } as const;
  if (of !== null && !state.ports.appendPerson({ ...change, of })) return false;
  if (value === null) target.metadata.delete(key);
  else target.metadata.set(key, value);
  const params = [metadataTargetName(target), key, "*", ...(value === null ? [] : [value])];
  const body = formatMessage("METADATA", params, sourceOf(by));
  const event = { time: state.now, msgid: "", by };
  const send = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
  for (const session of new Set(recipients(state, target))) {
    if (session === asker || !knowsMetadata(session) || !session.subscriptions.has(key)) continue;
    if (usesMetadata3(session))
      sendMetadataValue(state.unsolicitedReply(session), metadataTargetName(target), key, value);
    else send(session);
  }
  return true;
}

/**
 * Has a room's pinned text follow its message: to its new text, or `null` where it is deleted. Clients pin a text, and
 * whoever deletes a message may not have the right to unpin it.
 */
export function followPinned(
  state: State,
  room: Room,
  { by, text: before, file }: RoomEventOf<"said">,
  text: string | null,
  changedBy: UserIdentity,
): void {
  if (!isPinned(room.metadata.get(PINNED_KEY), { nick: by.nick, text: before, file })) return;
  const value = text === null ? null : pinnedTextOf({ nick: by.nick, text, file });
  setMetadata(state, room, PINNED_KEY, value, changedBy, null);
}

/** Sends a key's value by numeric: RPL_KEYVALUE, or RPL_KEYNOTSET for `null`. */
export function sendMetadataValue(
  reply: Reply,
  target: string,
  key: string,
  value: string | null,
): void {
  if (value !== null) reply.numeric(NUMERIC.RPL_KEYVALUE, target, key, "*", value);
  else reply.numeric(NUMERIC.RPL_KEYNOTSET, target, key, "There is nothing under that key");
}

/** Iterates over the sessions that can see a target; some come more than once. */
function* recipients(state: State, target: MetadataTarget): Iterable<Session> {
  if (target instanceof Room) {
    state.budgets.meter.rows += target.members.size;
    for (const member of target.members.keys()) yield* member.sessions;
    return;
  }
  yield* target.sessions;
  for (const room of target.rooms) {
    // Whether each member sees the target costs as much as another two entries.
    state.budgets.meter.rows += 3 * room.members.size;
    for (const member of room.members.keys())
      if (canSeeMember(room, member, target)) yield* member.sessions;
  }
  yield* state.monitors.watchersOf(target.nick);
}

/**
 * Iterates over the values of a room and of those members that the viewer can see, with `null` for each member. Ends
 * when the viewer leaves the room in a pause.
 */
function* entriesOfRoom(
  room: Room,
  viewer: User,
  keys: ReadonlySet<string>,
): Iterable<Entry | null> {
  // Most clients subscribe to nothing: then the members need not be looked at.
  if (keys.size === 0) return;
  yield* entriesOf(room, keys);
  for (const member of room.members.keys()) {
    yield null;
    if (!room.has(viewer)) return;
    if (canSeeMember(room, viewer, member)) yield* entriesOf(member, keys);
  }
}

function* entriesOf(target: MetadataTarget, keys: ReadonlySet<string>): Iterable<Entry> {
  // Most have no values or a few, while a client may subscribe to fifty keys.
  for (const [key, value] of target.metadata) {
    if (keys.has(key)) yield [metadataTargetName(target), key, value];
  }
}

/** Sends the values of one person; there are few. */
function sendEntries(reply: Reply, subject: string, entries: Iterable<Entry>): void {
  let rows = 0;
  for (const entry of entries) if (!sendEntry(reply, subject, entry, rows++)) return;
}

/**
 * Sends values of many, in slices.
 *
 * @param entries with `null` for each person who was looked at
 */
function* sendEntriesInSteps(
  reply: Reply,
  subject: string,
  entries: Iterable<Entry | null>,
): Steps {
  const slice = new Slice(reply);
  let rows = 0;
  for (const entry of entries) {
    reply.session.work.rows += 1;
    if (slice.isOver()) yield* pause();
    if (entry !== null && !sendEntry(reply, subject, entry, rows++)) return;
  }
}

/** Sends a value. When the reply is full, sends WARN LIMIT_REACHED about `subject` instead and returns `false`. */
function sendEntry(reply: Reply, subject: string, entry: Entry, rows: number): boolean {
  const [target, key, value] = entry;
  const isVersion3 = usesMetadata3(reply.session);
  if (rows === ROWS_MAX || reply.isFull) {
    const context = isVersion3 ? [subject, String(rows)] : [subject];
    reply.warn("METADATA", "LIMIT_REACHED", context, MORE_VALUES);
    return false;
  }
  if (isVersion3) sendMetadataValue(reply, target, key, value);
  else reply.line("METADATA", [target, key, "*", value]);
  return true;
}

/** Sends the subscribed values of a user, or of a room and its members, as METADATA SYNC does. */
export function* syncMetadata(reply: Reply, target: MetadataTarget, viewer: User): Steps {
  if (!(target instanceof Room)) return syncUserMetadata(reply, target);
  const entries = entriesOfRoom(target, viewer, reply.session.subscriptions);
  yield* reply.batchInSteps("metadata", [target.name], () =>
    sendEntriesInSteps(reply, target.name, entries),
  );
}

function syncUserMetadata(reply: Reply, user: User): void {
  const entries = entriesOf(user, reply.session.subscriptions);
  reply.batch("metadata", [user.nick], () => sendEntries(reply, user.nick, entries));
}

/**
 * Sends the metadata of a room that the session has just joined, or RPL_METADATASYNCLATER if the room is large.
 * draft/metadata-3 demands one of the two even when there is no value.
 */
export function* sendRoomMetadata(reply: Reply, room: Room, viewer: User): Steps {
  if (!hasRoomMetadata(reply, room, viewer)) return;
  if (room.members.size > METADATA_ROOM_MAX) sendSyncLater(reply, room.name, 1);
  else yield* syncMetadata(reply, room, viewer);
}

/** Tells a session in a renamed room to ask for the metadata again: it may have dropped the values. */
export function sendRoomMetadataLater(reply: Reply, room: Room): void {
  const { session } = reply;
  if (!knowsMetadata(session)) return;
  if (usesMetadata3(session) || session.subscriptions.size > 0) sendSyncLater(reply, room.name, 1);
}

function hasRoomMetadata({ session }: Reply, room: Room, viewer: User): boolean {
  if (!knowsMetadata(session)) return false;
  if (usesMetadata3(session)) return true;
  for (const entry of entriesOfRoom(room, viewer, session.subscriptions))
    if (entry !== null) return true;
  return false;
}

/** Sends RPL_METADATASYNCLATER: the client shall use SYNC after `seconds`. */
function sendSyncLater(reply: Reply, target: string, seconds: number): void {
  const sentences = usesMetadata3(reply.session) ? ["Ask for it by SYNC"] : [];
  reply.numeric(NUMERIC.RPL_METADATASYNCLATER, target, String(seconds), ...sentences);
}

/**
 * Sends a session the values of keys that it has just subscribed to: of itself, its rooms, their members, and those
 * that it MONITORs. With draft/metadata-3 the client requests them by SYNC, once it has subscribed to all its keys.
 */
export function* sendSubscribedMetadata(
  state: State,
  reply: Reply,
  viewer: User,
  keys: readonly string[],
): Steps {
  const { session } = reply;
  if (!knowsMetadata(session) || keys.length === 0) return;
  if (usesMetadata3(session)) return sendSyncLater(reply, ALL_KEYS, 0);
  const { targets, largeRooms } = visibleTargets(state, session, viewer);
  for (const room of largeRooms) sendSyncLater(reply, room.name, 1);
  yield* sendEntriesInSteps(reply, "*", entriesOfAll(viewer, targets, new Set(keys)));
}

/** Answers SYNC of everything: all subscribed values that the viewer can see, except those of large rooms. */
export function* syncAllMetadata(state: State, reply: Reply, viewer: User): Steps {
  const { session } = reply;
  const { targets, largeRooms } = visibleTargets(state, session, viewer);
  yield* reply.batchInSteps("metadata", [ALL_KEYS], () =>
    sendEntriesInSteps(reply, ALL_KEYS, entriesOfAll(viewer, targets, session.subscriptions)),
  );
  for (const room of largeRooms) sendSyncLater(reply, room.name, 1);
}

/** Returns the session's user, its rooms and their members, and those that it MONITORs; large rooms apart. */
function visibleTargets(
  state: State,
  session: Session,
  viewer: User,
): { readonly targets: readonly MetadataTarget[]; readonly largeRooms: readonly Room[] } {
  const people = new Set<User>([viewer]);
  const rooms: Room[] = [];
  const largeRooms: Room[] = [];
  for (const room of viewer.rooms) {
    if (room.members.size > METADATA_ROOM_MAX) {
      largeRooms.push(room);
      continue;
    }
    rooms.push(room);
    for (const member of room.members.keys())
      if (canSeeMember(room, viewer, member)) people.add(member);
  }
  for (const nick of state.monitors.listOf(session)) {
    const user = state.onlineUser(nick);
    if (user !== null) people.add(user);
  }
  return { targets: [...rooms, ...people], largeRooms };
}

function* entriesOfAll(
  viewer: User,
  targets: readonly MetadataTarget[],
  keys: ReadonlySet<string>,
): Iterable<Entry | null> {
  for (const target of targets) {
    yield null;
    // The viewer may have left it in a pause.
    if (target instanceof Room && !target.has(viewer)) continue;
    yield* entriesOf(target, keys);
  }
}

/** Sends a session the subscribed values of a user that it MONITORs, who is online. */
export function sendMonitoredMetadata(reply: Reply, user: User): void {
  const { session } = reply;
  if (usesMetadata3(session)) syncUserMetadata(reply, user);
  else if (knowsMetadata(session))
    sendEntries(reply, user.nick, entriesOf(user, session.subscriptions));
}

/** Sets the metadata that a session gave before registration, then sends it all its user's values. */
export function greetWithMetadata(state: State, reply: Reply, user: User): void {
  const { session } = reply;
  for (const [key, value] of session.preMetadata) {
    if (hasMetadataSpace(user.metadata, key) && mayTellOfThemselves(state, user, value))
      setMetadata(state, user, key, value, user.identity, session);
  }
  session.preMetadata.clear();
  if (!knowsMetadata(session)) return;
  reply.batch("metadata", [user.nick], () =>
    sendEntries(reply, user.nick, entriesOf(user, new Set(user.metadata.keys()))),
  );
}
