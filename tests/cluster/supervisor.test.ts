import { describe, expect, test } from "bun:test";
import type { UpgradedPart } from "../../lib/chat-server/process-ports.ts";
import type { ChildName } from "../../lib/cluster/supervisor/child-processes.ts";
import {
  BEGINS_AGAIN,
  ENDS_WITH_LEADER,
  HANDED_OVER,
} from "../../lib/cluster/supervisor/handover.ts";
import { Supervisor, type SupervisorOptions } from "../../lib/cluster/supervisor/supervisor.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { childEnvironment, processRole } from "../../lib/server-process/process-role.ts";

/** What a supervisor does with its children; they and the clock are played. */

/** Children that are ended by hand, and a clock that goes on by hand. Pauses before a restart take no time. */
class Nursery {
  readonly started: ChildName[] = [];
  /** Of each that was started, whether the last one of its name has ended by its own fault. */
  readonly faults: boolean[] = [];
  readonly signals: string[] = [];
  readonly waits: number[] = [];
  readonly notes: string[] = [];
  /** What the leader is told. */
  readonly told: unknown[] = [];
  elapsedMs = 0;
  #pid = 100;
  readonly #ends = new Map<ChildName, ((code: number, signal: string | null) => void)[]>();
  readonly #longWaits = new Map<number, () => void>();
  readonly supervisor: Supervisor;

