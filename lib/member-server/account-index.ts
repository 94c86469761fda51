import { type AccountId, legacyAccountHost } from "../protocol/account-id.ts";
import { type Folded, fold, type Skeleton, skeleton } from "../protocol/names.ts";
import type { Account, Invitation, RestingName } from "./account.ts";

/**
 * Finds accounts by skeleton, certificate, reset code and legacy name, resting names by skeleton, and invitations by code
 * hash; counts the owners.
 */
export class AccountIndex {
  readonly skeletons = new Map<Skeleton, AccountId>();
  readonly certificates = new Map<string, AccountId>();
  readonly legacyNames = new Map<Folded, AccountId>();
  readonly legacyHosts = new Map<string, AccountId>();
  readonly restingSkeletons = new Map<Skeleton, Folded>();
  readonly codes = new Map<string, string>();
  readonly resets = new Map<string, AccountId>();
  owners = 0;

  constructor(
    accounts: Iterable<Account>,
    invitations: Iterable<Invitation>,
    resting: Iterable<RestingName>,
  ) {
    for (const account of accounts) this.add(account);
    for (const name of resting) this.addResting(name);
    for (const { hash, id } of invitations) this.codes.set(hash, id);
  }

  /** The first account with a skeleton or certificate keeps it. */
  add(account: Account): void {
    const { id, legacyName, reset } = account;
    const look = skeleton(account.name);
    if (reset !== undefined) this.resets.set(reset.hash, id);
    if (!this.skeletons.has(look)) this.skeletons.set(look, id);
    for (const { fingerprint } of account.certificates) {
      if (!this.certificates.has(fingerprint)) this.certificates.set(fingerprint, id);
    }
    if (legacyName !== undefined) {
      this.legacyNames.set(fold(legacyName), id);
      this.legacyHosts.set(legacyAccountHost(legacyName), id);
    }
    if (account.owner) this.owners += 1;
  }

  remove(account: Account): void {
    const { id, legacyName, reset } = account;
    const look = skeleton(account.name);
    if (reset !== undefined) this.resets.delete(reset.hash);
    if (this.skeletons.get(look) === id) this.skeletons.delete(look);
    for (const { fingerprint } of account.certificates) {
      if (this.certificates.get(fingerprint) === id) this.certificates.delete(fingerprint);
    }
    if (legacyName !== undefined) {
      this.legacyNames.delete(fold(legacyName));
      this.legacyHosts.delete(legacyAccountHost(legacyName));
    }
    if (account.owner) this.owners -= 1;
  }

  addResting({ name }: RestingName): void {
    this.restingSkeletons.set(skeleton(name), fold(name));
  }

  removeResting({ name }: RestingName): void {
    const look = skeleton(name);
    if (this.restingSkeletons.get(look) === fold(name)) this.restingSkeletons.delete(look);
  }
}
