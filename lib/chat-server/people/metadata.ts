import { formatMessage } from "../../protocol/message.ts";
import { NUMERIC } from "../../protocol/numerics.ts";
import { tagsOf } from "../encode.ts";
import type { Who } from "../event.ts";
import {
  METADATA_KEY_BYTES_MAX,
  METADATA_KEYS_MAX,
  METADATA_ROOM_MAX,
  ROWS_MAX,
} from "../limits.ts";
import { broadcast, PERSON_TAGS } from "../relay.ts";
import type { Reply } from "../reply.ts";
import { sees } from "../rooms/access.ts";
import { Room } from "../rooms/room.ts";
import type { Session } from "../session.ts";
import type { State } from "../state.ts";
import type { User } from "./user.ts";

/**
 * What is said of a person or a room under a key: a homepage, a colour, what is pinned. Told to whoever
 * subscribed to the key. https://ircv3.net/specs/extensions/metadata
 */
export type Described = Room | User;

/** One key of somebody's, as it is now. */
type Entry = readonly [target: string, key: string, value: string];

/** Whether a key can be written like this: the specification's letters, and our length. */
export function isMetadataKey(text: string): boolean {
  return /^[a-z0-9_./-]+$/.test(text) && text.length <= METADATA_KEY_BYTES_MAX;
}

/** What lines call whoever or whatever is described. */
export function nameOf(one: Described): string {
  return one instanceof Room ? one.name : one.nick;
}

/** Whether there is a place for this key. */
export function hasPlaceFor(metadata: ReadonlyMap<string, string>, key: string): boolean {
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
  one: Described,
  key: string,
  value: string | null,
  by: Who,
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
  const tell = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], PERSON_TAGS);
  for (const session of new Set(hearers(state, one))) {
    if (session !== asker && wants(session, key)) tell(session);
  }
  return true;
}

function wants(session: Session, key: string): boolean {
  return session.has("draft/metadata-2") && session.subscriptions.has(key);
}

function* hearers(state: State, one: Described): Iterable<Session> {
  if (one instanceof Room) {
    for (const member of one.members.keys()) yield* member.sessions;
    return;
  }
  yield* one.sessions;
  for (const room of one.rooms) {
    for (const member of room.members.keys()) if (sees(room, member, one)) yield* member.sessions;
  }
  yield* state.monitors.watchersOf(one.nick);
}

/** What a room's members may know of it and of each other. */
function* entriesOfRoom(room: Room, viewer: User, keys: Iterable<string>): Iterable<Entry> {
  yield* entriesOf(room, keys);
  for (const member of room.members.keys()) {
    if (sees(room, viewer, member)) yield* entriesOf(member, keys);
  }
}

function* entriesOf(one: Described, keys: Iterable<string>): Iterable<Entry> {
  if (one.metadata.size === 0) return;
  for (const key of keys) {
    const value = one.metadata.get(key);
    if (value !== undefined) yield [nameOf(one), key, value];
  }
}

function send(reply: Reply, entries: Iterable<Entry>): void {
  let rows = 0;
  for (const [target, key, value] of entries) {
    if (rows === ROWS_MAX) return;
    rows += 1;
    reply.line("METADATA", [target, key, "*", value]);
  }
}

/** SYNC: what the session subscribed to, of a person, or of a room and everybody in it. */
export function syncMetadata(reply: Reply, one: Described, viewer: User): void {
  const keys = reply.session.subscriptions;
  const entries = one instanceof Room ? entriesOfRoom(one, viewer, keys) : entriesOf(one, keys);
  reply.batch("metadata", [nameOf(one)], () => send(reply, entries));
}

/** What follows a JOIN. Of a large room one is only told that there is something to SYNC. */
export function sendRoomMetadata(reply: Reply, room: Room, viewer: User): void {
  const { session } = reply;
  if (!session.has("draft/metadata-2") || session.subscriptions.size === 0) return;
  const [first] = entriesOfRoom(room, viewer, session.subscriptions);
  if (first === undefined) return;
  if (room.members.size > METADATA_ROOM_MAX) later(reply, room);
  else syncMetadata(reply, room, viewer);
}

function later(reply: Reply, room: Room): void {
  reply.numeric(NUMERIC.RPL_METADATASYNCLATER, room.name, "1");
}

/** What a session that has just subscribed to keys is to know: of itself, its rooms, and whom it watches. */
export function sendSubscribed(
  state: State,
  reply: Reply,
  viewer: User,
  keys: readonly string[],
): void {
  if (!reply.session.has("draft/metadata-2")) return;
  const people = new Set<User>([viewer]);
  const rooms: Room[] = [];
  for (const room of viewer.rooms) {
    if (room.members.size > METADATA_ROOM_MAX) {
      later(reply, room);
      continue;
    }
    rooms.push(room);
    for (const member of room.members.keys()) if (sees(room, viewer, member)) people.add(member);
  }
  for (const nick of state.monitors.listOf(reply.session)) {
    const user = state.online(nick);
    if (user !== null) people.add(user);
  }
  send(reply, flat([...rooms, ...people], keys));
}

function* flat(all: readonly Described[], keys: readonly string[]): Iterable<Entry> {
  for (const one of all) yield* entriesOf(one, keys);
}

/** What a session that MONITORs somebody is to know when they are there. */
export function sendWatched(reply: Reply, user: User): void {
  const { session } = reply;
  if (session.has("draft/metadata-2")) send(reply, entriesOf(user, session.subscriptions));
}

/** Before the message of the day: what is known of the session's own person, and what it has just set. */
export function greetWithMetadata(state: State, reply: Reply, user: User): void {
  const { session } = reply;
  for (const [key, value] of session.earlyMetadata) {
    if (hasPlaceFor(user.metadata, key)) setMetadata(state, user, key, value, user.who, session);
  }
  session.earlyMetadata.clear();
  if (!session.has("draft/metadata-2")) return;
  reply.batch("metadata", [user.nick], () => send(reply, entriesOf(user, user.metadata.keys())));
}
