import { fold, type Nick } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { CommandContext } from "../command.ts";
import type { UserIdentity } from "../event.ts";
import { nickInUse, TOO_MANY_SESSIONS, tooManyTries } from "../relay/error-replies.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import { banSentence } from "../users/server-bans.ts";
import type { User } from "../users/user.ts";
import { changeNick, createGuest, ensureUser } from "../users/users.ts";
import { attachSession, closeSession } from "./attach-session.ts";
import { sendGreeting } from "./greeting.ts";
import type { Session } from "./session.ts";

/** How a visitor becomes somebody who is here, and who is kept from it. */

/**
 * Completes the registration when everything for it is there: called by each command that may have brought
 * the last missing piece.
 */
export function completeRegistration({
  state,
  session,
  reply,
}: Pick<CommandContext, "state" | "session" | "reply">): void {
  if (session.phase !== "unregistered" || session.negotiating) return;
  if (session.nick === null || session.username === null) return;
  if (session.sasl !== null) {
    const again = session.account === null ? "" : " again";
    if (again === "" && !state.options.guests) return;
    session.sasl = null;
    reply.numeric(NUMERIC.ERR_SASLABORTED, `You went on without logging in${again}`);
  }
  const wrong = "This server asks for a password, and that wasn't it";
  const refused = serverPasswordRefusal(state, session, wrong);
  if (refused !== null) {
    reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, refused);
    reply.end();
    return closeSession(state, session, "Bad password");
  }
  if (session.account === null) return completeGuest(state, session, session.nick, reply);
  const user = ensureUser(state, session.account);
  if (rejectBanned(state, session, user.identity, reply)) return;
  // The first device chooses the nick; a further one is told what the person is called.
  if (user.sessions.length === 0 && !isNickTaken(state, session.nick, user)) {
    if (session.nick !== user.nick) changeNick(state, user, session.nick, null);
  }
  if (!attachSession(state, session, user)) {
    reply.end();
    return closeSession(state, session, TOO_MANY_SESSIONS);
  }
  sendGreeting(state, session, user, reply);
}

function completeGuest(state: State, session: Session, nick: Nick, reply: Reply): void {
  if (!state.options.guests) {
    if (session.toldAccountRequired) return;
    session.toldAccountRequired = true;
    return reply.fail("*", "ACCOUNT_REQUIRED", [], "Log in or sign up to talk here");
  }
  if (isNickTaken(state, nick, null)) {
    session.nick = null;
    session.refusedNick = nick;
    return nickInUse(reply, nick);
  }
  const user = createGuest(state, session, nick);
  if (rejectBanned(state, session, user.identity, reply)) return state.users.remove(user);
  attachSession(state, session, user);
  sendGreeting(state, session, user, reply);
}

/**
 * Whether somebody is kept out of the server; then they are told so, and their connection ends. Whoever owns
 * the server never is.
 */
export function rejectBanned(
  state: State,
  session: Session,
  who: UserIdentity,
  reply: Reply,
): boolean {
  const ban = state.bans.ofPerson(who, state.now);
  const isOwner = who.account !== null && state.accounts.account(fold(who.account))?.owner === true;
  if (ban === null || isOwner) return false;
  reply.numeric(NUMERIC.ERR_YOUREBANNEDCREEP, banSentence(ban));
  reply.end();
  closeSession(state, session, banSentence(ban));
  return true;
}

/** A nick is taken by whoever has it now, and by the account of that name or one that looks like it. */
export function isNickTaken(state: State, nick: Nick, user: User | null): boolean {
  const holder = state.users.byNick(fold(nick));
  if (holder !== null && holder !== user) return true;
  return state.isTakenByAccount(nick, user?.account ?? null);
}

/**
 * Why a session may not come in for what it said by PASS, or `null` when the server asks for no password, or
 * that was it. Guessing at it is slowed as it is at an account's; who said nothing has not guessed.
 *
 * @param wrong what is said of no password, and of another one
 */
export function serverPasswordRefusal(
  state: State,
  { link, passwords }: Session,
  wrong: string,
): string | null {
  const { passwordDigest } = state.options;
  if (passwordDigest === null) return null;
  if (passwords.length === 0) return wrong;
  const { waitMs } = state.loginThrottle.charge(link.address, null, state.now);
  if (waitMs > 0) return tooManyTries(waitMs);
  if (!passwords.some((one) => state.ports.random.digest(one) === passwordDigest)) return wrong;
  state.loginThrottle.refund(link.address, null, state.now);
  return null;
}
