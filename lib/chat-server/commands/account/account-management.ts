import type { Account } from "../../../member-server/account.ts";
import type { AccountChange } from "../../../member-server/account-change.ts";
import {
  addDevice,
  type DeviceRefusal,
  removeDevice,
} from "../../../member-server/device-certificates.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { awaitQuery, type Command, type CommandContext, type Outcome } from "../../command.ts";
import { CONFIRMED_MS } from "../../limits.ts";
import { closeSession, quitUser } from "../../users/presence.ts";
import { sendAccountData } from "./account-data.ts";
import { accountForget } from "./account-forget.ts";
import { isRegisterThrottled, registrationRefusal } from "./account-registration.ts";

/**
 * ACCOUNT (sodam.chat/account): what people do with their own account. The wire is described in
 * docs/protocol.md. What could lock somebody out asks for the password first: ACCOUNT CONFIRM.
 */
export const ACCOUNT: Command = {
  verb: "ACCOUNT",
  params: 1,
  phase: "any",
  cost: 2,
  handle: (context) => {
    const { state, session, params } = context;
    const [subcommand = ""] = params;
    if (subcommand.toUpperCase() === "CHECK") return check(context);
    const account = session.account === null ? null : state.accounts.account(fold(session.account));
    if (account === null) return fail(context, "ACCOUNT_REQUIRED", [], "Log in first");
    switch (subcommand.toUpperCase()) {
      case "CONFIRM":
        return confirm(context, account);
      case "PASSWORD":
        return changePassword(context, account);
      case "DELETE":
        return deleteAccount(context, account);
      case "DATA":
        return sendAccountData(context, account);
      case "FORGET":
        return accountForget(context, account, () => isConfirmed(context));
      case "CERT":
        return certificates(context, account);
      default:
        return fail(context, "INVALID_PARAMS", [subcommand], "There is no such ACCOUNT command");
    }
  },
};

function fail(
  { reply }: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  reply.fail("ACCOUNT", code, details, sentence);
}

/** Is a name free? Asked while somebody chooses one; the allowance keeps it from listing who is here. */
function check(context: CommandContext): void {
  const { state, reply, params } = context;
  const [, name = ""] = params;
  const taken = isRegisterThrottled(context, name) ? ({ kind: "taken" } as const) : null;
  const refusal = state.signUps.nameRefusal(name) ?? taken;
  if (refusal === null) return reply.note("ACCOUNT", "NAME_FREE", [name], "That name is free");
  const [code, sentence] = registrationRefusal(refusal);
  fail(context, code, [name], sentence);
}

function confirm(context: CommandContext, account: Account): Outcome {
  const { state, session, reply, params } = context;
  const [, password = ""] = params;
  const { address } = session.link;
  const name = fold(account.name);
  if (state.loginThrottle.charge(address, name, state.now).waitMs > 0) {
    return fail(context, "RATE_LIMITED", [], "Too many tries. Wait a little");
  }
  return awaitQuery({ kind: "verify-password", password, hash: account.hash }, ({ ok }) => {
    if (ok === null) {
      state.loginThrottle.refund(address, name, state.now);
      return unavailable(context);
    }
    if (!ok) return fail(context, "WRONG_PASSWORD", [], "That isn't your password");
    state.loginThrottle.succeeded(address, name, state.now);
    session.confirmedUntil = state.now + CONFIRMED_MS;
    reply.note("ACCOUNT", "CONFIRMED", [], "It is you");
  });
}

function isConfirmed(context: CommandContext): boolean {
  if (context.session.confirmedUntil > context.state.now) return true;
  fail(context, "CONFIRMATION_REQUIRED", [], "Say your password first: ACCOUNT CONFIRM");
  return false;
}

