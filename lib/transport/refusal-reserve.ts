import { addressBlockOf } from "../protocol/address.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import type { PlaceHolder, Rejection } from "./connection-places.ts";

/** Refused connections in their handshake, or being told, at once. Each has a file, which `fd-limit.ts` counts. */
export const REFUSALS_MAX = 32;
/** New ones in a second: with 0.3 ms for a handshake they take 0.3 % of a core, however many come. */
export const REFUSALS_PER_SECOND = 10;

/**
 * Owns the refused connections that get a TLS handshake all the same, since nothing can be said before it: with it
 * people read that the server is full, and without it only that somebody hung up. There are few of them, and one of an
 * address: whoever floods the server gets it to make no more handshakes than these.
 */
export class RefusalReserve {
  readonly #elapsed: () => ElapsedMs;
  readonly #held = new Map<
    PlaceHolder,
    { readonly rejection: Rejection; readonly block: string }
  >();
  readonly #blocks = new Set<string>();
  #tokens = REFUSALS_PER_SECOND;
  #countedElapsedMs: ElapsedMs;

  constructor(elapsed: () => ElapsedMs) {
    this.#elapsed = elapsed;
    this.#countedElapsedMs = elapsed();
  }

  /** Takes a refused connection in, until {@link leave}. Returns `false` if it has to be hung up on. */
  take(holder: PlaceHolder, rejection: Rejection): boolean {
    const block = addressBlockOf(holder.address);
    if (this.#held.size >= REFUSALS_MAX || this.#blocks.has(block)) return false;
    const now = this.#elapsed();
    const gained = ((now - this.#countedElapsedMs) * REFUSALS_PER_SECOND) / 1000;
    this.#tokens = Math.min(REFUSALS_PER_SECOND, this.#tokens + gained);
    this.#countedElapsedMs = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    this.#held.set(holder, { rejection, block });
    this.#blocks.add(block);
    return true;
  }

  /** Returns why a connection was refused; `null` for one that wasn't. */
  rejectionOf(holder: PlaceHolder): Rejection | null {
    return this.#held.get(holder)?.rejection ?? null;
  }

  /** Forgets a connection that has ended. */
  leave(holder: PlaceHolder): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    this.#held.delete(holder);
    this.#blocks.delete(held.block);
  }
}
