import type { ElapsedMs } from "../protocol/time.ts";

/** Addresses that are remembered because a member logged in there, about 1 MB: the latest ones. */
const ADDRESSES_MAX = 10_000;

/** Remembers from which addresses (IPv6: networks of 64 bits) members have logged in. */
export class MembersAddresses {
  /** And when, the longest ago first. */
  readonly #loggedInElapsedMs = new Map<string, ElapsedMs>();
  /** Those that have changed; `null` while nobody asks for them. */
  #changed: Set<string> | null = null;

  has(block: string): boolean {
    return this.#loggedInElapsedMs.has(block);
  }

  /** A member has logged in. */
  note(block: string, elapsedMs: ElapsedMs): void {
    this.#loggedInElapsedMs.delete(block);
    this.#loggedInElapsedMs.set(block, elapsedMs);
    this.#changed?.add(block);
    const [oldest] = this.#loggedInElapsedMs.keys();
    if (this.#loggedInElapsedMs.size > ADDRESSES_MAX && oldest !== undefined) {
      this.#loggedInElapsedMs.delete(oldest);
      this.#changed?.add(oldest);
    }
  }

  /** Returns the addresses as another leader can go on with them: see `SoftTable`. */
  *takeChanges(origin: ElapsedMs): Iterable<readonly [block: string, ms: number | null]> {
    const changed = this.#changed ?? new Set(this.#loggedInElapsedMs.keys());
    this.#changed = new Set();
    for (const block of changed) {
      const elapsedMs = this.#loggedInElapsedMs.get(block);
      yield [block, elapsedMs === undefined ? null : elapsedMs - origin];
    }
  }

  /** Adds an address that {@link takeChanges} of another leader's returned. */
  restore(block: string, ms: unknown, origin: ElapsedMs): void {
    if (typeof ms === "number") this.note(block, (origin + ms) as ElapsedMs);
  }
}
