import type { PasswordForm } from "../protocol/opaque-string.ts";
import type { AccountChange } from "./account.ts";

/**
 * The slow operations that sign-up and log-in need. They run outside of this folder; the answer arrives as a
 * later input.
 */
export type AccountQuery =
  /** Hashes the password's OpaqueString. With `canWait` nobody waits for it, and log-ins go first. */
  | { readonly kind: "hash-password"; readonly password: string; readonly canWait?: boolean }
  /**
   * With `hash: null` (no such account) the same work is done and the answer is no, so that the response time
   * doesn't tell which accounts exist. `form` is that of the hash.
   */
  | {
      readonly kind: "verify-password";
      readonly password: string;
      readonly hash: string | null;
      readonly form?: PasswordForm | undefined;
    }
  /** Stores the changes, all or none; answered after they were synced to disk. */
  | { readonly kind: "save-accounts"; readonly changes: readonly AccountChange[] };

/** The answer to each kind of {@link AccountQuery}. */
export interface AccountAnswers {
  /** `null`: too many passwords are waiting to be hashed; try again later. */
  readonly "hash-password": { readonly hash: string | null };
  /** `null`: too many passwords are waiting to be checked; try again later. */
  readonly "verify-password": { readonly ok: boolean | null };
  readonly "save-accounts": { readonly saved: boolean };
}
