import type { ConversationId } from "../chat-server/event.ts";
import type { ServiceStatus, UpgradeAnswer, UpgradedPart } from "../chat-server/process-ports.ts";
import { openAdminSocket } from "../file-manager/admin-socket.ts";
import { type DataFolder, storeAccounts } from "../file-manager/data-folder.ts";
import { sweepFiles } from "../file-manager/files/sweep-files.ts";
import { Autosave } from "../file-manager/snapshot/autosave.ts";
import { inviteOwner } from "../member-server/invitation-codes.ts";
import { formatCount } from "../protocol/plural.ts";
import { formatLink } from "../protocol/server-link.ts";
import { clientCommand } from "../protocol/shell-command.ts";
import { formatAddress, linkAddress } from "../settings/public-address.ts";
import { startupMessage } from "../settings/startup-messages.ts";
import { listenForConsoles } from "../transport/admin-listener.ts";
import { startTicks, TicksOnDemand } from "../transport/clock.ts";
import type { OpenedListeners } from "../transport/open-listeners.ts";
import { programName } from "../transport/program-name.ts";
import { stopOnSignal } from "../transport/shutdown.ts";
import type { ChatService } from "./chat-service.ts";
import type { LedListeners } from "./leading.ts";
import { logMetrics, MetricsWriter } from "./metrics-writer.ts";
import { machineStatus, ONE_PROCESS } from "./node/service-status.ts";
import type { PreparedStart } from "./prepare-start.ts";
import type { ProcessQueries } from "./process-queries.ts";
import { ShownCertificate } from "./shown-certificate.ts";

/** How often held lines, silence and deadlines are checked. */
const TICK_MS = 500;
/** How often the lines of those who are over their budgets are looked at: they wait as little as they have to. */
const HELD_LINES_MS = 20;
const DAY_MS = 24 * 3_600_000;
/** How often files are looked for that nobody went on sending. */
const SWEEP_MS = 600_000;
/** Never settles: the process ends meanwhile. */
const UNTIL_THE_END = new Promise<never>(() => {});

/** A server whose ports are open. */
export interface OpenedServer extends PreparedStart {
  readonly data: DataFolder;
  readonly service: ChatService;
  readonly queries: ProcessQueries;
  readonly listeners: OpenedListeners;
  /** The same, and the log, if gateways hold the connections. */
  readonly led: LedListeners | undefined;
  /** Of a node of a cluster, which was a standby before. */
  readonly node?: {
    /** Saves the folder already. */
    readonly autosave: Autosave;
    /** Writes the metrics file already; `null` where there is none. */
    readonly metrics: MetricsWriter | null;
    /** How the cluster is. */
    service(): Promise<ServiceStatus>;
    /** The settings were read again. */
    reloaded(): void;
    /** Starts the node anew, with the program that is on disk now. */
    upgrade(part: UpgradedPart): Promise<UpgradeAnswer>;
    /** Leaves the cluster to the others. */
    stop(): Promise<void>;
  };
}

