import type { AccountId } from "../../protocol/account-id.ts";
import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import { fold } from "../../protocol/names.ts";
import { query, type Steps } from "../command.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
  recordAct,
} from "./admin-handler.ts";

/** The console's commands about the log and the audit file. */

const ACTS_DEFAULT = 50;
/** As many as the end of the audit file is read for. */
const ACTS_MAX = 5000;
const LOG_LEVELS = ["error", "warn", "info", "debug", "trace"] as const;

export const LOG_HANDLERS = {
  audit: showAudit,
  /** Transport sends the lines themselves, from its answer on. */
  log: () => ({ done: ["logFollows"] }),
  "log-level": setLogLevel,
} satisfies AdminHandlers;

function* showAudit({ state, words: [name], options }: AdminContext): Steps<AdminResult> {
  const last = options["last"] === undefined ? ACTS_DEFAULT : Number(options["last"]);
  if (!Number.isInteger(last) || last < 1 || last > ACTS_MAX) {
    return { refused: ["badNumber", "--last", ACTS_MAX] };
  }
  const limit = name === undefined ? last : ACTS_MAX;
  const { entries } = yield* query({ kind: "audit", limit });
  if (entries === null) return { refused: ["unreadable"] };
  // An account is found under each name that it had, and without the acts of who had its name before.
  const account = name === undefined ? null : state.accounts.accountForLogIn(fold(name));
  const isOf = (text: string, id: AccountId | undefined): boolean =>
    account === null || id === undefined ? fold(text) === fold(name ?? "") : id === account.id;
  const wanted = entries.filter(
    ({ by, byAccount, target, targetAccount }) =>
      name === undefined || isOf(by, byAccount) || isOf(target, targetAccount),
  );
  return listOf(
    wanted.slice(-last),
    ({ time, by, act, target, reason }): AdminRow => ({ time, by, act, target, reason }),
  );
}

function* setLogLevel(context: AdminContext): Steps<AdminResult> {
  const [text = ""] = context.words;
  const level = LOG_LEVELS.find((each) => each === (text === "warning" ? "warn" : text));
  if (level === undefined) return { refused: ["badLogLevel", text] };
  recordAct(context, "log-level", level);
  yield* query({ kind: "log-level", level });
  return { done: ["logLevelSet", level] };
}
