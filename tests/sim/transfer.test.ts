import { describe, expect, test } from "bun:test";
import { seeds } from "../prng.ts";
import { playTransfer, type TransferMutation } from "./transfer-world.ts";

/**
 * A node gets the leader's folder, from a seed: messages get lost, come late, twice and in another order, either end is cut
 * off, leaders replace each other, the joiner is killed before and after any call on its files, and people talk, redact
 * and leave meanwhile. What it has then is compared with what the leader had.
 */

const SEEDS = 20;
const SEEDS_PER_TEST = 5;
/** One of so many seeds finds any rule that is broken. */
const SEEDS_TO_FIND = 60;
const TIMEOUT_MS = 120_000;

describe("a node that joins gets the leader's folder", () => {
  const all = seeds(SEEDS);
  for (let start = 0; start < all.length; start += SEEDS_PER_TEST) {
    const some = all.slice(start, start + SEEDS_PER_TEST);
    test(
      `with the seeds ${some[0]} to ${some.at(-1)}`,
      async () => {
        const sums = { kills: 0, leaders: 0, rounds: 0, files: 0 };
        for (const seed of some) {
          try {
            await playTransfer(seed, sums);
          } catch (error) {
            throw new Error(`SEED=${seed}`, { cause: error });
          }
        }
        // Otherwise nothing has happened.
        expect(sums.files).toBeGreaterThan(some.length * 5);
        expect(sums.rounds).toBeGreaterThan(some.length);
        if (some.length === SEEDS_PER_TEST) {
          expect(sums.kills).toBeGreaterThan(0);
          expect(sums.leaders).toBeGreaterThanOrEqual(some.length);
        }
      },
      TIMEOUT_MS,
    );
  }
});

describe("a seed finds it when", () => {
  const mutations: readonly (readonly [
    broken: string,
    mutation: TransferMutation,
    finding: RegExp,
  ])[] = [
    [
      "the log's sequence is asked after the files of state are opened",
      "late sequence",
      /isn't as at/,
    ],
    ["a file that is there is taken unread", "unread files", /isn't as at| is /],
    ["what the leader no longer has stays", "old files stay", / is /],
  ];
  test.each(mutations.map((each) => [...each] as const))(
    "%s",
    async (_, mutation, finding) => {
      const sums = { kills: 0, leaders: 0, rounds: 0, files: 0 };
      for (let seed = 1; seed <= SEEDS_TO_FIND; seed += 1) {
        try {
          await playTransfer(seed, sums, mutation);
        } catch (error) {
          return expect(String(error)).toMatch(finding);
        }
      }
      throw new Error(`no seed up to ${SEEDS_TO_FIND} finds it`);
    },
    TIMEOUT_MS,
  );
});
