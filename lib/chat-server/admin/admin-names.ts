import type { AccountId } from "../../protocol/account-id.ts";
import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import { fold } from "../../protocol/names.ts";
import { query, type Steps } from "../command.ts";
import type { State } from "../state.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  recordAct,
} from "./admin-handler.ts";

/** The console's commands about names that rest: of deleted accounts, and former ones of renamed accounts. */

const DAY_MS = 24 * 3_600_000;

export const NAME_HANDLERS = { "free-name": freeName } satisfies AdminHandlers;

/** Returns the former names of an account that rest, oldest first. */
export function formerNames({ accounts }: State, id: AccountId): string[] {
  return [...accounts.resting()].filter((name) => name.id === id).map(({ name }) => name);
}

/** Returns the facts about the name of a deleted account, or `null` if it doesn't rest. */
export function restingFacts({ accounts, options }: State, text: string): AdminRow | null {
  const resting = accounts.restingName(fold(text));
  if (resting === null) return null;
  const { name, createdAt, since } = resting;
  return { name, createdAt, deletedAt: since, freeAt: since + options.nameRestDays * DAY_MS };
}

function* freeName(context: AdminContext): Steps<AdminResult> {
  const { state, words } = context;
  const [text = ""] = words;
  const resting = state.accounts.restingName(fold(text));
  if (resting === null) return { refused: ["noSuchRestingName", text] };
  const { name } = resting;
  const { saved } = yield* query({
    kind: "save-accounts",
    changes: [{ kind: "name-freed", name }],
  });
  if (!saved) return { refused: ["notStored"] };
  recordAct(context, "free-name", name, "", resting.id);
  return { done: ["nameFreed", name] };
}
