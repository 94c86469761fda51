import type { RoomEvent } from "../../chat-server/event.ts";

/** More than this many times the limit is never held. */
const HELD_LIMITS = 2;

/**
 * The matches of a search that its result will have, as far as it has come: the newest, or the oldest. A day may have as
 * many matches in each of two thousand conversations, and a message may be of 8 KB, so the others are dropped on the way.
 */
export class BestMatches {
  readonly #limit: number;
  readonly #newestFirst: boolean;
  #events: RoomEvent[] = [];

  constructor(limit: number, newestFirst: boolean) {
    this.#limit = limit;
    this.#newestFirst = newestFirst;
  }

  /** How many are held. */
  get size(): number {
    return this.#events.length;
  }

  /** Whether there are as many as the result may have. */
  get isFull(): boolean {
    return this.size >= this.#limit;
  }

  add(events: readonly RoomEvent[]): void {
    this.#events = this.#events.concat(events);
    if (this.size > this.#limit * HELD_LIMITS) this.#events = this.result();
  }

  /** Returns the best ones in order of time. */
  result(): RoomEvent[] {
    const sorted = this.#events.toSorted((a, b) => a.time - b.time);
    return this.#newestFirst ? sorted.slice(-this.#limit) : sorted.slice(0, this.#limit);
  }
}
