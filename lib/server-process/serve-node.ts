import { acceptOverBus } from "../cluster/bus/bus-acceptor.ts";
import { systemBusTiming } from "../cluster/bus/bus-timing.ts";
import { ClusterNode } from "../cluster/cluster-node.ts";
import { openRemoteListeners } from "../cluster/remote-listeners.ts";
import { SoftParts } from "../cluster/soft-parts.ts";
import { openDataFolder } from "../file-manager/data-folder.ts";
import { Autosave } from "../file-manager/snapshot/autosave.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { startTicks } from "../transport/clock.ts";
import { makeCloaks } from "../transport/ids.ts";
import { listenHost } from "../transport/local-addresses.ts";
import { exitWithError, stopOnSignal } from "../transport/shutdown.ts";
import { ChatService } from "./chat-service.ts";
import { Follower } from "./follower.ts";
import { gatewaySettings } from "./gateway-settings.ts";
import { LeaderLog, sessionTakeover } from "./leader-log.ts";
import { NodeSaves } from "./node-saves.ts";
import { nodeName, openNode } from "./open-node.ts";
import type { PreparedStart } from "./prepare-start.ts";
import { ProcessQueries } from "./process-queries.ts";
import type { ProcessRole } from "./process-role.ts";
import { runServer } from "./run-server.ts";

/** How often a node looks who leads. */
const TICK_MS = 250;
/** The exit code of a node that begins again as a standby. */
export const BEGINS_AGAIN = 76;

/**
 * Serves as a node of a cluster: follows the log, and leads when its turn comes. The node's gateways are other processes.
 */
export async function serveAsNode(start: PreparedStart, role: ProcessRole): Promise<void> {
  const { given, settings, output, words, certificate, addresses } = start;
  const { log } = output;
  const opened = await openNode(given, log);
  if ("refused" in opened) return exitWithError([opened.refused], 1);
  const { engine, seal, state } = opened;
  if (state === null) return exitWithError(["joining isn't built yet"], 1);
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  const data = await openDataFolder(given.data, {
    ...{ ...given, makeStore: AccountStore.of, onProblem, now: Date.now() },
  });
  if ("refused" in data) {
    const { refused, heldBy } = data;
    return exitWithError([heldBy === undefined ? refused : words.dataInUse(heldBy, given.data)], 1);
  }
  for (const report of data.reports) log("warn", report);
  const queries = new ProcessQueries(settings, log);
  const service = new ChatService({
    ...{ settings, output, stored: data, answerProcess: queries.answer, storage: null },
    processes: role.gateways,
  });
  const { server, limits } = service;
  const soft = new SoftParts();
  soft.follow({ ...state, upMs: 0 });
  const follower = new Follower({ server, data, soft, note: log });
  let leaderLog: LeaderLog | null = null;
  const name = nodeName(given);
  const node: ClusterNode = new ClusterNode(name, engine, seal, state.sequence, {
    now: () => performance.now(),
    follow: (record) => follower.follow(record),
    lead: (term) => void lead(term),
    beat: () => leaderLog?.beat(),
    async finish() {
      led?.stopHearing();
      await led?.log.finish();
    },
    stop(why) {
      if (handedOver !== null) return handedOver();
      log("warn", why);
      void autosave.release().then(() => process.exit(BEGINS_AGAIN));
    },
    lost: () =>
      exitWithError([`The data folder ${given.data} is too old for the cluster's log.`], 1),
  });
  const saves = new NodeSaves({
    ...{ folder: given.data, cluster: given.cluster, data, soft, note: log },
    position: () => node.position,
    stored: () => leaderLog?.stored ?? follower.stored,
    async saved() {},
  });
  const autosave = new Autosave(data, {
    ...{ fsync: given.fsync, every: startTicks, onProblem, log: saves },
    takeSnapshot: () => server.snapshotSource(),
    applyRetention: () => server.retain(),
  });
  const lead = async (term: number): Promise<void> => {
    log("info", `this node leads the cluster ${given.cluster} from now on`);
    const hostOf = makeCloaks(certificate.key);
    const led = LeaderLog.of(
      {
        ...{ log: node.log, last: term, soft, seal, data, server, hasHistory: given.history },
        gatewaysOf: given.cluster,
        takeConsumed: () => listeners.takeConsumed(),
        schedule: (flushable) => limits.flushScheduler.schedule(flushable),
        mayAnswer: () => node.mayAnswer,
        failed: (why) => {
          log("error", why);
          process.exit(BEGINS_AGAIN);
        },
      },
      term,
    );
    leaderLog = led;
    service.storage = led;
    const handlers = service.handlers(sessionTakeover(server));
    const host = listenHost(given.host, addresses);
    const listeners = openRemoteListeners({
      ...{ limits, hostOf, traffic: queries.traffic, certificate, note: log, handlers },
      ...{ ports: role.ports, gateways: 0 },
      accept: (frames) =>
        acceptOverBus(
          {
            ...{ bus: engine, cluster: given.cluster, node: name, term },
            ...{ timing: systemBusTiming(), lastRecord: () => led.lastRecord },
          },
          frames,
        ),
      takeover: led.takeover(handlers, hostOf),
      lastRecord: () => led.lastRecord,
      settings: () => gatewaySettings(settings.current, host),
    });
    await runServer({
      ...start,
      ...{ data, service, queries, listeners },
      led: Object.assign(listeners, { log: led, allowHandover() {} }),
      node: { autosave, stop },
    });
  };
  /** Hands over first: nobody waits for a leader that is gone. */
  const stop = async (): Promise<void> => {
    ticks.stop();
    if (node.isLeading) node.yieldTo(null);
    else node.end();
    await autosave.close();
    await engine.close();
  };
  stopOnSignal(stop);
  engine.onConnection((isConnected) => node.connectionChanged(isConnected));
  const ticks = startTicks(TICK_MS, () => node.tick());
  node.begin();
}
