import type { Account } from "../../member-server/account.ts";
import { type AccountId, accountHost } from "../../protocol/account-id.ts";
import { NamePrefixIndex } from "../../protocol/name-prefix-index.ts";
import {
  type Folded,
  fold,
  type Nick,
  nickFromAccount,
  type Skeleton,
  skeleton,
} from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import { setGuestMessages } from "../history/guest-messages.ts";
import { isHiddenFrom, isWithheld } from "../history/withheld.ts";
import type { Reply } from "../relay/reply.ts";
import { relayUserEvent } from "../relay/user-event.ts";
import { isClosedByOperator } from "../rooms/closure.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { SoftChanges } from "../takeover/soft-changes.ts";
import { isBlocked } from "./block-list.ts";
import { notifyOffline, sendOffline, sendOnline } from "./monitor-notices.ts";
import { User } from "./user.ts";

const UNITS_PER_QUIT = 20;
/** Members of the rooms of a user who are told of their quit in one unit. */
const MEMBERS_PER_UNIT = 10;

/**
 * Owns the tables of users, by nick and by account. Changed by the functions of this file, and by restoring a
 * snapshot. A nick belongs to one user, and so does an account.
 */
export class Users {
  readonly #byNick = new Map<Folded, User>();
  readonly #byAccount = new Map<AccountId, User>();
  /** By the look of their nick. Names of accounts that were made under earlier rules may look alike. */
  readonly #byLook = new Map<Skeleton, Set<User>>();
  /** The nicks of all users, for searching by prefix. */
  readonly namePrefixes = new NamePrefixIndex();
  /** Guests by their `User.key`. */
  readonly #guests = new Map<string, User>();
  /** The number in the key of the last guest. */
  lastGuest = 0;
  readonly #changes: SoftChanges;

  constructor(changes: SoftChanges) {
    this.#changes = changes;
  }

  get size(): number {
    return this.#byNick.size;
  }

  all(): IterableIterator<User> {
    return this.#byNick.values();
  }

  byNick(nick: Folded): User | null {
    return this.#byNick.get(nick) ?? null;
  }

  byAccount(account: AccountId): User | null {
    return this.#byAccount.get(account) ?? null;
  }

  /** Returns the user of a `User.key`, or `null`. */
  byKey(key: string): User | null {
    return this.#guests.get(key) ?? this.byAccount(key as AccountId);
  }

  /** Returns the key of the next guest, never used before while the service runs. */
  nextGuestKey(): string {
    this.lastGuest += 1;
    return `guest ${this.lastGuest}`;
  }

  /** Returns the guests. */
  guests(): IterableIterator<User> {
    return this.#guests.values();
  }

  /** Returns whether the nick of a user other than `user` looks like this name, or is the same. */
  hasLookalike(name: string, user: User | null): boolean {
    const users = this.#byLook.get(skeleton(name));
    if (users === undefined) return false;
    return users.size > 1 || user === null || !users.has(user);
  }

  /** Returns the user of an event's identity: by its account, or else the guest with its nick. */
  find(identity: UserIdentity): User | null {
    if (identity.accountId !== null) return this.byAccount(identity.accountId);
    const user = this.byNick(fold(identity.nick));
    return user?.accountId === null ? user : null;
  }

  /** Adds a user, whose nick must be free. */
  add(user: User): void {
    this.#indexNick(user);
    if (user.accountId !== null) this.#byAccount.set(user.accountId, user);
    else this.#guests.set(user.key, user);
    user.changes = this.#changes;
    user.noteChange();
  }

  /** Gives a user another nick, which must be free, or the same in another case. */
  rename(user: User, nick: Nick): void {
    this.#unindexNick(user);
    user.updateIdentity({ nick });
    this.#indexNick(user);
  }

  remove(user: User): void {
    this.#unindexNick(user);
    if (user.accountId !== null) this.#byAccount.delete(user.accountId);
    else this.#guests.delete(user.key);
    this.#changes.noteUserGone(user);
  }

  #indexNick(user: User): void {
    const nick = fold(user.nick);
    this.#byNick.set(nick, user);
    this.namePrefixes.add(nick);
    const look = skeleton(nick);
    const users = this.#byLook.get(look);
    if (users === undefined) this.#byLook.set(look, new Set([user]));
    else users.add(user);
  }

  #unindexNick(user: User): void {
    const nick = fold(user.nick);
    this.#byNick.delete(nick);
    this.namePrefixes.remove(nick);
    const look = skeleton(nick);
    const users = this.#byLook.get(look);
    users?.delete(user);
    if (users?.size === 0) this.#byLook.delete(look);
  }
}

/** Returns the user of an account. Creates one without sessions if there is none yet. */
export function ensureUser(state: State, account: Account): User {
  const existing = state.users.byAccount(account.id);
  if (existing !== null) {
    // What is stored of a user doesn't say that the account is a bot's.
    if (account.bot !== undefined && !existing.identity.bot) existing.updateIdentity({ bot: true });
    existing.owner = ownerOf(account);
    return existing;
  }
  const user = new User(accountIdentity(state, account), state.elapsedMs);
  user.owner = ownerOf(account);
  state.users.add(user);
  return user;
}

/**
 * Returns a user by nick, or else by account name, connected or not. Creates the user of an account that has
 * none yet. `null` if there is neither such a nick nor such an account.
 */
