import type { PasswordForm } from "../protocol/opaque-string.ts";
import type { AccountChange } from "./account.ts";

/** Whose password it is that waits to be hashed or verified. */
export interface PasswordPlace {
  /**
   * "member": somebody who was told from strangers by a known address, an invitation or a log-in, and goes first.
   * "stranger": anybody else. "nobody": it can be done later.
   */
  readonly priority: "member" | "stranger" | "nobody";
  /** The address block that it comes from; left out where it doesn't matter. */
  readonly from?: string;
}

/**
 * The slow operations that sign-up and log-in need. They run outside of this folder; the answer arrives as a
 * later input.
 */
export type AccountQuery =
  /** Hashes the password's OpaqueString. */
  | {
      readonly kind: "hash-password";
      readonly password: string;
      readonly place: PasswordPlace;
    }
  /**
   * With `hash: null` (no such account) the same work is done and the answer is no, so that the response time
   * doesn't tell which accounts exist. `form` is that of the hash.
   */
  | {
      readonly kind: "verify-password";
      readonly password: string;
      readonly hash: string | null;
      readonly form?: PasswordForm | undefined;
      readonly place: PasswordPlace;
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
