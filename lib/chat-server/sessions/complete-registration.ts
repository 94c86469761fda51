import type { Account } from "../../member-server/account.ts";
import { needsSecondFactor } from "../../member-server/second-factor.ts";
import { barringSuspension, suspensionSentence } from "../../member-server/suspension.ts";
import { type Folded, fold, type Nick, parseNick } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { CommandContext, Steps } from "../command.ts";
import type { UserIdentity } from "../event.ts";
import {
  invalidNick,
  nickInUse,
  TOO_MANY_NAMES,
  TOO_MANY_SESSIONS,
  tooManyTries,
} from "../relay/error-replies.ts";
import type { Reply } from "../relay/reply.ts";
import { nickChangeRefusal } from "../rooms/words-outside-messages.ts";
import type { ServerBan } from "../snapshot/snapshot.ts";
import type { State } from "../state.ts";
import { mayAskAbout, refundName } from "../users/asked-names.ts";
import { isNickTaken } from "../users/nick-availability.ts";
import { banSentence } from "../users/server-bans.ts";
import type { User } from "../users/user.ts";
import { changeNick, createGuest, ensureUser, guestNick, ownerOf } from "../users/users.ts";
import { attachSession, closeSession } from "./attach-session.ts";
import { listedSentence } from "./dns-listing.ts";
import { sendGreeting } from "./greeting.ts";
import { beginServerPasswordAttempt, isInvited } from "./password-attempt.ts";
import { takeGuestPlace } from "./places.ts";
import type { Session } from "./session.ts";

const GUESTS_FULL = "The server is full of guests: log in, or try again later";
const SET_UP_SENTENCES = [
  "This server asks for a second factor: set up an authenticator app, and you are in",
  "Send NS CONFIRM <password>, then NS 2FA SETUP, enter the key into your app, and send NS 2FA ON <code> (by /quote, or by /msg NickServ)",
] as const;
const WRONG_SERVER_PASSWORD = "This server asks for a password, and that wasn't it";

/**
 * Registers a session if nothing is missing any more: call it from each command that may have supplied the
 * last part. May refuse and close the session instead: for a wrong server password, a ban or too many sessions.
 */
export function* completeRegistration({
  state,
  session,
  reply,
}: Pick<CommandContext, "state" | "session" | "reply">): Steps {
  if (session.phase !== "unregistered" || session.negotiating) return;
  if (session.nick === null || session.username === null) return;
  if (session.sasl !== null) {
    const isSecondLogIn = session.account !== null;
    if (!isSecondLogIn && !state.options.guests) return;
    session.sasl = null;
    const suffix = isSecondLogIn ? " again" : "";
    reply.numeric(NUMERIC.ERR_SASLABORTED, `You went on without logging in${suffix}`);
  }
  if (!requireServerPassword({ state, session, reply })) return;
  const account = state.accounts.byId(session.accountId);
  if (account === null) return yield* completeGuest(state, session, session.nick, reply);
  if (lacksSecondFactor(state, session, account)) return askForSetUp(session, reply);
  const user = ensureUser(state, account);
  const nick = chosenNick(state, session.nick, account, user);
  // A server ban may match only the new nick, as it may at NICK.
  if (rejectBanned(state, session, { ...user.identity, nick }, reply)) return;
  if (nick !== user.nick) changeNick(state, user, nick, null);
  if (!attachSession(state, session, user)) {
    reply.end();
    return closeSession(state, session, TOO_MANY_SESSIONS);
  }
  yield* sendGreeting(state, session, user, reply);
}

/**
 * Returns the nick of an account's user from now on. The first session chooses it, if the user could choose it by NICK
 * as well; further ones are sent a NICK.
 */
function chosenNick(state: State, nick: Nick, account: Account, user: User): Nick {
  const isValid = parseNick(nick) !== null || fold(nick) === fold(account.name);
  if (user.sessions.length > 0 || nick === user.nick || !isValid) return user.nick;
  const isFree = !isNickTaken(state, nick, user) && nickChangeRefusal(state, user, nick) === null;
  return isFree ? nick : user.nick;
}

/** Returns whether the server asks an account for a second factor that a session didn't give. */
export function lacksSecondFactor(state: State, session: Session, account: Account): boolean {
  return !session.gaveSecondFactor && needsSecondFactor(state.options.secondFactor, account);
}

/** Tells a session that is logged in how to set a second factor up, with which its registration goes on. */
function askForSetUp(session: Session, reply: Reply): void {
  if (session.toldSetUp) return;
  session.toldSetUp = true;
  const [what, how] = SET_UP_SENTENCES;
  reply.fail("*", "SECOND_FACTOR_SETUP_REQUIRED", [], what);
  reply.line("NOTICE", [session.nickOrStar, how]);
}

