import { describe, expect, test } from "bun:test";
import {
  type NodeReport,
  readNodeReport,
  writeNodeReport,
} from "../../../lib/cluster/nodes/node-report.ts";
import { NodeReports, REPORT_MS } from "../../../lib/cluster/nodes/node-reports.ts";
import { Seal } from "../../../lib/cluster/seal.ts";
import type { ElapsedMs } from "../../../lib/protocol/time.ts";
import { type MemoryConnection, MemoryEngine, World } from "../../memory-engine.ts";

/** What nodes say of themselves, and what the others know by it. */

const SEAL = new Seal(new Uint8Array(32).fill(7));
const OTHER_SEAL = new Seal(new Uint8Array(32).fill(8));

function reportOf(node: string, more: Partial<NodeReport> = {}): NodeReport {
  return {
    ...{ process: `${node}-1`, node, version: "1.0.0", role: "standby", leadsSince: 0 },
    ...{ position: 10, saved: 5, takenBack: 0, differing: [], gateways: [], isLeaving: false },
    ...more,
  };
}

/** A node that reports every second, until it is killed. */
class ReportingNode {
  report: NodeReport;
  readonly reports: NodeReports;
  readonly #connection: MemoryConnection;
  #isKilled = false;

  constructor(engine: MemoryEngine, report: NodeReport, seal = SEAL) {
    this.report = report;
    const { world } = engine;
    this.#connection = engine.connect();
    this.reports = new NodeReports({
      ...{ bus: this.#connection, cluster: "team", seal, report: () => this.report },
      elapsed: () => world.nowMs as ElapsedMs,
    });
    const tick = (): void => {
      if (this.#isKilled) return;
      this.reports.tick();
      world.after(REPORT_MS, tick);
    };
    tick();
  }

  get names(): string[] {
    return this.reports.registry.nodes.map(({ node }) => node);
  }

  kill(): void {
    this.#isKilled = true;
    this.#connection.isCutOff = true;
  }
}

function twoNodes(): { world: World; engine: MemoryEngine; a: ReportingNode; b: ReportingNode } {
  const world = new World();
  const engine = new MemoryEngine(world);
  const a = new ReportingNode(engine, reportOf("a", { role: "leader", leadsSince: 1000 }));
  const b = new ReportingNode(engine, reportOf("b"));
  world.run(REPORT_MS);
  return { world, engine, a, b };
}

describe("a report", () => {
  test("is read as it was written, with fields of a newer version passed over", () => {
    const report = reportOf("a", {
      differing: ["motd"],
      missingFiles: 3,
      gateways: [{ node: "a", number: 1, links: 3, isLeaving: false }],
    });
    expect(readNodeReport(writeNodeReport(report, SEAL), SEAL)).toEqual(report);
    const { missingFiles: _, ...older } = report;
    expect(readNodeReport(writeNodeReport(older, SEAL), SEAL)).toEqual(older);
    const newer = { ...report, shoeSize: 42 };
    expect(readNodeReport(writeNodeReport(newer, SEAL), SEAL)).toMatchObject(report);
  });

  test("tells nothing to whoever hasn't the key, and can't be made up", () => {
    const bytes = writeNodeReport(reportOf("kettle", { differing: ["motd"] }), SEAL);
    expect(Buffer.from(bytes).toString("latin1")).not.toContain("kettle");
    expect(readNodeReport(bytes, OTHER_SEAL)).toBeNull();
    expect(
      readNodeReport(new TextEncoder().encode(JSON.stringify(reportOf("x"))), SEAL),
    ).toBeNull();
    expect(readNodeReport(bytes.with(40, (bytes[40] ?? 0) ^ 1), SEAL)).toBeNull();
  });
});

describe("a registry of nodes", () => {
  test("has every node on every node, and who leads", () => {
    const { a, b } = twoNodes();
    expect([a.names, b.names]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect(b.reports.registry.leader?.node).toBe("a");
  });

  test("forgets who was silent for five seconds, and at once who says that it leaves", () => {
    const { world, a, b } = twoNodes();
    b.kill();
    world.run(4900);
    expect(a.names).toEqual(["a", "b"]);
    world.run(200);
    expect(a.names).toEqual(["a"]);
    const { a: first, b: second, world: other } = twoNodes();
    second.reports.close();
    second.kill();
    other.run(1);
    expect(first.names).toEqual(["a"]);
  });

  test("has a node once whose process was replaced, as what the new one says", () => {
    const { world, engine, a, b } = twoNodes();
    a.kill();
    world.run(REPORT_MS);
    new ReportingNode(engine, reportOf("a", { process: "a-2" }));
    world.run(10);
    expect(b.reports.registry.nodes.map(({ process }) => process)).toEqual(["a-2", "b-1"]);
    expect(b.reports.registry.leader).toBeNull();
  });

  test("has two nodes that were given the same name, which both go on", () => {
    const { world, engine, b } = twoNodes();
    new ReportingNode(engine, reportOf("a", { process: "a-2" }));
    world.run(3 * REPORT_MS);
    expect(b.names).toEqual(["a", "a", "b"]);
    expect(b.reports.registry.leader?.process).toBe("a-1");
  });

  test("passes over nodes of another key", () => {
    const { world, engine, a } = twoNodes();
    new ReportingNode(engine, reportOf("stranger"), OTHER_SEAL);
    world.run(REPORT_MS);
    expect(a.names).toEqual(["a", "b"]);
  });

  test("says how many records a node is behind, and for how long", () => {
    const { world, a, b } = twoNodes();
    expect(b.reports.registry.nodes[1]).toMatchObject({ behindRecords: 0, behindSeconds: 0 });
    a.report = { ...a.report, position: 25 };
    world.run(3 * REPORT_MS);
    expect(a.reports.registry.nodes[1]).toMatchObject({ behindRecords: 15, behindSeconds: 2 });
    a.report = { ...a.report, position: 30 };
    b.report = { ...b.report, position: 30 };
    world.run(2 * REPORT_MS);
    expect(a.reports.registry.nodes[1]).toMatchObject({ behindRecords: 0, behindSeconds: 0 });
  });

  test("takes the newest leader where an old one doesn't know yet that it was replaced", () => {
    const { world, a, b } = twoNodes();
    b.report = { ...b.report, role: "leader", leadsSince: 9000 };
    world.run(REPORT_MS);
    expect(a.reports.registry.leader?.node).toBe("b");
  });

  test("needs the log for a node that is started anew, and not for one that stays away", () => {
    const { world, a, b } = twoNodes();
    a.report = { ...a.report, saved: 40 };
    b.kill();
    world.run(40_000);
    expect(a.reports.registry.savedByAll).toBe(5);
    world.run(6000);
    expect(a.reports.registry.savedByAll).toBe(40);
  });

  test("calls a node silent that was there and has missed three reports, and nobody else", () => {
    const { world, engine, a, b } = twoNodes();
    const { registry } = b.reports;
    expect([registry.isSilent("a"), registry.isSilent("never-there")]).toEqual([false, false]);
    a.kill();
    world.run(2 * REPORT_MS);
    expect(registry.isSilent("a")).toBe(false);
    world.run(2 * REPORT_MS);
    expect(registry.isSilent("a")).toBe(true);
    new ReportingNode(engine, reportOf("a", { process: "a-2" }));
    world.run(REPORT_MS);
    expect(registry.isSilent("a")).toBe(false);
  });

  test("calls nobody silent when it has found NATS again, until three more reports are missed", () => {
    const { world, engine, a, b } = twoNodes();
    const [, own] = [...engine.connections];
    own?.setConnected(false);
    world.run(10 * REPORT_MS);
    own?.setConnected(true);
    world.run(10);
    expect(b.reports.registry.isSilent("a")).toBe(false);
    a.kill();
    world.run(4 * REPORT_MS);
    expect(b.reports.registry.isSilent("a")).toBe(true);
  });

  test("counts nobody's silence while its own process slept", () => {
    const { world, engine, a, b } = twoNodes();
    a.kill();
    b.kill();
    world.run(60_000);
    a.report = { ...a.report, saved: 40 };
    a.reports.tick();
    expect(a.names).toEqual(["a", "b"]);
    expect(a.reports.registry.savedByAll).toBe(5);
    expect(engine.connections.size).toBe(2);
  });
});
