import type { Account } from "../../member-server/account.ts";
import type { NameRefusal } from "../../member-server/sign-up.ts";
import { suspensionOf } from "../../member-server/suspension.ts";
import { OPERATOR_GRADES, type OperatorGrades } from "../../protocol/operator-rights.ts";
import type { Steps } from "../command.ts";
import type { State } from "../state.ts";
import {
  accountToModerate,
  gradeAccount,
  type Moderator,
  parseSuspensionTerms,
  renameAccountOf,
  suspendAccount,
  unsuspendAccount,
} from "../users/account-moderation.ts";
import { removeAccount } from "../users/remove-account.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
} from "./admin-handler.ts";

/** The console's commands that suspend, rename, remove and grade accounts. */

const FREE = "free";
const MESSAGES_CHOICES = ["keep", "erase"];

export const ACCOUNT_HANDLERS = {
  suspend: withAccount(suspend),
  unsuspend: withAccount(unsuspend),
  rename: withAccount(rename),
  remove: withAccount(remove),
  grade: withAccount(grade),
  grades: ({ state }) =>
    listOf(Object.entries(allGrades(state)), ([name, rights]) => ({
      grade: name,
      rights: rights.join(", "),
    })),
} satisfies AdminHandlers;

type Handle = (context: AdminContext, account: Account, by: Moderator) => Steps<AdminResult>;

/** Makes a handler that finds the account of the first word. At the console nobody's is protected. */
function withAccount(handle: Handle) {
  return function* (context: AdminContext): Steps<AdminResult> {
    const [name = ""] = context.words;
    const by: Moderator = { console: context.by };
    const account = accountToModerate(context.state, by, name);
    if (typeof account === "string") return { refused: ["noSuchPerson", name] };
    return yield* handle(context, account, by);
  };
}

function* suspend(
  { state, words }: AdminContext,
  account: Account,
  by: Moderator,
): Steps<AdminResult> {
  const terms = parseSuspensionTerms(words.slice(1));
  if (terms === null) return { refused: ["badDuration", words[1] ?? ""] };
  const suspension = yield* suspendAccount(state, by, account, terms);
  if (suspension === "not-stored") return { refused: ["notStored"] };
  return { done: ["suspended", account.name, suspension.until] };
}

function* unsuspend({ state }: AdminContext, account: Account, by: Moderator): Steps<AdminResult> {
  if (suspensionOf(account, state.now) === null) return { refused: ["notSuspended", account.name] };
  const refusal = yield* unsuspendAccount(state, by, account);
  return refusal === null ? { done: ["unsuspended", account.name] } : { refused: ["notStored"] };
}

function* rename(
  { state, words }: AdminContext,
  account: Account,
  by: Moderator,
): Steps<AdminResult> {
  const [, name = "", option = ""] = words;
  if (option !== "" && option !== FREE) return { refused: ["badChoice", "NAME NEW-NAME", FREE] };
  const isFreed = option === FREE;
  const refusal = yield* renameAccountOf(state, by, account, name, isFreed);
  if (refusal !== null) return { refused: nameRefusal(name, refusal) };
  return { done: ["renamed", account.name, state.nameOfAccount(account.id), isFreed] };
}

function nameRefusal(
  name: string,
  refusal: NameRefusal | { readonly kind: "not-saved" },
): Extract<AdminResult, { refused: unknown }>["refused"] {
  switch (refusal.kind) {
    case "not-saved":
      return ["notStored"];
    case "bad-name":
      return ["nameRefused", name, "badName"];
    case "taken":
    case "lookalike":
      return ["nameRefused", name, refusal.kind];
  }
}

function* remove(
  { state, words, options }: AdminContext,
  account: Account,
  by: Moderator,
): Steps<AdminResult> {
  const { messages = "keep" } = options;
  if (!MESSAGES_CHOICES.includes(messages)) {
    return { refused: ["badChoice", "--messages", MESSAGES_CHOICES.join(", ")] };
  }
  const withMessages = messages === "erase";
  const reason = words.slice(1).join(" ");
  // What is done later is in the log.
  const terms = { withMessages, reason, done: () => {} };
  const outcome = yield* removeAccount(state, by, account, terms);
  if (outcome === "busy") return { refused: ["messagesBusy", account.name] };
  if (outcome === "not-stored") return { refused: ["notStored"] };
  return { done: [withMessages ? "removing" : "removed", account.name] };
}

function* grade(
  { state, words }: AdminContext,
  account: Account,
  by: Moderator,
): Steps<AdminResult> {
  const name = (words[1] ?? "").toLowerCase();
  const granted = name === "none" ? null : name;
  const refusal = yield* gradeAccount(state, by, account, granted);
  if (refusal === "no-such-grade") {
    return { refused: ["noSuchGrade", name, Object.keys(allGrades(state)).join(", ")] };
  }
  if (refusal === "bot") return { refused: ["isBot", account.name] };
  return refusal === null
    ? { done: ["graded", account.name, granted] }
    : { refused: ["notStored"] };
}

function allGrades({ options }: State): OperatorGrades {
  return { ...OPERATOR_GRADES, ...options.grades };
}
