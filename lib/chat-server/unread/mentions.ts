import type { AccountId } from "../../protocol/account-id.ts";
import { findMentioned, type IsPresent, mentions, storedMentions } from "../../protocol/mention.ts";
import { CALLED_MEMBERS_MAX, type RoomCall, roomCall } from "../../protocol/room-call.ts";
import type { RoomEventOf, UserIdentity } from "../event.ts";
import { isWithheld } from "../history/withheld.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { User } from "../users/user.ts";
import type { Users } from "../users/users.ts";

/** Who wrote a text: a guest is known by the whole identity. */
type Author = UserIdentity | { readonly accountId: AccountId };

/* Whom a message mentions: when it is sent, counted, edited, redacted or erased. */

/** Returns the accounts of the room's members whom a text names, or an op calls, without its author. */
export function mentionedAccounts(
  users: Users,
  room: Room,
  by: Author,
  { verb, text }: Pick<RoomEventOf<"said">, "verb" | "text">,
): AccountId[] {
  if (verb === "TAGMSG") return [];
  const mentioned = membersNamed(users, room, text);
  for (const user of calledMembers(users, room, by, text)) mentioned.add(user);
  return accountsOf(mentioned, by);
}

function membersNamed(users: Users, room: Room, text: string): Set<User> {
  return findMentioned(text, users.namePrefixes, (name) => {
    const user = users.byNick(name);
    return user !== null && room.has(user) ? user : null;
  });
}

/** Returns the accounts of those who are mentioned; an author mentions nobody by the own name. */
function accountsOf(mentioned: Iterable<User>, by: Author): AccountId[] {
  return [...mentioned].flatMap(({ accountId }) =>
    accountId === null || accountId === by.accountId ? [] : accountId,
  );
}

/** Returns the members whom a text calls by `@everyone` or `@here`. */
function calledMembers(users: Users, room: Room, by: Author, text: string): User[] {
  const call = callOf(users, room, by, text);
  return call === null ? [] : [...room.members.keys()].filter((user) => isCalled(call, user));
}

/** Returns whom a text calls. Only ops can: for others it is a word. */
function callOf(users: Users, room: Room, by: Author, text: string): RoomCall | null {
  const call = room.members.size > CALLED_MEMBERS_MAX ? null : roomCall(text);
  if (call === null) return null;
  const { accountId } = by;
  const guest = "nick" in by ? users.find(by) : null;
  const author = accountId === null ? guest : users.byAccount(accountId);
  return author !== null && room.has(author) && room.hasRank(author, "o") ? call : null;
}

function isCalled(call: RoomCall, user: User): boolean {
  return call === "everyone" || !user.isAway;
}

/** Returns who is present in a room: whose names a text there can mention. */
export function presentIn(users: Users, conversation: Conversation): IsPresent {
  return (name) => {
    const user = users.byNick(name);
    return user !== null && conversation instanceof Room && conversation.has(user);
  };
}

/**
 * Returns the members whom a message mentioned when it was sent. That is stored with the message, since its
 * text may have been edited or removed by the time it is counted again after a restart.
 */
export function* originallyMentioned(
  users: Users,
  conversation: Conversation,
  message: RoomEventOf<"said">,
): Iterable<User> {
  if (!(conversation instanceof Room)) return;
  const isOriginal = message.editedAt === undefined;
  const accounts =
    message.named ?? (isOriginal ? currentMentions(users, conversation, message) : []);
  for (const account of accounts) {
    const user = users.byAccount(account);
    if (user !== null && conversation.has(user)) yield user;
  }
}

/**
 * Whether a message mentions a user: as stored with it, or by its text if nothing is stored.
 *
 * @param isPresent as {@link presentIn} returns it for the conversation
 */
export function mentionsUser(
  users: Users,
  conversation: Conversation,
  message: RoomEventOf<"said">,
  user: User,
  isPresent: IsPresent = presentIn(users, conversation),
): boolean {
  const { accountId, nick } = user;
  if (message.by.accountId === accountId) return false;
  const named = storedMentions(message);
  if (named === undefined) {
    if (mentions(message.text, nick, isPresent)) return true;
    if (!(conversation instanceof Room) || !conversation.has(user)) return false;
    const call = callOf(users, conversation, message.by, message.text);
    return call !== null && isCalled(call, user);
  }
  return accountId !== null && named.includes(accountId);
}

/** Returns the `of` part of the event that redacts a message; nothing for a reaction, which isn't counted. */
export function redactionCounts(
  users: Users,
  conversation: Conversation,
  message: RoomEventOf<"said">,
): Pick<RoomEventOf<"redacted">, "of"> {
  if (message.verb === "TAGMSG" || isWithheld(message)) return {};
  return { of: { time: message.time, named: currentMentions(users, conversation, message) } };
}

/**
 * Returns the `of` part of the event that edits a message: nothing if it mentions the same accounts as
 * before.
 */
export function editMentionChange(
  users: Users,
  conversation: Conversation,
  message: RoomEventOf<"said">,
  text: string,
): Pick<RoomEventOf<"edited">, "of"> {
  if (!(conversation instanceof Room)) return {};
  const before = currentMentions(users, conversation, message);
  const after = mentionedAfterEdit(users, conversation, message, text, before);
  const [wereMentioned, areMentioned] = [new Set(before), new Set(after)];
  const named = after.filter((account) => !wereMentioned.has(account));
  const unnamed = before.filter((account) => !areMentioned.has(account));
  if (named.length === 0 && unnamed.length === 0) return {};
  return { of: { time: message.time, named, unnamed } };
}

/** Returns the accounts that a message mentions after an edit. A call that stays means those whom it meant at first. */
function mentionedAfterEdit(
  users: Users,
  room: Room,
  message: RoomEventOf<"said">,
  text: string,
  before: readonly AccountId[],
): readonly AccountId[] {
  const call = callOf(users, room, message.by, text);
  if (call === null || call !== roomCall(message.text)) {
    return mentionedAccounts(users, room, message.by, { ...message, text });
  }
  const namedBefore = membersNamed(users, room, message.text);
  const wereCalled = before.filter((account) => {
    const user = users.byAccount(account);
    return user !== null && (isCalled(call, user) || !namedBefore.has(user));
  });
  const named = accountsOf(membersNamed(users, room, text), message.by);
  return [...new Set([...named, ...wereCalled])];
}

/** Returns the accounts that a message mentions with its present text. */
function currentMentions(
  users: Users,
  conversation: Conversation,
  message: RoomEventOf<"said">,
): readonly AccountId[] {
  if (!(conversation instanceof Room)) return [];
  return storedMentions(message) ?? mentionedAccounts(users, conversation, message.by, message);
}
