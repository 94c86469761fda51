import { type AccountName, fold, type Nick, nickFromAccount } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import { SESSIONS_PER_USER_MAX } from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import { relayToRoom, relayUserEvent } from "../relay/user-event.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { applyReadReceiptChoice } from "../unread/read-receipts.ts";
import { notifyOffline, notifyOnline, sendOffline, sendOnline } from "./monitor-notices.ts";
import type { Monitors } from "./monitors.ts";
import { setOperator } from "./operators.ts";
import { User } from "./user.ts";

/**
 * Who is here, and who only stays a member: how sessions and users come and go. What a session is told on
 * coming is in greeting.ts.
 */

/** The user of an account, made now, with nobody connected, if the server has not needed them before. */
export function ensureUser(state: State, account: AccountName): User {
  const known = state.users.byAccount(account);
  if (known !== null) return known;
  const user = new User(accountWho(state, account), state.now);
  state.users.add(user);
  return user;
}

/** Somebody by nick, or by account though nobody of them is here. */
export function findUser(state: State, name: string): User | null {
  const user = state.users.byNick(fold(name));
  if (user !== null) return user;
  const account = state.accounts.account(fold(name));
  return account === null ? null : ensureUser(state, account.name);
}

function accountWho(state: State, account: AccountName): UserIdentity {
  return {
    nick: freeNickFor(state, account),
    user: "u",
    host: hostOf(account),
    account,
    realname: account,
    bot: false,
  };
}

/** An account's own name, which nobody else can have; whoever has it from before the sign-up gives way. */
function freeNickFor(state: State, account: AccountName): Nick {
  const nick = nickFromAccount(account);
  const holder = state.users.byNick(fold(nick));
  if (holder !== null) {
    const own = holder.account === null ? guestNick(state) : nickFromAccount(holder.account);
    changeNick(state, holder, own, null);
  }
  return nick;
}

function guestNick(state: State): Nick {
  return `guest-${state.ports.random.id().slice(-8)}` as Nick;
}

/**
 * What stands for an account in nick!user@host: the same on every device, so that a ban by host holds, and
 * telling nothing about where somebody is.
 */
function hostOf(account: AccountName): string {
  // FNV-1a: no secret is kept here, since an account's name is known to all.
  let hash = 0x811c9dc5;
  for (const letter of fold(account)) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return `${hash.toString(36).padStart(7, "0")}.account`;
}

/** A new guest. The nick must be free. */
export function createGuest(state: State, session: Session, nick: Nick): User {
  const who: UserIdentity = {
    nick,
    user: `~${session.username ?? "u"}`,
    host: session.link.host,
    account: null,
    realname: session.realname || nick,
    bot: false,
  };
  const user = new User(who, state.now);
  state.users.add(user);
  return user;
}

/**
 * Joins a session to its user. Answers `false` when the user has as many devices as there may be.
 *
 * @param isTold whether those who MONITOR the nick hear that it is online now
 */
export function attachSession(state: State, session: Session, user: User, isTold = true): boolean {
  if (user.sessions.length >= SESSIONS_PER_USER_MAX) return false;
  const before = user.awayText;
  const isFirst = user.sessions.length === 0;
  takeRealname(state, session, user);
  user.sessions.push(session);
  session.user = user;
  session.phase = "registered";
  if (session.preAway !== undefined) user.away = session.preAway;
  session.preAway = undefined;
  // Who owns the server looks after it by logging in; others say OPER.
  if (user.account !== null && state.accounts.account(fold(user.account))?.owner) {
    setOperator(state, user, true);
  }
  relayAwayChange(state, user, before, isFirst ? null : state.monitors);
  applyReadReceiptChoice(state, user);
  if (isFirst) notifyOnline(state, user, isTold);
  return true;
}

/** Until somebody chooses a real name by SETNAME, it is what their first device says on connecting. */
function takeRealname(state: State, session: Session, user: User): void {
  const { realname } = session;
  const { account, identity } = user;
  if (realname === "" || realname === identity.realname || user.choseRealname) return;
  if (user.sessions.length > 0 && identity.realname !== account) return;
  user.updateIdentity({ realname });
  const event = { kind: "setname", by: user.identity, time: state.now, realname } as const;
  relayUserEvent(event, user, null, true, state.monitors);
}

