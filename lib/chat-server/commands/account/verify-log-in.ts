import type { Account } from "../../../member-server/account.ts";
import {
  finishLogIn,
  type LogInRefusal,
  type PasswordCredentials,
  planLogIn,
} from "../../../member-server/log-in.ts";
import { splitCode } from "../../../member-server/second-factor.ts";
import { fold } from "../../../protocol/names.ts";
import { type CommandContext, query, type Steps } from "../../command.ts";
import {
  beginAccountAttempt,
  beginCodeAttempt,
  tellOfWrongCode,
} from "../../sessions/password-attempt.ts";

/** The account that a name, a password and perhaps a code log in to, or why not. */
type VerifiedLogIn =
  | { readonly loggedIn: Account; readonly password: string }
  | { readonly refused: LogInRefusal };

/**
 * Verifies a name, a password, and the code of a second factor behind it. A password may end like one with a code,
 * so that the whole text is tried first. What can be split is verified twice, whatever account is meant: the time of
 * an answer must not tell who has a second factor. Only a right password gets an answer about the code.
 */
export function* verifyLogIn(
  context: CommandContext,
  request: PasswordCredentials,
): Steps<VerifiedLogIn> {
  const { state, session } = context;
  const attempt = beginAccountAttempt(state, session, fold(request.account), "account");
  if (!("refund" in attempt)) return { refused: { kind: "slow-down", waitMs: attempt.waitMs } };
  const parts = splitCode(request.password);
  let password = request.password;
  let plan = planLogIn(state.accounts, request, attempt.place);
  let { ok } = yield* query(plan.query);
  let code: string | null = null;
  if (ok === false && parts !== null) {
    ({ password, code } = parts);
    plan = planLogIn(state.accounts, { ...request, password }, attempt.place, true);
    ({ ok } = yield* query(plan.query));
  }
  const result = finishLogIn(state.accounts, plan, ok);
  if ("refused" in result) {
    if (result.refused.kind === "busy") {
      state.counters.logIn("password", "busy");
      attempt.refund(state.elapsedMs);
    } else logFailure(context, request.account, "wrong password");
    return result;
  }
  const refused = yield* useCode(context, result.loggedIn, code);
  if (refused?.kind === "code-wrong") {
    logFailure(context, request.account, "wrong code");
    tellOfWrongCode(state, session, result.loggedIn);
    return { refused };
  }
  attempt.refund(state.elapsedMs);
  if (refused !== null) return { refused };
  // The password may have been changed while the code was stored.
  const still = finishLogIn(state.accounts, plan, true);
  if ("refused" in still) return still;
  return { ...still, password };
}

/** Uses a code of an account's second factor up. Returns why not, or `null` if it is right or none is needed. */
function* useCode(
  { state, session }: CommandContext,
  account: Account,
  code: string | null,
): Steps<LogInRefusal | null> {
  const { secondFactor } = account;
  if (secondFactor === undefined) return null;
  if (code === null) return { kind: "code-missing" };
  const guess = beginCodeAttempt(state, session, account, code);
  if (!("refund" in guess)) return { kind: "slow-down", waitMs: guess.waitMs };
  const { digest } = state.ports.random;
  const claim = state.codeClaims.claim({ ...account, secondFactor }, code, digest, state.now);
  if (claim === null) return { kind: "code-wrong" };
  guess.refund(state.elapsedMs);
  // Stored before anybody is in: after a crash the code must not be good again.
  const { changes, release } = claim;
  const { saved } = yield* query({ kind: "save-accounts", changes }, release);
  return saved ? null : { kind: "busy" };
}

function logFailure(
  { state, session }: CommandContext,
  name: string,
  why: "wrong password" | "wrong code",
): void {
  state.logInLog.failed(session.link.address, "password", name, why);
}
