import type { ElapsedMs } from "../protocol/time.ts";
import type { SoftTable } from "./soft-table.ts";

/**
 * Names that a stranger may ask about in an hour: enough to choose one, too few to list who has an
 * account.
 */
const NAME_LOOKUPS_MAX = 30;
const HOUR_MS = 3_600_000;
/**
 * Addresses and invitations that are counted, about 6 MB at most. When it is full, the oldest entry is
 * dropped.
 */
const ENTRIES_MAX = 20_000;

/**
 * Counts the names that strangers ask about, by whatever command: no more than {@link NAME_LOOKUPS_MAX} in
 * any hour for each key. A key is an address block or an invitation; a question counts for all of its
 * keys.
 */
export class NameLookups implements SoftTable {
  /** Key → when each name was asked, oldest first. */
  readonly #timesByKey = new Map<string, number[]>();
  /** The keys that have changed; `null` while nobody asks for them. */
  #changed: Set<string> | null = null;

  /** Counts one name; returns false, and counts nothing, if the limit of a key is reached. */
  take(keys: readonly string[], elapsedMs: ElapsedMs): boolean {
    const isFull = keys.some((key) => this.#times(key, elapsedMs).length >= NAME_LOOKUPS_MAX);
    if (isFull) return false;
    for (const key of keys) {
      const times = this.#times(key, elapsedMs);
      this.#timesByKey.delete(key);
      this.#timesByKey.set(key, [...times, elapsedMs]);
      this.#changed?.add(key);
    }
    for (const [oldest] of this.#timesByKey) {
      if (this.#timesByKey.size <= ENTRIES_MAX) break;
      this.#changed?.add(oldest);
      this.#timesByKey.delete(oldest);
    }
    return true;
  }

  /** Takes back the newest name of each key: it has become the asker's own. */
  refund(keys: readonly string[]): void {
    for (const key of keys) {
      const times = this.#timesByKey.get(key);
      times?.pop();
      this.#changed?.add(key);
      if (times?.length === 0) this.#timesByKey.delete(key);
    }
  }

  *takeChanges(
    origin: ElapsedMs,
    elapsedMs: ElapsedMs,
  ): Iterable<readonly [string, readonly number[] | null]> {
    const changed = this.#changed ?? new Set(this.#timesByKey.keys());
    this.#changed = new Set();
    for (const key of changed) {
      const times = this.#times(key, elapsedMs).map((time) => time - origin);
      yield [key, times.length > 0 ? times : null];
    }
  }

  restore(key: string, times: unknown, origin: ElapsedMs): void {
    this.#changed?.add(key);
    this.#timesByKey.delete(key);
    if (!Array.isArray(times)) return;
    const numbers = times.filter((time) => typeof time === "number");
    this.#timesByKey.set(
      key,
      numbers.map((time) => origin + time),
    );
  }

  #times(key: string, elapsedMs: ElapsedMs): readonly number[] {
    return (this.#timesByKey.get(key) ?? []).filter((time) => time > elapsedMs - HOUR_MS);
  }
}
