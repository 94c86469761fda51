import type { AccountId } from "../protocol/account-id.ts";
import type { PasswordForm } from "../protocol/opaque-string.ts";
import type { Account, AccountChange } from "./account.ts";
import type { AccountStore } from "./account-store.ts";

/**
 * Reset links: what an owner gives to a person who has lost the password or the phone. The link's code sets a new
 * password, once, within a day, and ends everything else by which the account could be used.
 *
 * A log-in withdraws no code: whoever stole an account could keep its owner out by logging in.
 */

const RESET_MS = 86_400_000;
/** A typed code may have spaces and hyphens; a longer text is rejected without hashing it. */
const CODE_LETTERS_MAX = 64;

/** Returns the SHA-256 of a text: lower-case hexadecimal. */
type Digest = (text: string) => string;

/** A right to set an account's password. Only the hash of its code is stored. Times are milliseconds since 1970. */
export interface PasswordReset {
  /** SHA-256 of the code: lower-case hexadecimal. */
  readonly hash: string;
  readonly madeAt: number;
  readonly expiresAt: number;
}

/**
 * Makes a reset code for an account, in place of an earlier one. The code is the random id that the caller passes (16
 * letters or more of [a-z0-9]), and is shown once.
 */
export function makeReset(
  account: Account,
  randomId: string,
  digest: Digest,
  now: number,
): {
  readonly code: string;
  readonly reset: PasswordReset;
  readonly changes: readonly AccountChange[];
} {
  const reset = { hash: digest(cleanCode(randomId)), madeAt: now, expiresAt: now + RESET_MS };
  return { code: randomId, reset, changes: [{ kind: "reset-made", id: account.id, ...reset }] };
}

/** Returns whether an account has a reset code that can be used now. */
export function hasReset({ reset }: Account, now: number): boolean {
  return reset !== undefined && now < reset.expiresAt;
}

/** Returns the account whose password a code may set now; `null` for a wrong, used or expired code. */
export function accountOfReset(
  accounts: AccountStore,
  code: string,
  digest: Digest,
  now: number,
): Account | null {
  if (code.length > CODE_LETTERS_MAX || cleanCode(code) === "") return null;
  const account = accounts.byResetHash(digest(cleanCode(code)));
  return account !== null && hasReset(account, now) ? account : null;
}

/** Returns the changes to save when a code was used: a new password, and the end of what was before. */
export function useReset(
  { id, reset }: Account,
  hash: string,
  passwordForm: PasswordForm,
): readonly AccountChange[] {
  if (reset === undefined) return [];
  return [
    { kind: "reset-used", id, code: reset.hash, hash, passwordForm },
    ...endOtherAccess(id, null),
  ];
}

/**
 * Returns the changes that take every way in from whoever used an account before, but for its password: certificates
 * of devices, and the tokens of its bots, which get new ones afterwards. Known addresses go with each new password.
 *
 * @param except the fingerprint of the device that may stay, or `null`
 */
export function endOtherAccess(id: AccountId, except: string | null): readonly AccountChange[] {
  return [
    { kind: "devices-withdrawn", id, except },
    { kind: "bot-tokens-withdrawn", id },
  ];
}

function cleanCode(code: string): string {
  return code.toLowerCase().replaceAll(/[\s-]/g, "");
}
