import type { Account, AccountChange } from "../../../member-server/account.ts";
import { noteAddress } from "../../../member-server/known-addresses.ts";
import { endOtherAccess } from "../../../member-server/password-reset.ts";
import { looksLikeEmail } from "../../../member-server/sign-up.ts";
import { type CommandContext, query, type Steps } from "../../command.ts";
import { placeOf } from "../../sessions/password-attempt.ts";
import { signUpRefusalReply } from "./account-registration.ts";
import {
  fail,
  failUnavailable,
  isConfirmed,
  storeChanges,
  storePassword,
} from "./account-replies.ts";

/**
 * `ACCOUNT PASSWORD [KEEP] :<new>`: changes the password, since somebody else may know the old one. It ends all other
 * sessions, and takes the right to log in without a password from all other devices, unless they are to be kept.
 */
export function* changePassword(context: CommandContext, account: Account): Steps {
  const { state, session, reply, params } = context;
  if (!isConfirmed(context)) return;
  const keepsDevices = params.length > 2 && params[1]?.toUpperCase() === "KEEP";
  const password = params[keepsDevices ? 2 : 1] ?? "";
  const hash = yield* hashNewPassword(context, account, password);
  if (hash === null) return;
  // The new password forgets the known addresses: this one is known again.
  const { id, digest } = state.ports.random;
  const { addresses: _, ...forgotten } = account;
  const { address, certificate } = session.link;
  const noted = noteAddress(state.accounts, forgotten, address, id, digest, state.now);
  if (!isConfirmed(context)) return;
  const changes: AccountChange[] = [
    { kind: "password", id: account.id, hash, passwordForm: "opaque" },
    ...noted,
    ...(keepsDevices ? [] : endOtherAccess(account.id, certificate)),
  ];
  if (yield* storePassword(context, account.id, changes, "Your password was changed")) {
    reply.note("ACCOUNT", "PASSWORD_CHANGED", [], "Your password was changed");
  }
}

/** Hashes a new password. Returns `null`, and answers, if it can't be one or the server is too busy. */
export function* hashNewPassword(
  context: CommandContext,
  { name }: Account,
  password: string,
): Steps<string | null> {
  const { state, session } = context;
  const problem = state.signUps.passwordProblem(password, name);
  if (problem !== null) {
    const [code, sentence] = signUpRefusalReply({ kind: "password", problem });
    fail(context, code, [], sentence);
    return null;
  }
  const place = placeOf(session.link.address, true);
  const { hash } = yield* query({ kind: "hash-password", password, place });
  if (hash === null) failUnavailable(context);
  return hash;
}

/** `ACCOUNT EMAIL :<address or *>`: changes the e-mail address, or removes it. */
export function* changeEmail(context: CommandContext, account: Account): Steps {
  const { state, reply, params } = context;
  if (!isConfirmed(context)) return;
  const [, text = ""] = params;
  const email = text === "*" ? null : text;
  const isMissing = email === null && state.options.email === "required";
  if (isMissing || (email !== null && !looksLikeEmail(email))) {
    const [code, sentence] = signUpRefusalReply({ kind: "email" });
    return fail(context, code, [], sentence);
  }
  const changes: AccountChange[] =
    email === account.email ? [] : [{ kind: "email", id: account.id, email }];
  if (changes.length === 0 || (yield* storeChanges(context, changes))) {
    reply.note("ACCOUNT", "EMAIL_CHANGED", [], "Your e-mail address was changed");
  }
}
