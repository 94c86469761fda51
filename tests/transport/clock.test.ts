import { expect, test } from "bun:test";
import { startTicks, TicksOnDemand } from "../../lib/transport/clock.ts";

test("ticks repeat until they are stopped", async () => {
  let count = 0;
  await new Promise<void>((resolve) => {
    const ticks = startTicks(1, () => {
      count += 1;
      if (count < 3) return;
      ticks.stop();
      resolve();
    });
  });
  expect(count).toBe(3);
});

test("ticks on demand begin with the demand, end when a tick says so, and can begin again", async () => {
  let count = 0;
  let ended = (): void => {};
  const ticks = new TicksOnDemand(1, () => {
    count += 1;
    if (count % 3 !== 0) return true;
    ended();
    return false;
  });
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      ended = resolve;
    });
  const first = end();
  ticks.start();
  ticks.start();
  await first;
  const second = end();
  ticks.start();
  await second;
  expect(count).toBe(6);
});
