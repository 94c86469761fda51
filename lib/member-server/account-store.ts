import {
  type AccountName,
  type Folded,
  fold,
  type Nick,
  type Skeleton,
  skeleton,
} from "../protocol/names.ts";
import type { Account, AccountChange, AccountRecords, Invitation } from "./account.ts";

/**
 * Owns the accounts and invitations, and finds them by name, lookalike name, certificate and code. Only
 * {@link AccountStore.apply} changes it. The server applies a change after it was saved to disk; the user file
 * has a second store that it applies changes to as it writes them.
 *
 * Accounts are never mutated: an `Account` that a caller holds stays as it was.
 *
 * @example
 * const accounts = AccountStore.of(opened.records);
 * accounts.account(fold("Mina"))?.name; // "mina", as it was signed up
 * for (const change of savedChanges) accounts.apply(change);
 */
export class AccountStore {
  readonly #accounts = new Map<Folded, Account>();
  readonly #invitations = new Map<string, Invitation>();
  /** By account: the earlier hash of the same password, which the present one replaced. */
  readonly #renewedHashes = new Map<Folded, string>();
  /** `null` until something is looked up by another key than its name: the user file never needs it. */
  #index: AccountIndex | null = null;

  /** Makes a store from plain records, as the user file gives them. */
  static of({ accounts, invitations }: AccountRecords): AccountStore {
    return new AccountStore(accounts, invitations);
  }

  constructor(accounts: Iterable<Account> = [], invitations: Iterable<Invitation> = []) {
    for (const account of accounts) this.#accounts.set(fold(account.name), account);
    for (const invitation of invitations) this.#invitations.set(invitation.id, invitation);
  }

  /** Whether the server has an owner. Without one the next start prints an owner's invitation. */
  get hasOwner(): boolean {
    return this.#lookups().owners > 0;
  }

  /** Returns the account of this name, or `null`. */
  account(name: Folded): Account | null {
    return this.#accounts.get(name) ?? null;
  }

  /**
   * Returns whether an account's password is still the one that a hash was made of. A log-in may have begun
   * before the hash was made anew.
   */
  isPasswordHash(name: Folded, hash: string): boolean {
    return this.account(name)?.hash === hash || this.#renewedHashes.get(name) === hash;
  }

  /** Returns the account that has a device with this certificate fingerprint, or `null`. */
  byCertificate(fingerprint: string): Account | null {
    const name = this.#lookups().certificates.get(fingerprint);
    return name === undefined ? null : this.account(name);
  }