export function findUser(state: State, name: string): User | null {
  const user = state.users.byNick(fold(name));
  if (user !== null) return user;
  const account = state.accounts.account(fold(name));
  return account === null ? null : ensureUser(state, account);
}

/** Returns the account that made a bot, as bans see it: by its id and its host, under no nick. `null` for a person. */
export function ownerOf({ bot }: Account): UserIdentity | null {
  if (bot === undefined) return null;
  const names = { nick: "" as Nick, user: "u", account: null, realname: "" };
  return { ...names, host: accountHost(bot.by), accountId: bot.by, bot: false };
}

function accountIdentity(state: State, account: Account): UserIdentity {
  const { id, name, bot } = account;
  const nick = freeNickOf(state, account);
  const host = accountHost(id);
  return {
    nick,
    user: "u",
    host,
    account: name,
    accountId: id,
    realname: name,
    bot: bot !== undefined,
  };
}

/** Returns the account's own name as a nick. A user who took it before the sign-up is renamed. */
function freeNickOf(state: State, { name }: Account): Nick {
  const nick = nickFromAccount(name);
  const holder = state.users.byNick(fold(nick));
  if (holder !== null) {
    const newNick = holder.account === null ? guestNick(state) : nickFromAccount(holder.account);
    changeNick(state, holder, newNick, null);
  }
  return nick;
}

/** Returns a nick that nobody has, for a guest who can't have another. */
export function guestNick(state: State): Nick {
  return `guest-${state.ports.random.id().slice(-8)}` as Nick;
}

/**
 * Creates a user without an account for a session, and adds it to `state.users`. The nick must be free. The
 * caller attaches the session (`attachSession`).
 */
export function createGuest(state: State, session: Session, nick: Nick): User {
  const identity: UserIdentity = {
    nick,
    user: `~${session.username ?? "u"}`,
    host: session.link.host,
    account: null,
    accountId: null,
    realname: session.realname || nick,
    bot: false,
  };
  const user = new User(identity, state.elapsedMs, state.users.nextGuestKey());
  state.users.add(user);
  return user;
}

/** Gives a user a new nick, which must be free, and relays it. */
export function changeNick(state: State, user: User, nick: Nick, asker: Reply | null): void {
  const by = user.identity;
  const isCaseChange = fold(by.nick) === fold(nick);
  state.users.rename(user, nick);
  // A failure to store it is harmless: after a restart the user has the old nick, or the account's name.
  if (user.accountId !== null) {
    state.ports.appendPerson({ kind: "nick", account: user.accountId, nick });
  }
  const event = { kind: "nick", by, time: state.now, nick } as const;
  relayUserEvent(event, user, asker, true, null, directPartners(state, user));
  if (isCaseChange) return;
  state.whowas.add(by, state.now);
  if (user.sessions.length === 0) return;
  sendOffline(state, by.nick);
  sendOnline(state, user);
}

/**
 * Returns the users with whom a user has direct messages, except those whom the user has blocked, and those from whom
 * all of them were withheld.
 */
function directPartners(state: State, user: User): Set<User> {
  const partners = new Set<User>();
  for (const guest of [user, ...user.guestContacts]) {
    for (const { peer, event } of guest.guestMessages) {
      if (!isWithheld(event) && (guest === user || peer === user))
        partners.add(guest === user ? peer : guest);
    }
  }
  const { accountId } = user;
  const directs = accountId === null ? [] : state.rooms.directConversationsOf(accountId);
  for (const direct of directs) {
    for (const account of direct.accounts) {
      if (isHiddenFrom(direct, account)) continue;
      const partner = state.users.byAccount(account);
      if (partner !== null) partners.add(partner);
    }
  }
  partners.delete(user);
  for (const partner of partners) if (isBlocked(user, partner)) partners.delete(partner);
  return partners;
}

/**
 * Removes a user permanently: relays a QUIT once to each session that shares a room, then leaves each room.
 *
 * @param toMonitors whether to notify sessions that MONITOR the nick that it is offline
 */
export function quitUser(state: State, user: User, reason: string, toMonitors = true): void {
  relayUserEvent({ kind: "quit", by: user.identity, time: state.now, reason }, user, null, false);
  for (const room of [...user.rooms]) {
    state.commitUnstored(room, user.identity, { kind: "left", how: "quit", reason });
    dropEmptyRoom(state, room, user.identity);
  }
  state.users.remove(user);
  // Other guests' messages still refer to this user, which would keep alive all those that it refers to.
  setGuestMessages(user, []);
  state.whowas.add(user.identity, state.now);
  notifyOffline(state, user, toMonitors);
}

/** Returns the work of closing a user's last session, in the units of slices.ts: others in their rooms are told. */
export function unitsOfQuit(user: User | null): number {
  let members = 0;
  for (const room of user?.rooms ?? []) members += room.members.size;
  return UNITS_PER_QUIT + members / MEMBERS_PER_UNIT;
}

/** Drops a room whose last member has left: its name becomes free, unless an operator has closed the room. */
export function dropEmptyRoom(state: State, room: Room, by: UserIdentity): void {
  if (room.members.size > 0 || isClosedByOperator(room)) return;
  state.commitUnstored(room, by, { kind: "dropped" });
}
