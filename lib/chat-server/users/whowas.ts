import type { SoftTable } from "../../member-server/soft-table.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import { WHOWAS_MAX } from "../limits.ts";

/** A user who had a nick, and until when, in ms since 1970. */
interface WhowasEntry {
  /** Counts up: its key for another server. */
  readonly number: number;
  readonly identity: UserIdentity;
  readonly until: number;
}

/** Owns the former nicks for WHOWAS: the newest `WHOWAS_MAX`, in memory only. Changed by users.ts. */
export class WhowasList implements SoftTable {
  #entries: WhowasEntry[] = [];
  #lastNumber = 0;
  /** The numbers up to which entries were handed over, and those that have gone since. */
  #takenUpTo = 0;
  #gone: number[] = [];

  /** Adds a nick that a user gave up, by another nick or by quitting. `until` in ms since 1970. */
  add(identity: UserIdentity, until: number): void {
    this.#lastNumber += 1;
    this.#entries.push({ number: this.#lastNumber, identity, until });
    // Trimmed in large steps, so that most calls copy nothing.
    if (this.#entries.length >= WHOWAS_MAX * 2) {
      this.#replace(this.#entries.slice(WHOWAS_MAX));
    }
  }

  *takeChanges(): Iterable<readonly [string, Omit<WhowasEntry, "number"> | null]> {
    // Asked in each turn.
    if (this.#takenUpTo === this.#lastNumber && this.#gone.length === 0) return;
    for (const number of this.#gone) yield [String(number), null];
    this.#gone = [];
    const start = this.#entries.findLastIndex(({ number }) => number <= this.#takenUpTo) + 1;
    for (const { number, identity, until } of this.#entries.slice(start)) {
      yield [String(number), { identity, until }];
    }
    this.#takenUpTo = this.#lastNumber;
  }

  restore(key: string, value: unknown): void {
    const number = Number(key);
    const others = this.#entries.filter((entry) => entry.number !== number);
    // The cast: it is what `takeChanges` of another server returned.
    const entry = value as Omit<WhowasEntry, "number"> | null;
    this.#entries = entry === null ? others : [...others, { number, ...entry }];
    this.#entries.sort((a, b) => a.number - b.number);
    this.#lastNumber = Math.max(this.#lastNumber, number);
    this.#takenUpTo = this.#lastNumber;
  }

  #replace(entries: WhowasEntry[]): void {
    const remaining = new Set(entries);
    for (const entry of this.#entries) {
      if (!remaining.has(entry) && entry.number <= this.#takenUpTo) this.#gone.push(entry.number);
    }
    this.#entries = entries;
  }

  /** Removes the nicks that a deleted account had. */
  forgetAccount(account: AccountId): void {
    this.#replace(this.#entries.filter(({ identity }) => identity.accountId !== account));
  }

  /** Returns at most `limit` users who had a nick, the most recent first. */
  find(nick: string, limit: number): WhowasEntry[] {
    const key = fold(nick);
    return this.#entries
      .slice(-WHOWAS_MAX)
      .filter(({ identity }) => fold(identity.nick) === key)
      .reverse()
      .slice(0, limit);
  }
}
