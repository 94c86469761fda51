import type { AccountName } from "../protocol/names.ts";
import type { DeviceCertificate, Invitation } from "./account.ts";

/**
 * What can happen to accounts and invitations: the lines of the user file's journal, and the only way in
 * which {@link AccountStore} changes. A change carries all that applying it needs.
 */
export type AccountChange =
  | {
      readonly kind: "signed-up";
      readonly name: AccountName;
      readonly hash: string;
      readonly email: string | null;
      readonly owner: boolean;
      readonly time: number;
    }
  | { readonly kind: "password"; readonly name: AccountName; readonly hash: string }
  | { readonly kind: "email"; readonly name: AccountName; readonly email: string | null }
  | {
      readonly kind: "certificate-added";
      readonly name: AccountName;
      readonly certificate: DeviceCertificate;
    }
  | {
      readonly kind: "certificate-removed";
      readonly name: AccountName;
      readonly fingerprint: string;
    }
  | { readonly kind: "deleted"; readonly name: AccountName }
  | { readonly kind: "invited"; readonly invitation: Invitation }
  | { readonly kind: "invitation-used"; readonly id: string }
  | { readonly kind: "invitation-withdrawn"; readonly id: string };
