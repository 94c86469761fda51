import { startTicks, type Ticks } from "./clock.ts";

/** How long a closing link may make no progress before it is cut off. */
export const CLOSE_MS = 2_000;
/** How many items expire in one job: thousands of connections may have come in the same second. */
const EXPIRED_PER_JOB = 16;

/**
 * Watches items that must all be done within the same time, and calls `expired` once for each that was not. One
 * interval serves all of them and runs only while there are any. A call is late by at most a quarter of the time,
 * and by what else there is to do.
 */
export class Deadlines<T> {
  /** When each item expires, by `performance.now()`. In that order, since all have the same time. */
  readonly #expiresAt = new Map<T, number>();
  readonly #ms: number;
  readonly #expired: (item: T) => void;
  readonly #later: (job: () => void) => void;
  #ticks: Ticks | null = null;
  #isExpiring = false;

  /**
   * @param ms the time that each item has
   * @param later runs a job among others. Without it, all items of a sweep expire at once
   */
  constructor(ms: number, expired: (item: T) => void, later = runAtOnce) {
    this.#ms = ms;
    this.#expired = expired;
    this.#later = later;
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
    const [next = Number.POSITIVE_INFINITY] = this.#expiresAt.values();
    if (this.#isExpiring || next > performance.now()) return;
    this.#isExpiring = true;
    this.#later(this.#expireSome);
  };

  #expireSome = (): void => {
    const now = performance.now();
    let left = EXPIRED_PER_JOB;
    for (const [item, expiresAt] of this.#expiresAt) {
      if (expiresAt > now) break;
      if (left === 0) return this.#later(this.#expireSome);
      left -= 1;
      this.#expiresAt.delete(item);
      this.#expired(item);
    }
    this.#isExpiring = false;
    if (this.#expiresAt.size === 0) this.#stopTicks();
  };

  #stopTicks(): void {
    this.#ticks?.stop();
    this.#ticks = null;
  }
}

function runAtOnce(job: () => void): void {
  job();
}
