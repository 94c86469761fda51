import type { Account } from "../../../member-server/account.ts";
import {
  addDevice,
  type DeviceRefusal,
  removeDevice,
} from "../../../member-server/device-certificates.ts";
import { noteAddress } from "../../../member-server/known-addresses.ts";
import { expiredNameChanges } from "../../../member-server/resting-names.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { type Command, type CommandContext, inSteps, query, type Steps } from "../../command.ts";
import { CONFIRMED_MS } from "../../limits.ts";
import { TOO_MANY_NAMES, tooManyTries } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { beginAccountAttempt, placeOf } from "../../sessions/password-attempt.ts";
import { invitationHashes, mayAskForAccount } from "../../users/asked-names.ts";
import { endAccount } from "../../users/end-account.ts";
import { nickRefusal } from "../../users/nick-availability.ts";
import { fail, failUnavailable, isConfirmed, storeChanges } from "./account-answers.ts";
import { manageBots } from "./account-bots.ts";
import { sendAccountData } from "./account-data.ts";
import { accountForget } from "./account-forget.ts";
import { signUpRefusalReply } from "./account-registration.ts";
import { manageSecondFactor } from "./account-second-factor.ts";
import { renewHash } from "./renew-hash.ts";

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
    const account = state.accounts.byId(session.accountId);
    if (account === null) return fail(context, "ACCOUNT_REQUIRED", [], "Log in first");
    switch (subcommand) {
      case "CONFIRM":
        return yield* confirmPassword(context, account);
      case "PASSWORD":
        return yield* changePassword(context, account);
      case "DELETE":
        return yield* deleteAccount(context, account);
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
  const admission = state.signUps.admission(invitationHashes(state, session), state.now);
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

function* changePassword(context: CommandContext, account: Account): Steps {
  const { state, session, reply, params } = context;
  if (!isConfirmed(context)) return;
  const [, password = ""] = params;
  const problem = state.signUps.passwordProblem(password, account.name);
  if (problem !== null) {
    const [code, sentence] = signUpRefusalReply({ kind: "password", problem });
    return fail(context, code, [], sentence);
  }
  const place = placeOf(session.link.address, true);
  const { hash } = yield* query({ kind: "hash-password", password, place });
  if (hash === null) return failUnavailable(context);
  // The new password forgets the known addresses: this one is known again.
  const { id, digest } = state.ports.random;
  const { addresses: _, ...forgotten } = account;
  const { address } = session.link;
  const noted = noteAddress(state.accounts, forgotten, address, id, digest, state.now);
  const changes = [
    { kind: "password", id: account.id, hash, passwordForm: "opaque" } as const,
    ...noted,
  ];
  const isStored = yield* storeChanges(context, changes, () =>
    closeOtherSessions(context, account),
  );
  if (isStored) reply.note("ACCOUNT", "PASSWORD_CHANGED", [], "Your password was changed");
}

/** Logs out the account's other devices: an attacker may know the old password. */
function closeOtherSessions({ state, session }: CommandContext, account: Account): void {
  for (const otherSession of [...state.sessions]) {
    if (otherSession === session || otherSession.accountId !== account.id) continue;
    closeSession(state, otherSession, "Your password was changed");
  }
}

function* deleteAccount(context: CommandContext, account: Account): Steps {
  if (!isConfirmed(context)) return;
  const { id } = account;
  const { state } = context;
  // Stored before the deletion: after a crash between the two, the direct conversations must be gone.
  const bots = state.accounts.botsOf(id).map((bot) => bot.id);
  for (const account of [id, ...bots]) {
    if (!state.ports.appendPerson({ kind: "forgotten", account })) return failUnavailable(context);
  }
  const changes = [
    ...expiredNameChanges(state.accounts, state.options.nameRestDays, state.now),
    { kind: "deleted", id, time: state.now } as const,
  ];
  yield* storeChanges(context, changes, () => removeAccount(context, account));
}

/** Removes a deleted account from conversations and rooms, and closes its sessions, this one too. */
function removeAccount({ state, session, reply }: CommandContext, account: Account): void {
  if (session.phase !== "closed") {
    reply.note("ACCOUNT", "DELETED", [], "Your account was deleted");
    reply.end();
  }
  endAccount(state, account, "Your account was deleted");
}

function* manageCertificates(context: CommandContext, account: Account): Steps {
  const { state, session, reply, params } = context;
  const [, action = "", argument = ""] = params;
  switch (action.toUpperCase()) {
    case "ADD": {
      if (!isConfirmed(context)) return;
      const { certificate } = session.link;
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
      if (yield* storeChanges(context, removed.changes)) {
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

function refuseDevice(context: CommandContext, refusal: DeviceRefusal): void {
  switch (refusal.kind) {
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
