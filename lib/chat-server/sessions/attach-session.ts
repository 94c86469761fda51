import { SESSIONS_PER_USER_MAX } from "../limits.ts";
import { TOO_MANY_SESSIONS } from "../relay/error-replies.ts";
import type { Reply } from "../relay/reply.ts";
import { relayUserEvent } from "../relay/user-event.ts";
import { allowedAway, mayTellOfThemselves } from "../rooms/words-outside-messages.ts";
import type { State } from "../state.ts";
import { applyReadReceiptChoice } from "../unread/read-receipts.ts";
import { chargeShortStay } from "../users/asked-names.ts";
import { relayAwayChange } from "../users/away-status.ts";
import { notifyOffline, notifyOnline } from "../users/monitor-notices.ts";
import { updateRole } from "../users/operators.ts";
import type { User } from "../users/user.ts";
import { quitUser } from "../users/users.ts";
import { isOwnDevice, noteDevice } from "./client-certificate.ts";
import { releaseMemberPlace } from "./places.ts";
import type { Session } from "./session.ts";

/**
 * Attaches a session to its user and marks it as registered. The caller sends the greeting (greeting.ts).
 *
 * @param toMonitors whether to notify sessions that MONITOR the nick that it is online, if it was offline
 * @returns `false` if the user has `SESSIONS_PER_USER_MAX` sessions, of which none gives way: then nothing has changed
 */
export function attachSession(
  state: State,
  session: Session,
  user: User,
  toMonitors = true,
): boolean {
  const isFull = user.sessions.length >= SESSIONS_PER_USER_MAX;
  if (isFull && !makePlaceForDevice(state, session, user)) return false;
  const awayBefore = user.awayText;
  const isFirst = user.sessions.length === 0;
  adoptRealname(state, session, user);
  user.sessions.push(session);
  user.noteChange();
  session.user = user;
  session.phase = "registered";
  if (session.preAway !== undefined) user.away = allowedAway(state, user, session.preAway);
  session.preAway = undefined;
  // Owners and accounts of a grade are operators by logging in; others use OPER.
  user.hasResigned = false;
  updateRole(state, user);
  relayAwayChange(state, user, awayBefore, isFirst ? null : state.monitors);
  applyReadReceiptChoice(state, user);
  if (isFirst) notifyOnline(state, user, toMonitors);
  return true;
}

/**
 * Closes the session that has been silent for longest of those from elsewhere, if the new one is from one of the
 * account's devices: whoever knows the password could keep the devices out by its sessions. Returns whether it did.
 */
function makePlaceForDevice(state: State, session: Session, user: User): boolean {
  if (!isOwnDevice(state, session)) return false;
  const [silent] = user.sessions
    .filter((each) => !isOwnDevice(state, each))
    .sort((a, b) => a.lastLineElapsedMs - b.lastLineElapsedMs);
  if (silent === undefined) return false;
  closeSession(state, silent, TOO_MANY_SESSIONS);
  return true;
}

/** Takes the real name of a user's first session, until the user sets one by SETNAME. */
function adoptRealname(state: State, session: Session, user: User): void {
  const { realname } = session;
  const { account, identity } = user;
  if (realname === "" || realname === identity.realname || user.choseRealname) return;
  if (user.sessions.length > 0 && identity.realname !== account) return;
  if (!mayTellOfThemselves(state, user, realname)) return;
  user.updateIdentity({ realname });
  const event = { kind: "setname", by: user.identity, time: state.now, realname } as const;
  relayUserEvent(event, user, null, true, state.monitors);
}

/**
 * Detaches a session from its user. A guest quits; a user with an account stays a member of its rooms, and is
 * away and offline when this was the last session.
 *
 * @param reason why a guest quits, shown to other users
 */
export function detachSession(state: State, session: Session, user: User, reason: string): void {
  const awayBefore = user.awayText;
  const index = user.sessions.indexOf(session);
  if (index !== -1) user.sessions.splice(index, 1);
  // What the session's pace had of the user passes to the others'.
  for (const each of user.sessions) state.softChanges.noteSession(each);
  if (user.accountId === null) {
    chargeShortStay(state, session);
    return quitUser(state, user, reason);
  }
  relayAwayChange(state, user, awayBefore, user.sessions.length === 0 ? null : state.monitors);
  applyReadReceiptChoice(state, user);
  if (user.sessions.length > 0) return;
  notifyOffline(state, user);
  user.seenAt = state.now;
  // A failure to store it is harmless: nobody but the owner sees it.
  state.ports.appendPerson({ kind: "seen", account: user.accountId, time: user.seenAt });
  // OPER was granted to a connection, so it ends with the last one.
  user.oper = null;
  updateRole(state, user);
}

/** Ends what a session carries, or was granted. */
function endFileTransfers(state: State, session: Session, reason: string): void {
  const { fileGrants } = state;
  if (session.fileGrant?.carrier === session) fileGrants.broke(session.fileGrant);
  for (const carrier of fileGrants.endSession(session)) closeSession(state, carrier, reason);
}

/**
 * Closes a session: sends ERROR with the reason, closes its link and detaches it from its user. Does nothing
 * when it is closed already.
 *
 * @param asker the reply to the session's own command that closes it
 */
export function closeSession(
  state: State,
  session: Session,
  reason: string,
  asker: Reply | null = null,
): void {
  if (session.phase === "closed") return;
  session.phase = "closed";
  state.softChanges.noteSession(session);
  state.counters.closed(reason);
  session.heldLines.length = 0;
  session.heldLetters = 0;
  state.sessions.delete(session);
  state.budgets.release(session);
  state.monitors.clear(session);
  releaseMemberPlace(state, session);
  endFileTransfers(state, session, reason);
  const reply = asker ?? state.unsolicitedReply(session);
  // What comes behind the lines of a file's connection would be taken for the file.
  if (session.fileGrant === null) reply.add({ tags: "", body: `ERROR :${reason}` });
  reply.end();
  if (session.isRaw) session.link.drop?.();
  session.link.close();
  const { user } = session;
  if (user !== null) detachSession(state, session, user, reason);
  noteDevice(state, session);
}
