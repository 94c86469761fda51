import type { AccountName } from "../protocol/names.ts";

/** A device that may log in by its client certificate (SASL EXTERNAL) in place of a password. */
export interface DeviceCertificate {
  /** SHA-256 of the certificate, lower-case hexadecimal, no colons. */
  readonly fingerprint: string;
  /** What the person calls the device. */
  readonly label: string;
  readonly addedAt: number;
}

/** Somebody who signed up. Times are milliseconds since 1970. */
export interface Account {
  readonly name: AccountName;
  /** argon2id, in the PHC string form that `Bun.password` writes. */
  readonly hash: string;
  readonly createdAt: number;
  /** The owner of the server makes and withdraws invitations. */
  readonly owner: boolean;
  /** Kept as it was given: nobody has checked that it is theirs. */
  readonly email: string | null;
  readonly certificates: readonly DeviceCertificate[];
}

/** A right to sign up. The code itself is never stored. */
export interface Invitation {
  /** Short public name, by which it is listed and withdrawn. */
  readonly id: string;
  /** SHA-256 of the code, lower-case hexadecimal. */
  readonly hash: string;
  /** How often it may be used in all; `null` is without end. */
  readonly uses: number | null;
  readonly used: number;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  /** Who made it; `null` is the server itself, at its first start. */
  readonly by: AccountName | null;
  /** Who signs up by it owns the server. */
  readonly owner: boolean;
}
