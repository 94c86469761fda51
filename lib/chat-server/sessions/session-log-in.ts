import type { Account } from "../../member-server/account.ts";
import type { Nick } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { UserIdentity } from "../event.ts";
import { encodeLine } from "../relay/encode-event.ts";
import { TOO_MANY_SESSIONS } from "../relay/error-replies.ts";
import type { Reply } from "../relay/reply.ts";
import { relayToMonitors } from "../relay/user-event.ts";
import type { State } from "../state.ts";
import { sendOffline } from "../users/monitor-notices.ts";
import { sourceOf, type User } from "../users/user.ts";
import { changeNick, ensureUser, quitUser } from "../users/users.ts";
import { attachSession, closeSession, detachSession } from "./attach-session.ts";
import { completeRegistration, rejectBanned } from "./complete-registration.ts";
import { sendOperatorGreeting, sendRoomBursts } from "./greeting.ts";
import type { Session } from "./session.ts";

/** A session has proved whose it is, and is told so; what follows is in `afterLogIn`. */
export function logIn(session: Session, account: Account, reply: Reply): void {
  // What was confirmed was the password of who it was before.
  if (session.account !== account.name) session.confirmedUntil = 0;
  session.account = account.name;
  const source = session.user?.source ?? `${session.nickOrStar}!*@*`;
  const sentence = `You are now logged in as ${account.name}`;
  reply.numeric(NUMERIC.RPL_LOGGEDIN, source, account.name, sentence);
}

/**
 * What follows a log-in. Somebody who isn't here yet goes on with the registration; a session that is here
 * leaves who it was, be it a guest or another account, and becomes one of the account's devices.
 */
export function afterLogIn(state: State, session: Session, account: Account, reply: Reply): void {
  if (session.phase === "unregistered") return completeRegistration({ state, session, reply });
  const isAnother = session.user?.account !== account.name;
  if (session.phase === "registered" && isAnother) becomeMember(state, session, account, reply);
}

function becomeMember(state: State, session: Session, account: Account, reply: Reply): void {
  const former = session.user;
  if (former === null) return;
  const before = former.identity;
  const { nick } = before;
  const tell = (by: UserIdentity, verb: string, ...params: string[]) =>
    reply.add(encodeLine(by, state.now, session.dialect, verb, params));
  // Then those who MONITOR the nick see it stay: it only belongs to an account now.
  const isNickKept = former.account === null && keepsNick(state, account, nick);
  for (const room of former.rooms) tell(before, "PART", room.name, "Logged in");
  if (former.account === null) {
    // A guest leaves with its only session, but this one goes on: it is taken out first.
    former.sessions.length = 0;
    quitUser(state, former, "Logged in", !isNickKept);
  } else {
    detachSession(state, session, former, "Logged in");
    // What a client said on connecting is the one's real name, and would tell of the other who they are.
    session.realname = "";
  }
  session.user = null;
  session.phase = "unregistered";
  const user = ensureUser(state, account.name);
  if (rejectBanned(state, session, user.identity, reply)) {
    if (isNickKept) sendOffline(state, nick);
    return;
  }
  if (isNickKept && user.nick !== nick) changeNick(state, user, nick, null);
  if (!attachSession(state, session, user, !isNickKept)) {
    reply.end();
    return closeSession(state, session, TOO_MANY_SESSIONS);
  }
  if (former.account === null) keepInvitations(state, former, user);
  if (isNickKept) tellLoggedIn(state, before, user);
  if (user.nick !== nick) tell(before, "NICK", user.nick);
  const renamed = { ...before, nick: user.nick };
  if (session.has("chghost") && sourceOf(renamed) !== user.source) {
    tell(renamed, "CHGHOST", user.identity.user, user.identity.host);
  }
  if (session.has("account-notify")) {
    tell({ ...user.identity, account: before.account }, "ACCOUNT", account.name);
  }
  sendOperatorGreeting(state, user, reply);
  sendRoomBursts(state, session, user, reply);
}

/** Whoever asked a guest in has asked the person who logs in now. */
function keepInvitations(state: State, guest: User, user: User): void {
  for (const room of state.rooms.all()) if (room.invited.delete(guest)) room.invited.add(user);
}

/** Whether a guest's nick becomes that of the account: no device of it is here, and nobody else has a right to it. */
function keepsNick(state: State, account: Account, nick: Nick): boolean {
  const devices = state.users.byAccount(account.name)?.sessions.length ?? 0;
  return devices === 0 && !state.isTakenByAccount(nick, account.name);
}

/** Those who watch for the nick hear what has become of it. */
function tellLoggedIn(state: State, before: UserIdentity, { identity }: User): void {
  const { now: time, monitors } = state;
  const { nick, user, host, account } = identity;
  relayToMonitors({ kind: "chghost", by: before, time, user, host }, nick, monitors);
  // The tag of an ACCOUNT is the account until then, as account-tag's example has it.
  const by = { ...identity, account: before.account };
  relayToMonitors({ kind: "account", by, time, account }, nick, monitors);
}
