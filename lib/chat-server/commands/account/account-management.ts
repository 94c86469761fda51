import type { Account } from "../../../member-server/account.ts";
import { certificateProblem } from "../../../member-server/certificate-validity.ts";
import {
  addDevice,
  type DeviceRefusal,
  removeDevice,
} from "../../../member-server/device-certificates.ts";

import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, type CommandContext, inSteps, query, type Steps } from "../../command.ts";
import { CONFIRMED_MS } from "../../limits.ts";
import { TOO_MANY_NAMES, tooManyTries } from "../../relay/error-replies.ts";
import { lacksSecondFactor, serverPasswordRefusal } from "../../sessions/complete-registration.ts";
import { beginAccountAttempt } from "../../sessions/password-attempt.ts";
import { invitationHashes, mayAskForAccount } from "../../users/asked-names.ts";
import { endAccount } from "../../users/end-account.ts";
import { nickRefusal } from "../../users/nick-availability.ts";
import { deleteAccount } from "../../users/remove-account.ts";
import { manageBots } from "./account-bots.ts";
import { sendAccountData } from "./account-data.ts";
import { accountForget } from "./account-forget.ts";
import { moderateAccount } from "./account-moderation-command.ts";
import { changeEmail, changePassword } from "./account-password.ts";
import { signUpRefusalReply } from "./account-registration.ts";
import {
  fail,
  failUnavailable,
  isConfirmed,
  SERVER_PASSWORD_NEEDED,
  storeChanges,
} from "./account-replies.ts";
import { makeResetLink, resetPassword } from "./account-reset.ts";
import { manageSecondFactor } from "./account-second-factor.ts";
import { endSessions, endSessionsOfDevice, listSessions } from "./account-sessions.ts";
import { certificateRefusal } from "./authenticate.ts";
import { renewHash } from "./renew-hash.ts";

const SET_UP_BEFORE = "This server asks for a second factor. Set it up before: 2FA SETUP";

/**
 * ACCOUNT (sodam.chat/account, see docs/protocol.md): users manage their own account. Subcommands that could
 * lock a user out require ACCOUNT CONFIRM with the password first.
 */
export const ACCOUNT: Command = {
  verb: "ACCOUNT",
  params: 1,
  phase: "any",
  cost: 2,
  handle: inSteps(function* (context) {
    const { state, session, params } = context;
    const subcommand = (params[0] ?? "").toUpperCase();
    if (subcommand === "CHECK") return checkName(context);
    if (subcommand === "RESET") return yield* resetPassword(context);
    if (subcommand === "RESETLINK") return yield* makeResetLink(context);
    const account = state.accounts.byId(session.accountId);
    if (account === null) return fail(context, "ACCOUNT_REQUIRED", [], "Log in first");
    // A device or a bot that is added before would come in without the second factor that is asked for.
    const isHeld = session.phase === "unregistered" && lacksSecondFactor(state, session, account);
    if (isHeld && subcommand !== "CONFIRM" && subcommand !== "2FA") {
      return fail(context, "SECOND_FACTOR_SETUP_REQUIRED", [], SET_UP_BEFORE);
    }
    switch (subcommand) {
      case "CONFIRM":
        return yield* confirmPassword(context, account);
      case "PASSWORD":
        return yield* changePassword(context, account);
      case "EMAIL":
        return yield* changeEmail(context, account);
      case "SESSIONS":
        return listSessions(context, account);
      case "END":
        return yield* endSessions(context, account);
      case "DELETE":
        return yield* deleteOwnAccount(context, account);
      case "DATA":
        return yield* sendAccountData(context, account);
      case "FORGET":
        return accountForget(context, account, () => isConfirmed(context));
      case "CERT":
        return yield* manageCertificates(context, account);
      case "2FA":
        return yield* manageSecondFactor(context, account);
      case "BOT":
        return yield* manageBots(context, account);
      case "SUSPEND":
      case "UNSUSPEND":
      case "RENAME":
      case "REMOVE":
      case "GRADE":
        return yield* moderateAccount(context, subcommand);
      default:
        return fail(context, "INVALID_PARAMS", [params[0] ?? ""], "Unknown ACCOUNT subcommand");
    }
  }),
};

/**
 * Answers whether a name is free, while a user chooses one. Who may not sign up is told so, whatever the name; who
 * may can't list by it who has an account (see asked-names.ts).
 */
function checkName(context: CommandContext): void {
  const { state, session, reply, params } = context;
  const [, name = ""] = params;
  if (session.account === null) {
    // Who doesn't know the server's password can't sign up either.
    if (session.phase === "unregistered") {
      const refusal = serverPasswordRefusal(state, session, SERVER_PASSWORD_NEEDED);
      if (refusal !== null) return reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, refusal);
    }
    const refused = signUpRefusal(context);
    if (refused !== null) return fail(context, refused[0], [name], refused[1]);
  }
  if (!mayAskForAccount(state, session, name)) {
    return fail(context, "RATE_LIMITED", [name], TOO_MANY_NAMES);
  }
  const taken = nickRefusal(state, session, name);
  const refusal = state.signUps.nameRefusal(name, state.now) ?? taken;
  if (refusal === null) return reply.note("ACCOUNT", "NAME_FREE", [name], "That name is free");
  const [code, sentence] = signUpRefusalReply(refusal);
  fail(context, code, [name], sentence);
}

