import type { Account, AccountChange } from "../../../member-server/account.ts";
import {
  addDevice,
  type DeviceRefusal,
  removeDevice,
} from "../../../member-server/device-certificates.ts";
import { fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { awaitQuery, type Command, type CommandContext, type Outcome } from "../../command.ts";
import { CONFIRMED_MS } from "../../limits.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import { quitUser } from "../../users/users.ts";
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
  handle: (ask) => {
    const { state, session, params } = ask;
    const [subcommand = ""] = params;
    if (subcommand.toUpperCase() === "CHECK") return check(ask);
    const account = session.account === null ? null : state.accounts.account(fold(session.account));
    if (account === null) return fail(ask, "ACCOUNT_REQUIRED", [], "Log in first");
    switch (subcommand.toUpperCase()) {
      case "CONFIRM":
        return confirm(ask, account);
      case "PASSWORD":
        return changePassword(ask, account);
      case "DELETE":
        return deleteAccount(ask, account);
      case "DATA":
        return sendAccountData(ask, account);
      case "FORGET":
        return accountForget(ask, account, () => isConfirmed(ask));
      case "CERT":
        return certificates(ask, account);
      default:
        return fail(ask, "INVALID_PARAMS", [subcommand], "There is no such ACCOUNT command");
    }
  },
};

function fail(
  { reply }: CommandContext,
  code: string,
  context: readonly string[],
  sentence: string,
): void {
  reply.fail("ACCOUNT", code, context, sentence);
}

/** Is a name free? Asked while somebody chooses one; the allowance keeps it from listing who is here. */
function check(ask: CommandContext): void {
  const { state, reply, params } = ask;
  const [, name = ""] = params;
  const taken = isRegisterThrottled(ask, name) ? ({ kind: "taken" } as const) : null;
  const refusal = state.signUps.nameRefusal(name) ?? taken;
  if (refusal === null) return reply.note("ACCOUNT", "NAME_FREE", [name], "That name is free");
  const [code, sentence] = registrationRefusal(refusal);
  fail(ask, code, [name], sentence);
}

function confirm(ask: CommandContext, account: Account): Outcome {
  const { state, session, reply, params } = ask;
  const [, password = ""] = params;
  const { address } = session.link;
  const name = fold(account.name);
  if (state.loginThrottle.charge(address, name, state.now).waitMs > 0) {
    return fail(ask, "RATE_LIMITED", [], "Too many tries. Wait a little");
  }
  return awaitQuery({ kind: "verify-password", password, hash: account.hash }, ({ ok }) => {
    if (ok === null) {
      state.loginThrottle.refund(address, name, state.now);
      return unavailable(ask);
    }
    if (!ok) return fail(ask, "WRONG_PASSWORD", [], "That isn't your password");
    state.loginThrottle.succeeded(address, name, state.now);
    session.confirmedUntil = state.now + CONFIRMED_MS;
    reply.note("ACCOUNT", "CONFIRMED", [], "It is you");
  });
}

function isConfirmed(ask: CommandContext): boolean {
  if (ask.session.confirmedUntil > ask.state.now) return true;
  fail(ask, "CONFIRMATION_REQUIRED", [], "Say your password first: ACCOUNT CONFIRM");
  return false;
}

function changePassword(ask: CommandContext, account: Account): Outcome {
  const { state, reply, params } = ask;
  if (!isConfirmed(ask)) return;
  const [, password = ""] = params;
  const problem = state.signUps.passwordProblem(password, account.name);
  if (problem !== null) {
    const [code, sentence] = registrationRefusal({ kind: "password", problem });
    return fail(ask, code, [], sentence);
  }
  return awaitQuery({ kind: "hash-password", password }, ({ hash }) => {
    if (hash === null) return unavailable(ask);
    const changes = [{ kind: "password", name: account.name, hash }] as const;
    return keep(
      ask,
      changes,
      () => reply.note("ACCOUNT", "PASSWORD_CHANGED", [], "Your password is changed"),
      () => logOutOthers(ask, account),
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

function deleteAccount(ask: CommandContext, account: Account): Outcome {
  if (!isConfirmed(ask)) return;
  const deleted = { kind: "deleted", name: account.name } as const;
  // First what keeps a later owner of the name from these messages: a crash may come behind either line.
  if (!ask.state.ports.appendPerson({ kind: "forgotten", account: account.name })) {
    return unavailable(ask);
  }
  // What follows is done by `eraseMessages`, which closes this session as well.
  return keep(
    ask,
    [deleted],
    () => {},
    () => forget(ask, account),
  );
}

/** An account is no more: neither its messages, nor its place in rooms, nor any of its connections. */
function forget({ state, session, reply }: CommandContext, account: Account): void {
  state.rooms.forgetAccount(account.name);
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

function certificates(ask: CommandContext, account: Account): Outcome {
  const { state, session, reply, params } = ask;
  const [, action = "", argument = ""] = params;
  switch (action.toUpperCase()) {
    case "ADD": {
      if (!isConfirmed(ask)) return;
      const { certificate } = session.link;
      const added = addDevice(state.accounts, account, certificate, argument, state.now);
      if ("refused" in added) return refuseDevice(ask, added.refused);
      return keep(ask, added.changes, () =>
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
      if ("refused" in removed) return refuseDevice(ask, removed.refused);
      return keep(ask, removed.changes, () =>
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
      return fail(ask, "INVALID_PARAMS", ["CERT", action], "CERT takes ADD, DEL or LIST");
  }
}

function refuseDevice(ask: CommandContext, refusal: DeviceRefusal): void {
  switch (refusal.kind) {
    case "no-certificate":
      return fail(ask, "NO_CERTIFICATE", [], "This connection has no client certificate");
    case "already-yours":
      return fail(ask, "CERT_YOURS", [], "This device is on your list already");
    case "somebody-elses":
      return fail(ask, "CERT_EXISTS", [], "That certificate belongs to another account");
    case "too-many":
      return fail(ask, "LIMIT_REACHED", [String(refusal.max)], "Your list of devices is full");
    case "unknown":
      return fail(ask, "NO_SUCH_CERT", [], "There is no such device on your list");
  }
}

/**
 * Puts changes on disk, then goes on.
 *
 * @param always what follows from the change even when the asker has gone meanwhile
 */
function keep(
  ask: CommandContext,
  changes: readonly AccountChange[],
  then: () => void,
  always: () => void = () => {},
): Outcome {
  return awaitQuery(
    { kind: "save-accounts", changes },
    ({ saved }) => {
      if (saved) then();
      else unavailable(ask);
    },
    ({ saved }) => {
      if (saved) always();
    },
  );
}

function unavailable(ask: CommandContext): void {
  fail(ask, "TEMPORARILY_UNAVAILABLE", [], "The server can't do that right now. Try again soon");
}
