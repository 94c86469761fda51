import type { Folded } from "./names.ts";

/**
 * How names begin, by their first two letters: by these most words of a text are known to be nobody's name,
 * without being looked up. Of names of one letter the second is 0.
 */
export class NamePrefixIndex {
  readonly #counts = new Map<number, number>();

  add(name: Folded): void {
    const start = startAt(name, 0);
    this.#counts.set(start, (this.#counts.get(start) ?? 0) + 1);
  }

  /** The name must have been added. */
  remove(name: Folded): void {
    const start = startAt(name, 0);
    const count = this.#counts.get(start) ?? 0;
    if (count > 1) this.#counts.set(start, count - 1);
    else this.#counts.delete(start);
  }

  /** Whether one of the names may begin at this place of a folded text; never "no" where one does. */
  mayBeAt(text: string, at: number): boolean {
    const start = startAt(text, at);
    return this.#counts.has(start) || this.#counts.has(start - (start % SECOND));
  }
}

const SECOND = 0x10000;

function startAt(text: string, at: number): number {
  const second = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
  return text.charCodeAt(at) * SECOND + second;
}
