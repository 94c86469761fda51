import { fold, type Nick, parseNick } from "../../../protocol/names.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { REALNAME_BYTES_MAX, USER_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, CommandContext } from "../../command.ts";
import { needMoreParams, nickInUse } from "../../relay/error-replies.ts";
import {
  completeRegistration,
  isNickTaken,
  rejectBanned,
} from "../../sessions/complete-registration.ts";
import { isOperator } from "../../users/operators.ts";
import { changeNick, closeSession } from "../../users/presence.ts";

/** Introducing oneself: PASS, NICK, USER, and what keeps or ends a connection. */

const PASS: Command = {
  verb: "PASS",
  params: 1,
  phase: "unregistered",
  handle: ({ session, params: [password = ""] }) => {
    // One may be the server's password, another an invitation. The last one always counts.
    if (session.passwords.length === 2) session.passwords.shift();
    session.passwords.push(password);
  },
};

const NICK: Command = {
  verb: "NICK",
  params: 0,
  phase: "any",
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [asked = ""] = params;
    if (asked === "") return reply.numeric(NUMERIC.ERR_NONICKNAMEGIVEN, "No nick given");
    const nick = parseNick(asked);
    if (nick === null) {
      return reply.numeric(
        NUMERIC.ERR_ERRONEUSNICKNAME,
        asked,
        "A nick can't be written like that",
      );
    }
    const { user } = session;
    if (user === null) return introduce(context, nick);
    if (nick === user.nick) return;
    if (isNickTaken(state, nick, user)) {
      return nickInUse(reply, nick);
    }
    // A mask may mean the new nick alone. Operators are no more put out by it than by KLINE itself.
    if (!isOperator(user) && rejectBanned(state, session, { ...user.identity, nick }, reply))
      return;
    changeNick(state, user, nick, reply);
  },
};

/** A nick before registration: it is only taken when the registration is complete. */
function introduce(context: CommandContext, nick: Nick): void {
  const { state, session, reply } = context;
  const own = session.account === null ? null : state.users.byAccount(session.account);
  const holder = state.users.byNick(fold(nick));
  if (holder !== null && holder !== own && holder.account === null) {
    session.refusedNick = nick;
    return nickInUse(reply, nick);
  }
  session.nick = nick;
  completeRegistration(context);
}

const USER: Command = {
  verb: "USER",
  params: 4,
  phase: "unregistered",
  handle: (context) => {
    const { session, params, reply } = context;
    const [username = "", , , realname = ""] = params;
    if (username === "" || realname === "") {
      return needMoreParams(reply, "USER");
    }
    const plain = username.replace(/[^A-Za-z0-9_.-]/g, "") || "u";
    session.username = cutUtf8(plain, USER_BYTES_MAX - 1);
    // Clients that were told no real name repeat the nick they try, which another one may follow.
    const isNick = session.nick !== null && fold(realname) === fold(session.nick);
    session.realname = isNick ? "" : cutUtf8(realname.normalize("NFC"), REALNAME_BYTES_MAX);
    completeRegistration(context);
  },
};

const QUIT: Command = {
  verb: "QUIT",
  params: 0,
  phase: "any",
  handle: ({ state, session, reply, params: [reason = ""] }) =>
    closeSession(state, session, `Quit: ${reason}`, reply),
};

const PING: Command = {
  verb: "PING",
  params: 1,
  phase: "any",
  handle: ({ reply, params: [token = ""] }) => reply.line("PONG", [reply.server, token]),
};

const PONG: Command = { verb: "PONG", params: 0, phase: "any", handle: () => {} };

export const REGISTRATION: readonly Command[] = [PASS, NICK, USER, QUIT, PING, PONG];