function changePassword(context: CommandContext, account: Account): Outcome {
  const { state, reply, params } = context;
  if (!isConfirmed(context)) return;
  const [, password = ""] = params;
  const problem = state.signUps.passwordProblem(password, account.name);
  if (problem !== null) {
    const [code, sentence] = registrationRefusal({ kind: "password", problem });
    return fail(context, code, [], sentence);
  }
  return awaitQuery({ kind: "hash-password", password }, ({ hash }) => {
    if (hash === null) return unavailable(context);
    const changes = [{ kind: "password", name: account.name, hash }] as const;
    return keep(
      context,
      changes,
      () => reply.note("ACCOUNT", "PASSWORD_CHANGED", [], "Your password is changed"),
      () => logOutOthers(context, account),
    );
  });
}

/** A new password is often chosen because somebody else knows the old one. */
function logOutOthers({ state, session }: CommandContext, account: Account): void {
  for (const other of [...state.sessions]) {
    if (other === session || other.account !== account.name) continue;
    closeSession(state, other, "Your password was changed");
  }
}

function deleteAccount(context: CommandContext, account: Account): Outcome {
  if (!isConfirmed(context)) return;
  const deleted = { kind: "deleted", name: account.name } as const;
  // First what keeps a later owner of the name from these messages: a crash may come behind either line.
  if (!context.state.ports.appendPerson({ kind: "forgotten", account: account.name })) {
    return unavailable(context);
  }
  // What follows is done by `eraseMessages`, which closes this session as well.
  return keep(
    context,
    [deleted],
    () => {},
    () => forget(context, account),
  );
}

/** An account is no more: neither its messages, nor its place in rooms, nor any of its connections. */
function forget({ state, session, reply }: CommandContext, account: Account): void {
  state.rooms.forget(account.name);
  if (session.phase !== "closed") {
    reply.note("ACCOUNT", "DELETED", [], "Your account is gone");
    reply.end();
  }
  const user = state.users.byAccount(account.name);
  user?.sessions.splice(0);
  if (user !== null) quitUser(state, user, "Account deleted");
  for (const one of [...state.sessions]) {
    if (one.account !== account.name) continue;
    one.user = null;
    closeSession(state, one, "Your account is gone");
  }
}

function certificates(context: CommandContext, account: Account): Outcome {
  const { state, session, reply, params } = context;
  const [, action = "", argument = ""] = params;
  switch (action.toUpperCase()) {
    case "ADD": {
      if (!isConfirmed(context)) return;
      const { certificate } = session.link;
      const added = addDevice(state.accounts, account, certificate, argument, state.now);
      if ("refused" in added) return refuseDevice(context, added.refused);
      return keep(context, added.changes, () =>
        reply.note(
          "ACCOUNT",
          "CERT_ADDED",
          [certificate ?? "*"],
          "This device can log in by itself",
        ),
      );
    }
    case "DEL": {
      const removed = removeDevice(account, argument);
      if ("refused" in removed) return refuseDevice(context, removed.refused);
      return keep(context, removed.changes, () =>
        reply.note(
          "ACCOUNT",
          "CERT_REMOVED",
          [argument.toLowerCase()],
          "That device has to say the password again",
        ),
      );
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
      return fail(context, "CERT_YOURS", [], "This device is on your list already");
    case "somebody-elses":
      return fail(context, "CERT_EXISTS", [], "That certificate belongs to another account");
    case "too-many":
      return fail(context, "LIMIT_REACHED", [String(refusal.max)], "Your list of devices is full");
    case "unknown":
      return fail(context, "NO_SUCH_CERT", [], "There is no such device on your list");
  }
}

/**
 * Puts changes on disk, then goes on.
 *
 * @param always what follows from the change even when the asker has gone meanwhile
 */
function keep(
  context: CommandContext,
  changes: readonly AccountChange[],
  then: () => void,
  always: () => void = () => {},
): Outcome {
  return awaitQuery(
    { kind: "keep-members", changes },
    ({ kept }) => {
      if (kept) then();
      else unavailable(context);
    },
    ({ kept }) => {
      if (kept) always();
    },
  );
}

function unavailable(context: CommandContext): void {
  fail(
    context,
    "TEMPORARILY_UNAVAILABLE",
    [],
    "The server can't do that right now. Try again soon",
  );
}
