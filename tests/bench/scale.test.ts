import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Prng } from "../prng.ts";
import { planOf, tables, withTables } from "./scale.ts";
import { BOUNDS, play, type Scene } from "./scale-model.ts";
import { LARGE_WORKSPACE, PLANS, type Plan, TODAY } from "./scale-plans.ts";
import { Queue } from "./scale-queue.ts";
import { firstBreaks, machinesTable, worstOf } from "./scale-report.ts";
import { drawCount, HeavyTail, morningLogIns, returning, TRAFFIC } from "./scale-traffic.ts";
import { meanPeers, World } from "./scale-world.ts";
import { readCosts, UNIT_COSTS } from "./unit-costs.ts";

const PAGE = readFileSync(join(resolve(import.meta.dir, "../.."), "docs/scale.md"), "utf8");
const SEED = 48;
const COSTS = readCosts();
const SLOW_MS = 60_000;

function plan(name: string, changes: Partial<Plan> = {}): Plan {
  const base = PLANS.find((each) => each.name === name);
  if (base === undefined) throw new Error(`no plan "${name}"`);
  return { ...base, ...changes };
}

const SMALL = plan("10k in one workspace");
const LARGE = plan("100k in one workspace");
const MANY = plan("1M in workspaces");

function readings(of: Plan, costs = COSTS) {
  return play(of, World.draw(of, SEED), costs, SEED);
}

function reached(of: Plan, scene: Scene, limit: keyof typeof BOUNDS, costs = COSTS): number {
  const reading = readings(of, costs).find((each) => each.scene === scene && each.limit === limit);
  return reading?.value ?? Number.NaN;
}

test(
  "docs/scale.md quotes what the program prints",
  () => expect(withTables(PAGE, tables())).toBe(PAGE),
  SLOW_MS,
);

test("a page without a place for a table is refused", () => {
  expect(() => withTables("# Scale\n", { costs: "| a |" })).toThrow('no place for "costs"');
});

test("a seed plays the same again, and another draws other workspaces", () => {
  expect(readings(MANY)).toEqual(readings(MANY));
  expect(World.draw(MANY, 1).workspaces).not.toBe(World.draw(MANY, 2).workspaces);
});

test("each unit cost changes what the program prints", () => {
  const plans = [plan("100k in one, redesigned"), plan("100k in workspaces")];
  const services = plans.map((each) => ({ plan: each, world: World.draw(each, SEED) }));
  const printed = (costs: typeof COSTS) =>
    JSON.stringify([
      machinesTable(services, costs),
      services.map((each) => play(each.plan, each.world, costs, SEED)),
    ]);
  const before = printed(COSTS);
  const unused = (Object.keys(COSTS) as (keyof typeof COSTS)[]).filter((name) =>
    [100, 0.01].every((factor) => printed({ ...COSTS, [name]: COSTS[name] * factor }) === before),
  );
  expect(unused).toEqual(["linksOfGateway"]);
  expect(BOUNDS["gateway's links"]).toBe(UNIT_COSTS.linksOfGateway.value);
});

describe("a plan breaks where its machines are too few:", () => {
  test("ten thousand people in one workspace break nothing", () => {
    expect(readings(SMALL).filter(({ share }) => share > 1)).toEqual([]);
  });

  test("a takeover takes as long as a silent leader is waited for, and its links are taken up", () => {
    const links = SMALL.people * TRAFFIC.linksPerPerson;
    const seconds = COSTS.leaderLost + (links * COSTS.leaderTakeUp) / 1e6;
    expect(reached(SMALL, "a leader dies", "takeover, s")).toBeCloseTo(seconds, 6);
  });

  test("a log-in with pages from the leader fills its core on a morning with ten times the people", () => {
    expect(reached(LARGE, "Monday 9:00", "leader's core")).toBeGreaterThan(1);
    const redesigned = { ...LARGE, design: LARGE_WORKSPACE };
    expect(reached(redesigned, "Monday 9:00", "leader's core")).toBeLessThan(0.6);
  });

  test("half of the gateways have twice the links", () => {
    const half = { ...MANY, gateways: MANY.gateways / 2 };
    const links = (of: Plan) => reached(of, "a day", "gateway's links");
    expect(links(half)).toBeCloseTo(2 * links(MANY), 6);
  });

  test("slower passwords make those wait who come back when a machine dies, and nobody on Monday", () => {
    const slow = { ...COSTS, password: COSTS.password * 4 };
    const wait = (scene: Scene, costs = COSTS) => reached(MANY, scene, "password's wait, s", costs);
    expect(wait("a machine dies", slow)).toBeGreaterThan(3 * wait("a machine dies"));
    expect(wait("Monday 9:00", slow)).toBe(0);
  });

  test("nobody comes back when the only gateway dies", () => {
    const alone = readings({ ...SMALL, gateways: 1 }).filter(({ share }) => share > 1);
    expect(alone.map(({ scene, limit }) => `${scene}: ${limit}`)).toContain(
      "a gateway dies: handshake's wait, s",
    );
  });

  test("a site is lost only by those who have several", () => {
    const scenes = (of: Plan) => new Set(readings(of).map(({ scene }) => scene));
    expect(scenes(MANY)).not.toContain("a site dies");
    expect(scenes({ ...MANY, sites: 3 })).toContain("a site dies");
  });

  test("a large room costs the leader less when frames name the room", () => {
    const answer = (design: Plan["design"]) =>
      reached({ ...LARGE, design }, "a crowd answers", "leader's core");
    expect(answer({ ...TODAY, sends: "rooms" })).toBeLessThan(answer(TODAY));
  });

  test(
    "the breaks come in the order of their people, and none below the first",
    () => {
      const service = { plan: MANY, world: World.draw(MANY, SEED) };
      const breaks = firstBreaks(service, COSTS, SEED, 4);
      const people = breaks.map((each) => each.people);
      expect(people).toEqual([...people].sort((a, b) => a - b));
      const [first] = breaks;
      if (first === undefined) throw new Error("nothing broke");
      const at = (factor: number) => {
        const world = service.world.grown(
          (first.people * factor) / service.world.people,
          MANY.leaders,
        );
        return worstOf(play(MANY, world, COSTS, SEED)).get(first.limit)?.share ?? 0;
      };
      expect(at(1)).toBeGreaterThan(1);
      expect(at(0.8)).toBeLessThan(1);
    },
    SLOW_MS,
  );
});

