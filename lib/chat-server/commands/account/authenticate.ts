import type { Account } from "../../../member-server/account.ts";
import type { CertificateProblem } from "../../../member-server/certificate-validity.ts";
import {
  finishLogIn,
  type LogInRefusal,
  logInByCertificate,
  type PasswordCredentials,
  planLogIn,
} from "../../../member-server/log-in.ts";
import { fold } from "../../../protocol/names.ts";
import { opaqueString } from "../../../protocol/opaque-string.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { decodePlain } from "../../../protocol/wire/sasl.ts";
import {
  type Command,
  type CommandContext,
  inSteps,
  query,
  runSteps,
  type Steps,
} from "../../command.ts";
import { WRONG_PASSWORDS_PER_SESSION_MAX } from "../../limits.ts";
import type { LogInMethod } from "../../metrics/server-counters.ts";
import { SERVER_BUSY, tooManyTries } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { requireServerPassword } from "../../sessions/complete-registration.ts";
import type { LogInFailure } from "../../sessions/log-in-log.ts";
import { beginAccountAttempt, noteLogIn } from "../../sessions/password-attempt.ts";
import { saslProgress } from "../../sessions/session.ts";
import { afterLogIn, logIn } from "../../sessions/session-log-in.ts";
import type { State } from "../../state.ts";

/** Cost of logging in again, in tokens: all rooms of another account may have to be sent. */
const REAUTHENTICATION_COST = 20;
/** Time in which a session's rate limit regains that many tokens. */
const REAUTHENTICATION_MS = 2000;

/** The answer to a wrong name or password, which is the same for both. */
export const WRONG_PASSWORD = "Wrong name or password. Try again";

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
      return reply.numeric(NUMERIC.ERR_SASLABORTED, "Log-in cancelled");
    }
    if (session.sasl === null) return begin(context, argument.toUpperCase());
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
  const name = fold(request.account);
  if (!requireServerPassword(context, name)) return;
  const attempt = beginAccountAttempt(state, session, name, "account");
  if (!("refund" in attempt)) return onRefused({ kind: "slow-down", waitMs: attempt.waitMs });
  const plan = planLogIn(state.accounts, request, attempt.place);
  const { ok } = yield* query(plan.query);
  const result = finishLogIn(state.accounts, plan, ok);
  if ("refused" in result) {
    const isUnchecked = result.refused.kind === "busy";
    if (isUnchecked) {
      state.counters.logIn("password", "busy");
      attempt.refund(state.elapsedMs);
    } else failedLogIn(context, "password", request.account, "wrong password");
    onRefused(result.refused);
    if (!isUnchecked) countWrongPassword(context);
    return;
  }
  attempt.refund(state.elapsedMs);
  noteLogIn(state, session, result.loggedIn, "password");
  if (plan.account !== null) renewHash(state, plan.account, request.password);
  logIn(session, result.loggedIn, reply);
  reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
  yield* afterLogIn(state, session, result.loggedIn, reply);
}

/**
 * Replaces an account's hash if it was made of the earlier form of a password. Call it when the password was
 * right. The user doesn't wait for it. A password that can't be an OpaqueString keeps its hash until the user
 * changes it.
 *
 * @param account as it was when the password was verified
 */
export function renewHash(state: State, account: Account, password: string): void {
  if (account.passwordForm === "opaque" || opaqueString(password) === null) return;
  state.runInBackground(runSteps(storeRenewedHash(account, password)));
}

function* storeRenewedHash({ id, hash }: Account, password: string): Steps {
  const renewed = yield* query({ kind: "hash-password", password, place: { priority: "nobody" } });
  // The server is too busy: the next log-in does it.
  if (renewed.hash === null) return;
  const change = { kind: "password", id, hash: renewed.hash, passwordForm: "opaque" } as const;
  // `renews`: if the password was changed meanwhile, applying this has no effect.
  yield* query({ kind: "save-accounts", changes: [{ ...change, renews: hash }] });
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
  noteLogIn(state, session, result.loggedIn, "certificate");
  logIn(session, result.loggedIn, reply);
  reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
  yield* afterLogIn(state, session, result.loggedIn, reply);
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