/** A nick that is free changes hands. */
export function changeNick(state: State, user: User, nick: Nick, asker: Reply | null): void {
  const by = user.identity;
  const isOther = fold(by.nick) !== fold(nick);
  state.users.rename(user, nick);
  // Not kept is no harm: after a restart somebody is called as before, or by their account.
  if (user.account !== null) {
    state.ports.appendPerson({ kind: "nick", account: user.account, nick });
  }
  relayUserEvent({ kind: "nick", by, time: state.now, nick }, user, asker, true);
  if (!isOther) return;
  state.whowas.add(by, state.now);
  if (user.sessions.length === 0) return;
  sendOffline(state, by.nick);
  sendOnline(state, user);
}

/**
 * Tells those who share a room when somebody is away or back, or away in other words, since `before`.
 *
 * @param monitors `null` when those who MONITOR the nick hear of it in another way: that it is online, or not
 */
export function relayAwayChange(
  state: State,
  user: User,
  before: string | null,
  monitors: Monitors | null = state.monitors,
): void {
  const message = user.awayText;
  if (message === before) return;
  const event = { kind: "away", by: user.identity, time: state.now, message } as const;
  relayUserEvent(event, user, null, false, monitors);
}

/** Tells the people of a room that somebody who has just come is away. */
export function relayAwayInRoom(state: State, room: Room, user: User, message: string): void {
  const event = { kind: "away", by: user.identity, time: state.now, message } as const;
  relayToRoom(event, room, user);
}

/**
 * A connection is over, or is to be. The session is told why; a guest leaves with it, and somebody with an
 * account stays a member of their rooms, away.
 *
 * @param asker the answer to the session's own command that asks for it
 */
export function closeSession(
  state: State,
  session: Session,
  reason: string,
  asker: Reply | null = null,
): void {
  if (session.phase === "closed") return;
  session.phase = "closed";
  session.heldLines.length = 0;
  state.sessions.delete(session);
  state.monitors.clear(session);
  const reply = asker ?? state.unsolicitedReply(session);
  reply.add({ tags: "", body: `ERROR :${reason}` });
  reply.end();
  session.link.close();
  const { user } = session;
  if (user !== null) detachSession(state, session, user, reason);
}

/** A session is its user's no more: a guest leaves with it, an account only when nothing is left of it here. */
export function detachSession(state: State, session: Session, user: User, reason: string): void {
  const before = user.awayText;
  const at = user.sessions.indexOf(session);
  if (at !== -1) user.sessions.splice(at, 1);
  if (user.account === null) return quitUser(state, user, reason);
  relayAwayChange(state, user, before, user.sessions.length === 0 ? null : state.monitors);
  applyReadReceiptChoice(state, user);
  if (user.sessions.length > 0) return;
  notifyOffline(state, user);
  // What was proved by a connection ends with the last one.
  setOperator(state, user, false);
}

/**
 * Somebody is gone for good: told once to everybody who shared a room, then out of each room.
 *
 * @param isTold whether those who MONITOR the nick hear that it isn't online any more
 */
export function quitUser(state: State, user: User, reason: string, isTold = true): void {
  relayUserEvent({ kind: "quit", by: user.identity, time: state.now, reason }, user, null, false);
  for (const room of [...user.rooms]) {
    state.commitUnstored(room, user.identity, { kind: "left", how: "quit", reason });
    dropEmptyRoom(state, room, user.identity);
  }
  state.users.remove(user);
  // Others' whispers still name this guest, and through these whoever was gone before.
  user.guestMessages = [];
  state.whowas.add(user.identity, state.now);
  notifyOffline(state, user, isTold);
}

/** A room that the last member has left is no more: its name is free. */
export function dropEmptyRoom(state: State, room: Room, by: UserIdentity): void {
  if (room.members.size === 0) state.commitUnstored(room, by, { kind: "dropped" });
}
