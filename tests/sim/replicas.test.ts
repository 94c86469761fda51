import { expect, test } from "bun:test";
import { noticedBy } from "../noticed.ts";
import { Prng, seeds } from "../prng.ts";
import { type ClusterSums, playReplicas } from "./replica-cluster.ts";
import { REPLICA_MUTATIONS, type ReplicaMutation } from "./replica-mutations.ts";

/**
 * Nodes, gateways and people over an engine in memory: nodes are killed, sleep, are cut off, hand over and join while people
 * talk, acknowledgements get lost, and the log is full or takes only short entries.
 */

const STEPS = 25;
/** By then, a broken rule is noticed. */
const MUTATION_SEEDS = 100;

function play(seed: number, mutation?: ReplicaMutation): Promise<ClusterSums> {
  return playReplicas({
    prng: new Prng(seed),
    nodes: 2 + (seed % 3),
    gateways: 1 + (seed % 3),
    hasHistory: seed % 5 !== 0,
    steps: STEPS,
    ...(mutation !== undefined && { mutation }),
  });
}

for (const seed of seeds(40)) {
  test(`a cluster loses, doubles and closes nothing, by seed ${seed}`, async () => {
    try {
      await play(seed);
    } catch (error) {
      throw new Error(`SEED=${seed}`, { cause: error });
    }
  }, 60_000);
}

for (const mutation of REPLICA_MUTATIONS) {
  test(`it is noticed when ${mutation.broken}`, async () => {
    const sentence = await noticedBy(
      (seed) => play(seed, mutation),
      MUTATION_SEEDS,
      mutation.findings,
      mutation.seed,
    );
    expect(sentence).toMatch(mutation.findings);
  }, 120_000);
}
