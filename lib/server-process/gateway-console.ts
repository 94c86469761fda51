import type { KnownGateway } from "../cluster/supervisor/child-listener.ts";
import { gatewayConsoleFolder, openAdminSocket } from "../file-manager/admin-socket.ts";
import { lockFolder } from "../file-manager/disk/lock.ts";
import type { AdminAnswer, AdminRequest, AdminRow } from "../protocol/admin/admin-answer.ts";
import { adminCommandName } from "../protocol/admin/admin-commands.ts";
import type { Log } from "../settings/log.ts";
import { VERSION } from "../settings/settings-help.ts";
import { listenForConsoles } from "../transport/admin-listener.ts";
import { elapsed } from "../transport/clock.ts";
import { answerUpgrade, type UpgradeProcesses } from "./console-upgrade.ts";

/** What the console of gateways alone needs of their supervisor. */
interface GatewayConsoleOptions {
  /** The name of the cluster, and of this machine in it. */
  readonly cluster: string;
  readonly node: string;
  readonly certs: string;
  /** How the gateways are. */
  readonly gateways: () => readonly KnownGateway[];
  readonly upgrade: UpgradeProcesses;
  readonly note: Log;
}

/** Opens the owner's console of a machine that has gateways alone. Without one they serve all the same. */
export async function openGatewayConsole(
  options: GatewayConsoleOptions,
): Promise<{ close(): void }> {
  const { certs, note } = options;
  const folder = gatewayConsoleFolder(certs);
  const refuse = (why: string): { close(): void } => {
    note("warn", `"status" and "upgrade" can't reach these gateways: ${why}`);
    return { close() {} };
  };
  const locked = await lockFolder(folder);
  if ("refused" in locked) return refuse(locked.refused);
  if ("heldBy" in locked) {
    return refuse(
      `those of process ${locked.heldBy} have the same folder ${certs}. Give each a folder of its own`,
    );
  }
  const opened = openAdminSocket(folder, (path) =>
    listenForConsoles(path, {
      administer: (request, respond) => administer(options, request, respond),
      // It is asked for on the node that leads.
      followLog: () => () => {},
    }),
  );
  if ("refused" in opened) return refuse(opened.refused);
  return {
    close() {
      opened.close();
      locked.lock.release();
    },
  };
}

function administer(
  options: GatewayConsoleOptions,
  { command, words }: AdminRequest,
  respond: (answer: AdminAnswer) => void,
): void {
  switch (adminCommandName(command)) {
    case null:
      return respond({ kind: "refused", sentence: ["unknownCommand", command], notes: [] });
    case "status":
      return respond(status(options));
    // There is nothing else to replace.
    case "upgrade":
      return answerUpgrade(words, () => options.upgrade("gateways"), respond);
    default: {
      const leader = leaderOf(options.gateways());
      return respond({ kind: "refused", sentence: ["onGateways", leader], notes: [] });
    }
  }
}

function leaderOf(gateways: readonly KnownGateway[]): string | null {
  return gateways.find(({ leader }) => leader !== null)?.leader ?? null;
}

function status({ cluster, node, gateways }: GatewayConsoleOptions): AdminAnswer {
  const known = gateways();
  const leader = leaderOf(known);
  const connections = known.reduce((sum, { links }) => sum + links, 0);
  const natsReached = known.length > 0 && known.every(({ isReached }) => isReached);
  return {
    kind: "facts",
    sentences: [
      ["gatewaysAlone", node, known.length, connections],
      [natsReached ? "natsReached" : "natsNotReached"],
      leader === null ? ["nobodyLeads", cluster] : ["leaderIs", leader, cluster],
    ],
    facts: {
      ...{ cluster, leader, node, natsReached, version: VERSION, pid: process.pid },
      uptimeSeconds: Math.floor(elapsed() / 1000),
      memoryBytes: process.memoryUsage.rss(),
    },
    tables: {
      gateways: known.map(
        ({ number, pid, links, memoryBytes, loopDelay, isLeaving, isListening }): AdminRow => ({
          ...{ gateway: number, pid, connections: links, memoryBytes },
          ...{ loopDelayMeanMs: loopDelay.meanMs, loopDelayMaxMs: loopDelay.maxMs },
          ...{ listening: isListening, leaving: isLeaving },
        }),
      ),
    },
  };
}
