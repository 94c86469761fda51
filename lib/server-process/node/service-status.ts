import type { GatewayFacts, ServiceStatus } from "../../chat-server/process-ports.ts";
import type { LogFacts } from "../../cluster/engine.ts";
import type { NodeRegistry } from "../../cluster/nodes/node-registry.ts";
import type { AdminRow, AdminSentence } from "../../protocol/admin/admin-answer.ts";

/* How the service is: its processes, its machines, and its log, for the owner's console. */

/** The status of a server that is one process. */
export const ONE_PROCESS: ServiceStatus = { sentences: [["oneProcess"]], facts: {}, tables: {} };

/** Returns the status of a server whose gateways are on its own machine. */
export function machineStatus(
  gateways: readonly GatewayFacts[],
  log: LogFacts | null,
): ServiceStatus {
  const connections = gateways.reduce((sum, { links }) => sum + links, 0);
  const rows = gateways.map(
    ({ number, pid, links, memoryBytes, loopDelay, isLeaving }): AdminRow => ({
      ...{ gateway: number, pid, connections: links, memoryBytes },
      ...{ loopDelayMeanMs: loopDelay.meanMs, loopDelayMaxMs: loopDelay.maxMs },
      leaving: isLeaving,
    }),
  );
  return {
    sentences: [["someGateways", gateways.length, connections]],
    facts: logFacts(log),
    tables: { gateways: rows },
  };
}

/** Returns the status of a cluster, as one of its nodes knows it. */
export function clusterStatus(
  cluster: string,
  registry: NodeRegistry,
  log: LogFacts | null,
): ServiceStatus {
  const { nodes, leader } = registry;
  const sentences: AdminSentence[] = [
    leader === null
      ? ["nobodyLeads", cluster]
      : ["nodeLeads", leader.node, cluster, leader.leadsSince],
  ];
  for (const node of nodes) {
    const { behindRecords, missingFiles = 0 } = node;
    const hasEverything = behindRecords === 0 && missingFiles === 0;
    if (node.process !== leader?.process && (hasEverything || behindRecords > 0)) {
      sentences.push(["nodeFollows", node.node, behindRecords, node.behindSeconds]);
    }
    if (missingFiles > 0) sentences.push(["nodeLacksFiles", node.node, missingFiles]);
  }
  for (const { node, differing } of nodes) {
    if (differing.length > 0) sentences.push(["settingsDiffer", node, differing.join(", ")]);
  }
  return {
    sentences,
    facts: {
      ...{ cluster, leader: leader?.node ?? null, leadsSinceAt: leader?.leadsSince ?? null },
      ...logFacts(log),
    },
    tables: {
      nodes: nodes.map(
        (node): AdminRow => ({
          node: node.node,
          role: node.process === leader?.process ? "leader" : "standby",
          version: node.version,
          ...{ position: node.position, savedPosition: node.saved },
          ...{ behindRecords: node.behindRecords, behindSeconds: node.behindSeconds },
          missingFiles: node.missingFiles ?? 0,
          differing: node.differing.join(", "),
        }),
      ),
      gateways: (leader?.gateways ?? []).map(
        ({ node, number, links, isLeaving }): AdminRow => ({
          ...{ node, gateway: number, connections: links, leaving: isLeaving },
        }),
      ),
    },
  };
}

function logFacts(log: LogFacts | null): AdminRow {
  if (log === null) return { logRecords: null, logBytes: null };
  return { logRecords: log.last - log.first + 1, logBytes: log.bytes };
}
