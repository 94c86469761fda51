import { fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import { WHOWAS_MAX } from "../limits.ts";

/** Somebody who had a nick, and until when. */
export interface WhowasEntry {
  readonly identity: UserIdentity;
  readonly until: number;
}

/** Owns the memory of who had which nick before, for WHOWAS: the newest FORMERLY_MAX, forgotten on a restart. */
export class WhowasList {
  #entries: WhowasEntry[] = [];

  /** To be called when a nick is given up: by another nick, or by leaving. */
  add(who: UserIdentity, until: number): void {
    this.#entries.push({ identity: who, until });
    // Cut in large steps, as a conversation's recent events are.
    if (this.#entries.length >= WHOWAS_MAX * 2) this.#entries = this.#entries.slice(WHOWAS_MAX);
  }

  /** Who had the nick, the last one first. */
  find(nick: string, limit: number): WhowasEntry[] {
    const key = fold(nick);
    return this.#entries
      .slice(-WHOWAS_MAX)
      .filter(({ identity }) => fold(identity.nick) === key)
      .reverse()
      .slice(0, limit);
  }
}