/** Runs a server until it is told to stop: clocks, saves, the owner's console, signals. Tells the owner that it runs. */
export async function runServer({
  role,
  settings,
  given,
  output,
  words,
  onSighup,
  addresses,
  certificate,
  data,
  service,
  queries,
  listeners,
  led,
  node,
}: OpenedServer): Promise<void> {
  const { log, startOutput, feed } = output;
  const { server, turns } = service;
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  const { tls, plain, proxy } = listeners;
  const openedListeners = [tls, plain, proxy].filter((listener) => listener !== null);
  const { host: publicHost, ...publicAddress } = linkAddress(given, addresses, certificate);
  const port = publicAddress.port ?? tls.port;
  service.setLocalAddress(formatAddress({ host: publicHost, port }));
  // Where an authority vouches for the host, its next certificate will have another fingerprint.
  const isVouchedFor = !certificate.isSelfSigned && certificate.covers(publicHost);
  const fingerprint = isVouchedFor ? null : certificate.fingerprint;
  const shown = new ShownCertificate(given, certificate, tls);
  queries.begin({
    ...{ data, address: { host: publicHost, port, fingerprint } },
    gateways: () => led?.gateways ?? [],
    service: async () => {
      if (node !== undefined) return node.service();
      return led === undefined ? ONE_PROCESS : machineStatus(led.gateways, await led.log.facts());
    },
    reload() {
      const { logLevel } = settings.current;
      const { isApplied, messages } = settings.reload();
      if (!isApplied) return { options: null, messages };
      node?.reloaded();
      if (settings.current.logLevel !== logLevel) service.applyLogLevel();
      // The certificate may have been renewed.
      const problems = shown.renew();
      led?.applySettings();
      const options = service.optionsOf(settings.current);
      return { options, messages: [...messages, ...problems] };
    },
    applyLogLevel: () => service.applyLogLevel(),
    ...(led !== undefined && { upgrade: (part) => node?.upgrade(part) ?? led.peers.upgrade(part) }),
  });
  const readMetrics = async (): Promise<string> =>
    server.metrics(queries.facts) + (led === undefined ? "" : logMetrics(await led.log.facts()));
  const metrics =
    node === undefined ? MetricsWriter.start(given, readMetrics, onProblem) : node.metrics;
  if (node !== undefined) metrics?.write();
  // A node has its own from its start on.
  const adminSocket =
    node === undefined
      ? openAdminSocket(given.data, (path) =>
          listenForConsoles(path, {
            administer: (request, respond) => server.administer(request, respond),
            followLog: (send) => feed.follow(send),
          }),
        )
      : null;
  if (adminSocket !== null && "refused" in adminSocket) log("warn", adminSocket.refused);
  onSighup(() => server.rehash());
  const tick = (): void => {
    server.tick();
    led?.log.tick();
    // A node's log isn't read from its beginning.
    if (node === undefined && led?.log.isLong === true) autosave.saveSoon();
  };
  const warnOfCertificate = (): void => {
    const warning = shown.validityWarning();
    if (warning !== null) log("warn", warning);
  };
  const heldLineTicks = new TicksOnDemand(HELD_LINES_MS, () => {
    server.runHeldLines();
    return server.state.sessionsHeldBack.size > 0;
  });
  server.state.linesHeld = () => heldLineTicks.start();
  // Sessions that this server took up may have held lines already.
  heldLineTicks.start();
  const ticks = [
    startTicks(TICK_MS, tick),
    heldLineTicks,
    // A renewal that fails starts and reloads nothing, so the owner wouldn't hear of the end.
    startTicks(DAY_MS, warnOfCertificate),
    startTicks(SWEEP_MS, () => service.files.sweep(Date.now())),
  ];
  const autosave =
    node?.autosave ??
    new Autosave(data, {
      ...{ fsync: given.fsync, every: startTicks, onProblem },
      ...(led !== undefined && { log: led.log }),
      takeSnapshot: () => server.snapshotSource(),
      applyRetention: () => server.retain(),
    });
  const { rooms } = server.state;
  const knownFiles = {
    isNamed: (path: string) => rooms.files.hasPath(path),
    isConversation: (id: ConversationId) => rooms.byId(id) !== null,
  };
  sweepFiles(given.data, knownFiles, Date.now()).then(
    (count) => {
      if (count > 0) log("info", `${formatCount(count, "file")} that no message names: deleted`);
    },
    (error: unknown) => onProblem(`${given.data}/files cannot be swept`, error),
  );
  const stopTicks = (): void => {
    for (const running of ticks) running.stop();
    if (adminSocket !== null && "close" in adminSocket) adminSocket.close();
  };
  let isStopping = false;
  led?.allowHandover({
    quiet: () => data.quiet(),
    goOn: () => data.goOn(),
    async give() {
      // The other process is told to stop as well.
      if (isStopping) return UNTIL_THE_END;
      led.stopHearing();
      stopTicks();
      await led.log.finish();
      await led.leave();
      metrics?.close();
      await autosave.release();
    },
  });
  stopOnSignal(async () => {
    if (led?.peers.isGiving === true) return UNTIL_THE_END;
    isStopping = true;
    stopTicks();
    if (node !== undefined) return node.stop();
    const count = server.stop("The server is going down");
    startOutput.write(`${words.goingDown(count)}\n`);
    await Promise.all(openedListeners.map((listener) => listener.stop()));
    turns.finish();
    await autosave.close();
    metrics?.close();
  });

  // Until the server has an owner, each start prints an invitation for them. This comes last, because a script that
  // waits for it may send a signal at once.
  const invitation = await inviteTheOwner(service);
  const link = formatLink({ host: publicHost, port, fingerprint, invitation, room: null });
  const command = clientCommand(programName("server.ts", "client.ts"), link);
  const facts = {
    ...{ tls, plain, proxy, fingerprint, command, isInviting: invitation !== null },
    ...(role !== null && { gateways: role.gateways }),
  };
  const started = startupMessage(facts, words);
  startOutput.write(`${started}\n`);
}

/** Makes an invitation for the owner, and returns it; `null` when there is an owner, or it can't be stored. */
async function inviteTheOwner({ members, random, storage }: ChatService): Promise<string | null> {
  const made = inviteOwner(members, random.id(), random.digest, Date.now());
  if (made === null) return null;
  return (await storeAccounts(storage, members, made.changes)) ? made.code : null;
}
