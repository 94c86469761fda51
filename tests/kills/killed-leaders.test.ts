import { test } from "bun:test";
import { Prng, seeds } from "../prng.ts";
import { KillStage } from "./kill-stage.ts";
import { KilledCrowd } from "./killed-crowd.ts";

/**
 * People talk over gateways while leaders are killed at every point: between any two steps, at any call of the disk (also
 * in the middle of a write), at any frame, while they take over, and while they save.
 */

const STEPS = 60;

for (const seed of seeds(100)) {
  test(`nobody loses, doubles or notices anything when leaders are killed, by seed ${seed}`, async () => {
    const prng = new Prng(seed);
    const stage = new KillStage({
      prng,
      gateways: 1 + (seed % 3),
      isSynced: seed % 4 === 0,
      hasHistory: seed % 5 !== 0,
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
  }, 20_000);
}
