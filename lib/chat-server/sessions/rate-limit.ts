import type { ElapsedMs } from "../../protocol/time.ts";

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
  #refilledElapsedMs: ElapsedMs;
  readonly #unlimited: boolean;

  /** @param unlimited whether every command is allowed at once */
  constructor(elapsedMs: ElapsedMs, unlimited: boolean) {
    this.#refilledElapsedMs = elapsedMs;
    this.#unlimited = unlimited;
  }

  /** Returns how many are left. */
  left(elapsedMs: ElapsedMs): number {
    if (!this.#unlimited) this.#refill(elapsedMs);
    return this.#tokens;
  }

  /** Sets how many are left: another server counted them. */
  restore(tokens: number, elapsedMs: ElapsedMs): void {
    this.#tokens = Math.min(TOKENS_MAX, tokens);
    this.#refilledElapsedMs = elapsedMs;
  }

  /** Takes tokens for a command. Returns `false` if there are too few: then the command must wait. */
  take(cost: number, elapsedMs: ElapsedMs): boolean {
    if (this.#unlimited) return true;
    this.#refill(elapsedMs);
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  #refill(elapsedMs: ElapsedMs): void {
    const sinceMs = elapsedMs - this.#refilledElapsedMs;
    this.#tokens = Math.min(TOKENS_MAX, this.#tokens + (sinceMs * TOKENS_PER_SECOND) / 1000);
    this.#refilledElapsedMs = elapsedMs;
  }
}
