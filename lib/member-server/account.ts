import type { AccountId } from "../protocol/account-id.ts";
import type { AccountName } from "../protocol/names.ts";
import type { PasswordForm } from "../protocol/opaque-string.ts";
import type { AccountNotice } from "./account-notices.ts";
import type { PasswordReset } from "./password-reset.ts";

/** A device that may log in with its client certificate (SASL EXTERNAL) instead of a password. */
export interface DeviceCertificate {
  /** SHA-256 of the certificate: lower-case hexadecimal, no colons. */
  readonly fingerprint: string;
  /** The name that the user gave the device. */
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
  /** When it last logged in or left, in ms since 1970, to the hour; left out for never. */
  readonly seenAt?: number;
}

/** An address from which an account logged in. */
export interface KnownAddress {
  /** Keyed hash of the address: see known-addresses.ts. */
  readonly hash: string;
  /** When it was last noted, in ms since 1970: not at each log-in. */
  readonly time: number;
}

/** What an account's log-ins by password need besides: see second-factor.ts. */
export interface SecondFactor {
  /** The key of the authenticator app, in base32. Codes are computed from it, so that it can't be hashed. */
  readonly secret: string;
  /** Since when it is on, in ms since 1970. */
  readonly since: number;
  /** When the 30 seconds of the last used code began, in ms since 1970: only later codes count. */
  readonly lastCodeAt: number;
  /** SHA-256 of each recovery code that is left, lower-case hexadecimal. */
  readonly recovery: readonly string[];
}

/** What a bot may do: see bot-accounts.ts. */
export type BotRight = "read" | "speak" | "react" | "direct" | "moderate";

/** What makes an account a bot's. */
export interface Bot {
  /** The account that made it, and with which it goes. */
  readonly by: AccountId;
  /** SHA-256 of its token, lower-case hexadecimal: a token can't be guessed, so that a quick hash is enough. */
  readonly token: string;
  /** When the token was made, in ms since 1970. */
  readonly tokenAt: number;
  readonly rights: readonly BotRight[];
  /** Names of the rooms that it may enter. */
  readonly rooms: readonly string[];
}

/** In place of the hash of a bot's token that was withdrawn. No token has it. */
export const NO_TOKEN = "*";

/** In place of the hash of an account that has no password. No password has it. */
export const NO_PASSWORD = "*";

/** Why and until when an account can't be used. Times are milliseconds since 1970. */
export interface Suspension {
  /** Who suspended it, as the audit file names them. */
  readonly by: string;
  readonly time: number;
  /** When it ends by itself; `null`: when it is lifted. */
  readonly until: number | null;
  /** "" for none. The account's own user is told. */
  readonly reason: string;
}

/** A registered account. Immutable: a change makes a new object. Times are milliseconds since 1970. */
export interface Account {
  /** Never used again, also when the account is deleted. */
  readonly id: AccountId;
  readonly name: AccountName;
  /**
   * The name by which lines mean the account that were stored before there were ids; left out for an account
   * that is younger than that.
   */
  readonly legacyName?: AccountName;
  /** Password hash: argon2id, in the PHC string format that `Bun.password` writes; `NO_PASSWORD` for a bot. */
  readonly hash: string;
  /** The form of the text that the hash was made of; left out for the earlier one. */
  readonly passwordForm?: PasswordForm;
  readonly createdAt: number;
  /** Whether the account owns the server; owners create and withdraw invitations. */
  readonly owner: boolean;
  /** As the user typed it: the address was never verified. */
  readonly email: string | null;
  readonly certificates: readonly DeviceCertificate[];
  /** Addresses from which it logged in lately, oldest first; left out for none. */
  readonly addresses?: readonly KnownAddress[];
  /** Left out while it has none. */
  readonly secondFactor?: SecondFactor;
  /** Left out for a person's account. */
  readonly bot?: Bot;
  /** Left out unless it was suspended; see suspension.ts for whether that is over. */
  readonly suspension?: Suspension;
  /** The operators' grade that an owner gave it; left out for none. */
  readonly grade?: string;
  /** What its people should hear of, oldest first; left out for nothing. */
  readonly notices?: readonly AccountNotice[];
  /** The right to set its password by a link; left out for none. */
  readonly reset?: PasswordReset;
}

/** A right to sign up. Only the hash of its code is stored. Times are milliseconds since 1970. */
export interface Invitation {
  /** Short public id, shown in lists and used to withdraw the invitation. */
  readonly id: string;
  /** SHA-256 of the code: lower-case hexadecimal. */
  readonly hash: string;
  /** How many sign-ups it allows in total; `null`: no limit. */
  readonly uses: number | null;
  readonly used: number;
  /** `null`: never. */
  readonly expiresAt: number | null;
  readonly createdAt: number;
  /** The account that created it; `null`: the server itself, at its first start. */
  readonly by: AccountId | null;
  /** Whether the account that signs up with it becomes the server's owner. */
  readonly owner: boolean;
}

/**
 * A name that nobody can take for a while, since its account was deleted or has another name now. Its own
 * account may have it back. Times are milliseconds since 1970.
 */