/** Returns why the session may not sign up at all: a code and a sentence. */
function signUpRefusal({ state, session }: CommandContext): readonly [string, string] | null {
  const admission = state.signUps.admission(invitationHashes(session), state.now);
  return "refused" in admission ? signUpRefusalReply(admission.refused) : null;
}

function* confirmPassword(context: CommandContext, account: Account): Steps {
  const { state, session, reply, params } = context;
  const [, password = ""] = params;
  const attempt = beginAccountAttempt(state, session, fold(account.name), "confirm");
  if (!("refund" in attempt)) {
    return fail(context, "RATE_LIMITED", [], tooManyTries(attempt.waitMs));
  }
  const { hash, passwordForm: form } = account;
  const verified = { kind: "verify-password", password, hash, form, place: attempt.place } as const;
  const { ok } = yield* query(verified);
  if (ok === null) {
    attempt.refund(state.elapsedMs);
    return failUnavailable(context);
  }
  if (!ok) {
    state.logInLog.failed(session.link.address, "confirm", account.name, "wrong password");
    return fail(context, "WRONG_PASSWORD", [], "That is not your password");
  }
  attempt.refund(state.elapsedMs);
  session.confirmedUntilElapsedMs = state.elapsedMs + CONFIRMED_MS;
  renewHash(state, account, password);
  reply.note("ACCOUNT", "CONFIRMED", [], "Your password is confirmed");
}

function* deleteOwnAccount(context: CommandContext, account: Account): Steps {
  if (!isConfirmed(context)) return;
  const { state, session, reply } = context;
  const isStored = yield* deleteAccount(state, account.id, () => {
    if (session.phase !== "closed") {
      reply.note("ACCOUNT", "DELETED", [], "Your account was deleted");
      reply.end();
    }
    endAccount(state, account.id, "Your account was deleted");
  });
  if (!isStored) failUnavailable(context);
}

function* manageCertificates(context: CommandContext, account: Account): Steps {
  const { state, session, reply, params } = context;
  const [, action = "", argument = ""] = params;
  switch (action.toUpperCase()) {
    case "ADD": {
      if (!isConfirmed(context)) return;
      // A certificate counts as a second factor from then on.
      if (lacksSecondFactor(state, session, account)) return failSetUpFirst(context);
      const { certificate, certificateValidity } = session.link;
      const problem = certificateProblem(certificateValidity, state.now);
      if (problem !== null) return refuseDevice(context, { kind: problem });
      const added = addDevice(state.accounts, account, certificate, argument, state.now);
      if ("refused" in added) return refuseDevice(context, added.refused);
      if (yield* storeChanges(context, added.changes)) {
        const sentence = "This device can now log in without a password";
        reply.note("ACCOUNT", "CERT_ADDED", [certificate ?? "*"], sentence);
      }
      return;
    }
    case "DEL": {
      const removed = removeDevice(account, argument);
      if ("refused" in removed) return refuseDevice(context, removed.refused);
      const end = () => endSessionsOfDevice(context, argument);
      if (yield* storeChanges(context, removed.changes, end)) {
        const sentence = "That device can no longer log in without a password";
        reply.note("ACCOUNT", "CERT_REMOVED", [argument.toLowerCase()], sentence);
      }
      return;
    }
    case "LIST":
      for (const { fingerprint, addedAt, label } of account.certificates) {
        reply.note("ACCOUNT", "CERT", [fingerprint, formatTime(addedAt)], label);
      }
      return reply.note("ACCOUNT", "CERTS_END", [], "End of the list");
    default:
      return fail(context, "INVALID_PARAMS", ["CERT", action], "CERT takes ADD, DEL or LIST");
  }
}

function failSetUpFirst(context: CommandContext): void {
  const sentence = "This server asks for a second factor: set it up first, by 2FA SETUP";
  fail(context, "SECOND_FACTOR_SETUP_REQUIRED", [], sentence);
}

function refuseDevice(context: CommandContext, refusal: DeviceRefusal): void {
  switch (refusal.kind) {
    case "expired":
    case "not-yet-valid": {
      const [code, details, sentence] = certificateRefusal(refusal.kind);
      return fail(context, code, details, sentence);
    }
    case "no-certificate":
      return fail(context, "NO_CERTIFICATE", [], "This connection has no client certificate");
    case "already-yours":
      return fail(context, "CERT_YOURS", [], "This device is already on your list");
    case "somebody-elses":
      return fail(context, "CERT_EXISTS", [], "That certificate belongs to another account");
    case "too-many":
      return fail(context, "LIMIT_REACHED", [String(refusal.max)], "Your list of devices is full");
    case "unknown":
      return fail(context, "NO_SUCH_CERT", [], "That device is not on your list");
  }
}