  /** Returns the account whose name looks like this one, which may be the account of this very name, or `null`. */
  lookalike(name: AccountName | Nick): Account | null {
    // Without a lookalike there is no account of this name either: the work is the same in each case.
    return this.account(this.#lookups().skeletons.get(skeleton(name)) ?? fold(name));
  }

  /** Returns the account that owns a nick, online or not: an account's name is reserved as its nick. */
  nickOwner(nick: Folded): Account | null {
    return this.account(nick);
  }

  /** Iterates over all accounts, in the order in which they signed up. */
  accounts(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** Iterates over all invitations, oldest first; expired and used-up ones are included. */
  invitations(): Iterable<Invitation> {
    return this.#invitations.values();
  }

  /** Returns the invitation with this public id, or `null`. */
  invitation(id: string): Invitation | null {
    return this.#invitations.get(id) ?? null;
  }

  /** Returns the invitation with this code hash (see `invitationHash`), or `null`. */
  invitationByHash(hash: string): Invitation | null {
    const id = this.#lookups().codes.get(hash);
    return id === undefined ? null : this.invitation(id);
  }

  /** Returns the records as they are now; later changes don't affect them. */
  snapshot(): AccountRecords {
    // Ten times as fast as a spread: half a millisecond for 100,000 accounts.
    return {
      accounts: Array.from(this.#accounts.values()),
      invitations: Array.from(this.#invitations.values()),
    };
  }

  /**
   * Applies a change. Never fails: a change of something that doesn't exist, or a sign-up under a taken name,
   * changes nothing. The rules are checked before a change is made, and a replay must not stop.
   */
  apply(change: AccountChange): void {
    switch (change.kind) {
      case "signed-up": {
        const { name, hash, email, owner, time } = change;
        if (this.#accounts.has(fold(name))) return;
        const form = formNote(change);
        this.#put({ name, hash, ...form, createdAt: time, owner, email, certificates: [] });
        return;
      }
      case "password": {
        const { name, hash, renews } = change;
        const folded = fold(name);
        if (renews === undefined) this.#renewedHashes.delete(folded);
        else if (this.account(folded)?.hash !== renews) return;
        else this.#renewedHashes.set(folded, renews);
        this.#update(name, ({ passwordForm: _, ...account }) => ({
          ...account,
          hash,
          ...formNote(change),
        }));
        return;
      }
      case "email":
        this.#update(change.name, (account) => ({ ...account, email: change.email }));
        return;
      case "certificate-added": {
        const { certificate } = change;
        this.#update(change.name, (account) => ({
          ...account,
          certificates: [...without(account.certificates, certificate.fingerprint), certificate],
        }));
        return;
      }
      case "certificate-removed":
        this.#update(change.name, (account) => ({
          ...account,
          certificates: without(account.certificates, change.fingerprint),
        }));
        return;
      case "deleted": {
        const account = this.account(fold(change.name));
        if (account === null) return;
        this.#index?.remove(account);
        this.#renewedHashes.delete(fold(change.name));
        this.#accounts.delete(fold(change.name));
        return;
      }
      case "invited":
        this.#invitations.set(change.invitation.id, change.invitation);
        this.#index?.codes.set(change.invitation.hash, change.invitation.id);
        return;
      case "invitation-used": {
        const invitation = this.#invitations.get(change.id);
        if (invitation === undefined) return;
        this.#invitations.set(change.id, { ...invitation, used: invitation.used + 1 });
        return;
      }
      case "invitation-withdrawn": {
        const invitation = this.#invitations.get(change.id);
        if (invitation === undefined) return;
        this.#index?.codes.delete(invitation.hash);
        this.#invitations.delete(change.id);
        return;
      }
    }
  }

  #update(name: AccountName, changed: (account: Account) => Account): void {
    const account = this.account(fold(name));
    if (account === null) return;
    this.#index?.remove(account);
    this.#put(changed(account));
  }

  #put(account: Account): void {
    this.#accounts.set(fold(account.name), account);
    this.#index?.add(account);
  }

  #lookups(): AccountIndex {
    this.#index ??= new AccountIndex(this.accounts(), this.invitations());
    return this.#index;
  }
}

/** Finds accounts by skeleton and certificate, and invitations by code hash; counts the owners. */
class AccountIndex {
  readonly skeletons = new Map<Skeleton, Folded>();
  readonly certificates = new Map<string, Folded>();
  readonly codes = new Map<string, string>();
  owners = 0;

  constructor(accounts: Iterable<Account>, invitations: Iterable<Invitation>) {
    for (const account of accounts) this.add(account);
    for (const { hash, id } of invitations) this.codes.set(hash, id);
  }

  /** The first account with a skeleton or certificate keeps it. */
  add(account: Account): void {
    const name = fold(account.name);
    const look = skeleton(account.name);
    if (!this.skeletons.has(look)) this.skeletons.set(look, name);
    for (const { fingerprint } of account.certificates) {
      if (!this.certificates.has(fingerprint)) this.certificates.set(fingerprint, name);
    }
    if (account.owner) this.owners += 1;
  }

  remove(account: Account): void {
    const name = fold(account.name);
    const look = skeleton(account.name);
    if (this.skeletons.get(look) === name) this.skeletons.delete(look);
    for (const { fingerprint } of account.certificates) {
      if (this.certificates.get(fingerprint) === name) this.certificates.delete(fingerprint);
    }
    if (account.owner) this.owners -= 1;
  }
}

function formNote({ passwordForm }: Pick<Account, "passwordForm">): Pick<Account, "passwordForm"> {
  return passwordForm === undefined ? {} : { passwordForm };
}

function without(certificates: Account["certificates"], fingerprint: string) {
  return certificates.filter((certificate) => certificate.fingerprint !== fingerprint);
}