  constructor(options: Partial<SupervisorOptions> = {}) {
    this.supervisor = new Supervisor({ ...this.#options, ...options });
  }

  readonly #options: SupervisorOptions = {
    gateways: 2,
    elapsed: () => this.elapsedMs as ElapsedMs,
    wait: (ms) => {
      this.waits.push(ms);
      if (ms <= 5000) return Promise.resolve();
      return new Promise((resolve) => void this.#longWaits.set(ms, resolve));
    },
    note: (_, text) => void this.notes.push(text),
    retire: (gateways) => void this.told.push({ retire: gateways }),
    start: (name, isAfterFault) => {
      this.started.push(name);
      this.faults.push(isAfterFault);
      this.#pid += 1;
      const { promise: exited, resolve } = Promise.withResolvers<number>();
      let signalCode: string | null = null;
      const ends = this.#ends.get(name) ?? [];
      this.#ends.set(name, ends);
      ends.push((code, signal) => {
        signalCode = signal;
        resolve(code);
      });
      return {
        ...{ pid: this.#pid, exited },
        get signalCode() {
          return signalCode;
        },
        kill: (signal) => void this.signals.push(`${name} ${signal}`),
      };
    },
  };

  /** Something is replaced, and the leader told how that ended. */
  async upgrade(part: UpgradedPart): Promise<void> {
    this.told.push(await this.supervisor.upgrade(part));
  }

  /** The child that was started last under a name ends, and all that follows from it happens. */
  async ends(name: ChildName, code: number, signal: string | null = null): Promise<void> {
    this.#ends.get(name)?.pop()?.(code, signal);
    await Bun.sleep(0);
  }

  /** Time passes until a wait is over. */
  async passes(ms: number): Promise<void> {
    this.elapsedMs += ms;
    this.#longWaits.get(ms)?.();
    await Bun.sleep(0);
  }

  /** Seconds pass in which the leader says that these gateways are alive. */
  lives(seconds: number, gateways: readonly number[]): void {
    for (let n = 0; n < seconds; n += 1) {
      this.elapsedMs += 1000;
      this.supervisor.alive(gateways);
      this.supervisor.tick();
    }
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

test("a cluster's node that wants to begin anew is started again without an error", async () => {
  const nursery = new Nursery({ leaderName: "node" });
  void nursery.supervisor.run();
  await nursery.ends("leader", BEGINS_AGAIN);
  expect(nursery.started.at(-1)).toBe("leader");
  await nursery.ends("leader", 137, "SIGKILL");
  expect(nursery.notes).toEqual([
    "the node is started anew",
    "the node ended (SIGKILL) and is started again",
  ]);
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

test("a leader is told whether the last one has ended by its own fault: a crash, not a kill", async () => {
  const nursery = new Nursery();
  void nursery.supervisor.run();
  const leaderEnds = async (code: number, signal: string | null): Promise<boolean | undefined> => {
    await nursery.ends("leader", code, signal);
    return nursery.faults.at(-1);
  };
  expect(await leaderEnds(BEGINS_AGAIN, null)).toBe(false);
  expect(await leaderEnds(137, "SIGKILL")).toBe(false);
  expect(await leaderEnds(70, null)).toBe(true);
  expect(await leaderEnds(139, "SIGSEGV")).toBe(true);
  expect(await leaderEnds(1, null)).toBe(false);
  // The system ends a process that takes all memory as anybody kills it: three times in a row is no chance.
  expect(await leaderEnds(137, "SIGKILL")).toBe(false);
  expect(await leaderEnds(137, "SIGKILL")).toBe(false);
  expect(await leaderEnds(137, "SIGKILL")).toBe(true);
  nursery.elapsedMs += 10_000;
  expect(await leaderEnds(137, "SIGKILL")).toBe(false);
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

test("a gateway that its leader told to end isn't started again, unless the leader goes on", async () => {
  const nursery = new Nursery();
  void nursery.supervisor.run();
  await nursery.ends("gateway 1", ENDS_WITH_LEADER);
  await nursery.ends("gateway 2", 0);
  expect(nursery.started.slice(3)).toEqual(["gateway 2"]);
  await nursery.passes(6000);
  expect(nursery.started.slice(3)).toEqual(["gateway 2", "gateway 1"]);
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
  expect(nursery.signals).toEqual(["leader SIGHUP"]);
});

describe("another leader", () => {
  test("leads when the old one has handed over, and is the one that is watched and signalled", async () => {
    const nursery = new Nursery();
    const exit = nursery.supervisor.run();
    void nursery.upgrade("leader");
    expect(nursery.started.at(-1)).toBe("candidate");
    nursery.elapsedMs += 320;
    await nursery.ends("leader", HANDED_OVER);
    expect(nursery.notes).toEqual(["process 104 leads now, 0.3 s after its start"]);
    expect(nursery.told).toEqual([{ outcome: "done", how: null }]);
    nursery.supervisor.passOn("SIGHUP");
    expect(nursery.signals).toEqual(["candidate SIGHUP"]);
    // It is started again like any leader, and ends everything when it is stopped.
    await nursery.ends("candidate", 137, "SIGKILL");
    expect(nursery.notes.at(-1)).toBe("the leader ended (SIGKILL) and is started again");
    expect(nursery.started.at(-1)).toBe("leader");
    await nursery.ends("leader", 0);
    await nursery.ends("gateway 1", 0);
    await nursery.ends("gateway 2", 0);
    expect(await exit).toBe(0);
  });

  test("that fails leaves the old one leading, also when it is the first of all", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    for (const [code, signal, how] of [
      [1, null, "code 1"],
      [0, null, "code 0"],
      [HANDED_OVER, null, `code ${HANDED_OVER}`],
      [137, "SIGKILL", "SIGKILL"],
    ] as const) {
      void nursery.upgrade("leader");
      await nursery.ends("candidate", code, signal);
      expect(nursery.notes.at(-1)).toBe(`the new leader ended (${how}): the old one leads on`);
      expect(nursery.told.at(-1)).toEqual({ outcome: "failed", how });
    }
    nursery.supervisor.passOn("SIGHUP");
    expect(nursery.signals).toEqual(["leader SIGHUP"]);
  });

  test("that hangs is killed after a minute", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    void nursery.upgrade("leader");
    await nursery.passes(60_000);
    expect(nursery.signals).toEqual(["candidate SIGKILL"]);
    await nursery.ends("candidate", 137, "SIGKILL");
    const note = "the new leader wasn't ready in 60 seconds: the old one leads on";
    expect(nursery.notes).toEqual([note]);
    expect(nursery.told).toEqual([{ outcome: "failed", how: null }]);
    // The next try is another one.
    void nursery.upgrade("leader");
    await nursery.ends("leader", HANDED_OVER);
    expect(nursery.told.at(-1)).toEqual({ outcome: "done", how: null });
  });

  test("is not started beside one that is under way", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    void nursery.upgrade("leader");
    await nursery.upgrade("leader");
    await nursery.upgrade("gateways");
    expect(nursery.started.filter((name) => name === "candidate")).toHaveLength(1);
    expect(nursery.started).toHaveLength(4);
    expect(nursery.notes).toEqual([
      "nothing is replaced: another upgrade is under way",
      "nothing is replaced: another upgrade is under way",
    ]);
    expect(nursery.told).toEqual([
      { outcome: "busy", how: null },
      { outcome: "busy", how: null },
    ]);
  });

  test("ends with an old one that is killed meanwhile, and a third one begins with all that is stored", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    void nursery.upgrade("leader");
    await nursery.ends("leader", 137, "SIGKILL");
    expect(nursery.signals).toEqual(["candidate SIGKILL"]);
    expect(nursery.started.filter((name) => name === "leader")).toHaveLength(1);
    await nursery.ends("candidate", 137, "SIGKILL");
    expect(nursery.started.filter((name) => name === "leader")).toHaveLength(2);
    expect(nursery.notes).toEqual(["the leader ended (SIGKILL) and is started again"]);
  });

  test("that died just after the old one handed over is started again", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    void nursery.upgrade("leader");
    await nursery.ends("candidate", 70);
    await nursery.ends("leader", HANDED_OVER);
    expect(nursery.started.at(-1)).toBe("leader");
  });

  test("is stopped with the old one", async () => {
    const nursery = new Nursery();
    const exit = nursery.supervisor.run();
    void nursery.upgrade("leader");
    nursery.supervisor.stop();
    expect(nursery.signals).toEqual(["leader SIGTERM", "candidate SIGTERM"]);
    // Whoever of the two leads says good-bye.
    await nursery.ends("leader", HANDED_OVER);
    await nursery.ends("candidate", 0);
    await nursery.ends("gateway 1", 0);
    await nursery.ends("gateway 2", 0);
    expect(await exit).toBe(0);
    expect(nursery.started).toHaveLength(4);
  });

  test("that is stopped before the old one has handed over leaves a stop that went well", async () => {
    const nursery = new Nursery();
    const exit = nursery.supervisor.run();
    void nursery.supervisor.upgrade("leader");
    nursery.supervisor.stop();
    await nursery.ends("candidate", 0);
    await nursery.ends("leader", HANDED_OVER);
    await nursery.ends("gateway 1", 0);
    await nursery.ends("gateway 2", 0);
    expect(await exit).toBe(0);
  });

  test("is not started when there is no leader, or the server stops", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    nursery.supervisor.stop();
    await nursery.upgrade("leader");
    await nursery.upgrade("gateways");
    expect(nursery.started).toHaveLength(3);
    expect(nursery.told).toEqual([
      { outcome: "busy", how: null },
      { outcome: "busy", how: null },
    ]);
  });
});

describe("other gateways", () => {
  test("take new connections when they listen, and the old ones run empty and aren't started again", async () => {
    const nursery = new Nursery();
    const exit = nursery.supervisor.run();
    void nursery.upgrade("gateways");
    expect(nursery.started.slice(3)).toEqual(["gateway 3", "gateway 4"]);
    nursery.supervisor.alive([1, 2, 3]);
    await Bun.sleep(0);
    expect(nursery.told).toEqual([]);
    nursery.supervisor.alive([4]);
    await Bun.sleep(0);
    expect(nursery.told).toEqual([{ retire: [1, 2] }, { outcome: "done", how: null }]);
    expect(nursery.supervisor.leaving).toEqual([1, 2]);
    await nursery.ends("gateway 1", 0);
    await nursery.ends("gateway 3", 137, "SIGKILL");
    expect(nursery.supervisor.leaving).toEqual([2]);
    expect(nursery.notes).toEqual([
      "new gateways take new connections, and the old ones run empty",
      "the gateway 1 has left (code 0)",
      "the gateway 3 ended (SIGKILL) and is started again",
    ]);
    expect(nursery.started.slice(5)).toEqual(["gateway 3"]);
    // Again, while some are leaving.
    void nursery.upgrade("gateways");
    nursery.supervisor.alive([5, 6]);
    await Bun.sleep(0);
    expect(nursery.supervisor.leaving).toEqual([2, 3, 4]);
    nursery.supervisor.stop();
    await nursery.ends("leader", 0);
    for (const number of [2, 3, 4, 5, 6]) await nursery.ends(`gateway ${number}`, 0);
    expect(await exit).toBe(0);
  });

  test("that fail leave the old ones as they are, and those that have people already run empty", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    void nursery.upgrade("gateways");
    nursery.supervisor.alive([1, 2, 3]);
    await nursery.ends("gateway 4", 1);
    expect(nursery.told).toEqual([{ retire: [3] }, { outcome: "failed", how: "code 1" }]);
    expect(nursery.notes).toEqual(["a new gateway ended (code 1): the old ones go on"]);
    expect(nursery.signals).toEqual([]);
    await nursery.ends("gateway 1", 137, "SIGKILL");
    expect(nursery.started.at(-1)).toBe("gateway 1");
  });

  test("that don't listen in time are killed", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    void nursery.upgrade("gateways");
    nursery.supervisor.alive([1, 2, 3]);
    await nursery.passes(20_000);
    expect(nursery.signals).toEqual(["gateway 4 SIGKILL"]);
    expect(nursery.told).toEqual([{ retire: [3, 4] }, { outcome: "failed", how: null }]);
    expect(nursery.notes).toEqual(["a new gateway did not listen in time: the old ones go on"]);
  });
});

describe("a process that hangs", () => {
  const killed = (name: string) => `the ${name} has answered nothing for 15 seconds and is killed`;

  test("is killed, and started again as any that dies", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    nursery.lives(5, [1, 2]);
    nursery.lives(14, [2]);
    expect(nursery.signals).toEqual([]);
    nursery.lives(1, [2]);
    expect(nursery.signals).toEqual(["gateway 1 SIGKILL"]);
    expect(nursery.notes).toEqual([killed("gateway 1")]);
    await nursery.ends("gateway 1", 137, "SIGKILL");
    nursery.lives(5, [1, 2]);
    expect(nursery.signals).toHaveLength(1);
  });

  test("is killed when it hangs at its start, too", () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    nursery.lives(16, [2]);
    expect(nursery.signals).toEqual(["gateway 1 SIGKILL"]);
  });

