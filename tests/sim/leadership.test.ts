import { describe, expect, test } from "bun:test";
import { Prng, seeds } from "../prng.ts";
import { MUTATIONS, type Mutation } from "./cluster-mutations.ts";
import { playCluster } from "./cluster-world.ts";

/**
 * Servers and gateways over the engine in memory, from a seed: kills, sleeps, clocks that differ, partitions, lost
 * requests and answers, records in pieces, planned handovers, a full log. After each step the log is compared with what
 * every server has and what every gateway has heard.
 */

/** Cheap ones, many of them in one test. `SEEDS=1000 bun test tests/sim/leadership.test.ts` plays more. */
const SEEDS = 200;
const SEEDS_PER_TEST = 50;
/** One of so many seeds finds any rule that is broken. */
const SEEDS_TO_FIND = 300;

describe("a cluster agrees on its log", () => {
  const all = seeds(SEEDS);
  for (let start = 0; start < all.length; start += SEEDS_PER_TEST) {
    const some = all.slice(start, start + SEEDS_PER_TEST);
    test(`with the seeds ${some[0]} to ${some.at(-1)}`, () => {
      const sums = { terms: 0, messages: 0 };
      for (const seed of some) {
        const failure = failureOf(seed, null, sums);
        if (failure !== null) throw new Error(`SEED=${seed}: ${failure}`);
      }
      // Otherwise nothing has happened.
      expect(sums.terms).toBeGreaterThan(some.length * 2);
      expect(sums.messages).toBeGreaterThan(some.length * 20);
    });
  }
});

describe("a seed finds it when", () => {
  for (const mutation of MUTATIONS) {
    test(mutation.broken, () => {
      for (let seed = 1; seed <= SEEDS_TO_FIND; seed += 1) {
        const failure = failureOf(seed, mutation);
        if (failure !== null) return expect(failure).toMatch(mutation.findings);
      }
      throw new Error(`no seed up to ${SEEDS_TO_FIND} finds it`);
    });
  }
});

/** Plays a seed. Returns what is wrong, or `null`. */
function failureOf(
  seed: number,
  mutation: Mutation | null,
  sums = { terms: 0, messages: 0 },
): string | null {
  try {
    const { terms, messages } = playCluster(new Prng(seed), mutation);
    sums.terms += terms;
    sums.messages += messages;
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
