import type { AccountChange } from "../../../member-server/account.ts";
import { type CommandContext, query, type Steps } from "../../command.ts";

/** What the subcommands of ACCOUNT have in common: refusals, the confirmed password, and storing changes. */

/** Answers FAIL ACCOUNT. */
export function fail(
  { reply }: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  reply.fail("ACCOUNT", code, details, sentence);
}

/** Answers that it can't be done right now. */
export function failUnavailable(context: CommandContext): void {
  const sentence = "The server can't do that right now. Try again in a moment";
  fail(context, "TEMPORARILY_UNAVAILABLE", [], sentence);
}

/** Returns whether the session has confirmed its password lately, and answers if not. */
export function isConfirmed(context: CommandContext): boolean {
  if (context.session.confirmedUntilElapsedMs > context.state.elapsedMs) return true;
  const sentence = "Confirm your password first: ACCOUNT CONFIRM";
  fail(context, "CONFIRMATION_REQUIRED", [], sentence);
  return false;
}

/**
 * Stores account changes. Returns whether the disk has taken them, and answers if not.
 *
 * @param onStored called once they are stored, also when the session has closed in the meantime
 */
export function* storeChanges(
  context: CommandContext,
  changes: readonly AccountChange[],
  onStored: () => void = () => {},
): Steps<boolean> {
  const { saved } = yield* query({ kind: "save-accounts", changes }, (answer) => {
    if (answer.saved) onStored();
  });
  if (!saved) failUnavailable(context);
  return saved;
}
