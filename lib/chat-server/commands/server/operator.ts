import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, query, type RegisteredContext } from "../../command.ts";
import { rehash } from "../../rehash.ts";
import { tagsOf } from "../../relay/encode-event.ts";
import {
  needMoreParams,
  noSuchNick,
  SERVER_BUSY,
  tooManyTries,
} from "../../relay/error-replies.ts";
import { broadcast, USER_EVENT_TAGS } from "../../relay/fan-out.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { beginOperAttempt, noteOperator } from "../../sessions/password-attempt.ts";
import type { State } from "../../state.ts";
import { audit, auditName } from "../../users/audit.ts";
import { requireRight } from "../../users/operator-doors.ts";
import {
  isOperator,
  requireOperator,
  resignAsOperator,
  sendNotice,
  updateRole,
} from "../../users/operators.ts";
import type { User } from "../../users/user.ts";
import { sendUserModeChanges, userModes } from "../../users/user-modes.ts";

/** OPER, DEOPER, KILL, WALLOPS and REHASH: becoming an operator, and what operators can do. */

/** OPER: makes the user an operator, by a name and password from the settings. */
export const OPER: Command = {
  verb: "OPER",
  params: 2,
  phase: "registered",
  cost: 5,
  handle: inSteps(function* (context) {
    const { state, session, user, params } = context;
    const [name = "", password = ""] = params;
    const hash = passwordHashOf(state, name);
    const attempt = beginOperAttempt(state, session, name);
    if (!("refund" in attempt)) return refuse(context, tooManyTries(attempt.waitMs));
    const { place } = attempt;
    const { ok } = yield* query({ kind: "verify-password", password, hash, place });
    if (ok === null) {
      attempt.refund(state.elapsedMs);
      return refuse(context, SERVER_BUSY);
    }
    // The settings may have been reloaded in the meantime.
    if (!ok || hash === null || hash !== passwordHashOf(state, name)) {
      state.logInLog.failed(session.link.address, "oper", name, "wrong password");
      // Names that strangers make up would fill a file that is never shortened.
      if (hash !== null) auditFailure(state, user, name);
      return refuse(context, "Wrong name or password");
    }
    attempt.refund(state.elapsedMs);
    noteOperator(state, session, name, hash);
    state.logInLog.succeeded(session.link.address, "oper", name);
    state.ports.note("info", `${user.source} is an operator now, as ${name}`);
    audit(state, { by: auditName(user), act: "oper", target: name });
    becomeOperator(context, { name, passwordHash: hash });
  }),
};

/** Audits a wrong password, unless there were many: the file is never shortened. */
function auditFailure(state: State, user: User, name: string): void {
  if (!state.operFailureLimiter.take("all", state.elapsedMs)) return;
  audit(state, { by: auditName(user), act: "oper-failed", target: name });
}

/** Returns the hash of an operator entry in the settings; `null` if there is none of that name. */
function passwordHashOf({ options }: State, name: string): string | null {
  return options.operators.find((operator) => operator.name === name)?.passwordHash ?? null;
}

function refuse({ reply }: RegisteredContext, sentence: string): void {
  reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, sentence);
}

function becomeOperator(
  { state, user, reply }: RegisteredContext,
  oper: NonNullable<User["oper"]>,
): void {
  const before = userModes(user);
  user.oper = oper;
  updateRole(state, user);
  reply.numeric(NUMERIC.RPL_YOUREOPER, "You are now an operator of this server");
  sendUserModeChanges(state, user, before, reply);
}

/** Makes an operator an ordinary user again. */
export const DEOPER: Command = {
  verb: "DEOPER",
  params: 0,
  phase: "registered",
  handle: (context) => {
    if (!requireOperator(context)) return;
    const { state, user, reply } = context;
    const before = userModes(user);
    resignAsOperator(state, user);
    audit(state, { by: auditName(user), act: "deoper" });
    sendUserModeChanges(state, user, before, reply);
  },
};

/** Closes all connections of a user. */
export const KILL: Command = {
  verb: "KILL",
  params: 1,
  phase: "registered",
  handle: (context) => {
    if (!requireRight(context, "KILL")) return;
    const { state, user, reply, params } = context;
    const [nick = "", comment = ""] = params;
    if (fold(nick) === fold(state.options.name)) {
      return reply.numeric(NUMERIC.ERR_CANTKILLSERVER, "You can't KILL a server");
    }
    const target = state.users.byNick(fold(nick));
    if (target === null || target.sessions.length === 0) return noSuchNick(context, nick);
    const reason = `Killed (${user.nick}${comment === "" ? "" : ` (${comment})`})`;
    state.ports.note(
      "info",
      `${user.source} closed the connections of ${target.source}: ${reason}`,
    );
    const killed = { target: auditName(target), account: target.accountId, reason: comment };
    audit(state, { by: auditName(user), act: "kill", ...killed });
    const send = broadcastAs(context, `KILL ${target.nick} :${comment || "No reason given"}`);
    if (target === user) reply.end();
    for (const session of [...target.sessions]) {
      send(session);
      closeSession(state, session, reason);
    }
    if (target !== user) sendNotice(context, `${target.nick} was disconnected`);
  },
};

/** Sends a text to all users with +w, and to all operators. */
export const WALLOPS: Command = {
  verb: "WALLOPS",
  params: 1,
  phase: "registered",
  cost: 5,
  handle: (context) => {
    if (!requireRight(context, "WALLOPS")) return;
    const { state, user, reply, params } = context;
    const [text = ""] = params;
    if (text === "") return needMoreParams(reply, "WALLOPS");
    audit(state, { by: auditName(user), act: "wallops", reason: text });
    const send = broadcastAs(context, `WALLOPS :${text}`);
    for (const session of state.sessions) {
      const reader = session.user;
      if (reader === null || !(reader.modes.has("w") || isOperator(reader))) continue;
      if (session !== context.session) send(session);
      else {
        const event = { time: state.now, msgid: "", by: user.identity };
        const tags = tagsOf(event, session.dialect);
        reply.add({ tags, body: `:${user.source} WALLOPS :${text}` });
      }
    }
  },
};

/** Makes a function that sends a line from the user to one session, and encodes it once per dialect. */
function broadcastAs(
  { state, user }: RegisteredContext,
  line: string,
): ReturnType<typeof broadcast> {
  const body = `:${user.source} ${line}`;
  const event = { time: state.now, msgid: "", by: user.identity };
  return broadcast((dialect) => [{ tags: tagsOf(event, dialect), body }], USER_EVENT_TAGS);
}

/** Reloads the settings, like SIGHUP. */
export const REHASH: Command = {
  verb: "REHASH",
  params: 0,
  phase: "registered",
  cost: 10,
  handle: inSteps(function* (context: RegisteredContext) {
    if (!requireRight(context, "REHASH")) return;
    const { state, user, reply } = context;
    reply.numeric(NUMERIC.RPL_REHASHING, "settings", "Reloading the settings");
    state.ports.note("info", `${user.source} reloads the settings`);
    audit(state, { by: auditName(user), act: "rehash" });
    yield* rehash(state, (sentence) => sendNotice(context, sentence));
  }),
};