describe("draws", () => {
  test("a heavy tail keeps its bounds, and has the mean that it says", () => {
    for (const [exponent, max] of [
      [1.3, 2000],
      [0.8, 500],
      [1, 100],
    ] as const) {
      const tail = new HeavyTail(exponent, 2, max);
      const prng = new Prng(SEED);
      const sizes = Array.from({ length: 200_000 }, () => tail.draw(prng));
      const mean = sizes.reduce((total, size) => total + size, 0) / sizes.length;
      expect(Math.min(...sizes.slice(0, 1000))).toBeGreaterThanOrEqual(2);
      expect(Math.max(...sizes.slice(0, 1000))).toBeLessThanOrEqual(max);
      expect(mean / tail.mean()).toBeCloseTo(1, 1);
    }
  });

  test("counts have the mean that was asked for, few and many", () => {
    const prng = new Prng(SEED);
    for (const mean of [0, 0.3, 7, 400]) {
      const counts = Array.from({ length: 20_000 }, () => drawCount(prng, mean));
      const average = counts.reduce((total, count) => total + count, 0) / counts.length;
      expect(Math.abs(average - mean)).toBeLessThan(0.03 * mean + 1e-9);
    }
  });

  test("a service has as many people as its plan, and its largest workspace", () => {
    const world = World.draw(MANY, SEED);
    expect(Math.abs(world.people / MANY.people - 1)).toBeLessThan(0.02);
    expect(world.largest).toBe(MANY.largest);
    const grown = world.grown(3, MANY.leaders);
    expect(grown.people / world.people).toBeCloseTo(3, 6);
  });

  test("quiet rooms have no peers", () => {
    expect(meanPeers(100_000, 1000)).toBeLessThan(
      meanPeers(100_000, Number.POSITIVE_INFINITY) / 10,
    );
    expect(meanPeers(800, 1000)).toBe(meanPeers(800, Number.POSITIVE_INFINITY));
  });

  test("everybody who is to log in on a morning does, and everybody who lost a connection comes back", () => {
    const all = (each: (second: number) => number) =>
      Array.from({ length: 3600 }, (_, second) => each(second)).reduce((a, b) => a + b, 0);
    expect(all((second) => morningLogIns(1000, second))).toBeCloseTo(1000, 0);
    expect(all((second) => returning(1000, second))).toBeCloseTo(1000, 0);
    expect(returning(1000, 0)).toBeGreaterThan(returning(1000, 10));
  });
});

test("a queue does so much a second, and the rest waits", () => {
  const queue = new Queue();
  queue.take(5, 2);
  expect([queue.owed, queue.worst, queue.doneShare]).toEqual([3, 1.5, 0.4]);
  queue.take(0, 2);
  queue.take(0, 2);
  expect([queue.owed, queue.worst, queue.doneShare]).toEqual([0, 1.5, 1]);
});

test("a plan of a file changes what it names of one of ours", async () => {
  const folder = mkdtempSync(join(tmpdir(), "scale-"));
  try {
    const path = join(folder, "plan.json");
    const write = (fields: object) => writeFileSync(path, JSON.stringify(fields));
    write({ like: MANY.name, gateways: 40, design: { takeUp: "active" } });
    const expected = { ...MANY, gateways: 40, design: { ...MANY.design, takeUp: "active" } };
    expect(await planOf(path)).toEqual(expected as Plan);
    write({ like: MANY.name, gatways: 40, design: { takesUp: "active" } });
    await expect(planOf(path)).rejects.toThrow("a plan has no gatways, takesUp");
    write({ like: "nothing" });
    await expect(planOf(path)).rejects.toThrow('"like" must be one of "10k in one workspace"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
