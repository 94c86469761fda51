import type {
  Account,
  AccountChange,
  Bot,
  DeviceCertificate,
  Invitation,
  KnownAddress,
  RestingName,
  SecondFactor,
  Suspension,
} from "../../member-server/account.ts";
import type { AccountNotice } from "../../member-server/account-notices.ts";
import type { PasswordReset } from "../../member-server/password-reset.ts";
import type { AccountId } from "../../protocol/account-id.ts";
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
const accountId = storedName<AccountId>();
const byId = { id: accountId };

const certificate: Decoder<DeviceCertificate> = object(
  { fingerprint: nonEmptyString, label: string, addedAt: number },
  { seenAt: number },
);

const secondFactor: Decoder<SecondFactor> = object({
  secret: nonEmptyString,
  since: number,
  lastCodeAt: number,
  recovery: array(nonEmptyString),
});

const bot: Decoder<Bot> = object({
  by: accountId,
  token: nonEmptyString,
  tokenAt: number,
  rights: array(oneOf("read", "speak", "react", "direct", "moderate")),
  rooms: array(nonEmptyString),
});

const knownAddress = { hash: nonEmptyString, time: number };
const addresses: Decoder<readonly KnownAddress[]> = array(object(knownAddress));

const suspension: Decoder<Suspension> = object({
  by: string,
  time: number,
  until: nullable(number),
  reason: string,
});
const notice: Decoder<AccountNotice> = object({
  id: nonEmptyString,
  kind: oneOf(
    ...(["password", "device", "email", "second-factor", "bot-token"] as const),
    ...(["address", "code", "reset-link", "reset"] as const),
  ),
  time: number,
  told: array(nonEmptyString),
});
const resetFields = { hash: nonEmptyString, madeAt: number, expiresAt: number };
const reset: Decoder<PasswordReset> = object(resetFields);

/** An entry of "accounts" in users.json. */
export const decodeAccount: Decoder<Account> = object(
  {
    id: accountId,
    name: accountName,
    hash: nonEmptyString,
    createdAt: number,
    owner: boolean,
    email: nullable(string),
    certificates: array(certificate),
  },
  {
    ...{ legacyName: accountName, passwordForm, addresses, secondFactor, bot },
    ...{ suspension, grade: nonEmptyString, notices: array(notice), reset },
  },
);

/** An entry of "resting" in users.json. */
export const decodeRestingName: Decoder<RestingName> = object(
  { name: accountName, id: accountId, createdAt: number, since: number },
  { legacyName: accountName },
);

/** An entry of "invitations" in users.json. */
export const decodeInvitation: Decoder<Invitation> = object({
  id: nonEmptyString,
  hash: nonEmptyString,
  uses: nullable(number),
  used: number,
  expiresAt: nullable(number),
  createdAt: number,
  by: nullable(accountId),
  owner: boolean,
});

const ACCOUNT_CHANGES = {
  "signed-up": object(
    {
      id: accountId,
      name: accountName,
      hash: nonEmptyString,
      email: nullable(string),
      owner: boolean,
      time: number,
    },
    { legacyName: accountName, passwordForm },
  ),
  password: object({ ...byId, hash: nonEmptyString }, { passwordForm, renews: nonEmptyString }),
  email: object({ ...byId, email: nullable(string) }),
  "certificate-added": object({ ...byId, certificate }),
  "certificate-removed": object({ ...byId, fingerprint: nonEmptyString }),
  "certificate-seen": object({ ...byId, fingerprint: nonEmptyString, time: number }),
  "devices-withdrawn": object({ ...byId, except: nullable(nonEmptyString) }),
  "notice-added": object({ ...byId, notice }),
  "notices-told": object({ ...byId, notices: array(string), device: nonEmptyString }),
  "reset-made": object({ ...byId, ...resetFields }),
  "reset-withdrawn": object(byId),
  "reset-used": object({
    ...{ ...byId, code: nonEmptyString, hash: nonEmptyString },
    passwordForm,
  }),
  "address-known": object({ ...byId, ...knownAddress }),
  "address-key": object({ key: nonEmptyString }),
  "second-factor-on": object({ ...byId, secondFactor }),
  "second-factor-off": object(byId),
  "code-used": object({ ...byId, time: number }),
  "recovery-code-used": object({ ...byId, hash: nonEmptyString }),
  "second-factor-codes": object({ ...byId, recovery: array(nonEmptyString) }),
  "bot-added": object({ ...byId, name: accountName, bot, time: number }),
  "bot-changed": object({ ...byId, bot }),
  "bot-tokens-withdrawn": object(byId),
  renamed: object({ ...byId, name: accountName, time: number }),
  suspended: object({ ...byId, suspension }),
  unsuspended: object(byId),
  graded: object({ ...byId, grade: nullable(nonEmptyString) }),
  deleted: object({ ...byId, time: number }),
  "name-freed": object({ name: accountName }),
  invited: object({ invitation: decodeInvitation }),
  "invitation-used": object({ id: nonEmptyString }),
  "invitation-withdrawn": object({ id: nonEmptyString }),
} as const;

/** The changes of one line of users.journal. */
export const decodeAccountChanges: Decoder<readonly AccountChange[]> = array(
  byKind(ACCOUNT_CHANGES),
);

/** Whether a change of users.journal can be of this kind. */
export function isAccountChangeKind(kind: string): boolean {
  return Object.hasOwn(ACCOUNT_CHANGES, kind);
}
