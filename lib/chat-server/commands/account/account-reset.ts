import { accountOfReset, useReset } from "../../../member-server/password-reset.ts";
import type { Folded } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { CommandContext, RegisteredContext, Steps } from "../../command.ts";
import { tooManyTries } from "../../relay/error-replies.ts";
import { serverPasswordRefusal } from "../../sessions/complete-registration.ts";
import { beginResetAttempt } from "../../sessions/password-attempt.ts";
import { accountToModerate } from "../../users/account-moderation.ts";
import { auditName } from "../../users/audit.ts";
import { requireRight } from "../../users/operator-doors.ts";
import { makeResetLinkFor, type ResetLink } from "../../users/reset-links.ts";
import { refuseModeration } from "./account-moderation-command.ts";
import { hashNewPassword } from "./account-password.ts";
import { fail, failUnavailable, SERVER_PASSWORD_NEEDED, storePassword } from "./account-replies.ts";

const WRONG_CODE = "That code is wrong, used or expired. Ask the server's owner for another one";
const ENDED = "Your password was set by a reset link";

/**
 * `ACCOUNT RESET <code> :<new password>`: sets the password of the account for which a reset link was made. It needs no
 * log-in. A right code is never slowed, and a wrong one is answered as a used or expired one.
 *
 * @param name the account that the code should be for, folded; left out where the code alone says it
 */
export function* resetPassword(context: CommandContext, name: Folded | null = null): Steps {
  const { state, session, reply, params } = context;
  const { digest } = state.ports.random;
  const [, code = "", password = ""] = params;
  const refusal =
    session.phase === "unregistered"
      ? serverPasswordRefusal(state, session, SERVER_PASSWORD_NEEDED)
      : null;
  if (refusal !== null) return reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, refusal);
  const find = () => {
    const account = accountOfReset(state.accounts, code, digest, state.now);
    if (account === null || account.bot !== undefined) return null;
    if (state.passwordChanges.has(account.id)) return null;
    const isNamed = name === null || state.accounts.accountForLogIn(name) === account;
    return isNamed ? account : null;
  };
  const account = find();
  if (account === null) return refuseCode(context);
  const hash = yield* hashNewPassword(context, account, password);
  if (hash === null) return;
  // The code may have been used by somebody else while the password was hashed.
  const current = find();
  if (current === null || current.id !== account.id) return refuseCode(context);
  const changes = useReset(current, hash, "opaque");
  if (!(yield* storePassword(context, current.id, changes, ENDED))) return;
  state.ports.note(
    "info",
    `the password of ${current.name} was set by a reset link, from ${session.link.address}`,
  );
  const sentence = "Your password is set. Log in with it";
  reply.note("ACCOUNT", "PASSWORD_RESET", [current.name], sentence);
}

function refuseCode(context: CommandContext): void {
  const { state, session } = context;
  const attempt = beginResetAttempt(state, session);
  if (!("refund" in attempt)) {
    const seconds = String(Math.ceil(attempt.waitMs / 1000));
    return fail(context, "RATE_LIMITED", [seconds], tooManyTries(attempt.waitMs));
  }
  fail(context, "RESET_WRONG", [], WRONG_CODE);
}

/**
 * `ACCOUNT RESETLINK <account>`: makes a link that sets a new password, for the operator to pass on. An owner's account
 * can be reset at the console alone: an operator could take the server over by it.
 */
export function* makeResetLink(
  context: CommandContext,
  answer = (name: string, made: ResetLink) => noteResetLink(context, name, made),
): Steps {
  const { state, session, params } = context;
  const [, name = ""] = params;
  const { user } = session;
  if (user === null) {
    return fail(context, "INVALID_PARAMS", ["RESETLINK"], "Finish connecting first: NICK and USER");
  }
  const registered: RegisteredContext = { ...context, user };
  if (!requireRight(registered, "ACCOUNT RESETLINK")) return;
  const account = accountToModerate(state, user, name);
  if (typeof account === "string") return refuseModeration(registered, name || "*", account);
  const made = yield* makeResetLinkFor(state, account, auditName(user));
  if (made === "not-stored") return failUnavailable(context);
  if (made === "bot") return refuseModeration(registered, account.name, made);
  answer(account.name, made);
}

function noteResetLink({ reply }: CommandContext, name: string, { link, expiresAt }: ResetLink) {
  const sentence = `Good once, for a day: ${link}`;
  reply.note("ACCOUNT", "RESET_LINK", [name, formatTime(expiresAt), link], sentence);
}
