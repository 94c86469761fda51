import {
  finishLogIn,
  type LogInRefusal,
  logInByCertificate,
  type PasswordLogIn,
  planLogIn,
} from "../../../member-server/log-in.ts";
import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { decodePlain } from "../../../protocol/wire/sasl.ts";
import { awaitQuery, type Command, type CommandContext, type Outcome } from "../../command.ts";
import { WRONG_PASSWORDS_PER_SESSION_MAX } from "../../limits.ts";
import { SERVER_BUSY, tooManyTries } from "../../relay/error-replies.ts";
import { saslProgress } from "../../sessions/session.ts";
import { afterLogIn, logIn } from "../../sessions/session-log-in.ts";
import { closeSession } from "../../users/presence.ts";

/**
 * AUTHENTICATE: logging in by SASL, once or again. Where sasl-3.1 answers a second time by 907, we follow the
 * newer text: whoever has another proof may use it. https://ircv3.net/specs/extensions/sasl-3.2
 */
export const AUTHENTICATE: Command = {
  verb: "AUTHENTICATE",
  params: 1,
  phase: "any",
  handle: (context) => {
    const { session, reply, params } = context;
    const [argument = ""] = params;
    if (argument === "*") {
      session.sasl = null;
      return reply.numeric(NUMERIC.ERR_SASLABORTED, "You stopped logging in");
    }
    if (session.sasl === null) return begin(context, argument.toUpperCase());
    const piece = session.sasl.input.push(argument);
    if (piece === "more") return;
    const { mechanism } = session.sasl;
    session.sasl = null;
    if (piece === "too-long" || piece === "piece-too-long") {
      // By its text 905 is about one piece: of too many the log-in fails, and 905 behind that says why.
      if (piece === "too-long") reply.numeric(NUMERIC.ERR_SASLFAIL, "That is no log-in");
      return reply.numeric(NUMERIC.ERR_SASLTOOLONG, "That is too long for a log-in");
    }
    return mechanism === "PLAIN"
      ? byPassword(context, piece.payload)
      : byCertificate(context, piece.payload);
  },
};

/** Of a connection's allowance: to log in again may mean another person's rooms to be shown. */
const AGAIN_COST = 20;
/** In which the allowance grows by that. */
const AGAIN_MS = 2000;

function begin(context: CommandContext, mechanism: string): void {
  const { state, session, reply } = context;
  if (session.account !== null && !session.rateLimit.take(AGAIN_COST, state.now)) {
    return refuse(context, { kind: "slow-down", waitMs: AGAIN_MS });
  }
  if (mechanism !== "PLAIN" && mechanism !== "EXTERNAL") {
    reply.numeric(NUMERIC.RPL_SASLMECHS, "PLAIN,EXTERNAL", "are the ways to log in here");
    return reply.numeric(NUMERIC.ERR_SASLFAIL, "There is no such way to log in here");
  }
  session.sasl = saslProgress(mechanism);
  reply.add({ tags: "", body: "AUTHENTICATE +" });
}

function failed(reply: CommandContext["reply"]): void {
  reply.numeric(NUMERIC.ERR_SASLFAIL, "Name and password don't fit. Try again");
}

function byPassword(context: CommandContext, payload: string): Outcome {
  const asked = decodePlain(payload);
  if (asked === null) return failed(context.reply);
  return verifyPassword(context, asked, (refusal) => refuse(context, refusal));
}

/** Logs a session in by a password, or hands the refusal to the one who can put it in the right words. */
export function verifyPassword(
  context: CommandContext,
  asked: PasswordLogIn,
  refused: (refusal: LogInRefusal) => void,
): Outcome {
  const { state, session, reply } = context;
  const { address } = session.link;
  const name = fold(asked.account);
  const { waitMs } = state.loginThrottle.charge(address, name, state.now);
  if (waitMs > 0) return refused({ kind: "slow-down", waitMs });
  const plan = planLogIn(state.accounts, asked);
  return awaitQuery(plan.query, ({ ok }) => {
    const done = finishLogIn(state.accounts, plan, ok);
    if ("refused" in done) {
      if (done.refused.kind === "busy") state.loginThrottle.refund(address, name, state.now);
      refused(done.refused);
      return tooManyWrong(context);
    }
    state.loginThrottle.succeeded(address, name, state.now);
    logIn(session, done.loggedIn, reply);
    reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
    afterLogIn(state, session, done.loggedIn, reply);
  });
}

function byCertificate(context: CommandContext, payload: string): void {
  const { state, session, reply } = context;
  const authzid = payload === "" ? "" : Buffer.from(payload, "base64").toString("utf8");
  const done = logInByCertificate(state.accounts, authzid, session.link.certificate);
  if ("refused" in done) return refuse(context, done.refused);
  logIn(session, done.loggedIn, reply);
  reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
  afterLogIn(state, session, done.loggedIn, reply);
}

function refuse(context: CommandContext, refusal: LogInRefusal): void {
  switch (refusal.kind) {
    case "wrong":
      return failed(context.reply);
    case "busy":
      return later(context, "TEMPORARILY_UNAVAILABLE", [], SERVER_BUSY);
    case "slow-down": {
      const seconds = String(Math.ceil(refusal.waitMs / 1000));
      return later(context, "RATE_LIMITED", [seconds], tooManyTries(refusal.waitMs));
    }
  }
}

/** 904 looks like a wrong password: a program that can read why, is told so first. */
function later(
  { session, reply }: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  if (session.has("standard-replies")) reply.fail("AUTHENTICATE", code, details, sentence);
  reply.numeric(NUMERIC.ERR_SASLFAIL, sentence);
}

function tooManyWrong({ state, session, reply }: CommandContext): void {
  session.wrongPasswords += 1;
  if (session.wrongPasswords < WRONG_PASSWORDS_PER_SESSION_MAX) return;
  reply.end();
  closeSession(state, session, "Too many wrong passwords");
}
