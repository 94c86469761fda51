import { expect, test } from "bun:test";
import { type ChildName, Supervisor } from "../../lib/cluster/supervisor.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";

/** What a supervisor does with its children; they and the clock are played. */

/** Children that are ended by hand, and a clock that goes on when somebody waits. */
class Nursery {
  readonly started: ChildName[] = [];
  readonly signals: string[] = [];
  readonly waits: number[] = [];
  readonly notes: string[] = [];
  elapsedMs = 0;
  readonly #ends = new Map<ChildName, (code: number, signal: string | null) => void>();
  readonly supervisor = new Supervisor({
    gateways: 2,
    elapsed: () => this.elapsedMs as ElapsedMs,
    wait: async (ms) => void this.waits.push(ms),
    note: (_, text) => void this.notes.push(text),
    start: (name) => {
      this.started.push(name);
      const { promise: exited, resolve } = Promise.withResolvers<number>();
      let signalCode: string | null = null;
      this.#ends.set(name, (code, signal) => {
        signalCode = signal;
        this.#ends.delete(name);
        resolve(code);
      });
      return {
        exited,
        get signalCode() {
          return signalCode;
        },
        kill: (signal) => void this.signals.push(`${name} ${signal}`),
      };
    },
  });

  /** A child ends, and all that follows from it happens. */
  async ends(name: ChildName, code: number, signal: string | null = null): Promise<void> {
    this.#ends.get(name)?.(code, signal);
    await Bun.sleep(0);
  }
}

test("a child that dies is started again, after pauses that grow while it dies at once", async () => {
  const nursery = new Nursery();
  void nursery.supervisor.run();
  expect(nursery.started).toEqual(["gateway 1", "gateway 2", "leader"]);
  for (let n = 0; n < 9; n += 1) await nursery.ends("gateway 2", 70);
  expect(nursery.waits).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  nursery.elapsedMs += 10_000;
  await nursery.ends("gateway 2", 137, "SIGKILL");
  expect(nursery.waits.at(-1)).toBe(50);
  expect(nursery.notes.at(-1)).toBe("the gateway 2 ended (SIGKILL) and is started again");
  await nursery.ends("leader", 137, "SIGKILL");
  expect(nursery.started.at(-1)).toBe("leader");
});

test("a leader whose first start fails ends everything with its code", async () => {
  for (const code of [1, 2, 70]) {
    const nursery = new Nursery();
    const exit = nursery.supervisor.run();
    await nursery.ends("leader", code);
    expect(nursery.signals).toEqual(
      ["gateway 1 SIGTERM", "gateway 2 SIGTERM"].concat(nursery.signals.slice(2)),
    );
    await nursery.ends("gateway 1", 0);
    await nursery.ends("gateway 2", 0);
    expect(await exit).toBe(code);
    expect(nursery.notes).toEqual([]);
  }
});

test("a leader that fails later is started again", async () => {
  const nursery = new Nursery();
  void nursery.supervisor.run();
  await nursery.ends("leader", 137, "SIGKILL");
  await nursery.ends("leader", 1);
  expect(nursery.started.filter((name) => name === "leader")).toHaveLength(3);
});

test("a stop is the leader's: gateways that end meanwhile are not started again", async () => {
  const nursery = new Nursery();
  const exit = nursery.supervisor.run();
  nursery.supervisor.stop();
  expect(nursery.signals[0]).toBe("leader SIGTERM");
  await nursery.ends("gateway 1", 0);
  await nursery.ends("leader", 0);
  await nursery.ends("gateway 2", 0);
  expect(await exit).toBe(0);
  expect(nursery.started).toHaveLength(3);
  expect(nursery.notes).toEqual([]);
});

test("a leader that its owner stopped ends everything", async () => {
  const nursery = new Nursery();
  const exit = nursery.supervisor.run();
  await nursery.ends("leader", 0);
  await nursery.ends("gateway 1", 0);
  await nursery.ends("gateway 2", 0);
  expect(await exit).toBe(0);
});

test("signals are passed on to the leader alone, which tells the gateways", async () => {
  const nursery = new Nursery();
  void nursery.supervisor.run();
  nursery.supervisor.passOn("SIGHUP");
  nursery.supervisor.passOn("SIGUSR2");
  expect(nursery.signals).toEqual(["leader SIGHUP", "leader SIGUSR2"]);
});
