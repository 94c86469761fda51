import { expect, test } from "bun:test";
import { startTicks } from "../../lib/transport/clock.ts";

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
