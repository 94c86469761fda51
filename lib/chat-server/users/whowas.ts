import type { AccountId } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import { WHOWAS_MAX } from "../limits.ts";

/** A user who had a nick, and until when, in ms since 1970. */
interface WhowasEntry {
  readonly identity: UserIdentity;
  readonly until: number;
}

/** Owns the former nicks for WHOWAS: the newest `WHOWAS_MAX`, in memory only. Changed by users.ts. */
export class WhowasList {
  #entries: WhowasEntry[] = [];

  /** Adds a nick that a user gave up, by another nick or by quitting. `until` in ms since 1970. */
  add(identity: UserIdentity, until: number): void {
    this.#entries.push({ identity, until });
    // Trimmed in large steps, so that most calls copy nothing.
    if (this.#entries.length >= WHOWAS_MAX * 2) this.#entries = this.#entries.slice(WHOWAS_MAX);
  }

  /** Removes the nicks that a deleted account had. */
  forgetAccount(account: AccountId): void {
    this.#entries = this.#entries.filter(({ identity }) => identity.accountId !== account);
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
