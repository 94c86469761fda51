import type {
  Account,
  AccountChange,
  DeviceCertificate,
  Invitation,
  KnownAddress,
} from "../../member-server/account.ts";
import {
  array,
  boolean,
  byKind,
  type Decoder,
  nonEmptyString,
  nullable,
  number,
  object,
  oneOf,
  storedName,
  string,
} from "../../protocol/json-decoder.ts";
import type { AccountName } from "../../protocol/names.ts";
import type { PasswordForm } from "../../protocol/opaque-string.ts";

/* The shapes in users.json and users.journal. */

const accountName = storedName<AccountName>();
/** Left out of a hash that was made before there was the note. */
const passwordForm: Decoder<PasswordForm> = oneOf("opaque");
const byName = { name: accountName };

const certificate: Decoder<DeviceCertificate> = object({
  fingerprint: nonEmptyString,
  label: string,
  addedAt: number,
});

const knownAddress = { hash: nonEmptyString, time: number };
const addresses: Decoder<readonly KnownAddress[]> = array(object(knownAddress));

/** An entry of "accounts" in users.json. */
export const decodeAccount: Decoder<Account> = object(
  {
    name: accountName,
    hash: nonEmptyString,
    createdAt: number,
    owner: boolean,
    email: nullable(string),
    certificates: array(certificate),
  },
  { passwordForm, addresses },
);

/** An entry of "invitations" in users.json. */
export const decodeInvitation: Decoder<Invitation> = object({
  id: nonEmptyString,
  hash: nonEmptyString,
  uses: nullable(number),
  used: number,
  expiresAt: nullable(number),
  createdAt: number,
  by: nullable(accountName),
  owner: boolean,
});

/** The changes of one line of users.journal. */
export const decodeAccountChanges: Decoder<readonly AccountChange[]> = array(
  byKind({
    "signed-up": object(
      {
        name: accountName,
        hash: nonEmptyString,
        email: nullable(string),
        owner: boolean,
        time: number,
      },
      { passwordForm },
    ),
    password: object({ ...byName, hash: nonEmptyString }, { passwordForm, renews: nonEmptyString }),
    email: object({ ...byName, email: nullable(string) }),
    "certificate-added": object({ ...byName, certificate }),
    "certificate-removed": object({ ...byName, fingerprint: nonEmptyString }),
    "address-known": object({ ...byName, ...knownAddress }),
    "address-key": object({ key: nonEmptyString }),
    deleted: object(byName),
    invited: object({ invitation: decodeInvitation }),
    "invitation-used": object({ id: nonEmptyString }),
    "invitation-withdrawn": object({ id: nonEmptyString }),
  }),
);
