import { randomBytes } from "node:crypto";
import {
  type AccountId,
  accountHost,
  legacyAccountHost,
  legacyHostIn,
  makeAccountId,
} from "../../protocol/account-id.ts";
import { isJsonObject } from "../../protocol/json-decoder.ts";
import { fold } from "../../protocol/names.ts";

/** An account as this upgrade needs it. */
export interface UpgradedAccount {
  readonly id: AccountId;
  readonly name: string;
  readonly createdAt: number;
}

/**
 * Finds out which account a name means in files of the first format, where a name could pass from a deleted
 * account to a later one. Accounts that don't exist any more get ids as well: nobody has them.
 */
export class LegacyAccounts {
  readonly #byName: ReadonlyMap<string, UpgradedAccount>;
  /** Former host → account. */
  readonly #byHost: ReadonlyMap<string, UpgradedAccount>;
  /** Folded name → the places in people.journal where an account of that name was deleted. */
  readonly #deletions = new Map<string, number[]>();
  /** Folded name and number of deletions that were to come → the id of an account that is gone. */
  readonly #gone = new Map<string, AccountId>();

  /** @param changes the changes of people.journal that rooms.json doesn't have */
  constructor(accounts: readonly UpgradedAccount[], changes: readonly unknown[]) {
    this.#byName = new Map(accounts.map((account) => [fold(account.name), account]));
    this.#byHost = new Map(accounts.map((account) => [legacyAccountHost(account.name), account]));
    for (const [index, change] of changes.entries()) {
      if (!isJsonObject(change) || change["kind"] !== "forgotten") continue;
      const name = fold(String(change["account"]));
      const places = this.#deletions.get(name);
      if (places === undefined) this.#deletions.set(name, [index]);
      else places.push(index);
    }
  }

  /**
   * Returns the account that had a name at a place in people.journal; -1 is before it, as rooms.json is. A name
   * that is deleted later on was another account's.
   */
  at(name: string, index: number): AccountId {
    const places = this.#deletions.get(fold(name)) ?? [];
    const deletionsLeft = places.filter((place) => place >= index).length;
    const account = this.#byName.get(fold(name));
    return deletionsLeft === 0 && account !== undefined
      ? account.id
      : this.#goneId(name, deletionsLeft);
  }

  /** Returns the account that something of this time (ms) belongs to, in rooms.json. */
  since(name: string, time: number): AccountId {
    const account = this.ofTime(name, time);
    if (account !== null) return account;
    return this.#goneId(name, this.#deletions.get(fold(name))?.length ?? 0);
  }

  /** Returns the existing account that had a name at a time (ms), or `null`. */
  ofTime(name: string, time: number): AccountId | null {
    const account = this.#byName.get(fold(name));
    return account !== undefined && account.createdAt <= time ? account.id : null;
  }

  /** Whether there is an account of this name. */
  has(name: string): boolean {
    return this.#byName.has(fold(name));
  }

  /** Puts the new host of an account in the place of its former one, in a mask that was set at a time (ms). */
  withHost(mask: string, time: number): string {
    const host = legacyHostIn(mask) ?? undefined;
    const account = host === undefined ? undefined : this.#byHost.get(host);
    if (host === undefined || account === undefined || account.createdAt > time) return mask;
    return mask.slice(0, -host.length) + accountHost(account.id);
  }

  #goneId(name: string, deletionsLeft: number): AccountId {
    const key = `${fold(name)} ${deletionsLeft}`;
    const id = this.#gone.get(key) ?? newAccountId();
    this.#gone.set(key, id);
    return id;
  }
}

/** Returns a random id of an account. */
export function newAccountId(): AccountId {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  return makeAccountId(Array.from(randomBytes(16), (byte) => letters.charAt(byte & 31)).join(""));
}
