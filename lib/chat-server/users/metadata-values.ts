import { formatMessage } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { UserIdentity } from "../event.ts";
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
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/**
 * What is said of a person or a room under a key: a homepage, a colour, what is pinned. Told to whoever
 * subscribed to the key. https://ircv3.net/specs/extensions/metadata is the second text; the third one, which
 * clients have begun to speak, is https://github.com/ircv3/ircv3-specifications/pull/613.
 */
export type MetadataTarget = Room | User;

/** One key of somebody's, as it is now. */
type Entry = readonly [target: string, key: string, value: string];

/** Whether a session goes by the third text. */
export function usesMetadata3(session: Session): boolean {
  return session.has("draft/metadata-3");
}

export function knowsMetadata(session: Session): boolean {
  return session.has("draft/metadata-2") || usesMetadata3(session);
}

/** Whether a key can be written like this: the specification's letters, and our length. */
export function isMetadataKey(text: string): boolean {
  return /^[a-z0-9_./-]+$/.test(text) && text.length <= METADATA_KEY_BYTES_MAX;
}

/** What lines call whoever or whatever is described. */
export function nameOf(one: MetadataTarget): string {
  return one instanceof Room ? one.name : one.nick;
}

/** Whether there is a place for this key. */
export function hasMetadataSpace(metadata: ReadonlyMap<string, string>, key: string): boolean {
  return metadata.has(key) || metadata.size < METADATA_KEYS_MAX;
}

/**
 * Sets a key, or with `null` takes it away, and tells those who want to know.
 *
 * @param asker the session whose wish it is: it hears of it in its answer
 * @returns `false` when it could not be kept; then nothing has changed
 */
export function setMetadata(
  state: State,
  one: MetadataTarget,
  key: string,
  value: string | null,
  by: UserIdentity,
  asker: Session,
): boolean {
  // A room by what never changes about it; a guest's are gone with the guest.
  const of = one instanceof Room ? one.id : one.account;
  const change = { kind: "metadata", key, value } as const;
  if (of !== null && !state.ports.appendPerson({ ...change, of })) return false;
  if (value === null) one.metadata.delete(key);
  else one.metadata.set(key, value);
  const source = `${by.nick}!${by.user}@${by.host}`;
  const params = [nameOf(one), key, "*", ...(value === null ? [] : [value])];
  const body = formatMessage("METADATA", params, source);
  const event = { time: state.now, msgid: "", by };
  const tell = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
  for (const session of new Set(hearers(state, one))) {
    if (session === asker || !knowsMetadata(session) || !session.subscriptions.has(key)) continue;
    if (usesMetadata3(session)) sendValue(state.unsolicitedReply(session), nameOf(one), key, value);
    else tell(session);
  }
  return true;
}

/** A key's value, or with `null` that it has none, by numeric. */
export function sendValue(reply: Reply, target: string, key: string, value: string | null): void {
  if (value !== null) reply.numeric(NUMERIC.RPL_KEYVALUE, target, key, "*", value);
  else reply.numeric(NUMERIC.RPL_KEYNOTSET, target, key, "There is nothing under that key");
}

function* hearers(state: State, one: MetadataTarget): Iterable<Session> {
  if (one instanceof Room) {
    for (const member of one.members.keys()) yield* member.sessions;
    return;
  }
  yield* one.sessions;
  for (const room of one.rooms) {
    for (const member of room.members.keys())
      if (canSeeMember(room, member, one)) yield* member.sessions;
  }
  yield* state.monitors.watchersOf(one.nick);
}

/** What a room's members may know of it and of each other. */
function* entriesOfRoom(room: Room, viewer: User, keys: ReadonlySet<string>): Iterable<Entry> {
  // Most clients subscribe to nothing: nobody is walked past for them.
  if (keys.size === 0) return;
  yield* entriesOf(room, keys);
  for (const member of room.members.keys()) {
    if (canSeeMember(room, viewer, member)) yield* entriesOf(member, keys);
  }
}

function* entriesOf(one: MetadataTarget, keys: Iterable<string>): Iterable<Entry> {
  if (one.metadata.size === 0) return;
  for (const key of keys) {
    const value = one.metadata.get(key);
    if (value !== undefined) yield [nameOf(one), key, value];
  }
}

