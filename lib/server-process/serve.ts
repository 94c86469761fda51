import { resolve4 } from "node:dns/promises";
import type { ProcessFacts, ProcessQuery } from "../chat-server/process-ports.ts";
import { Server } from "../chat-server/server.ts";
import type { Query, QueryAnswers, ServerPorts, TracePort } from "../chat-server/server-ports.ts";
import type { GatewaySettings } from "../cluster/gateway-entries.ts";
import type { RemoteListeners, RemoteListenersOptions } from "../cluster/remote-listeners.ts";
import { openAdminSocket } from "../file-manager/admin-socket.ts";
import { serverCertificate } from "../file-manager/certificates/certificates.ts";
import { openDataFolder, storeAccounts } from "../file-manager/data-folder.ts";
import { exposureProblem } from "../file-manager/disk/disk-limits.ts";
import { readSettings } from "../file-manager/disk/text-file.ts";
import { MetricsFile } from "../file-manager/metrics-file.ts";
import { Autosave } from "../file-manager/snapshot/autosave.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { inviteOwner } from "../member-server/invitation-codes.ts";
import { loadTotp } from "../member-server/second-factor.ts";
import { isInNetworks, isLoopback, isTrustedProxy } from "../protocol/address.ts";
import { loadConfusables } from "../protocol/confusables.ts";
import { formatLink } from "../protocol/server-link.ts";
import { clientCommand } from "../protocol/shell-command.ts";
import { LogFeed, makeLog, traceLine, withoutTexts } from "../settings/log.ts";
import { loadProblem } from "../settings/missing-package.ts";
import {
  certificateNames,
  certificateWarnings,
  formatAddress,
  linkAddress,
} from "../settings/public-address.ts";
import { refuseLostFiles, reloadSettings } from "../settings/reload-settings.ts";
import {
  type AcceptedSettings,
  parseServerArguments,
  type ServerSettings,
  serverOptions,
  settingsText,
} from "../settings/server-settings.ts";
import { VERSION } from "../settings/settings-help.ts";
import { startWords } from "../settings/start-words.ts";
import {
  clockWarning,
  listenFailureMessage,
  startupMessage,
  stsProblem,
} from "../settings/startup-messages.ts";
import { listenForConsoles } from "../transport/admin-listener.ts";
import { elapsed, startTicks } from "../transport/clock.ts";
import { Dnsbl } from "../transport/dnsbl.ts";
import { makeCloaks, makeIds } from "../transport/ids.ts";
import { lineConnections } from "../transport/line-connections.ts";
import { ListenError } from "../transport/listen-error.ts";
import { listenHost, localAddresses } from "../transport/local-addresses.ts";
import { LoopDelay } from "../transport/loop-delay.ts";
import { makeConnectionLimits, openListeners } from "../transport/open-listeners.ts";
import { programName } from "../transport/program-name.ts";
import { makeRejectedConnectionsLog } from "../transport/rejected-connections-log.ts";
import { crash, exitWithError, holdSighup, stopOnSignal } from "../transport/shutdown.ts";
import { Traffic } from "../transport/traffic.ts";
import { TurnQueue } from "../transport/turn-queue.ts";
import { checkSettings, checkStart } from "./check-start.ts";
import { languageOf, makeOutputs } from "./process-output.ts";
import type { ProcessRole } from "./process-role.ts";
import { ShownCertificate } from "./shown-certificate.ts";

/** How often held lines, silence and deadlines are checked. */
const TICK_MS = 500;
/** How often the lines of those who are over their budgets are looked at: they wait as little as they have to. */
const HELD_LINES_MS = 20;
const DAY_MS = 24 * 3_600_000;

/**
 * Builds the server from its parts and starts it, or exits with the reason why it can't.
 *
 * @param role what a supervisor made of this process; `null` without one: then its connections are its own
 */
