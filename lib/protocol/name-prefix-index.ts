import type { Folded } from "./names.ts";

const UNIT_VALUES = 0x10000;

/**
 * Counts names by their first two UTF-16 units, so that most words of a text need no lookup. The
 * second unit is 0 for names of one unit. The owner of the names updates it.
 */
export class NamePrefixIndex {
  readonly #counts = new Map<number, number>();

  /** Adds a name; the same one several times counts several times. */
  add(name: Folded): void {
    const prefix = prefixAt(name, 0);
    this.#counts.set(prefix, (this.#counts.get(prefix) ?? 0) + 1);
  }

  /** Removes a name that was added. */
  remove(name: Folded): void {
    const prefix = prefixAt(name, 0);
    const count = this.#counts.get(prefix) ?? 0;
    if (count > 1) this.#counts.set(prefix, count - 1);
    else this.#counts.delete(prefix);
  }

  /**
   * Returns whether a name may begin at this index of a folded text; never false where one does.
   */
  mayBeAt(text: string, index: number): boolean {
    const prefix = prefixAt(text, index);
    return this.#counts.has(prefix) || this.#counts.has(prefix - (prefix % UNIT_VALUES));
  }
}

function prefixAt(text: string, index: number): number {
  const secondUnit = index + 1 < text.length ? text.charCodeAt(index + 1) : 0;
  return text.charCodeAt(index) * UNIT_VALUES + secondUnit;
}
