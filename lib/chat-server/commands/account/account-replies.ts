import { type AccountChange, NO_TOKEN } from "../../../member-server/account.ts";
import type { AccountId } from "../../../protocol/account-id.ts";
import { type CommandContext, query, type Steps } from "../../command.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import type { Session } from "../../sessions/session.ts";
import type { State } from "../../state.ts";
import { withNotices } from "../../users/security-notices.ts";

/** What the subcommands of ACCOUNT share: their errors, the confirmed password, and storing changes. */

/** The answer to whoever wants something of accounts before the server's password. */
export const SERVER_PASSWORD_NEEDED = "This server requires a password: send it with PASS";

/** Answers a subcommand of ACCOUNT with a FAIL. */
export function fail(
  { reply }: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  reply.fail("ACCOUNT", code, details, sentence);
}

/**
 * Returns whether the session has confirmed its password lately, and answers if not. While another session stores a new
 * password, nothing is confirmed by the old one: it would be stored after it.
 */
export function isConfirmed(context: CommandContext): boolean {
  const { passwordChanges } = context.state;
  const { accountId } = context.session;
  const changedBy = accountId === null ? undefined : passwordChanges.get(accountId);
  if (changedBy !== undefined && changedBy !== context.session) {
    failUnavailable(context);
    return false;
  }
  if (context.session.confirmedUntilElapsedMs > context.state.elapsedMs) return true;
  const sentence = "Confirm your password first: ACCOUNT CONFIRM";
  fail(context, "CONFIRMATION_REQUIRED", [], sentence);
  return false;
}

/** Closes the sessions of an account and of bots whose tokens went, those that aren't registered yet included. */
function closeSessionsOf(state: State, id: AccountId, except: Session, reason: string): void {
  for (const session of [...state.sessions]) {
    const bot = state.accounts.byId(session.accountId)?.bot;
    const isBotWithoutToken = bot?.by === id && bot.token === NO_TOKEN;
    const isMeant = session.accountId === id || isBotWithoutToken;
    if (session !== except && isMeant) closeSession(state, session, reason);
  }
}

/**
 * Stores a new password with all that ends with the old one, and closes the account's other sessions. Returns whether
 * the disk has taken it, and answers if not.
 *
 * @param reason why the sessions are closed, for their users
 */
export function* storePassword(
  context: CommandContext,
  id: AccountId,
  changes: readonly AccountChange[],
  reason: string,
): Steps<boolean> {
  const { state, session } = context;
  const allChanges = withNotices(state, changes, session);
  state.passwordChanges.set(id, session);
  const { saved } = yield* query({ kind: "save-accounts", changes: allChanges }, (answer) => {
    state.passwordChanges.delete(id);
    if (answer.saved) closeSessionsOf(state, id, session, reason);
  });
  if (!saved) failUnavailable(context);
  return saved;
}

/**
 * Stores account changes, and tells the account's other sessions and devices of them. Returns whether the disk has
 * taken them, and answers if not.
 *
 * @param onStored called once they are stored, also when the session has closed in the meantime
 */
export function* storeChanges(
  context: CommandContext,
  changes: readonly AccountChange[],
  onStored: () => void = () => {},
): Steps<boolean> {
  const allChanges = withNotices(context.state, changes, context.session);
  const { saved } = yield* query({ kind: "save-accounts", changes: allChanges }, (answer) => {
    if (answer.saved) onStored();
  });
  if (!saved) failUnavailable(context);
  return saved;
}

/** Answers that the disk or the queue of passwords refuses at the moment. */
export function failUnavailable(context: CommandContext): void {
  const sentence = "The server can't do that right now. Try again in a moment";
  fail(context, "TEMPORARILY_UNAVAILABLE", [], sentence);
}