  test("is the leader alone when nothing is heard of gateways either", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    nursery.lives(5, [1, 2]);
    for (let n = 0; n < 15; n += 1) {
      nursery.elapsedMs += 1000;
      nursery.supervisor.tick();
    }
    expect(nursery.signals).toEqual(["leader SIGKILL"]);
    await nursery.ends("leader", 137, "SIGKILL");
    expect([nursery.started.at(-1), nursery.faults.at(-1)]).toEqual(["leader", true]);
    nursery.lives(5, [1, 2]);
    expect(nursery.signals).toHaveLength(1);
  });

  test("is no gateway while the next leader of a large folder starts", async () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    nursery.lives(5, [1, 2]);
    await nursery.ends("leader", 137, "SIGKILL");
    for (let n = 0; n < 60; n += 1) {
      nursery.elapsedMs += 1000;
      nursery.supervisor.tick();
    }
    nursery.lives(5, [1, 2]);
    expect(nursery.signals).toEqual([]);
  });

  test("is none when the machine has slept, or the supervisor was stopped", () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    nursery.lives(5, [1, 2]);
    nursery.elapsedMs += 3_600_000;
    nursery.supervisor.tick();
    nursery.lives(5, [1, 2]);
    expect(nursery.signals).toEqual([]);
  });

  test("is no leader that still starts", () => {
    const nursery = new Nursery();
    void nursery.supervisor.run();
    for (let n = 0; n < 60; n += 1) {
      nursery.elapsedMs += 1000;
      nursery.supervisor.tick();
    }
    expect(nursery.signals).toEqual([]);
  });
});

