/**
 * How much one session may say. A bucket of tokens: a command takes one, a few costly ones more. Who runs
 * out is not punished: the lines wait, in order, until there are tokens again.
 */

/** A client that reconnects asks much at once: CAP, SASL, a page of history for each of 100 rooms. */
const TOKENS_MAX = 250;
/** Faster than anybody types or any bot needs to. */
const TOKENS_PER_SECOND = 10;

/** One session's bucket. */
export class TokenBucket {
  #tokens = TOKENS_MAX;
  #at: number;
  readonly #unlimited: boolean;

  constructor(now: number, unlimited: boolean) {
    this.#at = now;
    this.#unlimited = unlimited;
  }

  /** Takes tokens for a command, or answers no: wait. Time in milliseconds. */
  take(cost: number, now: number): boolean {
    if (this.#unlimited) return true;
    const elapsed = Math.max(0, now - this.#at);
    this.#tokens = Math.min(TOKENS_MAX, this.#tokens + (elapsed * TOKENS_PER_SECOND) / 1000);
    this.#at = now;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}
