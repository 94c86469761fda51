import { expect, test } from "bun:test";
import { makeClock, startTicks } from "../../lib/transport/clock.ts";

test("the clock stands still when the system's clock is set back", () => {
  const machine = [10, 20, 5, 19, 21];
  const clock = makeClock(() => machine.shift() ?? 0);
  expect([clock(), clock(), clock(), clock(), clock()]).toEqual([10, 20, 20, 20, 21]);
});

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