function* completeGuest(state: State, session: Session, nick: Nick, reply: Reply): Steps {
  // A lookup that is under way completes the registration.
  if (session.dnsListing === "pending") return;
  if (session.dnsListing?.action === "refuse" && !isInvited(state, session)) {
    reply.end();
    return closeSession(state, session, listedSentence(session.dnsListing));
  }
  if (!state.options.guests || session.dnsListing !== null) {
    if (session.toldAccountRequired) return;
    session.toldAccountRequired = true;
    const sentence =
      session.dnsListing === null
        ? "Log in or sign up to talk here"
        : listedSentence(session.dnsListing);
    return reply.fail("*", "ACCOUNT_REQUIRED", [], sentence);
  }
  // A nick from before a rule is only its account's.
  if (parseNick(nick) === null) return refuseNick(session, () => invalidNick(reply, nick));
  const isAsked = mayAskAbout(state, session, nick);
  if (isAsked && isNickTaken(state, nick, null)) {
    session.refusedNick = nick;
    return refuseNick(session, () => nickInUse(reply, nick));
  }
  if (!takeGuestPlace(session)) {
    reply.end();
    return closeSession(state, session, GUESTS_FULL);
  }
  const user = createGuest(state, session, isAsked ? nick : guestNick(state));
  if (rejectBanned(state, session, user.identity, reply)) return state.users.remove(user);
  if (isAsked) refundName(state, session, nick);
  attachSession(state, session, user);
  yield* sendGreeting(state, session, user, reply);
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
 * Closes a session whose account is suspended, or whose user is banned from the server by a mask, and returns whether
 * it did. The server's owner is exempt from bans.
 */
export function rejectBanned(
  state: State,
  session: Session,
  identity: UserIdentity,
  reply: Reply,
): boolean {
  const account = state.accounts.byId(identity.accountId);
  // Log-ins look at it, too; this is for one that was under way, and for every way in that is yet to come.
  const suspension = barringSuspension(state.accounts, account, state.now);
  const ban = banOf(state, account, identity);
  if (suspension === null && ban === null) return false;
  const sentence = suspension === null ? ban && banSentence(ban) : suspensionSentence(suspension);
  reply.numeric(NUMERIC.ERR_YOUREBANNEDCREEP, sentence ?? "");
  reply.end();
  closeSession(state, session, sentence ?? "");
  return true;
}

/** Returns the server ban of an identity, or of the account that made this bot. The server's owner has none. */
function banOf(state: State, account: Account | null, identity: UserIdentity): ServerBan | null {
  if (account?.owner === true) return null;
  const ban = state.bans.ofPerson(identity, state.now);
  const maker = account === null ? null : ownerOf(account);
  const isServerOwners = state.accounts.byId(maker?.accountId ?? null)?.owner === true;
  if (ban !== null || maker === null || isServerOwners) return ban;
  return state.bans.ofPerson(maker, state.now);
}

/**
 * Closes an unregistered session that has not given the server's password, and returns whether it has. Without a
 * password of the server, every session has.
 *
 * @param claimed the account that it is about to log in to
 */
export function requireServerPassword(
  { state, session, reply }: Pick<CommandContext, "state" | "session" | "reply">,
  claimed: Folded | null = null,
): boolean {
  if (session.phase !== "unregistered") return true;
  const refusal = serverPasswordRefusal(state, session, WRONG_SERVER_PASSWORD, claimed);
  if (refusal === null) return true;
  reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, refusal);
  reply.end();
  closeSession(state, session, "Bad password");
  return false;
}

/** Returns what a session gave as the server's password, and as whose: the same guess isn't charged again. */
export function guessOf({ options }: State, { passwords }: Session): string {
  return [options.passwordDigest, ...passwords.map(({ digest }) => digest)].join("\n");
}

/**
 * Checks a session's PASS against the server's password. Returns `null` if it is right or the server has none,
 * or else the sentence to refuse it with. Wrong passwords are throttled, but not by wrong passwords of
 * accounts; sending none, or the same again, doesn't count as an attempt.
 *
 * @param wrongPassword the sentence for a wrong password and for none
 * @param claimed the account that the session is about to log in to
 */
export function serverPasswordRefusal(
  state: State,
  session: Session,
  wrongPassword: string,
  claimed: Folded | null = null,
): string | null {
  const { passwordDigest } = state.options;
  const { passwords } = session;
  if (passwordDigest === null) return null;
  if (passwords.length === 0) return wrongPassword;
  const guess = guessOf(state, session);
  if (session.wrongServerPassword === guess) return wrongPassword;
  const attempt = beginServerPasswordAttempt(state, session, claimed);
  if (!("refund" in attempt)) return tooManyTries(attempt.waitMs);
  if (passwords.some(({ digest }) => digest === passwordDigest)) {
    attempt.refund(state.elapsedMs);
    return null;
  }
  session.wrongServerPassword = guess;
  state.logInLog.failed(session.link.address, "server-password", "", "wrong password");
  return wrongPassword;
}
