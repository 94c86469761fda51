/**
 * The tests' one source of chance. The same seed gives the same numbers on every machine, so that a failing
 * seed fails again. `SEED=48 bun test …` plays one seed again, `SEEDS=1000 bun test …` plays
 * the first thousand.
 */

/** A pseudo-random number generator (mulberry32). */
export class Prng {
  #state: number;

  /** @param seed any whole number; only its low 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number from 0 to below 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns a whole number from 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.unit() * end);
  }

  /** Returns true in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** Returns one of the items, each with the same chance. Throws when there are none. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error("nothing to pick from");
    return items[this.below(items.length)] as Item;
  }

  /** Returns `length` letters of a-z and 2-7, as the server's ids are made of. */
  letters(length: number): string {
    return Array.from({ length }, () => ID_LETTERS[this.below(ID_LETTERS.length)]).join("");
  }
}

const ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * Returns the seeds to run: 1 to `usual`, or half of them where the same play runs again on a stage; or, as the
 * environment says, the one that `SEED` names, or `SEEDS` many beginning with `SEEDS_FROM`.
 */
export function seeds(usual: number): number[] {
  const { SEED, SEEDS = String(seedsByStage(usual)), SEEDS_FROM } = process.env;
  if (SEED !== undefined) return [Number(SEED)];
  const first = Number(SEEDS_FROM ?? 1);
  return Array.from({ length: Number(SEEDS) }, (_, index) => first + index);
}

function seedsByStage(usual: number): number {
  return process.env["STAGE"] === undefined ? usual : Math.ceil(usual / 2);
}

/** Returns the one seed of a test that runs once: what the environment's `SEED` names, or `usual`. */
export function seed(usual = 48): number {
  return Number(process.env["SEED"] ?? usual);
}
