import type { Account, Invitation } from "./account.ts";
import type { AccountChange } from "./account-change.ts";

/**
 * The slow things that signing up and logging in ask of the world. The work is done elsewhere; the answer
 * comes back as a later input.
 */
export type AccountQuery =
  | { readonly kind: "hash-password"; readonly password: string }
  /** With no hash the same work is done, and the answer is no: a stranger learns nothing from the time. */
  | { readonly kind: "verify-password"; readonly password: string; readonly hash: string | null }
  /** Answered when the changes are safe on disk; all of them are kept, or none. */
  | { readonly kind: "keep-members"; readonly changes: readonly AccountChange[] };

/** What comes back for each kind of {@link AccountQuery}. */
export interface AccountAnswers {
  /** `null`: too many passwords are being hashed already; ask again later. */
  readonly "hash-password": { readonly hash: string | null };
  /** `null`: too many passwords are being checked already; ask again later. */
  readonly "verify-password": { readonly ok: boolean | null };
  readonly "keep-members": { readonly kept: boolean };
}

/** Everything that is kept about members: the content of the user file. */
export interface MemberRecords {
  readonly accounts: readonly Account[];
  readonly invitations: readonly Invitation[];
}

/** The records and the changes that happen to them, as the user file follows them: a `MemberBook`. */
export interface Records {
  apply(change: AccountChange): void;
  /** The records as they are now; later changes leave them alone. */
  snapshot(): MemberRecords;
}
