import { addressBlockOf } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { SoftTable } from "./soft-table.ts";

/** Entries of one limiter, about 2 MB. When it is full, the oldest entry is dropped. */
const ENTRIES_MAX = 20_000;

/** Allows this many attempts at once, and one more after each `everyMs` (token bucket). */
export interface RateLimit {
  readonly attempts: number;
  readonly everyMs: number;
}

/** Limits how often one address or account may do something, such as signing up or creating rooms. */
export class RateLimiter {
  readonly #buckets: TokenBuckets;

  /** Its entries, as they pass to another server. */
  get table(): SoftTable {
    return this.#buckets.table;
  }

  constructor(limit: RateLimit) {
    this.#buckets = new TokenBuckets(limit, ENTRIES_MAX);
  }

  /**
   * Charges one action; returns false, and charges nothing, if the limit is reached.
   *
   * @param key an address or an account's name
   */
  take(key: string, elapsedMs: ElapsedMs): boolean {
    if (this.wait(key, elapsedMs) > 0) return false;
    this.#buckets.take(addressBlockOf(key), elapsedMs);
    return true;
  }

  /** Returns the milliseconds until the next action is allowed; 0 for none. */
  wait(key: string, elapsedMs: ElapsedMs): number {
    return this.#buckets.wait(addressBlockOf(key), elapsedMs);
  }
}

/**
 * Token buckets by key, stored as the time at which a bucket is full again: each attempt moves it
 * by `everyMs`.
 */
export class TokenBuckets {
  readonly #limit: RateLimit;
  readonly #fullAgainAt: ExpiringTimes;

  /** Its entries, as they pass to another server. */
  get table(): SoftTable {
    return this.#fullAgainAt;
  }

  constructor(limit: RateLimit, entriesMax: number) {
    this.#limit = limit;
    this.#fullAgainAt = new ExpiringTimes(entriesMax);
  }

  /** Returns the milliseconds to wait for the next attempt; 0 for none. */
  wait(key: string, elapsedMs: ElapsedMs): number {
    const { attempts, everyMs } = this.#limit;
    return Math.max(0, this.#fullAgainAt.get(key) - elapsedMs - (attempts - 1) * everyMs);
  }

  /** Takes one attempt, whether or not one is left. */
  take(key: string, elapsedMs: ElapsedMs): void {
    const start = Math.max(this.#fullAgainAt.get(key), elapsedMs);
    this.#fullAgainAt.set(key, start + this.#limit.everyMs, elapsedMs);
  }

  /** Gives one attempt back. */
  refund(key: string, elapsedMs: ElapsedMs): void {
    this.#fullAgainAt.set(key, this.#fullAgainAt.get(key) - this.#limit.everyMs, elapsedMs);
  }
}

/**
 * Bounded map of times by key. A time in the past counts as absent; when it is full, the oldest
 * entry is dropped.
 */
export class ExpiringTimes implements SoftTable {
  readonly #times = new Map<string, number>();
  readonly #entriesMax: number;
  /** The keys that have changed; `null` while nobody asks for them. */
  #changed: Set<string> | null = null;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: string): number {
    return this.#times.get(key) ?? 0;
  }

  *takeChanges(
    origin: ElapsedMs,
    elapsedMs: ElapsedMs,
  ): Iterable<readonly [string, number | null]> {
    const changed = this.#changed ?? new Set(this.#times.keys());
    this.#changed = new Set();
    for (const key of changed) {
      const time = this.get(key);
      yield [key, time > elapsedMs ? time - origin : null];
    }
  }

  restore(key: string, time: unknown, origin: ElapsedMs, elapsedMs: ElapsedMs): void {
    if (typeof time === "number") this.set(key, origin + time, elapsedMs);
    else this.#times.delete(key);
  }

  set(key: string, time: number, elapsedMs: ElapsedMs): void {
    this.#changed?.add(key);
    this.#times.delete(key);
    if (time <= elapsedMs) return;
    this.#times.set(key, time);
    // Check two entries for each new one, so that expired entries go faster than new ones come.
    let checksLeft = 2;
    for (const [oldest, until] of this.#times) {
      const isOverfull = this.#times.size > this.#entriesMax;
      if (until <= elapsedMs || isOverfull) {
        this.#times.delete(oldest);
        this.#changed?.add(oldest);
      }
      checksLeft -= 1;
      if (checksLeft === 0) break;
    }
  }
}
