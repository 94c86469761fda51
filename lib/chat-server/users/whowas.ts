import { fold } from "../../protocol/names.ts";
import type { Who } from "../event.ts";
import { FORMERLY_MAX } from "../limits.ts";

/** Somebody who had a nick, and until when. */
export interface Former {
  readonly who: Who;
  readonly until: number;
}

/** Owns the memory of who had which nick before, for WHOWAS: the newest FORMERLY_MAX, forgotten on a restart. */
export class Formerly {
  #entries: Former[] = [];

  /** To be called when a nick is given up: by another nick, or by leaving. */
  note(who: Who, until: number): void {
    this.#entries.push({ who, until });
    // Cut in large steps, as a conversation's recent events are.
    if (this.#entries.length >= FORMERLY_MAX * 2) this.#entries = this.#entries.slice(FORMERLY_MAX);
  }

  /** Who had the nick, the last one first. */
  find(nick: string, limit: number): Former[] {
    const key = fold(nick);
    return this.#entries
      .slice(-FORMERLY_MAX)
      .filter(({ who }) => fold(who.nick) === key)
      .reverse()
      .slice(0, limit);
  }
}
