import {
  type AccountName,
  type Folded,
  fold,
  type Nick,
  type Skeleton,
  skeleton,
} from "../protocol/names.ts";
import type { Account, Invitation } from "./account.ts";
import { MemberBook } from "./account-book.ts";
import type { AccountChange } from "./account-change.ts";
import type { MemberRecords } from "./member-ports.ts";

/**
 * Who signed up, and who may: looked up by name, by look and by certificate. Changes only by
 * {@link AccountStore.apply}, when a change is safe on disk.
 *
 * @example
 * const members = new Members(opened.accounts, opened.invitations);
 * members.account(fold("Mina"))?.name; // "mina", as it was signed up
 * for (const change of changes) members.apply(change);
 */
export class AccountStore {
  readonly #book: MemberBook;
  readonly #looks = new Map<Skeleton, Folded>();
  readonly #certificates = new Map<string, Folded>();
  readonly #codes = new Map<string, string>();
  #owners = 0;

  constructor(accounts: Iterable<Account> = [], invitations: Iterable<Invitation> = []) {
    this.#book = new MemberBook(accounts, invitations);
    for (const account of this.#book.accounts.values()) this.#index(account);
    for (const { hash, id } of this.#book.invitations.values()) this.#codes.set(hash, id);
  }

  get count(): number {
    return this.#book.accounts.size;
  }

  /** Whether somebody owns the server. Without an owner the next start prints an owner's invitation. */
  get hasOwner(): boolean {
    return this.#owners > 0;
  }

  account(name: Folded): Account | null {
    return this.#book.accounts.get(name) ?? null;
  }

  /** Whose device has the certificate with this fingerprint. */
  byCertificate(fingerprint: string): Account | null {
    const name = this.#certificates.get(fingerprint);
    return name === undefined ? null : this.account(name);
  }

  /** The account whose name could be mistaken for this one; also the account of this very name. */
  lookalike(name: AccountName | Nick): Account | null {
    const found = this.#looks.get(skeleton(name));
    return found === undefined ? null : this.account(found);
  }

  /** Whose nick this is, whether they are here or not: a nick that is an account's name is that account's. */
  nickOwner(nick: Folded): Account | null {
    return this.account(nick);
  }

  accounts(): Iterable<Account> {
    return this.#book.accounts.values();
  }

  invitations(): Iterable<Invitation> {
    return this.#book.invitations.values();
  }

  invitation(id: string): Invitation | null {
    return this.#book.invitations.get(id) ?? null;
  }

  /** @param hash SHA-256 of the cleaned code, lower-case hexadecimal; see `invitationHash`. */
  invitationByHash(hash: string): Invitation | null {
    const id = this.#codes.get(hash);
    return id === undefined ? null : this.invitation(id);
  }

  /** The records as they are now; later changes leave them alone. */
  snapshot(): MemberRecords {
    return this.#book.snapshot();
  }

  /** Carries out a change that has been kept; what it is about may be missing, then nothing changes. */
  apply(change: AccountChange): void {
    const touched = "name" in change ? fold(change.name) : null;
    const before = touched === null ? null : this.account(touched);
    if (before !== null) this.#forget(before);
    if (change.kind === "invitation-withdrawn") {
      const invitation = this.invitation(change.id);
      if (invitation !== null) this.#codes.delete(invitation.hash);
    }
    this.#book.apply(change);
    const after = touched === null ? null : this.account(touched);
    if (after !== null) this.#index(after);
    if (change.kind === "invited") this.#codes.set(change.invitation.hash, change.invitation.id);
  }

  #index(account: Account): void {
    const name = fold(account.name);
    const look = skeleton(account.name);
    if (!this.#looks.has(look)) this.#looks.set(look, name);
    for (const { fingerprint } of account.certificates) {
      if (!this.#certificates.has(fingerprint)) this.#certificates.set(fingerprint, name);
    }
    if (account.owner) this.#owners += 1;
  }

  #forget(account: Account): void {
    const name = fold(account.name);
    const look = skeleton(account.name);
    if (this.#looks.get(look) === name) this.#looks.delete(look);
    for (const { fingerprint } of account.certificates) {
      if (this.#certificates.get(fingerprint) === name) this.#certificates.delete(fingerprint);
    }
    if (account.owner) this.#owners -= 1;
  }
}
