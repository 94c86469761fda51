import type { AccountId } from "../../protocol/account-id.ts";
import type { ConversationId } from "../event.ts";
import { encodeLine } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import { canSeeRoom, conversationTarget } from "../rooms/access.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { NamedMask } from "./ban-masks.ts";
import type { User } from "./user.ts";

/*
 * What people set for themselves, such as when a room notifies them: the same on all their devices, and seen by nobody
 * else. The server stores it and looks at nothing of it. Owns `User.preferences`.
 */

/** The key of a preference without a conversation. */
const EVERYWHERE = "*";

/** A preference that an account set for itself, or with `null` removed; everywhere, or in one conversation. */
export interface PreferenceChange {
  readonly conversation?: ConversationId;
  readonly key: string;
  readonly value: string | null;
}

/** A preference, of a conversation or everywhere. */
interface PreferenceEntry {
  readonly conversation: Conversation | null;
  readonly key: string;
  readonly value: string;
}

/** A preference as it is sent. */
interface Preference {
  /** The room, the other person's nick, or "*". */
  readonly target: string;
  readonly key: string;
  readonly value: string;
}

/** Returns the key of a preference in `User.preferences`: no id and no key holds a space. */
export function preferenceKey(conversation: ConversationId | null, key: string): string {
  return `${conversation ?? EVERYWHERE} ${key}`;
}

/**
 * Stores one of an account's preferences, and sends it to all its sessions. Returns `false` if it could not be stored:
 * then nothing has changed.
 *
 * @param asker the reply to the session that has set it
 */
export function setPreference(
  state: State,
  user: User & { readonly accountId: AccountId },
  conversation: Conversation | null,
  key: string,
  value: string | null,
  asker: Reply,
): boolean {
  if (!storePreference(state, user, conversation, key, value)) return false;
  for (const session of user.sessions) {
    if (session !== asker.session && !knowsPreferences(session)) continue;
    const reply = session === asker.session ? asker : state.unsolicitedReply(session);
    sendPreference(state, reply, user, { conversation, key, value: value ?? "" });
  }
  return true;
}

/** Removes the preferences of rooms that an account has left, to which it may come back: they make place for new ones. */
export function removePreferencesOfLeftRooms(
  state: State,
  user: User & { readonly accountId: AccountId },
): void {
  for (const { conversation, key } of [...entriesOf(state, user)]) {
    if (!(conversation instanceof Room) || conversation.has(user)) continue;
    if (!storePreference(state, user, conversation, key, null)) return;
  }
}

function storePreference(
  state: State,
  { accountId: account, preferences }: User & { readonly accountId: AccountId },
  conversation: Conversation | null,
  key: string,
  value: string | null,
): boolean {
  const where = conversation === null ? {} : { conversation: conversation.id };
  if (!state.ports.appendPerson({ kind: "preference", account, ...where, key, value }))
    return false;
  const id = preferenceKey(conversation?.id ?? null, key);
  if (value === null) preferences.delete(id);
  else preferences.set(id, value);
  return true;
}

/** Sends a session a preference of its user's; with an empty value: there is none. */
export function sendPreference(
  state: State,
  reply: Reply,
  user: User,
  { conversation, key, value }: PreferenceEntry,
): void {
  reply.line("PREFERENCE", [targetOf(state, user, conversation), key, value]);
}

/**
 * Sends a session that connects the block list, as the changes that made it, if it knows preferences: it folds the
 * messages of these people away from the first one on.
 */
export function sendBlocked(state: State, reply: Reply, user: User): void {
  if (!knowsPreferences(reply.session)) return;
  for (const mask of user.blocked) {
    const params = blockParams(reply.session, "+", mask);
    reply.add(encodeLine(user.identity, state.now, reply.session.dialect, "SILENCE", params));
  }
}

/**
 * Returns the parameters of a SILENCE line that tells a session of a change. One that knows ids of accounts gets that of
 * the account that the mask means, "*" for one that was deleted: it also folds away what was said under another name.
 */
export function blockParams(
  session: Session,
  sign: "+" | "-",
  { mask, account }: NamedMask,
): string[] {
  const isTold = account !== undefined && session.has("sodam.chat/account-id");
  return [`${sign}${mask}`, ...(isTold && knowsPreferences(session) ? [account ?? "*"] : [])];
}

/**
 * Sends a session the user's preferences of a room, or with `null` all those that aren't a room's: these follow the
 * JOIN.
 */
export function sendPreferences(state: State, reply: Reply, user: User, room: Room | null): void {
  if (user.preferences.size === 0 || !knowsPreferences(reply.session)) return;
  reply.session.work.rows += user.preferences.size;
  // Of a room without looking up all others: there may be some hundred, and as many rooms.
  const entries = room === null ? entriesOf(state, user) : entriesOfRoom(room, user);
  for (const entry of entries) {
    if (room !== null || !(entry.conversation instanceof Room)) {
      sendPreference(state, reply, user, entry);
    }
  }
}

/**
 * Returns all of an account's preferences, without those of rooms that are gone. A room that the user has left, and
 * may not see any more, is "*".
 */
export function* preferencesOf(state: State, user: User): Iterable<Preference> {
  for (const { conversation, key, value } of entriesOf(state, user)) {
    const isHidden = conversation instanceof Room && !canSeeRoom(conversation, user);
    yield { target: isHidden ? EVERYWHERE : targetOf(state, user, conversation), key, value };
  }
}

/** Returns whether the conversation of a preference still exists. One that holds everywhere has none. */
export function isPreferenceOpen(rooms: State["rooms"], preference: string): boolean {
  const where = conversationOf(preference);
  return where === null || rooms.byId(where) !== null;
}

function conversationOf(preference: string): ConversationId | null {
  const where = preference.slice(0, preference.indexOf(" "));
  return where === EVERYWHERE ? null : (where as ConversationId);
}

function* entriesOf(state: State, { preferences }: User): Iterable<PreferenceEntry> {
  for (const [id, value] of preferences) {
    const where = conversationOf(id);
    const conversation = where === null ? null : state.rooms.byId(where);
    const key = id.slice(id.indexOf(" ") + 1);
    if (where === null || conversation !== null) yield { conversation, key, value };
  }
}

function* entriesOfRoom(room: Room, { preferences }: User): Iterable<PreferenceEntry> {
  const start = preferenceKey(room.id, "");
  for (const [id, value] of preferences) {
    if (id.startsWith(start)) yield { conversation: room, key: id.slice(start.length), value };
  }
}

function targetOf(state: State, user: User, conversation: Conversation | null): string {
  if (conversation === null) return EVERYWHERE;
  return conversationTarget(state, conversation, user.accountId);
}

function knowsPreferences(session: Session): boolean {
  return session.has("sodam.chat/preferences");
}