describe("a process of a cluster that hangs", () => {
  const NODE = { leaderName: "node", areSelfReporting: true } as const;
  const killed = (name: string, seconds = 15) =>
    `the ${name} has answered nothing for ${seconds} seconds and is killed`;

  /** Seconds pass in which these children say that they are alive. */
  function live(nursery: Nursery, seconds: number, ...children: readonly ChildName[]): void {
    for (let n = 0; n < seconds; n += 1) {
      nursery.elapsedMs += 1000;
      for (const child of children) nursery.supervisor.heard(child, 15_000);
      nursery.supervisor.tick();
    }
  }

  test("is killed and started again, whatever the others do", async () => {
    const nursery = new Nursery(NODE);
    void nursery.supervisor.run();
    live(nursery, 5, "leader", "gateway 1", "gateway 2");
    live(nursery, 14, "leader", "gateway 2");
    expect(nursery.signals).toEqual([]);
    live(nursery, 1, "leader", "gateway 2");
    expect(nursery.signals).toEqual(["gateway 1 SIGKILL"]);
    await nursery.ends("gateway 1", 137, "SIGKILL");
    live(nursery, 15, "gateway 1", "gateway 2");
    expect(nursery.signals.slice(1)).toEqual(["leader SIGKILL"]);
    await nursery.ends("leader", 137, "SIGKILL");
    live(nursery, 20, "leader", "gateway 1", "gateway 2");
    live(nursery, 15);
    expect(nursery.signals.slice(2).toSorted()).toEqual(
      ["gateway 1", "gateway 2", "leader"].map((name) => `${name} SIGKILL`),
    );
    expect(nursery.notes.filter((note) => note.includes("killed"))).toEqual(
      ["gateway 1", "node", "gateway 2", "gateway 1", "node"].map((name) => killed(name)),
    );
  });

  test("is none that has said that it will be silent for long, until that is over", () => {
    const nursery = new Nursery(NODE);
    void nursery.supervisor.run();
    live(nursery, 5, "leader", "gateway 1", "gateway 2");
    nursery.supervisor.heard("leader", 60_000);
    live(nursery, 59, "gateway 1", "gateway 2");
    expect(nursery.signals).toEqual([]);
    live(nursery, 1, "gateway 1", "gateway 2");
    expect(nursery.notes).toEqual([killed("node", 60)]);
  });

  test("is one on a machine with gateways alone, too, whose owner has them replaced", async () => {
    const nursery = new Nursery({ ...NODE, isWithoutLeader: true });
    const exit = nursery.supervisor.run();
    live(nursery, 5, "gateway 1", "gateway 2");
    live(nursery, 15, "gateway 1");
    expect(nursery.signals).toEqual(["gateway 2 SIGKILL"]);
    await nursery.ends("gateway 2", 137, "SIGKILL");
    void nursery.upgrade("gateways");
    nursery.supervisor.listening([1, 2, 3, 4]);
    await Bun.sleep(0);
    expect(nursery.told).toEqual([{ retire: [1, 2] }, { outcome: "done", how: null }]);
    // Those that run empty are watched as well, and aren't started again.
    live(nursery, 5, "gateway 1", "gateway 2", "gateway 3", "gateway 4");
    live(nursery, 15, "gateway 1", "gateway 3", "gateway 4");
    expect(nursery.signals.slice(1)).toEqual(["gateway 2 SIGKILL"]);
    await nursery.ends("gateway 2", 137, "SIGKILL");
    expect(nursery.started).toHaveLength(5);
    nursery.supervisor.stop();
    for (const number of [1, 3, 4]) await nursery.ends(`gateway ${number}`, 0);
    expect(await exit).toBe(0);
  });
});

