import { describe, expect, test } from "bun:test";
import { ClusterNode } from "../../lib/cluster/cluster-node.ts";
import { encodeRecord, type TurnRecord } from "../../lib/cluster/log/record.ts";
import { MemoryEngine, World } from "../memory-engine.ts";

const TURN: TurnRecord = {
  ...{ kind: "turn", term: 1, number: 1, upMs: 1 },
  ...{ consumed: [], changes: [], parts: [], told: [] },
};

/** A standby that follows a log, after which nobody leads any more. */
function standby(follow: (sequence: number) => void = () => {}) {
  const world = new World();
  const engine = new MemoryEngine(world);
  const append = (bytes: Uint8Array): void => {
    const { last } = engine.facts;
    engine.append({ id: `entry-${last}`, bytes, after: last });
  };
  append(encodeRecord({ kind: "lead", node: "other" }, null));
  const happened: string[] = [];
  const node = new ClusterNode("node", engine.connect(), null, 0, {
    now: () => world.nowMs,
    follow: (_, sequence) => follow(sequence),
    lead: (term) => void happened.push(`leads ${term}`),
    ...{ beat() {}, following() {}, logged() {}, finish: () => Promise.resolve() },
    stop: (why) => void happened.push(why),
    unreadable: (why) => void happened.push(why),
    lost: () => void happened.push("lost"),
  });
  node.begin();
  /** Lets so much time pass that another node is tried for dead. */
  const wait = (): void => {
    for (let ticks = 0; ticks < 40; ticks += 1) {
      world.run(250);
      node.tick();
    }
  };
  return { engine, append, happened, node, wait };
}

describe("a node that follows the log", () => {
  test("leads when nobody else does", () => {
    const { append, happened, wait } = standby();
    append(encodeRecord(TURN, null));
    wait();
    expect(happened).toEqual(["leads 3"]);
  });

  test("knows whether the last leader handed over, or may have crashed", () => {
    for (const hasYielded of [true, false]) {
      const { append, node, wait } = standby();
      append(encodeRecord(TURN, null));
      const yielded = { kind: "yield", term: 1, number: 0, to: null } as const;
      if (hasYielded) append(encodeRecord(yielded, null));
      wait();
      expect([node.isLeading, node.isHandedOver]).toEqual([true, hasYielded]);
    }
  });

  test("stops before a record that it can't read, and never leads without it", () => {
    const { engine, append, happened, node, wait } = standby();
    append(Buffer.from("{}\n"));
    wait();
    expect(happened).toEqual([
      "This node can't follow the log: A record of the log is damaged: its head can't be read.",
    ]);
    expect([node.position, engine.facts.last]).toEqual([1, 2]);
  });

  test("stops before a record that it can't apply, and never leads without it", () => {
    const { engine, append, happened, node, wait } = standby((sequence) => {
      if (sequence === 2) throw new Error("no such room");
    });
    append(encodeRecord(TURN, null));
    append(encodeRecord({ ...TURN, number: 2 }, null));
    wait();
    expect(happened).toEqual([
      expect.stringMatching(/^This node can't follow the log: Error: no such room\n +at /),
    ]);
    expect([node.position, engine.facts.last]).toEqual([1, 3]);
  });
});
