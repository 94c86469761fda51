import type { Account } from "../../../member-server/account.ts";
import { botByToken } from "../../../member-server/bot-accounts.ts";
import type { CertificateProblem } from "../../../member-server/certificate-validity.ts";
import {
  type LogInRefusal,
  logInByCertificate,
  type PasswordCredentials,
} from "../../../member-server/log-in.ts";
import { needsSecondFactor } from "../../../member-server/second-factor.ts";
import { barringSuspension, suspensionSentence } from "../../../member-server/suspension.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { decodePlain } from "../../../protocol/wire/sasl.ts";
import { type Command, type CommandContext, inSteps, type Steps } from "../../command.ts";
import { WRONG_PASSWORDS_PER_SESSION_MAX } from "../../limits.ts";
import type { LogInMethod } from "../../metrics/server-counters.ts";
import { SERVER_BUSY, tooManyTries } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { requireServerPassword } from "../../sessions/complete-registration.ts";
import type { LogInFailure } from "../../sessions/log-in-log.ts";
import { noteLogIn } from "../../sessions/password-attempt.ts";
import { saslProgress } from "../../sessions/session.ts";
import { afterLogIn, logIn } from "../../sessions/session-log-in.ts";
import { INTERRUPTED_LOG_IN } from "../../takeover/take-up.ts";
import { renewHash } from "./renew-hash.ts";
import { verifyLogIn } from "./verify-log-in.ts";

/** Cost of logging in again, in tokens: all rooms of another account may have to be sent. */
const REAUTHENTICATION_COST = 20;
/** Time in which a session's rate limit regains that many tokens. */
const REAUTHENTICATION_MS = 2000;

/** The answer to a wrong name or password, which is the same for both. */
export const WRONG_PASSWORD = "Wrong name or password. Try again";

/** The answer to a right password without a code. */
export const CODE_MISSING =
  "Your second factor is missing: give your password, a space, and the code of your app";
/** The answer to a right password with a wrong code. */
export const CODE_WRONG =
  "That code is wrong, or was used already. Give your password, a space, and the next code";

/** The answer to a log-in that would have to be held until a second factor is set up, and can't be. */
export const SET_UP_FIRST =
  "This server asks for a second factor: connect again, and log in while connecting to set it up";

const EXPIRED = [
  "CERT_EXPIRED",
  [],
  "Your client certificate has expired. Log in with your password, and add a new certificate",
] as const;
const NOT_YET_VALID = [
  "CERT_NOT_YET_VALID",
  [],
  "Your client certificate isn't valid yet. See whether your clock is right, or log in with your password",
] as const;

/**
 * AUTHENTICATE: logs in by SASL, before or after registration. A second log-in is allowed as sasl-3.2 has it,
 * where sasl-3.1 answers ERR_SASLALREADY (907). https://ircv3.net/specs/extensions/sasl-3.2
 */
export const AUTHENTICATE: Command = {
  verb: "AUTHENTICATE",
  params: 1,
  phase: "any",
  handle: inSteps(function* (context) {
    const { session, reply, params } = context;
    const [argument = ""] = params;
    if (argument === "*") {
      session.sasl = null;
      session.lostSaslInput = false;
      return reply.numeric(NUMERIC.ERR_SASLABORTED, "Log-in cancelled");
    }
    if (session.sasl === null) return begin(context, argument.toUpperCase());
    if (session.lostSaslInput) {
      session.sasl = null;
      session.lostSaslInput = false;
      return refuseForNow(context, "INTERRUPTED", [], INTERRUPTED_LOG_IN);
    }
    const input = session.sasl.input.push(argument);
    if (input === "more") return;
    const { mechanism } = session.sasl;
    session.sasl = null;
    if (input === "too-long" || input === "piece-too-long") {
      // 905 is specified for one chunk that is too long. For too many chunks 904 goes before it.
      if (input === "too-long") reply.numeric(NUMERIC.ERR_SASLFAIL, "Log-in failed");
      return reply.numeric(NUMERIC.ERR_SASLTOOLONG, "The log-in message is too long");
    }
    if (mechanism === "PLAIN") yield* plain(context, input.payload);
    else yield* external(context, input.payload);
  }),
};

function begin(context: CommandContext, mechanism: string): void {
  const { state, session, reply } = context;
  if (
    session.accountId !== null &&
    !session.rateLimit.take(REAUTHENTICATION_COST, state.elapsedMs)
  ) {
    return refuse(context, { kind: "slow-down", waitMs: REAUTHENTICATION_MS });
  }
  if (mechanism !== "PLAIN" && mechanism !== "EXTERNAL") {
    reply.numeric(NUMERIC.RPL_SASLMECHS, "PLAIN,EXTERNAL", "are the available mechanisms");
    return reply.numeric(NUMERIC.ERR_SASLFAIL, "That mechanism is not supported");
  }
  session.sasl = saslProgress(mechanism);
  reply.add({ tags: "", body: "AUTHENTICATE +" });
}

/** SASL PLAIN: a name and a password. */
function* plain(context: CommandContext, payload: string): Steps {
  const request = decodePlain(payload);
  if (request === null) return refuse(context, { kind: "wrong" });
  yield* logInByPassword(context, request, (refusal) => refuse(context, refusal));
}

/**
 * Logs a session in by name and password, or hands the refusal to `onRefused`, which answers it. After too
 * many wrong passwords the session is closed.
 */
