import { formatMetric } from "../../chat-server/metrics/metrics-text.ts";
import type { LogFacts } from "../../cluster/engine.ts";
import type { LivingNode, NodeRegistry } from "../../cluster/nodes/node-registry.ts";
import { logMetrics } from "../metrics-writer.ts";

type Metric = Parameters<typeof formatMetric>[0];

/**
 * Returns the metrics of a cluster, as one of its nodes knows it: each node writes those of all, so that any machine tells
 * when another one is gone.
 *
 * @param log what the log holds; `null` when NATS can't be reached
 */
export function clusterMetrics(registry: NodeRegistry, log: LogFacts | null): string {
  const { leader } = registry;
  // Of two nodes that were given the same name one: a name may have one value only.
  const nodes = [...new Map(registry.nodes.map((node) => [node.node, node])).values()];
  const each = (read: (node: LivingNode) => number): Metric["samples"] =>
    nodes.map((node) => ({ labels: { node: node.node }, value: read(node) }));
  const metrics: Omit<Metric, "type">[] = [
    {
      ...{ name: "cluster_log_reached", help: "Whether NATS answers this node." },
      samples: [{ value: log === null ? 0 : 1 }],
    },
    {
      ...{ name: "cluster_node_leads", help: "Whether a node that lives leads." },
      samples: each(({ process }) => (process === leader?.process ? 1 : 0)),
    },
    {
      ...{ name: "cluster_node_behind_records", help: "Records that a node lacks." },
      samples: each(({ behindRecords }) => behindRecords),
    },
    {
      ...{ name: "cluster_node_behind_seconds", help: "For how long it has lacked the first." },
      samples: each(({ behindSeconds }) => behindSeconds),
    },
    {
      ...{ name: "cluster_node_missing_files", help: "Files of people that a node lacks." },
      samples: each(({ missingFiles = 0 }) => missingFiles),
    },
    {
      ...{ name: "cluster_node_differing_settings", help: "Settings of a node's own file." },
      samples: each(({ differing }) => differing.length),
    },
    {
      ...{ name: "cluster_gateway_connections", help: "Connections of each gateway." },
      samples: (leader?.gateways ?? []).map(({ node, number, links }) => ({
        labels: { node, gateway: String(number) },
        value: links,
      })),
    },
  ];
  const texts = metrics.map((metric) => formatMetric({ ...metric, type: "gauge" }));
  return texts.join("") + logMetrics(log);
}
