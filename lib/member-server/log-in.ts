import { fold } from "../protocol/names.ts";
import { type Account, NO_PASSWORD, type Suspension } from "./account.ts";
import type { AccountQuery, PasswordPlace } from "./account-ports.ts";
import type { AccountStore } from "./account-store.ts";
import {
  type CertificateProblem,
  type CertificateValidity,
  certificateProblem,
} from "./certificate-validity.ts";

const WRONG = { refused: { kind: "wrong" } } as const;

/**
 * Why a log-in failed. "wrong" covers name, password and certificate alike: a stranger must not
 * learn which accounts exist.
 */
export type LogInRefusal =
  | { readonly kind: "wrong" }
  | { readonly kind: "busy" }
  /** The password was right, and the code of the second factor was missing or wrong. */
  | { readonly kind: "code-missing" }
  | { readonly kind: "code-wrong" }
  /** The server asks for a second factor, and the account has none yet. */
  | { readonly kind: "set-up-first" }
  /** The certificate can't be used now: see certificate-validity.ts. Said only of an account's own certificate. */
  | { readonly kind: CertificateProblem }
  /** Too many attempts; the next is allowed after this many milliseconds. */
  | { readonly kind: "slow-down"; readonly waitMs: number }
  /** The proof was right, and the account is suspended. */
  | { readonly kind: "suspended"; readonly suspension: Suspension };

/** A log-in whose password is being verified. */
interface LogInPlan {
  /**
   * The query to send; its hash is `null` if there is no such account, and the same work is done.
   */
  readonly query: Extract<AccountQuery, { kind: "verify-password" }>;
  /** The account as it was when the log-in began, or `null` if there is none. */
  readonly account: Account | null;
}

/** The content of a SASL PLAIN message (RFC 4616). */
export interface PasswordCredentials {
  /** The identity to act as: empty, or the account itself. */
  readonly authzid: string;
  readonly account: string;
  readonly password: string;
}

/**
 * Begins a log-in with a password. An `authzid` of another account fails as a wrong password does,
 * after the same work.
 *
 * @param isForCode the password is without the code behind it: for an account without a second factor it counts as
 *   wrong, after the same work
 * @example
 * const plan = planLogIn(accounts, decodePlain(payload), { priority: "stranger" });
 * // query verify-password with plan.query; on a later turn:
 * const result = finishLogIn(accounts, plan, answer.ok);
 */
export function planLogIn(
  accounts: AccountStore,
  credentials: PasswordCredentials,
  place: PasswordPlace,
  isForCode = false,
): LogInPlan {
  const named = actsForItself(credentials)
    ? accounts.accountForLogIn(fold(credentials.account))
    : null;
  const hasPassword = named !== null && named.hash !== NO_PASSWORD;
  const isMeant = hasPassword && (!isForCode || named.secondFactor !== undefined);
  const account = isMeant ? named : null;
  return {
    query: {
      kind: "verify-password",
      password: credentials.password,
      hash: account?.hash ?? null,
      form: account?.passwordForm,
      place,
    },
    account,
  };
}

/**
 * Completes a log-in with the answer to `plan.query`. Fails if the account was deleted or its
 * password changed meanwhile.
 */
export function finishLogIn(
  accounts: AccountStore,
  plan: LogInPlan,
  ok: boolean | null,
): { readonly loggedIn: Account } | { readonly refused: LogInRefusal } {
  if (ok === null) return { refused: { kind: "busy" } };
  if (!ok || plan.account === null) return WRONG;
  const { id, hash } = plan.account;
  const account = accounts.byId(id);
  if (account === null || !accounts.isPasswordHash(id, hash)) return WRONG;
  return { loggedIn: account };
}

/**
 * Logs in with a client certificate (SASL EXTERNAL).
 *
 * @param link the connection, with the fingerprint of its certificate, or `null` if it has none
 */
export function logInByCertificate(
  accounts: AccountStore,
  authzid: string,
  link: {
    readonly certificate: string | null;
    readonly certificateValidity?: CertificateValidity | null;
  },
  now: number,
): { readonly loggedIn: Account } | { readonly refused: LogInRefusal } {
  const { certificate, certificateValidity } = link;
  const account = certificate === null ? null : accounts.byCertificate(certificate);
  if (account === null) return WRONG;
  const isItself = authzid === "" || accounts.accountForLogIn(fold(authzid)) === account;
  if (!isItself) return WRONG;
  const problem = certificateProblem(certificateValidity, now);
  if (problem !== null) return { refused: { kind: problem } };
  return { loggedIn: account };
}

function actsForItself(credentials: {
  readonly authzid: string;
  readonly account: string;
}): boolean {
  return credentials.authzid === "" || fold(credentials.authzid) === fold(credentials.account);
}
