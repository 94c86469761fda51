import { expect, test } from "bun:test";
import { noticedBy } from "../noticed.ts";
import { Prng, seeds } from "../prng.ts";
import { KILL_MUTATIONS } from "./kill-mutations.ts";
import { KillStage } from "./kill-stage.ts";
import { KilledCrowd } from "./killed-crowd.ts";

/**
 * People talk over gateways while leaders are killed at every point: between any two steps, at any call of the disk (also
 * in the middle of a write), at any frame, while they take over, and while they save.
 */

const STEPS = 60;

/** By then, a broken rule is noticed. */
const MUTATION_SEEDS = 60;

async function play(seed: number): Promise<void> {
  const prng = new Prng(seed);
  const stage = new KillStage({
    prng,
    gateways: 1 + (seed % 3),
    isSynced: seed % 4 === 0,
    hasHistory: seed % 5 !== 0,
    // So that messages of several lines don't fit.
    ...(seed % 2 === 0 && { frameFullBytes: 300 }),
  });
  const crowd = new KilledCrowd(prng, stage);
  try {
    await crowd.begin();
    for (let step = 0; step < STEPS; step += 1) {
      await crowd.step();
      crowd.check();
    }
    await crowd.end();
    crowd.checkAll();
  } catch (error) {
    throw new Error(`SEED=${seed}, ${stage.kills} kills: ${crowd.last}`, { cause: error });
  } finally {
    await stage.end();
  }
}

for (const seed of seeds(60)) {
  test(`nobody loses, doubles or notices anything when leaders are killed, by seed ${seed}`, async () => {
    await play(seed);
  }, 20_000);
}

for (const { broken, findings, patch } of KILL_MUTATIONS) {
  test(`it is noticed when ${broken}`, async () => {
    const undo = patch();
    try {
      expect(await noticedBy(play, MUTATION_SEEDS, findings)).toMatch(findings);
    } finally {
      undo();
    }
  }, 60_000);
}
