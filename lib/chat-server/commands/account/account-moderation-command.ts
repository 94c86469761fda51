import type { Account } from "../../../member-server/account.ts";
import { suspensionOf } from "../../../member-server/suspension.ts";
import { OPERATOR_GRADES } from "../../../protocol/operator-rights.ts";
import { formatTime } from "../../../protocol/time.ts";
import type { CommandContext, RegisteredContext, Steps } from "../../command.ts";
import {
  type AccountModerationRefusal,
  accountToModerate,
  gradeAccount,
  parseSuspensionTerms,
  renameAccountOf,
  suspendAccount,
  unsuspendAccount,
} from "../../users/account-moderation.ts";
import { type OperatorDoor, requireRight } from "../../users/operator-doors.ts";
import { removeAccount } from "../../users/remove-account.ts";
import { signUpRefusalReply } from "./account-registration.ts";

/** ACCOUNT SUSPEND, UNSUSPEND, RENAME, REMOVE and GRADE: what operators may do with the accounts of others. */

/** A subcommand of ACCOUNT for operators. */
export type AccountModerationVerb = "SUSPEND" | "UNSUSPEND" | "RENAME" | "REMOVE" | "GRADE";

const USAGES: Readonly<Record<AccountModerationVerb, string>> = {
  SUSPEND: "ACCOUNT SUSPEND <account> [<duration or *>] [:<reason>]",
  UNSUSPEND: "ACCOUNT UNSUSPEND <account>",
  RENAME: "ACCOUNT RENAME <account> <name> [FREE]",
  REMOVE: "ACCOUNT REMOVE <account> [MESSAGES] [:<reason>]",
  GRADE: "ACCOUNT GRADE <account> <grade or none>",
};

/** Runs one of the subcommands, for a session with the right for it. */
export function* moderateAccount(context: CommandContext, verb: AccountModerationVerb): Steps {
  const { state, session, reply, params } = context;
  const [, name = "", ...words] = params;
  const { user } = session;
  if (user === null) {
    const sentence = "Finish connecting first: NICK and USER";
    return reply.fail("ACCOUNT", "INVALID_PARAMS", [verb], sentence);
  }
  const registered: RegisteredContext = { ...context, user };
  if (!requireRight(registered, `ACCOUNT ${verb}` satisfies OperatorDoor)) return;
  const needsWord = verb === "RENAME" || verb === "GRADE";
  if (name === "" || (needsWord && words.length === 0)) {
    return reply.fail("ACCOUNT", "INVALID_PARAMS", [verb], `Usage: ${USAGES[verb]}`);
  }
  const account = accountToModerate(state, user, name);
  if (typeof account === "string") return refuseModeration(registered, name, account);
  switch (verb) {
    case "SUSPEND":
      return yield* suspend(registered, account, words);
    case "UNSUSPEND":
      return yield* unsuspend(registered, account);
    case "RENAME":
      return yield* rename(registered, account, words);
    case "REMOVE":
      return yield* remove(registered, account, words);
    case "GRADE":
      return yield* grade(registered, account, words[0] ?? "");
  }
}

function* suspend(context: RegisteredContext, account: Account, words: readonly string[]): Steps {
  const { state, user, reply } = context;
  const terms = parseSuspensionTerms(words);
  if (terms === null) return refuseModeration(context, words[0] ?? "", "bad-duration");
  const suspension = yield* suspendAccount(state, user, account, terms);
  if (suspension === "not-stored") return refuseModeration(context, account.name, suspension);
  const { until } = suspension;
  const end = until === null ? "until that is lifted" : `until ${formatTime(until)}`;
  const details = [account.name, until === null ? "*" : formatTime(until)];
  reply.note("ACCOUNT", "SUSPENDED", details, `${account.name} is suspended ${end}`);
}

function* unsuspend(context: RegisteredContext, account: Account): Steps {
  const { state, user, reply } = context;
  if (suspensionOf(account, state.now) === null) {
    return refuseModeration(context, account.name, "not-suspended");
  }
  const refusal = yield* unsuspendAccount(state, user, account);
  if (refusal !== null) return refuseModeration(context, account.name, refusal);
  const sentence = `${account.name} is no longer suspended`;
  reply.note("ACCOUNT", "UNSUSPENDED", [account.name], sentence);
}