export function* logInByPassword(
  context: CommandContext,
  request: PasswordCredentials,
  onRefused: (refusal: LogInRefusal) => void,
): Steps {
  const { state, session, reply } = context;
  // A cheap check first: who doesn't know the server's password can't guess at accounts either.
  if (!requireServerPassword(context, fold(request.account))) return;
  const bot = botByToken(state.accounts, request, state.ports.random.digest);
  const result =
    bot === null ? yield* verifyLogIn(context, request) : { loggedIn: bot, password: null };
  if ("refused" in result) {
    onRefused(result.refused);
    const { kind } = result.refused;
    if (kind === "wrong" || kind === "code-wrong") countWrongPassword(context);
    return;
  }
  const { loggedIn } = result;
  const method = bot === null ? "password" : "token";
  const refusal = suspensionRefusal(context, loggedIn, method);
  if (refusal !== null) return onRefused(refusal);
  // A guest's session can't be held back: it is registered.
  const isMove = session.phase === "registered" && session.accountId !== loggedIn.id;
  const needsSetUp = needsSecondFactor(state.options.secondFactor, loggedIn);
  if (isMove && needsSetUp && loggedIn.secondFactor === undefined) {
    return onRefused({ kind: "set-up-first" });
  }
  session.gaveSecondFactor = loggedIn.secondFactor !== undefined;
  noteLogIn(state, session, loggedIn, method);
  if (result.password !== null) renewHash(state, loggedIn, result.password);
  logIn(session, result.loggedIn, reply);
  reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
  yield* afterLogIn(state, session, result.loggedIn, reply);
}

/** SASL EXTERNAL: the client certificate of the connection. */
function* external(context: CommandContext, payload: string): Steps {
  const { state, session, reply } = context;
  const authzid = payload === "" ? "" : Buffer.from(payload, "base64").toString("utf8");
  const result = logInByCertificate(state.accounts, authzid, session.link, state.now);
  if ("refused" in result) {
    const isKnown = result.refused.kind !== "wrong";
    const why = isKnown ? "certificate out of date" : "unknown certificate";
    failedLogIn(context, "certificate", authzid, why);
    return refuse(context, result.refused);
  }
  const refusal = suspensionRefusal(context, result.loggedIn, "certificate");
  if (refusal !== null) return refuse(context, refusal);
  // The certificate was added by somebody who had logged in.
  session.gaveSecondFactor = true;
  noteLogIn(state, session, result.loggedIn, "certificate");
  logIn(session, result.loggedIn, reply);
  reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
  yield* afterLogIn(state, session, result.loggedIn, reply);
}

/** Returns the refusal of a suspended account, whose user has given the right proof; else `null`. */
function suspensionRefusal(
  context: CommandContext,
  account: Account,
  method: LogInMethod,
): LogInRefusal | null {
  const { accounts, now } = context.state;
  const suspension = barringSuspension(accounts, account, now);
  if (suspension === null) return null;
  failedLogIn(context, method, account.name, "suspended");
  return { kind: "suspended", suspension };
}

function failedLogIn(
  { state, session }: CommandContext,
  method: LogInMethod,
  name: string,
  why: LogInFailure,
): void {
  state.logInLog.failed(session.link.address, method, name, why);
}

function refuse(context: CommandContext, refusal: LogInRefusal): void {
  switch (refusal.kind) {
    case "wrong":
      return context.reply.numeric(NUMERIC.ERR_SASLFAIL, WRONG_PASSWORD);
    case "expired":
    case "not-yet-valid":
      return refuseForNow(context, ...certificateRefusal(refusal.kind));
    case "busy":
      return refuseForNow(context, "TEMPORARILY_UNAVAILABLE", [], SERVER_BUSY);
    case "code-missing":
      return refuseForNow(context, "SECOND_FACTOR_REQUIRED", [], CODE_MISSING);
    case "code-wrong":
      return refuseForNow(context, "SECOND_FACTOR_WRONG", [], CODE_WRONG);
    case "set-up-first":
      return refuseForNow(context, "SECOND_FACTOR_SETUP_REQUIRED", [], SET_UP_FIRST);
    case "suspended": {
      const { until } = refusal.suspension;
      const details = [until === null ? "*" : formatTime(until)];
      const sentence = suspensionSentence(refusal.suspension);
      return refuseForNow(context, "ACCOUNT_SUSPENDED", details, sentence);
    }
    case "slow-down": {
      const seconds = String(Math.ceil(refusal.waitMs / 1000));
      return refuseForNow(context, "RATE_LIMITED", [seconds], tooManyTries(refusal.waitMs));
    }
  }
}

/** Returns the code, the details and the sentence for a client certificate that can't be used now. */
export function certificateRefusal(
  problem: CertificateProblem,
): readonly [string, readonly string[], string] {
  return problem === "expired" ? EXPIRED : NOT_YET_VALID;
}

/** Sends a FAIL before 904, since clients take a 904 without one for a wrong password. */
function refuseForNow(
  { session, reply }: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  if (session.has("standard-replies")) reply.fail("AUTHENTICATE", code, details, sentence);
  reply.numeric(NUMERIC.ERR_SASLFAIL, sentence);
}

function countWrongPassword({ state, session, reply }: CommandContext): void {
  session.wrongPasswords += 1;
  if (session.wrongPasswords < WRONG_PASSWORDS_PER_SESSION_MAX) return;
  reply.end();
  closeSession(state, session, "Too many wrong passwords");
}
