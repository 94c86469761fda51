import type { Account } from "../../../member-server/account.ts";
import {
  codeTime,
  makeRecoveryCodes,
  makeSecret,
  needsSecondFactor,
  secretAddress,
  switchOn,
} from "../../../member-server/second-factor.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { type CommandContext, query, type Steps } from "../../command.ts";
import { tooManyTries } from "../../relay/error-replies.ts";
import { completeRegistration } from "../../sessions/complete-registration.ts";
import { beginAccountAttempt } from "../../sessions/password-attempt.ts";
import { fail, failUnavailable, isConfirmed, storeChanges } from "./account-replies.ts";

/**
 * ACCOUNT 2FA: sets an account's second factor up (SETUP, then ON with a first code), switches it off, makes new
 * recovery codes, and tells how things stand. Everything but the last needs ACCOUNT CONFIRM.
 */
export function* manageSecondFactor(context: CommandContext, account: Account): Steps {
  const { params } = context;
  const action = (params[1] ?? "").toUpperCase();
  const code = params.slice(2).join(" ");
  switch (action) {
    case "STATUS":
      return tellStatus(context, account);
    case "SETUP":
      return setUp(context, account);
    case "ON":
      return yield* turnOn(context, account, code);
    case "OFF":
      return yield* turnOff(context, account, code);
    case "CODES":
      return yield* renewCodes(context, account, code);
    default: {
      const sentence = "2FA takes STATUS, SETUP, ON, OFF or CODES";
      return fail(context, "INVALID_PARAMS", ["2FA", params[1] ?? ""], sentence);
    }
  }
}

function tellStatus({ state, reply }: CommandContext, account: Account): void {
  const { secondFactor } = account;
  if (secondFactor === undefined) {
    const isAsked = needsSecondFactor(state.options.secondFactor, account);
    const sentence = isAsked
      ? "You have no second factor, and this server asks for one: 2FA SETUP"
      : "You have no second factor: 2FA SETUP begins to set it up";
    return reply.note("ACCOUNT", "SECOND_FACTOR", ["off"], sentence);
  }
  const { since, recovery } = secondFactor;
  const details = ["on", formatTime(since), String(recovery.length)];
  const sentence = `Your second factor is on. You have ${recovery.length} recovery codes left`;
  reply.note("ACCOUNT", "SECOND_FACTOR", details, sentence);
}

/** Makes a key, which counts only once a code of it was given. */
function setUp(context: CommandContext, account: Account): void {
  const { state, session, reply } = context;
  if (!isConfirmed(context)) return;
  if (account.secondFactor !== undefined) return failIsOn(context);
  const { id, digest } = state.ports.random;
  const secret = makeSecret(id(), digest);
  session.secondFactorSecret = secret;
  session.lostSecondFactorSecret = false;
  const address = secretAddress(secret, state.options.network, account.name);
  const sentence = "Enter this key into an authenticator app, and then its code: 2FA ON <code>";
  reply.note("ACCOUNT", "SECOND_FACTOR_KEY", [secret, address], sentence);
}

function* turnOn(context: CommandContext, account: Account, code: string): Steps {
  const { state, session, reply } = context;
  if (!isConfirmed(context)) return;
  if (account.secondFactor !== undefined) return failIsOn(context);
  const secret = session.secondFactorSecret;
  if (secret === null && session.lostSecondFactorSecret) {
    const sentence =
      "The server was replaced meanwhile, and your key isn't good any more: remove it from your app, and ask for another by 2FA SETUP";
    return fail(context, "SECOND_FACTOR_SETUP_REQUIRED", [], sentence);
  }
  if (secret === null) {
    return fail(context, "SECOND_FACTOR_SETUP_REQUIRED", [], "Ask for a key first: 2FA SETUP");
  }
  const codeAt = codeTime(secret, code, 0, state.now);
  if (codeAt === null) return failWrongCode(context);
  const { changes, codes } = switchOn(account, secret, codeAt, state.ports.random, state.now);
  if (!(yield* storeChanges(context, changes))) return;
  session.secondFactorSecret = null;
  if (state.accounts.byId(account.id)?.secondFactor?.secret !== secret) return failIsOn(context);
  session.gaveSecondFactor = true;
  const sentence = "Your second factor is on: log in with your password, a space and a code";
  reply.note("ACCOUNT", "SECOND_FACTOR_ON", [], sentence);
  sendRecoveryCodes(context, codes);
  yield* completeRegistration(context);
}

function* turnOff(context: CommandContext, account: Account, code: string): Steps {
  const { state, reply } = context;
  if (needsSecondFactor(state.options.secondFactor, account)) {
    const sentence = "This server asks for a second factor: it can't be switched off";
    return fail(context, "SECOND_FACTOR_REQUIRED", [], sentence);
  }
  if (!(yield* takeCode(context, account, code))) return;
  const changes = [{ kind: "second-factor-off", id: account.id } as const];
  if (!(yield* storeChanges(context, changes))) return;
  reply.note("ACCOUNT", "SECOND_FACTOR_OFF", [], "Your second factor is off");
}

function* renewCodes(context: CommandContext, account: Account, code: string): Steps {
  if (!(yield* takeCode(context, account, code))) return;
  const { id, digest } = context.state.ports.random;
  const { codes, hashes } = makeRecoveryCodes(id, digest);
  const change = { kind: "second-factor-codes", id: account.id, recovery: hashes } as const;
  if (yield* storeChanges(context, [change])) sendRecoveryCodes(context, codes);
}

/** Uses a code up, after the confirmed password. Answers and returns `false` if that can't be. */
function* takeCode(context: CommandContext, account: Account, code: string): Steps<boolean> {
  const { state, session } = context;
  const { secondFactor } = account;
  if (!isConfirmed(context)) return false;
  if (secondFactor === undefined) {
    fail(context, "NO_SECOND_FACTOR", [], "You have no second factor");
    return false;
  }
  const attempt = beginAccountAttempt(state, session, fold(account.name), "confirm");
  if (!("refund" in attempt)) {
    fail(context, "RATE_LIMITED", [], tooManyTries(attempt.waitMs));
    return false;
  }
  const { digest } = state.ports.random;
  const claim = state.codeClaims.claim({ ...account, secondFactor }, code, digest, state.now);
  if (claim === null) {
    state.logInLog.failed(session.link.address, "confirm", account.name, "wrong code");
    failWrongCode(context);
    return false;
  }
  attempt.refund(state.elapsedMs);
  const { changes, release } = claim;
  const { saved } = yield* query({ kind: "save-accounts", changes }, release);
  if (!saved) failUnavailable(context);
  return saved;
}

function sendRecoveryCodes({ reply }: CommandContext, codes: readonly string[]): void {
  for (const code of codes) reply.note("ACCOUNT", "RECOVERY_CODE", [code], "");
  const sentence =
    "Each of these codes is good once in place of the app's. They are shown only now";
  reply.note("ACCOUNT", "RECOVERY_CODES_END", [], sentence);
}

function failIsOn(context: CommandContext): void {
  const sentence = "Your second factor is on already: 2FA OFF <code> switches it off";
  fail(context, "SECOND_FACTOR_IS_ON", [], sentence);
}

function failWrongCode(context: CommandContext): void {
  const sentence = "That code is wrong, or was used already. Wait for the next one";
  fail(context, "SECOND_FACTOR_WRONG", [], sentence);
}
