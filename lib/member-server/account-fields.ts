import { type Account, type AccountChange, NO_TOKEN } from "./account.ts";
import { withNotice, withTold } from "./account-notices.ts";
import { withAddress } from "./known-addresses.ts";
import { afterCode } from "./second-factor.ts";

/** The changes that replace fields of one account, and touch no other. */
type FieldChange = Extract<
  AccountChange,
  {
    kind:
      | "email"
      | "certificate-added"
      | "certificate-removed"
      | "certificate-seen"
      | "devices-withdrawn"
      | "address-known"
      | "notice-added"
      | "notices-told"
      | "reset-made"
      | "reset-withdrawn"
      | "reset-used"
      | "second-factor-on"
      | "second-factor-off"
      | "code-used"
      | "recovery-code-used"
      | "second-factor-codes"
      | "bot-changed"
      | "bot-tokens-withdrawn"
      | "suspended"
      | "unsuspended"
      | "graded";
  }
>;

/** Returns an account as it is after a change. */
export function changedAccount(account: Account, change: FieldChange): Account {
  const { certificates } = account;
  switch (change.kind) {
    case "email":
      return { ...account, email: change.email };
    case "certificate-added": {
      const { certificate } = change;
      const others = without(certificates, certificate.fingerprint);
      return { ...account, certificates: [...others, certificate] };
    }
    case "certificate-removed":
      return { ...account, certificates: without(certificates, change.fingerprint) };
    case "certificate-seen": {
      const { fingerprint, time } = change;
      const seen = certificates.map((each) =>
        each.fingerprint === fingerprint ? { ...each, seenAt: time } : each,
      );
      return { ...account, certificates: seen };
    }
    case "devices-withdrawn": {
      const { except } = change;
      const left = certificates.filter(({ fingerprint }) => fingerprint === except);
      return { ...account, certificates: left };
    }
    case "address-known":
      return { ...account, addresses: withAddress(account.addresses, change) };
    case "notice-added":
      return { ...account, notices: withNotice(account.notices, change.notice) };
    case "notices-told": {
      const { notices, device } = change;
      return { ...account, notices: withTold(account.notices, notices, device) };
    }
    case "reset-made": {
      const { hash, madeAt, expiresAt } = change;
      return { ...account, reset: { hash, madeAt, expiresAt } };
    }
    case "reset-withdrawn": {
      const { reset: _, ...others } = account;
      return others;
    }
    case "reset-used": {
      // Known addresses go as with each new password: one of them may be a thief's.
      const { reset: _, passwordForm: __, addresses: ___, secondFactor: ____, ...others } = account;
      return { ...others, hash: change.hash, ...formNote(change) };
    }
    case "second-factor-on":
      // The first of two that are set up at once counts.
      return account.secondFactor === undefined
        ? { ...account, secondFactor: change.secondFactor }
        : account;
    case "second-factor-off": {
      const { secondFactor: _, ...others } = account;
      return others;
    }
    case "code-used":
    case "recovery-code-used": {
      const { secondFactor } = account;
      if (secondFactor === undefined) return account;
      return { ...account, secondFactor: afterCode(secondFactor, change) };
    }
    case "second-factor-codes": {
      const { secondFactor } = account;
      if (secondFactor === undefined) return account;
      return { ...account, secondFactor: { ...secondFactor, recovery: change.recovery } };
    }
    case "bot-changed": {
      if (account.bot === undefined) return account;
      // Other limits that were on their way when it got a new token don't bring the former one back.
      const { token, tokenAt } =
        account.bot.tokenAt > change.bot.tokenAt ? account.bot : change.bot;
      return { ...account, bot: { ...change.bot, token, tokenAt } };
    }
    case "bot-tokens-withdrawn": {
      const { bot } = account;
      return bot === undefined ? account : { ...account, bot: { ...bot, token: NO_TOKEN } };
    }
    case "suspended":
      return { ...account, suspension: change.suspension };
    case "unsuspended": {
      const { suspension: _, ...others } = account;
      return others;
    }
    case "graded": {
      const { grade: _, ...others } = account;
      return change.grade === null ? others : { ...others, grade: change.grade };
    }
  }
}

/** Returns the form of a password's hash as a field, if it has one. */
export function formNote({
  passwordForm,
}: Pick<Account, "passwordForm">): Pick<Account, "passwordForm"> {
  return passwordForm === undefined ? {} : { passwordForm };
}

function without(certificates: Account["certificates"], fingerprint: string) {
  return certificates.filter((certificate) => certificate.fingerprint !== fingerprint);
}