/** As many as one answer may have; of more it says, by the name of what was asked for. */
function send(reply: Reply, asked: string, entries: Iterable<Entry>): void {
  const third = usesMetadata3(reply.session);
  let rows = 0;
  for (const [target, key, value] of entries) {
    if (rows === ROWS_MAX || reply.isFull) {
      const context = third ? [asked, String(rows)] : [asked];
      return reply.warn("METADATA", "LIMIT_REACHED", context, MORE);
    }
    rows += 1;
    if (third) sendValue(reply, target, key, value);
    else reply.line("METADATA", [target, key, "*", value]);
  }
}

/** 774 would have a client ask for the same again, and be told as much again. */
const MORE = "There is more: ask for one after the other";

/** SYNC: what the session subscribed to, of a person, or of a room and everybody in it. */
export function syncMetadata(reply: Reply, one: MetadataTarget, viewer: User): void {
  const keys = reply.session.subscriptions;
  const entries = one instanceof Room ? entriesOfRoom(one, viewer, keys) : entriesOf(one, keys);
  reply.batch("metadata", [nameOf(one)], () => send(reply, nameOf(one), entries));
}

/**
 * What follows a JOIN. Of a large room one is only told that there is something to SYNC. The third text wants
 * one of the two always.
 */
export function sendRoomMetadata(reply: Reply, room: Room, viewer: User): void {
  const { session } = reply;
  if (!knowsMetadata(session)) return;
  if (!usesMetadata3(session)) {
    const [first] = entriesOfRoom(room, viewer, session.subscriptions);
    if (first === undefined) return;
  }
  if (room.members.size > METADATA_ROOM_MAX) later(reply, room.name, 1);
  else syncMetadata(reply, room, viewer);
}

function later(reply: Reply, target: string, seconds: number): void {
  const sentence = usesMetadata3(reply.session) ? ["Ask for it by SYNC"] : [];
  reply.numeric(NUMERIC.RPL_METADATASYNCLATER, target, String(seconds), ...sentence);
}

/**
 * What a session that has just subscribed to keys is to know: of itself, its rooms, and whom it watches. By
 * the third text it asks for that when it has subscribed to all that it wants.
 */
export function sendSubscribed(
  state: State,
  reply: Reply,
  viewer: User,
  keys: readonly string[],
): void {
  const { session } = reply;
  if (!knowsMetadata(session) || keys.length === 0) return;
  if (usesMetadata3(session)) return later(reply, ALL_KEYS, 0);
  const { near, large } = inSight(state, session, viewer);
  for (const room of large) later(reply, room.name, 1);
  send(reply, "*", flat(near, keys));
}

/** What the third text calls all that a session hears of. */
export const ALL_KEYS = "*ALL";

/** SYNC of everything; of large rooms it is asked for one by one. */
export function syncAllMetadata(state: State, reply: Reply, viewer: User): void {
  const { session } = reply;
  const { near, large } = inSight(state, session, viewer);
  reply.batch("metadata", [ALL_KEYS], () =>
    send(reply, ALL_KEYS, flat(near, session.subscriptions)),
  );
  for (const room of large) later(reply, room.name, 1);
}

/** Itself, its rooms and who is in them, and whom it watches; rooms that are large come apart. */
function inSight(
  state: State,
  session: Session,
  viewer: User,
): { readonly near: readonly MetadataTarget[]; readonly large: readonly Room[] } {
  const people = new Set<User>([viewer]);
  const rooms: Room[] = [];
  const large: Room[] = [];
  for (const room of viewer.rooms) {
    if (room.members.size > METADATA_ROOM_MAX) {
      large.push(room);
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
  return { near: [...rooms, ...people], large };
}

function* flat(all: readonly MetadataTarget[], keys: Iterable<string>): Iterable<Entry> {
  for (const one of all) yield* entriesOf(one, keys);
}

/** What a session that MONITORs somebody is to know when they are there. */
export function sendWatched(reply: Reply, user: User): void {
  const { session } = reply;
  if (usesMetadata3(session)) syncMetadata(reply, user, user);
  else if (knowsMetadata(session)) send(reply, user.nick, entriesOf(user, session.subscriptions));
}

/** Before the message of the day: what is known of the session's own person, and what it has just set. */
export function greetWithMetadata(state: State, reply: Reply, user: User): void {
  const { session } = reply;
  for (const [key, value] of session.preMetadata) {
    if (hasMetadataSpace(user.metadata, key))
      setMetadata(state, user, key, value, user.identity, session);
  }
  session.preMetadata.clear();
  if (!knowsMetadata(session)) return;
  reply.batch("metadata", [user.nick], () =>
    send(reply, user.nick, entriesOf(user, user.metadata.keys())),
  );
}
