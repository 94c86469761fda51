/** A reconnecting client sends much at once: CAP, SASL, and a history request for each of 100 rooms. */
const TOKENS_MAX = 250;
/** Faster than anybody types or any bot needs to be. */
const TOKENS_PER_SECOND = 10;

/**
 * Limits the commands of one session by a token bucket. A command takes one token, a few expensive ones more.
 * A session without enough tokens is not punished: its lines wait, in order, until there are enough.
 */
export class TokenBucket {
  #tokens = TOKENS_MAX;
  #refilledAt: number;
  readonly #unlimited: boolean;

  /** @param unlimited whether every command is allowed at once */
  constructor(now: number, unlimited: boolean) {
    this.#refilledAt = now;
    this.#unlimited = unlimited;
  }

  /** Takes tokens for a command. Returns `false` if there are too few: then the command must wait. `now` in ms. */
  take(cost: number, now: number): boolean {
    if (this.#unlimited) return true;
    const elapsed = Math.max(0, now - this.#refilledAt);
    this.#tokens = Math.min(TOKENS_MAX, this.#tokens + (elapsed * TOKENS_PER_SECOND) / 1000);
    this.#refilledAt = now;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }
}