export interface RestingName {
  readonly name: AccountName;
  /** The account that had it. */
  readonly id: AccountId;
  /** See {@link Account.legacyName}; left out unless the account was deleted and had one. */
  readonly legacyName?: AccountName;
  /** When the account was made. */
  readonly createdAt: number;
  /** Since when it rests. */
  readonly since: number;
}

/**
 * A change of accounts or invitations: one entry of the user file's journal, and the only way to change an
 * `AccountStore`. A change carries everything that applying it needs.
 */
export type AccountChange =
  | {
      readonly kind: "signed-up";
      readonly id: AccountId;
      readonly name: AccountName;
      readonly hash: string;
      readonly passwordForm?: PasswordForm;
      /** See `Account.legacyName`. Only an upgrade makes such a change. */
      readonly legacyName?: AccountName;
      readonly email: string | null;
      readonly owner: boolean;
      readonly time: number;
    }
  | {
      readonly kind: "password";
      readonly id: AccountId;
      readonly hash: string;
      readonly passwordForm?: PasswordForm;
      /**
       * The hash that this one replaces, made of the same password; left out for another password. The change
       * does nothing when the account has another hash by then.
       */
      readonly renews?: string;
    }
  | { readonly kind: "email"; readonly id: AccountId; readonly email: string | null }
  | {
      readonly kind: "certificate-added";
      readonly id: AccountId;
      readonly certificate: DeviceCertificate;
    }
  | {
      readonly kind: "certificate-removed";
      readonly id: AccountId;
      readonly fingerprint: string;
    }
  /** A device logged in, or left. */
  | {
      readonly kind: "certificate-seen";
      readonly id: AccountId;
      readonly fingerprint: string;
      readonly time: number;
    }
  /** All devices but one can log in no longer. */
  | {
      readonly kind: "devices-withdrawn";
      readonly id: AccountId;
      /** A fingerprint. */
      readonly except: string | null;
    }
  /** The account's people should hear of something. */
  | { readonly kind: "notice-added"; readonly id: AccountId; readonly notice: AccountNotice }
  /** A device has heard of some notices. */
  | {
      readonly kind: "notices-told";
      readonly id: AccountId;
      readonly notices: readonly string[];
      readonly device: string;
    }
  /** A link may set a new password. It takes the place of an earlier one. */
  | ({ readonly kind: "reset-made"; readonly id: AccountId } & PasswordReset)
  | { readonly kind: "reset-withdrawn"; readonly id: AccountId }
  /** A new password was set by a link. Does nothing when the account has no such link any more. */
  | {
      readonly kind: "reset-used";
      readonly id: AccountId;
      /** The hash of the link's code. */
      readonly code: string;
      readonly hash: string;
      readonly passwordForm: PasswordForm;
    }
  /** The account logged in from an address. */
  | ({ readonly kind: "address-known"; readonly id: AccountId } & KnownAddress)
  /** The server chose the key of its address hashes. Only the first such change counts. */
  | { readonly kind: "address-key"; readonly key: string }
  | {
      readonly kind: "second-factor-on";
      readonly id: AccountId;
      readonly secondFactor: SecondFactor;
    }
  | { readonly kind: "second-factor-off"; readonly id: AccountId }
  /** A log-in used the app's code of the 30 seconds that began at this time. */
  | { readonly kind: "code-used"; readonly id: AccountId; readonly time: number }
  | { readonly kind: "recovery-code-used"; readonly id: AccountId; readonly hash: string }
  /** The recovery codes were made anew. */
  | {
      readonly kind: "second-factor-codes";
      readonly id: AccountId;
      readonly recovery: readonly string[];
    }
  /** An account made a bot. */
  | {
      readonly kind: "bot-added";
      readonly id: AccountId;
      readonly name: AccountName;
      readonly bot: Bot;
      readonly time: number;
    }
  /** A bot got another token, other rights or other rooms. */
  | { readonly kind: "bot-changed"; readonly id: AccountId; readonly bot: Bot }
  /** The bots of the account can't log in until they get new tokens. */
  | { readonly kind: "bot-tokens-withdrawn"; readonly id: AccountId }
  /** The account has another name. The former one rests. */
  | {
      readonly kind: "renamed";
      readonly id: AccountId;
      readonly name: AccountName;
      readonly time: number;
    }
  | { readonly kind: "suspended"; readonly id: AccountId; readonly suspension: Suspension }
  | { readonly kind: "unsuspended"; readonly id: AccountId }
  /** An owner made the account an operator of a grade, or an ordinary account (`null`). */
  | { readonly kind: "graded"; readonly id: AccountId; readonly grade: string | null }
  /** The account is gone. Its name rests. */
  | { readonly kind: "deleted"; readonly id: AccountId; readonly time: number }
  /** A name rests no longer. */
  | { readonly kind: "name-freed"; readonly name: AccountName }
  | { readonly kind: "invited"; readonly invitation: Invitation }
  | { readonly kind: "invitation-used"; readonly id: string }
  | { readonly kind: "invitation-withdrawn"; readonly id: string };

/** All accounts, invitations and resting names, as plain data: the content of the user file. */
export interface AccountRecords {
  readonly accounts: readonly Account[];
  readonly resting?: readonly RestingName[];
  readonly invitations: readonly Invitation[];
  /** The key of the address hashes; left out until the first address is noted. */
  readonly addressKey?: string;
}
