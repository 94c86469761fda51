import type { Account, AccountChange, Invitation } from "../../lib/member-server/account.ts";
import type { AccountStore } from "../../lib/member-server/account-store.ts";
import { type AccountName, parseAccount } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";

/** A name that is known to be one. */
export function name(text: string): AccountName {
  const parsed = parseAccount(text);
  if (parsed === null) throw new Error(`${text} is no account's name`);
  return parsed;
}

export function account(text: string, rest: Partial<Account> = {}): Account {
  return {
    id: accountId(text),
    name: name(text),
    hash: `hash of ${text}`,
    createdAt: 1,
    owner: false,
    email: null,
    certificates: [],
    ...rest,
  };
}

export function invitation(id: string, rest: Partial<Invitation> = {}): Invitation {
  return {
    id,
    hash: digest(id),
    uses: null,
    used: 0,
    expiresAt: null,
    createdAt: 1,
    by: null,
    owner: false,
    ...rest,
  };
}

/** Stands in for SHA-256: one text for each text, and not the text itself. */
export function digest(text: string): string {
  return `#${Buffer.from(text).toString("hex")}`;
}

export function applyAll(members: AccountStore, changes: readonly AccountChange[]): void {
  for (const change of changes) members.apply(change);
}
