import type { AccountId } from "../../protocol/account-id.ts";
import type { AdminAnswer, AdminRow, AdminSentence } from "../../protocol/admin/admin-answer.ts";
import type { AdminCommandName } from "../../protocol/admin/admin-commands.ts";
import type { Steps } from "../command.ts";
import type { State } from "../state.ts";
import { type AuditedAct, audit } from "../users/audit.ts";

/** A command of the owner's console, and everything that its handler works with. */
export interface AdminContext {
  readonly state: State;
  /** At least as many as the command's row requires. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** Who asks, for the log and the audit file: `console:root`. */
  readonly by: string;
}

/** A page of a list; `next` is the number of entries up to its end, `null` at the end of the list. */
export interface AdminPage {
  readonly rows: readonly AdminRow[];
  readonly next: number | null;
}

/** What a handler answers with. */
export type AdminResult =
  /** A list, of which the console gets a page at a time: see {@link listOf}. */
  | { readonly page: (skip: number, count: number) => AdminPage }
  | Omit<Extract<AdminAnswer, { readonly kind: "facts" }>, "kind">
  | { readonly done: AdminSentence; readonly notes?: readonly string[] }
  | { readonly refused: AdminSentence; readonly notes?: readonly string[] };

/** Handles one command of the owner's console. A generator waits for queries, as handlers of sessions do. */
type AdminHandler = (context: AdminContext) => AdminResult | Steps<AdminResult>;

/** The handlers of one group of commands. */
export type AdminHandlers = { readonly [Name in AdminCommandName]?: AdminHandler };

/** Answers with a list. Only the rows of the page that is asked for are made, since there may be 100,000 entries. */
export function listOf<Entry>(
  entries: Iterable<Entry>,
  toRow: (entry: Entry) => AdminRow,
): AdminResult {
  const page = (skip: number, count: number): AdminPage => {
    const rows: AdminRow[] = [];
    let index = 0;
    for (const entry of entries) {
      if (rows.length === count) return { rows, next: index };
      if (index >= skip) rows.push(toRow(entry));
      index += 1;
    }
    return { rows, next: null };
  };
  return { page };
}

/** Writes an act of the console to the log and to the audit file. */
export function recordAct(
  { state, by }: AdminContext,
  act: AuditedAct,
  target = "",
  reason = "",
  account: AccountId | null = null,
): void {
  const words = [by, act, target, reason].filter((word) => word !== "");
  state.ports.note("info", words.join(" "));
  audit(state, { by, act, target, account, reason });
}
