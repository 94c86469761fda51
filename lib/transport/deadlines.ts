import { startTicks, type Ticks } from "./clock.ts";

/**
 * Watches items that must all be done within the same time, and calls `expired` once for each that was not. One
 * interval serves all of them and runs only while there are any. A call is late by at most a quarter of the time.
 */
export class Deadlines<T> {
  /** When each item expires, by `performance.now()`. In that order, since all have the same time. */
  readonly #expiresAt = new Map<T, number>();
  readonly #ms: number;
  readonly #expired: (item: T) => void;
  #ticks: Ticks | null = null;

  /** @param ms the time that each item has */
  constructor(ms: number, expired: (item: T) => void) {
    this.#ms = ms;
    this.#expired = expired;
  }

  /** Gives `item` its full time, from now on. */
  start(item: T): void {
    this.#expiresAt.delete(item);
    this.#expiresAt.set(item, performance.now() + this.#ms);
    this.#ticks ??= startTicks(Math.min(Math.max(this.#ms / 4, 10), 1000), this.#sweep);
  }

  /** Stops watching `item`: it is done, or no longer matters. */
  done(item: T): void {
    this.#expiresAt.delete(item);
    if (this.#expiresAt.size === 0) this.#stopTicks();
  }

  #sweep = (): void => {
    const now = performance.now();
    for (const [item, expiresAt] of this.#expiresAt) {
      if (expiresAt > now) break;
      this.#expiresAt.delete(item);
      this.#expired(item);
    }
    if (this.#expiresAt.size === 0) this.#stopTicks();
  };

  #stopTicks(): void {
    this.#ticks?.stop();
    this.#ticks = null;
  }
}
