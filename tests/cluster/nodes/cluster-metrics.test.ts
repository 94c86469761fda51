import { expect, test } from "bun:test";
import { NodeRegistry } from "../../../lib/cluster/nodes/node-registry.ts";
import type { NodeReport } from "../../../lib/cluster/nodes/node-report.ts";
import type { ElapsedMs } from "../../../lib/protocol/time.ts";
import { logMetrics } from "../../../lib/server-process/metrics-writer.ts";
import { clusterMetrics } from "../../../lib/server-process/node/cluster-metrics.ts";
import { readMetrics } from "../../metrics-reader.ts";

const LOG = { first: 11, last: 30, bytes: 4096 };

function reportOf(node: string, more: Partial<NodeReport> = {}): NodeReport {
  return {
    ...{ process: `${node}-1`, node, version: "1.0.0", role: "standby", leadsSince: 0 },
    ...{ position: 20, saved: 5, takenBack: 0, differing: [], gateways: [], isLeaving: false },
    ...more,
  };
}

/** Returns the values of the metrics, by name, and by node and gateway. */
function valuesOf(text: string): Record<string, Record<string, number>> {
  const metrics = [...readMetrics(text)].map(([name, { type, help, values }]) => {
    expect([type, name.startsWith("sodam_"), help.endsWith(".")]).toEqual(["gauge", true, true]);
    return [name.slice("sodam_".length), Object.fromEntries(values)] as const;
  });
  return Object.fromEntries(metrics);
}

test("each node tells who leads, how far the others are behind, the log's size and all gateways", () => {
  let nowMs = 0;
  const registry = new NodeRegistry(() => nowMs as ElapsedMs);
  const gateways = [
    { node: "a", number: 1, links: 7, isLeaving: false },
    { node: "g", number: 2, links: 5, isLeaving: false },
  ];
  const leader = reportOf("a", { role: "leader", leadsSince: 1000, position: 30, gateways });
  registry.heard(leader);
  nowMs += 2000;
  registry.heard(leader);
  registry.heard(reportOf("b", { differing: ["motd", "guests"], missingFiles: 3 }));
  expect(valuesOf(clusterMetrics(registry, LOG))).toEqual({
    cluster_log_reached: { "": 1 },
    cluster_node_leads: { "node=a": 1, "node=b": 0 },
    cluster_node_behind_records: { "node=a": 0, "node=b": 10 },
    cluster_node_behind_seconds: { "node=a": 0, "node=b": 2 },
    cluster_node_missing_files: { "node=a": 0, "node=b": 3 },
    cluster_node_differing_settings: { "node=a": 0, "node=b": 2 },
    cluster_gateway_connections: { "node=a gateway=1": 7, "node=g gateway=2": 5 },
    log_records: { "": 20 },
    log_bytes: { "": 4096 },
  });
});

test("a node that reaches NATS no more tells so, and that nobody leads as far as it knows", () => {
  let nowMs = 0;
  const registry = new NodeRegistry(() => nowMs as ElapsedMs);
  registry.heard(reportOf("a", { role: "leader", leadsSince: 1000 }));
  nowMs += 6000;
  registry.heard(reportOf("b"));
  const values = valuesOf(clusterMetrics(registry, null));
  expect(values).toMatchObject({
    cluster_log_reached: { "": 0 },
    cluster_node_leads: { "node=b": 0 },
  });
  expect([values["log_bytes"], values["cluster_gateway_connections"]]).toEqual([undefined, {}]);
});

test("a node that was killed and is there again counts once, as what it is now", () => {
  let nowMs = 0;
  const registry = new NodeRegistry(() => nowMs as ElapsedMs);
  registry.heard(reportOf("a", { process: "z", role: "leader", leadsSince: 1000, position: 30 }));
  nowMs += 2000;
  registry.heard(reportOf("a", { process: "y" }));
  expect(valuesOf(clusterMetrics(registry, LOG))).toMatchObject({
    cluster_node_leads: { "node=a": 0 },
    cluster_node_behind_records: { "node=a": 10 },
  });
});

test("an empty log has no records", () => {
  expect(valuesOf(logMetrics({ first: 31, last: 30, bytes: 0 }))).toEqual({
    ...{ log_records: { "": 0 }, log_bytes: { "": 0 } },
  });
});
