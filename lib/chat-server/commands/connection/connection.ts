import { fold, type Nick, parseExistingNick, parseNick } from "../../../protocol/names.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { REALNAME_BYTES_MAX, USER_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import { type Command, type CommandContext, type Outcome, runSteps } from "../../command.ts";
import {
  invalidNick,
  needMoreParams,
  nickInUse,
  TOO_MANY_NAMES,
} from "../../relay/error-replies.ts";
import { allowedReason, nickChangeRefusal } from "../../rooms/words-outside-messages.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { completeRegistration, rejectBanned } from "../../sessions/complete-registration.ts";
import { passProof } from "../../sessions/session.ts";
import { mayAskAbout } from "../../users/asked-names.ts";
import { isNickTaken } from "../../users/nick-availability.ts";
import { isOperator } from "../../users/operators.ts";
import { changeNick } from "../../users/users.ts";

/** PASS, NICK, USER, QUIT, PING and PONG: registering a connection, keeping it alive, and ending it. */

/** Passwords that PASS keeps: the server's and an invitation. */
const PASSWORDS_MAX = 2;

/** The server's password, an invitation, or both in either order. The newest are kept. */
export const PASS: Command = {
  verb: "PASS",
  params: 1,
  phase: "unregistered",
  handle: ({ state, session, params: [password = ""] }) => {
    if (session.passwords.length === PASSWORDS_MAX) session.passwords.shift();
    session.passwords.push(passProof(password, state.ports.random.digest));
  },
};

/** Sets the nick, before registration too. */
export const NICK: Command = {
  verb: "NICK",
  params: 0,
  phase: "any",
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [text = ""] = params;
    if (text === "") return reply.numeric(NUMERIC.ERR_NONICKNAMEGIVEN, "No nick given");
    const nick = parseNick(text) ?? ownName(context, text);
    if (nick === null) return invalidNick(reply, text);
    const { user } = session;
    if (user === null) return setFirstNick(context, nick);
    if (nick === user.nick) return;
    if (!mayAskAbout(state, session, nick)) {
      return reply.numeric(NUMERIC.ERR_UNAVAILRESOURCE, nick, TOO_MANY_NAMES);
    }
    if (isNickTaken(state, nick, user)) return nickInUse(reply, nick);
    const refusal = nickChangeRefusal(state, user, nick);
    if (refusal !== null) {
      const { room, sentence } = refusal;
      return reply.numeric(NUMERIC.ERR_BANNICKCHANGE, nick, room.name, sentence);
    }
    // A server ban may match only the new nick. Operators are exempt, as from KLINE itself.
    const identity = { ...user.identity, nick };
    if (!isOperator(user) && rejectBanned(state, session, identity, reply)) return;
    changeNick(state, user, nick, reply);
  },
};

/**
 * Returns a nick that the rules refuse for new names, if it may be the session's own account's from before a rule. A
 * session that may be about to log in (by SASL) is checked when it registers.
 */
function ownName({ session }: CommandContext, text: string): Nick | null {
  const nick = parseExistingNick(text);
  if (nick === null) return null;
  if (session.account === null) return session.negotiating ? nick : null;
  return fold(session.account) === fold(nick) ? nick : null;
}

/**
 * Sets the nick of an unregistered session, or refuses one that a guest has. Other collisions are checked, and the
 * nick is reserved, only when the registration completes: a visitor learns nothing of the accounts' names.
 */
function setFirstNick(context: CommandContext, nick: Nick): Outcome {
  const { state, session, reply } = context;
  const { accountId } = session;
  const ownUser = accountId === null ? null : state.users.byAccount(accountId);
  const holder = state.users.byNick(fold(nick));
  const isGuests = holder !== null && holder !== ownUser && holder.accountId === null;
  // Counted for a free nick as well; who logs in with it gets the question back. Without guests there is no answer.
  const isTold = state.options.guests && mayAskAbout(state, session, nick);
  if (isGuests && isTold) {
    session.refusedNick = nick;
    return nickInUse(reply, nick);
  }
  session.nick = nick;
  return runSteps(completeRegistration(context));
}

/** Sets the user name and the real name. Registration needs both USER and NICK. */
export const USER: Command = {
  verb: "USER",
  params: 4,
  phase: "unregistered",
  handle: (context) => {
    const { session, params, reply } = context;
    const [username = "", , , realname = ""] = params;
    if (username === "" || realname === "") return needMoreParams(reply, "USER");
    const allowedChars = username.replace(/[^A-Za-z0-9_.-]/g, "") || "u";
    session.username = cutUtf8(allowedChars, USER_BYTES_MAX - 1);
    // Clients without a real name send the nick instead. It may be refused and change, so it isn't stored.
    const isNick = session.nick !== null && fold(realname) === fold(session.nick);
    session.realname = isNick ? "" : cutUtf8(realname.normalize("NFC"), REALNAME_BYTES_MAX);
    return runSteps(completeRegistration(context));
  },
};

/** Closes the connection. */
export const QUIT: Command = {
  verb: "QUIT",
  params: 0,
  phase: "any",
  handle: ({ state, session, reply, params: [reason = ""] }) => {
    const { user } = session;
    // One line tells all rooms of it.
    const isAllowed =
      user === null ||
      [...user.rooms].every((room) => allowedReason(state, room, user, reason) === reason);
    return closeSession(state, session, `Quit: ${isAllowed ? reason : ""}`, reply);
  },
};

/** Answers PONG with the same token. */
export const PING: Command = {
  verb: "PING",
  params: 1,
  phase: "any",
  handle: ({ reply, params: [token = ""] }) => reply.line("PONG", [reply.server, token]),
};

/** Does nothing: any line shows that the client is alive. */
export const PONG: Command = { verb: "PONG", params: 0, phase: "any", handle: () => {} };