test("a child knows its role, collects garbage less often, and has what its owner set", () => {
  const ports = { tls: 6697, plain: null, proxy: null };
  const place = { socket: "/run/s", ports, number: 2, gateways: 3, key: "k1" };
  const role = { ...place, kind: "gateway" } as const;
  const environment = childEnvironment({ LANG: "C.UTF-8" }, role);
  expect(processRole(environment)).toEqual(role);
  expect(environment).toMatchObject({ LANG: "C.UTF-8", BUN_GC_TIMER_INTERVAL: "30000" });
  const own = childEnvironment({ BUN_GC_TIMER_INTERVAL: "5000" }, role);
  expect(own).toMatchObject({ BUN_GC_TIMER_INTERVAL: "5000" });
});

test("a child of a later version's supervisor knows its role, or says that it doesn't", () => {
  const ports = { tls: 6697, plain: null, proxy: null };
  const place = { socket: "/run/s", ports, number: 2, gateways: 3, key: "k1" };
  const role = { ...place, kind: "gateway" } as const;
  const { SODAM_PROCESS: words = "" } = childEnvironment({}, role);
  const more = words.replace("{", '{"weather":"rain",');
  expect(processRole({ SODAM_PROCESS: more })).toEqual(role);
  for (const other of [words.replace("gateway", "ferry"), words.slice(1)]) {
    expect(processRole({ SODAM_PROCESS: other })).toEqual({
      refused: expect.stringContaining("Restart the whole service"),
    });
  }
  expect(processRole({})).toBeNull();
});
