import { fold, type Nick, parseNick } from "../../protocol/names.ts";
import { mapPassword } from "../../protocol/opaque-string.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { CommandContext } from "../command.ts";
import type { UserIdentity } from "../event.ts";
import {
  invalidNick,
  nickInUse,
  TOO_MANY_NAMES,
  TOO_MANY_SESSIONS,
  tooManyTries,
} from "../relay/error-replies.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import { mayAskAbout, refundName } from "../users/asked-names.ts";
import { isNickTaken } from "../users/nick-availability.ts";
import { banSentence } from "../users/server-bans.ts";
import { changeNick, createGuest, ensureUser, guestNick } from "../users/users.ts";
import { attachSession, closeSession } from "./attach-session.ts";
import { sendGreeting } from "./greeting.ts";
import type { Session } from "./session.ts";

const WRONG_SERVER_PASSWORD = "This server asks for a password, and that wasn't it";

/**
 * Registers a session if nothing is missing any more: call it from each command that may have supplied the
 * last part. May refuse and close the session instead: for a wrong server password, a ban or too many sessions.
 */
export function completeRegistration({
  state,
  session,
  reply,
}: Pick<CommandContext, "state" | "session" | "reply">): void {
  if (session.phase !== "unregistered" || session.negotiating) return;
  if (session.nick === null || session.username === null) return;
  if (session.sasl !== null) {
    const isSecondLogIn = session.account !== null;
    if (!isSecondLogIn && !state.options.guests) return;
    session.sasl = null;
    const suffix = isSecondLogIn ? " again" : "";
    reply.numeric(NUMERIC.ERR_SASLABORTED, `You went on without logging in${suffix}`);
  }
  const refusal = serverPasswordRefusal(state, session, WRONG_SERVER_PASSWORD);
  if (refusal !== null) {
    reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, refusal);
    reply.end();
    return closeSession(state, session, "Bad password");
  }
  if (session.account === null) return completeGuest(state, session, session.nick, reply);
  const user = ensureUser(state, session.account);
  if (rejectBanned(state, session, user.identity, reply)) return;
  // The first session chooses the nick; further ones are sent a NICK.
  const isValid = parseNick(session.nick) !== null || fold(session.nick) === fold(session.account);
  if (user.sessions.length === 0 && isValid && !isNickTaken(state, session.nick, user)) {
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
  // A nick from before a rule is only its account's.
  if (parseNick(nick) === null) return refuseNick(session, () => invalidNick(reply, nick));
  const isAsked = mayAskAbout(state, session, nick);
  if (isAsked && isNickTaken(state, nick, null)) {
    session.refusedNick = nick;
    return refuseNick(session, () => nickInUse(reply, nick));
  }
  const user = createGuest(state, session, isAsked ? nick : guestNick(state));
  if (rejectBanned(state, session, user.identity, reply)) return state.users.remove(user);
  if (isAsked) refundName(state, session, nick);
  attachSession(state, session, user);
  sendGreeting(state, session, user, reply);
  if (isAsked) return;
  const sentence = `${TOO_MANY_NAMES}. Until then you are ${user.nick}`;
  reply.line("NOTICE", [user.nick, sentence]);
}

/** The answer has "*" for the nick, which the session no longer has. */
function refuseNick(session: Session, answer: () => void): void {
  session.nick = null;
  answer();
}

/**
 * Closes a session whose user is banned from the server by a mask, and returns whether it did. The server's
 * owner is exempt.
 */
export function rejectBanned(
  state: State,
  session: Session,
  identity: UserIdentity,
  reply: Reply,
): boolean {
  const ban = state.bans.ofPerson(identity, state.now);
  const isOwner =
    identity.account !== null && state.accounts.account(fold(identity.account))?.owner === true;
  if (ban === null || isOwner) return false;
  reply.numeric(NUMERIC.ERR_YOUREBANNEDCREEP, banSentence(ban));
  reply.end();
  closeSession(state, session, banSentence(ban));
  return true;
}

/**
 * Checks a session's PASS against the server's password. Returns `null` if it is right or the server has none,
 * or else the sentence to refuse it with. Wrong passwords are throttled by address, as log-ins are; sending none
 * doesn't count as an attempt.
 *
 * @param wrongPassword the sentence for a wrong password and for none
 */
export function serverPasswordRefusal(
  state: State,
  { link, passwords }: Session,
  wrongPassword: string,
): string | null {
  const { passwordDigest } = state.options;
  if (passwordDigest === null) return null;
  if (passwords.length === 0) return wrongPassword;
  const { waitMs } = state.loginThrottle.charge(link.address, null, state.elapsedMs);
  if (waitMs > 0) return tooManyTries(waitMs);
  const isRight = (password: string) =>
    state.ports.random.digest(mapPassword(password)) === passwordDigest;
  if (!passwords.some(isRight)) return wrongPassword;
  state.loginThrottle.refund(link.address, null, state.elapsedMs);
  return null;
}
