import { hasReset } from "../../member-server/password-reset.ts";
import { fold } from "../../protocol/names.ts";
import { query, type Steps } from "../command.ts";
import { makeResetLinkFor } from "../users/reset-links.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  recordAct,
} from "./admin-handler.ts";

/** The console's commands about lost passwords and lost phones. */

export const RESET_HANDLERS = {
  reset,
  "withdraw-reset": withdrawReset,
} satisfies AdminHandlers;

function* reset({ state, words, by }: AdminContext): Steps<AdminResult> {
  const [name = ""] = words;
  const account = state.accounts.account(fold(name));
  if (account === null) return { refused: ["noSuchPerson", name] };
  const made = yield* makeResetLinkFor(state, account, by);
  if (made === "not-stored") return { refused: ["notStored"] };
  if (made === "bot") return { refused: ["isBot", account.name] };
  state.ports.note("info", `${by} reset ${account.name}`);
  return { facts: { name: account.name, ...made } };
}

function* withdrawReset(context: AdminContext): Steps<AdminResult> {
  const { state, words } = context;
  const [name = ""] = words;
  const account = state.accounts.account(fold(name));
  if (account === null || !hasReset(account, state.now)) return { refused: ["noReset", name] };
  const changes = [{ kind: "reset-withdrawn", id: account.id } as const];
  const { saved } = yield* query({ kind: "save-accounts", changes });
  if (!saved) return { refused: ["notStored"] };
  recordAct(context, "withdraw-reset", account.name, "", account.id);
  return { done: ["resetWithdrawn", account.name] };
}
