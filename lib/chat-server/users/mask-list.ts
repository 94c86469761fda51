import { type Folded, fold } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import type { NamedMask } from "./ban-masks.ts";

/**
 * Masks that are matched against whoever writes: a hundred take 90 µs, so the answer is cached by identity. Both
 * sides can't change without the cache: an identity is replaced as a whole, and the list forgets all answers when
 * it changes. Changed by SILENCE, and by the snapshot and its journal.
 */
export class MaskList {
  /** By the folded mask. */
  readonly #masks = new Map<Folded, NamedMask>();
  /** `null` until there is an answer: there is a list for each user, and most are empty. */
  #verdicts: WeakMap<UserIdentity, boolean> | null = null;

  get size(): number {
    return this.#masks.size;
  }

  [Symbol.iterator](): IterableIterator<NamedMask> {
    return this.#masks.values();
  }

  /** Returns the mask of the list that means the same account, or is equal but for case; else `null`. */
  find({ mask, account }: NamedMask): NamedMask | null {
    const same =
      account === undefined || account === null
        ? undefined
        : this.#masks.values().find((listed) => listed.account === account);
    return same ?? this.#masks.get(fold(mask)) ?? null;
  }

  add(mask: NamedMask): void {
    this.#masks.set(fold(mask.mask), mask);
    this.#verdicts = null;
  }

  delete(mask: string): void {
    this.#masks.delete(fold(mask));
    this.#verdicts = null;
  }

  clear(): void {
    this.#masks.clear();
    this.#verdicts = null;
  }

  /** Returns whether any of the masks matches an identity. `matches` must be the same function each time. */
  matchesAny(
    identity: UserIdentity,
    matches: (mask: NamedMask, identity: UserIdentity) => boolean,
  ): boolean {
    if (this.#masks.size === 0) return false;
    this.#verdicts ??= new WeakMap();
    const cached = this.#verdicts.get(identity);
    if (cached !== undefined) return cached;
    const verdict = this.#masks.values().some((mask) => matches(mask, identity));
    this.#verdicts.set(identity, verdict);
    return verdict;
  }
}
