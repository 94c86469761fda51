import { randomBytes } from "node:crypto";
import type { FrameBus } from "../cluster/engine.ts";
import { nodesSubject, writeNodeReport } from "../cluster/nodes/node-report.ts";
import { REPORT_MS } from "../cluster/nodes/node-reports.ts";
import type { Seal } from "../cluster/seal.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { VERSION } from "../settings/settings-help.ts";
import { startTicks } from "../transport/clock.ts";
import { machineName } from "../transport/local-addresses.ts";

/**
 * Says for a node that is starting from where on it needs the log, so that this isn't cut meanwhile: a large folder takes a
 * while to be read. Returns a function that ends it.
 */
export function reportStart(
  settings: ServerSettings,
  { engine, seal }: { readonly engine: FrameBus; readonly seal: Seal },
  position: number,
): () => void {
  const report = writeNodeReport(
    {
      ...{ process: nodeName(settings), node: ownNodeName(settings), version: VERSION },
      ...{ role: "standby", leadsSince: 0, position, saved: position, takenBack: 0 },
      ...{ differing: [], gateways: [], isLeaving: false },
    },
    seal,
  );
  const say = (): void => void engine.publish(nodesSubject(settings.cluster), report);
  say();
  const ticks = startTicks(REPORT_MS, say);
  return () => ticks.stop();
}

/** Returns the name by which a process of a node is known in its cluster: no other has the same. */
export function nodeName(settings: ServerSettings): string {
  return `${ownNodeName(settings)}-${randomBytes(4).toString("hex")}`;
}

/** Returns a node's name as its owner gave it; by default that of the machine. */
export function ownNodeName({ node }: ServerSettings): string {
  return node ?? machineName();
}
