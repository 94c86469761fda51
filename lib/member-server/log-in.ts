import { fold } from "../protocol/names.ts";
import type { Account } from "./account.ts";
import type { AccountQuery } from "./account-ports.ts";
import type { AccountStore } from "./account-store.ts";

/**
 * Why a log-in failed. `wrong` is all that is said of name, password and certificate: a stranger doesn't
 * learn which accounts exist.
 */
export type LogInRefusal =
  | { readonly kind: "wrong" }
  | { readonly kind: "busy" }
  /** Too many tries; the next is looked at after so many milliseconds. */
  | { readonly kind: "slow-down"; readonly waitMs: number };

/** A log-in that waits for its password to be verified. */
export interface LogInPlan {
  /** What to ask; with no hash where there is no such account, and the same work is done. */
  readonly query: Extract<AccountQuery, { kind: "verify-password" }>;
  /** Whom it would be, and by which hash. */
  readonly account: Account | null;
}

/** What SASL PLAIN carries. */
export interface PasswordLogIn {
  /** As whom one wants to act: empty, or the account itself. */
  readonly authzid: string;
  readonly account: string;
  readonly password: string;
}

/**
 * The first half of a log-in by password. Asking for somebody else's name is as wrong as a wrong password,
 * and takes as long.
 *
 * @example
 * const plan = planLogIn(members, decodePlain(payload));
 * // … verify-password plan.query, a later turn …
 * const done = finishLogIn(members, plan, answer.ok);
 */
export function planLogIn(members: AccountStore, asked: PasswordLogIn): LogInPlan {
  const account = actsForItself(asked) ? members.account(fold(asked.account)) : null;
  return {
    query: { kind: "verify-password", password: asked.password, hash: account?.hash ?? null },
    account,
  };
}

/** The second half: the account may have gone, or its password changed, while the first was verified. */
export function finishLogIn(
  members: AccountStore,
  plan: LogInPlan,
  ok: boolean | null,
): { readonly loggedIn: Account } | { readonly refused: LogInRefusal } {
  if (ok === null) return { refused: { kind: "busy" } };
  const now = plan.account === null ? null : members.account(fold(plan.account.name));
  if (!ok || now === null || now.hash !== plan.account?.hash) return WRONG;
  return { loggedIn: now };
}

/**
 * A log-in by client certificate (SASL EXTERNAL), at once.
 *
 * @param fingerprint of the connection's certificate, or `null` when it has none.
 */
export function logInByCertificate(
  members: AccountStore,
  authzid: string,
  fingerprint: string | null,
): { readonly loggedIn: Account } | { readonly refused: LogInRefusal } {
  const account = fingerprint === null ? null : members.byCertificate(fingerprint);
  if (account === null) return WRONG;
  if (!actsForItself({ authzid, account: account.name })) return WRONG;
  return { loggedIn: account };
}

const WRONG = { refused: { kind: "wrong" } } as const;

function actsForItself(asked: { readonly authzid: string; readonly account: string }): boolean {
  return asked.authzid === "" || fold(asked.authzid) === fold(asked.account);
}
