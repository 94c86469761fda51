import type { ElapsedMs } from "../protocol/time.ts";

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
export class NameLookups {
  /** Key → when each name was asked, oldest first. */
  readonly #timesByKey = new Map<string, number[]>();

  /** Counts one name; returns false, and counts nothing, if the limit of a key is reached. */
  take(keys: readonly string[], elapsedMs: ElapsedMs): boolean {
    const isFull = keys.some((key) => this.#times(key, elapsedMs).length >= NAME_LOOKUPS_MAX);
    if (isFull) return false;
    for (const key of keys) {
      const times = this.#times(key, elapsedMs);
      this.#timesByKey.delete(key);
      this.#timesByKey.set(key, [...times, elapsedMs]);
    }
    for (const [oldest] of this.#timesByKey) {
      if (this.#timesByKey.size <= ENTRIES_MAX) break;
      this.#timesByKey.delete(oldest);
    }
    return true;
  }

  /** Takes back the newest name of each key: it has become the asker's own. */
  refund(keys: readonly string[]): void {
    for (const key of keys) {
      const times = this.#timesByKey.get(key);
      times?.pop();
      if (times?.length === 0) this.#timesByKey.delete(key);
    }
  }

  #times(key: string, elapsedMs: ElapsedMs): readonly number[] {
    return (this.#timesByKey.get(key) ?? []).filter((time) => time > elapsedMs - HOUR_MS);
  }
}