function* rename(context: RegisteredContext, account: Account, words: readonly string[]): Steps {
  const { state, user, reply } = context;
  const [name = "", option = ""] = words;
  const isFreed = option.toUpperCase() === "FREE";
  const refusal = yield* renameAccountOf(state, user, account, name, isFreed);
  if (refusal?.kind === "not-saved") return refuseModeration(context, account.name, "not-stored");
  if (refusal !== null) {
    const [code, sentence] = signUpRefusalReply(refusal);
    return reply.fail("ACCOUNT", code, [name], sentence);
  }
  const present = state.nameOfAccount(account.id);
  const rest = isFreed ? "is free" : "rests";
  const sentence = `${account.name} is called ${present} now; the former name ${rest}`;
  reply.note("ACCOUNT", "RENAMED", [account.name, present], sentence);
}

function* remove(context: RegisteredContext, account: Account, words: readonly string[]): Steps {
  const { state, user, session, reply } = context;
  const { name } = account;
  const withMessages = words[0]?.toUpperCase() === "MESSAGES";
  const reason = words.slice(withMessages ? 1 : 0).join(" ");
  const removed = `The account ${name} is removed`;
  // Without messages this command's own reply says how it ended.
  const done = (outcome: "removed" | "incomplete" | "not-stored"): void => {
    if (!withMessages || session.phase === "closed") return;
    const later = state.unsolicitedReply(session);
    if (outcome === "removed") later.note("ACCOUNT", "REMOVED", [name], removed);
    else {
      const sentence = `Not all messages of ${name} could be deleted. It stays suspended; try again later`;
      later.fail("ACCOUNT", "FORGET_INCOMPLETE", [name], sentence);
    }
    later.end();
  };
  const outcome = yield* removeAccount(state, user, account, { withMessages, reason, done });
  if (outcome !== "begun") return refuseModeration(context, name, outcome);
  if (!withMessages) return reply.note("ACCOUNT", "REMOVED", [name], removed);
  const sentence = `${name} is suspended, and removed as soon as its messages are deleted`;
  reply.note("ACCOUNT", "REMOVING", [name], sentence);
}

function* grade(context: RegisteredContext, account: Account, word: string): Steps {
  const { state, user, reply } = context;
  const name = word.toLowerCase();
  const refusal = yield* gradeAccount(state, user, account, name === "none" ? null : name);
  if (refusal !== null) return refuseModeration(context, account.name, refusal);
  const sentence =
    name === "none"
      ? `${account.name} has no grade any more`
      : `${account.name} has the grade ${name} now`;
  reply.note("ACCOUNT", "GRADED", [account.name, name], sentence);
}

/** Answers why an account can't be moderated. */
export function refuseModeration(
  { state, reply }: RegisteredContext,
  subject: string,
  refusal: AccountModerationRefusal,
): void {
  const fail = (code: string, sentence: string): void =>
    reply.fail("ACCOUNT", code, [subject], sentence);
  switch (refusal) {
    case "no-such-account":
      return fail("NO_SUCH_ACCOUNT", "There is no such account");
    case "own-account":
      return fail("OWN_ACCOUNT", "That is your own account");
    case "protected":
      return fail("PROTECTED_ACCOUNT", "Only the server's owner may do that with this account");
    case "bot":
      return fail("BOT_ACCOUNT", "That is a bot: whoever made it renews its token");
    case "bad-duration":
      return fail("INVALID_PARAMS", "Write the duration as 30m, 2h, 7d or 1w");
    case "not-suspended":
      return fail("NOT_SUSPENDED", "That account isn't suspended");
    case "no-such-grade": {
      const names = [...Object.keys(OPERATOR_GRADES), ...Object.keys(state.options.grades ?? {})];
      return fail("NO_SUCH_GRADE", `There are the grades ${names.join(", ")}, and none`);
    }
    case "busy":
      return fail("TEMPORARILY_UNAVAILABLE", "Its messages are already being deleted");
    case "not-stored":
      return fail("TEMPORARILY_UNAVAILABLE", "The server can't store that right now. Try again");
  }
}
