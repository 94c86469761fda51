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
const LOG_LEVELS = ["error", "warning", "info", "debug", "trace"] as const;

export const LOG_HANDLERS = {
  audit: showAudit,
  /** Transport sends the lines themselves, from its answer on. */
  log: () => ({ done: ["logFollows"] }),
  "log-level": setLogLevel,
} satisfies AdminHandlers;

function* showAudit({ words: [name], options }: AdminContext): Steps<AdminResult> {
  const last = options["last"] === undefined ? ACTS_DEFAULT : Number(options["last"]);
  if (!Number.isInteger(last) || last < 1 || last > ACTS_MAX) {
    return { refused: ["badNumber", "--last", ACTS_MAX] };
  }
  const limit = name === undefined ? last : ACTS_MAX;
  const { entries } = yield* query({ kind: "audit", limit });
  if (entries === null) return { refused: ["unreadable"] };
  const wanted = entries.filter(
    ({ by, target }) =>
      name === undefined || [by, target].some((each) => fold(each) === fold(name)),
  );
  return listOf(
    wanted.slice(-last),
    ({ time, by, act, target, reason }): AdminRow => ({ time, by, act, target, reason }),
  );
}

function* setLogLevel(context: AdminContext): Steps<AdminResult> {
  const [text = ""] = context.words;
  const level = LOG_LEVELS.find((each) => each === (text === "warn" ? "warning" : text));
  if (level === undefined) return { refused: ["badLogLevel", text] };
  recordAct(context, "log-level", level);
  yield* query({ kind: "log-level", level });
  return { done: ["logLevelSet", level] };
}
