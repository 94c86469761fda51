import type { Account } from "../../member-server/account.ts";
import type { Nick } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Steps } from "../command.ts";
import type { UserIdentity } from "../event.ts";
import { encodeLine } from "../relay/encode-event.ts";
import { TOO_MANY_SESSIONS } from "../relay/error-replies.ts";
import type { Reply } from "../relay/reply.ts";
import { relayToMonitors } from "../relay/user-event.ts";
import { Room } from "../rooms/room.ts";
import { nickChangeRefusal } from "../rooms/words-outside-messages.ts";
import type { State } from "../state.ts";
import { sendWaitingCallers } from "../users/caller-notices.ts";
import { sendOffline } from "../users/monitor-notices.ts";
import { isTakenByAccount } from "../users/nick-availability.ts";
import { invite, sendPendingInvitations } from "../users/room-invitations.ts";
import { sendMissedNotices } from "../users/security-notices.ts";
import { sourceOf, type User } from "../users/user.ts";
import { changeNick, ensureUser, quitUser } from "../users/users.ts";
import { attachSession, closeSession, detachSession } from "./attach-session.ts";
import { completeRegistration, rejectBanned } from "./complete-registration.ts";
import { sendOperatorGreeting, sendRoomBursts } from "./greeting.ts";
import type { Session } from "./session.ts";

/** Logs a session in to an account and sends RPL_LOGGEDIN. To be followed by {@link afterLogIn}. */
export function logIn(session: Session, account: Account, reply: Reply): void {
  // The confirmation belonged to the previous account.
  if (session.accountId !== account.id) session.confirmedUntilElapsedMs = Number.NEGATIVE_INFINITY;
  session.accountId = account.id;
  session.account = account.name;
  const source = session.user?.source ?? `${session.nickOrStar}!*@*`;
  const sentence = `You are now logged in as ${account.name}`;
  reply.numeric(NUMERIC.RPL_LOGGEDIN, source, account.name, sentence);
}

/**
 * Completes a log-in. An unregistered session continues its registration. A registered one
 * leaves its guest or other account, and is attached to the user of the account.
 */
export function* afterLogIn(state: State, session: Session, account: Account, reply: Reply): Steps {
  if (session.phase === "unregistered") {
    return yield* completeRegistration({ state, session, reply });
  }
  const isNewAccount = session.user?.accountId !== account.id;
  if (session.phase === "registered" && isNewAccount)
    yield* changeUser(state, session, account, reply);
}

/** Moves a registered session to the user of an account, and sends it its new identity. */
function* changeUser(state: State, session: Session, account: Account, reply: Reply): Steps {
  const former = session.user;
  if (former === null) return;
  const before = former.identity;
  const { nick } = before;
  const send = (by: UserIdentity, verb: string, ...params: string[]) =>
    reply.add(encodeLine(by, state.now, session.dialect, verb, params));
  // If the account takes over the guest's nick, MONITOR doesn't show it as offline in between.
  const isNickKept = former.account === null && canKeepNick(state, account, nick);
  for (const room of former.rooms) send(before, "PART", room.name, "Logged in");
  if (former.account === null) {
    // A guest quits with its only session. This session stays open, so it is removed first.
    former.sessions.length = 0;
    quitUser(state, former, "Logged in", !isNickKept);
  } else {
    detachSession(state, session, former, "Logged in");
    // The real name from USER was that of the previous account, and would reveal it.
    session.realname = "";
  }
  session.user = null;
  session.phase = "unregistered";
  const user = ensureUser(state, account);
  if (rejectBanned(state, session, user.identity, reply)) {
    if (isNickKept) sendOffline(state, nick);
    return;
  }
  if (isNickKept && user.nick !== nick) changeNick(state, user, nick, null);
  if (!attachSession(state, session, user, !isNickKept)) {
    reply.end();
    return closeSession(state, session, TOO_MANY_SESSIONS);
  }
  if (isNickKept) notifyMonitors(state, before, user);
  if (user.nick !== nick) send(before, "NICK", user.nick);
  const renamed = { ...before, nick: user.nick };
  if (session.has("chghost") && sourceOf(renamed) !== user.source) {
    send(renamed, "CHGHOST", user.identity.user, user.identity.host);
  }
  if (session.has("account-notify")) {
    const { account: formerName, accountId } = before;
    send({ ...user.identity, account: formerName, accountId }, "ACCOUNT", account.name);
  }
  sendOperatorGreeting(state, user, reply);
  yield* sendRoomBursts(state, session, user, reply);
  sendPendingInvitations(state, reply, user);
  sendWaitingCallers(reply, user);
  sendMissedNotices(state, session, reply);
  if (former.account === null) moveInvitations(state, former, user);
}

/**
 * Moves a guest's room invitations to the user that the guest logged in as. The session has got them already.
 */
function moveInvitations(state: State, guest: User, user: User): void {
  for (const [id, { by, opens, withheld, time }] of guest.invitations) {
    if (withheld) continue;
    const room = state.rooms.byId(id);
    // A ban of the account that was set since then holds.
    if (room instanceof Room && !room.has(user)) invite(state, user, room, by, opens, time);
  }
}

/**
 * Returns whether an account may take over a guest's nick: the account has no sessions, its user could
 * choose the nick, and that isn't, and doesn't look like, the name of another account.
 */
function canKeepNick(state: State, account: Account, nick: Nick): boolean {
  const user = state.users.byAccount(account.id);
  if (user !== null && user.sessions.length > 0) return false;
  if (isTakenByAccount(state, nick, account.id)) return false;
  return user === null || user.nick === nick || nickChangeRefusal(state, user, nick) === null;
}

/** Notifies sessions that MONITOR a guest's nick that it belongs to an account now. */
function notifyMonitors(state: State, before: UserIdentity, { identity }: User): void {
  const { now: time, monitors } = state;
  const { nick, user, host, account } = identity;
  relayToMonitors({ kind: "chghost", by: before, time, user, host }, nick, monitors);
  // The account tag of an ACCOUNT line has the previous account, as in account-tag's example.
  const by = { ...identity, account: before.account, accountId: before.accountId };
  relayToMonitors({ kind: "account", by, time, account }, nick, monitors);
}
