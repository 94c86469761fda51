import { expect, test } from "bun:test";
import { ReachableTime, SleepWatch } from "../../lib/cluster/awake-time.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { BusStage } from "./bus/bus-stage.ts";

/** A time of the monotonic clock. */
const at = (ms: number): ElapsedMs => ms as ElapsedMs;

test("a process has slept when its tick comes far too late", () => {
  const watch = new SleepWatch(at(1000));
  const ticks = [1050, 1100, 9000, 9050, 11_000, 13_001];
  expect(ticks.map((ms) => watch.hasSlept(at(ms)))).toEqual([
    ...[false, false, true, false, false, true],
  ]);
});

test("time counts in which others reach the process: not while it sleeps, or is cut off", () => {
  const time = new ReachableTime(at(1000));
  expect([
    ...[time.tick(at(1250)), time.tick(at(1500))],
    // It slept.
    time.tick(at(90_000)),
    time.tick(at(90_250)),
    ...[time.tick(at(90_500), false), time.tick(at(90_750), false), time.tick(at(91_000))],
  ]).toEqual([250, 500, 500, 750, 750, 750, 1000]);
});

test("a leader whose bus is gone waits for its gateways until they had time to come", () => {
  const stage = new BusStage();
  const leader = stage.lead(1);
  let isDue = false;
  leader.acceptor.onceReachableFor(leader.acceptor.comeWithinMs, () => {
    isDue = true;
  });
  stage.world.run(2000);
  leader.bus.setConnected(false);
  stage.world.run(60_000);
  leader.bus.setConnected(true);
  stage.world.run(1500);
  expect(isDue).toBe(false);
  stage.world.run(1000);
  expect(isDue).toBe(true);
});

test("a leader waits for its gateways while the log doesn't answer, since it may be cut off", () => {
  const stage = new BusStage();
  let isInTouch = true;
  const leader = stage.lead(1, undefined, () => isInTouch);
  let count = 0;
  leader.acceptor.onceReachableFor(leader.acceptor.comeWithinMs, () => {
    count += 1;
  });
  stage.world.run(1000);
  isInTouch = false;
  stage.world.run(9000);
  expect(count).toBe(0);
  isInTouch = true;
  stage.world.run(20_000);
  expect(count).toBe(1);
});
