import type { FrameBus } from "../cluster/engine.ts";
import { nodesSubject, writeNodeReport } from "../cluster/nodes/node-report.ts";
import { REPORT_MS } from "../cluster/nodes/node-reports.ts";
import type { Seal } from "../cluster/seal.ts";
import { VERSION } from "../settings/settings-help.ts";
import { startTicks } from "../transport/clock.ts";

/** A node that starts. */
interface StartingNode {
  /** The name of its cluster. */
  readonly cluster: string;
  readonly engine: FrameBus;
  readonly seal: Seal;
  /** The name of its process, and the node's as its owner gave it. */
  readonly process: string;
  readonly node: string;
}

/**
 * Says for a node that is starting from where on it needs the log, so that this isn't cut meanwhile: a large folder takes a
 * while to be read. Returns a function that ends it.
 */
export function reportStart(
  { cluster, engine, seal, process, node }: StartingNode,
  position: number,
): () => void {
  const report = writeNodeReport(
    {
      ...{ process, node, version: VERSION, role: "standby", leadsSince: 0, takenBack: 0 },
      ...{ position, saved: position, differing: [], gateways: [], isLeaving: false },
    },
    seal,
  );
  const say = (): void => void engine.publish(nodesSubject(cluster), report);
  say();
  const ticks = startTicks(REPORT_MS, say);
  return () => ticks.stop();
}
