import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { awaitQuery, type Command, type Outcome, type RegisteredContext } from "../../command.ts";
import { rehash } from "../../rehash.ts";
import { tagsOf } from "../../relay/encode-event.ts";
import {
  needMoreParams,
  noSuchNick,
  SERVER_BUSY,
  tooManyTries,
} from "../../relay/error-replies.ts";
import { broadcast, USER_EVENT_TAGS } from "../../relay/relay.ts";
import { isOperator, noticeOperators, requireOperator } from "../../users/operators.ts";
import { closeSession } from "../../users/presence.ts";
import { userModes } from "../../users/user-modes.ts";
import { sendUserModeChanges, setUserMode } from "../user/user-mode.ts";

/** Looking after the server: becoming an operator, and what operators may do to people and settings. */

const OPER: Command = {
  verb: "OPER",
  params: 2,
  phase: "registered",
  cost: 5,
  handle: (context) => {
    const { state, session, params } = context;
    const [name = "", password = ""] = params;
    const entry = state.options.operators.find((one) => one.name === name);
    const { address } = session.link;
    // No account's name has a space: guessing here slows nobody's log-in.
    const key = fold(`oper ${name}`);
    const { waitMs } = state.loginThrottle.charge(address, key, state.now);
    if (waitMs > 0) return refuse(context, tooManyTries(waitMs));
    const hash = entry?.passwordHash ?? null;
    return awaitQuery({ kind: "verify-password", password, hash }, ({ ok }) => {
      if (ok === null) {
        state.loginThrottle.refund(address, key, state.now);
        return refuse(context, SERVER_BUSY);
      }
      // The settings may have been read again meanwhile.
      const isStill = state.options.operators.some(
        (one) => one.name === name && hash === one.passwordHash,
      );
      if (!ok || !isStill) {
        state.ports.note(
          "warn",
          `OPER ${loggable(name)} by ${context.user.source} had a wrong password`,
        );
        return refuse(context, "Name and password don't fit");
      }
      state.loginThrottle.succeeded(address, key, state.now);
      state.ports.note("info", `${context.user.source} is an operator now, as ${name}`);
      become(context);
    });
  },
};

function refuse({ reply }: RegisteredContext, sentence: string): void {
  reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, sentence);
}

function become({ state, user, reply }: RegisteredContext): void {
  const before = userModes(user);
  setUserMode(state, user, "o", true);
  reply.numeric(NUMERIC.RPL_YOUREOPER, "You look after this server now");
  sendUserModeChanges(state, user, before, reply);
}

/** A line of the log is one line, whatever somebody calls themselves. */
function loggable(name: string): string {
  return JSON.stringify(name.slice(0, 64));
}

const DEOPER: Command = {
  verb: "DEOPER",
  params: 0,
  phase: "registered",
  handle: (context) => {
    if (!requireOperator(context)) return;
    const { state, user, reply } = context;
    const before = userModes(user);
    setUserMode(state, user, "o", false);
    sendUserModeChanges(state, user, before, reply);
  },
};

const KILL: Command = {
  verb: "KILL",
  params: 1,
  phase: "registered",
  handle: (context) => {
    if (!requireOperator(context)) return;
    const { state, user, reply, params } = context;
    const [nick = "", comment = ""] = params;
    if (fold(nick) === fold(state.options.name)) {
      return reply.numeric(NUMERIC.ERR_CANTKILLSERVER, "That is this server");
    }
    const whom = state.users.byNick(fold(nick));
    if (whom === null || whom.sessions.length === 0) return noSuchNick(context, nick);
    const reason = `Killed (${user.nick}${comment === "" ? "" : ` (${comment})`})`;
    state.ports.note("info", `${user.source} ended the connections of ${whom.source}: ${reason}`);
    const body = `:${user.source} KILL ${whom.nick} :${comment || "No reason given"}`;
    const event = { time: state.now, msgid: "", by: user.identity };
    const tell = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
    if (whom === user) reply.end();
    for (const session of [...whom.sessions]) {
      tell(session);
      closeSession(state, session, reason);
    }
    if (whom !== user) noticeOperators(context, `${whom.nick} is disconnected`);
  },
};

/** To those who want to hear it (+w), and to the operators. */
const WALLOPS: Command = {
  verb: "WALLOPS",
  params: 1,
  phase: "registered",
  cost: 5,
  handle: (context) => {
    if (!requireOperator(context)) return;
    const { state, user, reply, params } = context;
    const [text = ""] = params;
    if (text === "") {
      return needMoreParams(reply, "WALLOPS");
    }
    const body = `:${user.source} WALLOPS :${text}`;
    const event = { time: state.now, msgid: "", by: user.identity };
    const tell = broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
    for (const session of state.sessions) {
      const whom = session.user;
      if (whom === null || !(whom.modes.has("w") || isOperator(whom))) continue;
      if (session !== context.session) tell(session);
      else reply.add({ tags: tagsOf(event, session.dialect), body });
    }
  },
};

/** Reads the settings again; SIGHUP does the same. */
const REHASH: Command = {
  verb: "REHASH",
  params: 0,
  phase: "registered",
  cost: 10,
  handle: (context): Outcome => {
    if (!requireOperator(context)) return;
    const { state, user, reply } = context;
    reply.numeric(NUMERIC.RPL_REHASHING, "settings", "They are read again");
    state.ports.note("info", `${user.source} has the settings read again`);
    return rehash(state, (sentence) => noticeOperators(context, sentence));
  },
};

export const OPERATOR: readonly Command[] = [OPER, DEOPER, KILL, WALLOPS, REHASH];