export async function serve(
  { settings, warnings }: AcceptedSettings,
  argv: readonly string[],
  role: ProcessRole | null,
): Promise<void> {
  const onSighup = holdSighup();
  if (role !== null) {
    const { endWithSupervisor, ignoreSignals } = await import("./end-with-supervisor.ts");
    endWithSupervisor(role);
    ignoreSignals("SIGUSR2");
  }
  // Nothing that a server needs may be fetched, or found missing, when the first stranger sends a NICK.
  const missing = loadProblem(() => [loadConfusables(), loadTotp()]);
  if (missing !== null) return exitWithError([missing], 1);
  const now = Date.now;
  const words = startWords(languageOf(settings));
  const { logOutput, startOutput } = makeOutputs(now);
  const feed = new LogFeed((line) => logOutput.write(line));
  const write = (line: string): void => feed.write(line);
  /** The settings in force: those of the start, with later reloads. */
  let current = settings;
  const readFile = refuseLostFiles(readSettings);
  readFile(settings.config);
  const log = makeLog(() => current.logLevel, write, now);
  const trace: TracePort = (session, direction, line) => {
    const shown = current.logLevel === "trace" ? line : withoutTexts("server", direction, line);
    write(traceLine(now(), session, direction, shown));
  };
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  for (const warning of warnings) log("warn", warning);
  const clock = clockWarning(now());
  if (clock !== null) log("warn", clock);

  if (settings.check) return checkStart(settings, words, log);
  const addresses = localAddresses();
  const names = certificateNames(settings, addresses);
  const certificate = serverCertificate(settings.certs, names);
  if ("refused" in certificate) return exitWithError([certificate.refused], 1);
  const exposure = exposureProblem(certificate.keyPath);
  if (exposure !== null) log("warn", exposure);
  const problem = stsProblem(settings, certificate, words);
  if (problem !== null) return exitWithError([problem], 1);
  for (const warning of certificateWarnings(settings, certificate, now())) log("warn", warning);
  const data = await openDataFolder(settings.data, {
    ...settings,
    makeStore: AccountStore.of,
    onProblem,
    now: now(),
  });
  if ("refused" in data) {
    const { refused, heldBy } = data;
    return exitWithError(
      [heldBy === undefined ? refused : words.dataInUse(heldBy, settings.data)],
      1,
    );
  }
  for (const report of data.reports) log("warn", report);

  const random = makeIds();
  const turns = new TurnQueue();
  const members = AccountStore.of(data.accountRecords);
  /** For the links of those who connect from this machine; known once the server listens. */
  let localAddress: string | null = null;
  const optionsOf = (chosen: ServerSettings) => ({
    ...serverOptions(chosen, VERSION, random.digest),
    localAddress,
  });
  let storage: Storage = folderStorage(data, settings.fsync === "always");
  const ports: ServerPorts = {
    clock: { now, elapsed, precise: () => performance.now() },
    random,
    append: (event) => storage.append(event),
    appendPerson: (change) => storage.appendPerson(change),
    ask: (id, query) => {
      if (query.kind === "pause") {
        return turns.add(() => server.answer(id, {}), query.isMembers);
      }
      const pending = isProcessQuery(query) ? answerProcess(query) : storage.answer(query);
      pending.then((answer) => server.answer(id, answer)).catch(crash);
    },
    note: log,
  };
  const dnsbl = new Dnsbl({
    ...{ resolve: resolve4, elapsed, wait: Bun.sleep },
    note: (text) => log("warn", text),
  });
  const isExempt = (address: string) => isInNetworks(address, current.exemptNetworks);
  const server = new Server(optionsOf(settings), ports, members, data.restored, role !== null);
  /** Traces lines at log levels debug and trace. The settings come first, since a play made from the trace needs them. */
  const applyLogLevel = (): void => {
    log("debug", `settings ${settingsText(current)}`);
    const isTraced = current.logLevel === "debug" || current.logLevel === "trace";
    server.setTracing(isTraced ? trace : null);
  };
  applyLogLevel();

  const traffic = new Traffic();
  const host = listenHost(settings.host, addresses);
  const limits = makeConnectionLimits(settings, {
    ...{ isExempt, turns, note: log, relieve: () => server.relieve() },
    ...(role !== null && { processes: role.gateways }),
    ...((role !== null || storage.beforeFlush !== undefined) && {
      beforeFlush: () => storage.beforeFlush?.(),
    }),
  });
  const handlers = lineConnections(server, turns, {
    ...makeRejectedConnectionsLog((sentence) => log("info", sentence), elapsed),
    failed: (error) => log("error", "a connection failed", error),
  });
  const hostOf = makeCloaks(certificate.key);
  const shared = { limits, handlers, hostOf, traffic };
  const remote =
    role === null
      ? null
      : await openGateways(role, {
          ...{ ...shared, certificate, note: log },
          settings: () => gatewaySettings(current, host),
        });
  const listeners =
    remote ??
    (await openListeners({ ...settings, host }, certificate, {
      ...{ ...shared, isProxy: (address) => isTrustedProxy(address, current.trustedProxies) },
    }));
  if (listeners instanceof ListenError) {
    await data.close();
    return exitWithError([listenFailureMessage(listeners, settings, words)], 1);
  }

  const { tls, plain, proxy } = listeners;
  const gateways = remote instanceof ListenError ? null : remote;
  const openedListeners = [tls, plain, proxy].filter((listener) => listener !== null);
  const address = linkAddress(settings, addresses, certificate);
  const port = address.port ?? tls.port;
  if (!isLoopback(address.host)) localAddress = formatAddress({ host: address.host, port });
  server.state.applyOptions(optionsOf(current));
  // Where an authority vouches for the host, its next certificate will have another fingerprint.
  const isVouchedFor = !certificate.isSelfSigned && certificate.covers(address.host);
  const fingerprint = isVouchedFor ? null : certificate.fingerprint;
  const shown = new ShownCertificate(settings, certificate, tls);
  /** Reads the settings file again, and the certificate, which may have been renewed. */
  const reload = async (): Promise<QueryAnswers["settings"]> => {
    const { settings: reloaded, messages } = reloadSettings(
      current,
      parseServerArguments(argv, readFile),
    );
    if (reloaded === null) return { options: null, messages };
    const hasNewLevel = reloaded.logLevel !== current.logLevel;
    current = reloaded;
    if (hasNewLevel) applyLogLevel();
    const problems = shown.renew();
    gateways?.applySettings();
    return { options: optionsOf(current), messages: [...messages, ...problems] };
  };
  const loopDelay = new LoopDelay();
  const processFacts = (): ProcessFacts => ({
    ...{ pid: process.pid, memoryBytes: process.memoryUsage.rss(), loopDelay: loopDelay.read() },
    ...{ traffic, gateways: gateways?.gateways ?? [] },
    ...{ logLevel: current.logLevel, address: { host: address.host, port, fingerprint } },
    ...data.facts,
  });
  const answerProcess = async (
    query: ProcessQuery,
  ): Promise<QueryAnswers[ProcessQuery["kind"]]> => {
    switch (query.kind) {
      case "settings":
        return reload();
      case "check":
        return checkSettings(current, parseServerArguments(argv, readFile));
      case "process":
        return processFacts();
      case "log-level":
        current = { ...current, logLevel: query.level };
        applyLogLevel();
        return { done: true };
      case "dns-listing": {
        const zones = isExempt(query.address) ? [] : current.dnsbl;
        return { listing: await dnsbl.lookUp(query.address, zones) };
      }
    }
  };
  const { metricsFile: metricsPath, metricsSeconds } = settings;
  const metrics = metricsPath === null ? null : new MetricsFile(metricsPath, onProblem);
  const writeMetrics = () => void metrics?.write(server.metrics(processFacts()));
  writeMetrics();
  const metricsTicks = startTicks(metricsSeconds * 1000, writeMetrics);
  const adminSocket = openAdminSocket(settings.data, (path) =>
    listenForConsoles(path, {
      administer: (request, respond) => server.administer(request, respond),
      followLog: (send) => feed.follow(send),
    }),
  );
  if ("refused" in adminSocket) log("warn", adminSocket.refused);
  onSighup(() => server.rehash());
  const ticks = startTicks(TICK_MS, () => server.tick());
  const heldLineTicks = startTicks(HELD_LINES_MS, () => server.runHeldLines());
  // A renewal that fails starts and reloads nothing, so the owner wouldn't hear of the end.
  const days = startTicks(DAY_MS, () => {
    const warning = shown.validityWarning();
    if (warning !== null) log("warn", warning);
  });
  const autosave = new Autosave(data, {
    ...{ fsync: settings.fsync, every: startTicks, onProblem },
    takeSnapshot: () => server.snapshotSource(),
    applyRetention: () => server.retain(),
  });
  stopOnSignal(async () => {
    ticks.stop();
    heldLineTicks.stop();
    days.stop();
    metricsTicks.stop();
    if ("close" in adminSocket) adminSocket.close();
    const count = server.stop("The server is going down");
    startOutput.write(`${words.goingDown(count)}\n`);
    await Promise.all(openedListeners.map((listener) => listener.stop()));
    turns.finish();
    await autosave.close();
    metrics?.close();
  });

  // Until the server has an owner, each start prints an invitation for them. This comes last, because a script that
  // waits for it may send a signal at once.
  const made = inviteOwner(members, random.id(), random.digest, now());
  const isStored = made !== null && (await storeAccounts(data, members, made.changes));
  const invitation = isStored ? made.code : null;
  const link = formatLink({ host: address.host, port, fingerprint, invitation, room: null });
  const command = clientCommand(programName("server.ts", "client.ts"), link);
  const facts = {
    ...{ tls, plain, proxy, fingerprint, command, isInviting: isStored },
    ...(role !== null && { gateways: role.gateways }),
  };
  const started = startupMessage(facts, words);
  startOutput.write(`${started}\n`);
}

function isProcessQuery(query: Query): query is ProcessQuery {
  return ["settings", "check", "process", "log-level", "dns-listing"].includes(query.kind);
}

/** Returns what gateways need to know of the settings: no more, since some are secret. */
function gatewaySettings(
  { plain, proxy, ...settings }: ServerSettings,
  host: string,
): Omit<GatewaySettings, "certificate"> {
  const { maxConnections, maxConnectionsPerAddress, floodControl } = settings;
  const { exemptNetworks, trustedProxies } = settings;
  return {
    ...{ host, plainHost: plain?.host ?? null, proxyHost: proxy?.host ?? null },
    ...{ maxConnections, maxConnectionsPerAddress, floodControl, exemptNetworks, trustedProxies },
  };
}

/** Waits for the gateways, which open the ports. */
async function openGateways(
  role: ProcessRole,
  options: Omit<RemoteListenersOptions, "socket" | "ports" | "gateways">,
): Promise<RemoteListeners> {
  const { openRemoteListeners } = await import("../cluster/remote-listeners.ts");
  return openRemoteListeners({ ...options, ...role });
}
