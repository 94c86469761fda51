import { connectNats } from "../../lib/cluster/nats/nats-engine.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { joinFolder } from "../../lib/cluster/transfer/join-folder.ts";
import type { TransferClock } from "../../lib/cluster/transfer/transfer-ports.ts";
import { openJoiningFolder } from "../../lib/file-manager/transfer/joining-data-folder.ts";

/*
 * A node that joins, in a process of its own, for tests that kill it: `bun joining-node.ts URL CLUSTER FOLDER READER`.
 * Prints how far it is, and the outcome at last, a line of JSON each.
 */

/** The key of the tests' clusters. */
export const CLUSTER_KEY = new Uint8Array(32).fill(7);

/** The time of this machine. */
export const MACHINE_CLOCK: TransferClock = {
  elapsed: () => performance.now(),
  later(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

async function main([url = "", cluster = "", path = "", reader = ""]: string[]): Promise<void> {
  const connected = await connectNats({ urls: [url], name: cluster });
  if ("refused" in connected) throw new Error(connected.refused);
  const opened = await openJoiningFolder(path);
  if ("refused" in opened) throw new Error(opened.refused);
  const outcome = await joinFolder(connected.engine, opened.folder, {
    ...{ cluster, reader, seal: new Seal(CLUSTER_KEY), clock: MACHINE_CLOCK },
    onProgress: (progress) => process.stdout.write(`${JSON.stringify(progress)}\n`),
  });
  await opened.folder.close();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  process.stdout.write(`${JSON.stringify({ ...outcome, peakBytes, cpu: process.cpuUsage() })}\n`);
  process.exit(0);
}

if (import.meta.main) void main(process.argv.slice(2));
