import type { GatewaySettings } from "../cluster/gateway-entries.ts";
import { openAdminSocket } from "../file-manager/admin-socket.ts";
import { openDataFolder } from "../file-manager/data-folder.ts";
import { MetricsFile } from "../file-manager/metrics-file.ts";
import { Autosave } from "../file-manager/snapshot/autosave.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { inviteOwner } from "../member-server/invitation-codes.ts";
import { loadTotp } from "../member-server/second-factor.ts";
import { isLoopback, isTrustedProxy } from "../protocol/address.ts";
import { loadConfusables } from "../protocol/confusables.ts";
import { formatLink } from "../protocol/server-link.ts";
import { clientCommand } from "../protocol/shell-command.ts";
import type { Log } from "../settings/log.ts";
import { loadProblem } from "../settings/missing-package.ts";
import { formatAddress, linkAddress } from "../settings/public-address.ts";
import type { AcceptedSettings, ServerSettings } from "../settings/server-settings.ts";
import { startWords } from "../settings/start-words.ts";
import {
  clockWarning,
  listenFailureMessage,
  startupMessage,
} from "../settings/startup-messages.ts";
import { listenForConsoles } from "../transport/admin-listener.ts";
import { startTicks } from "../transport/clock.ts";
import { makeCloaks } from "../transport/ids.ts";
import { ListenError } from "../transport/listen-error.ts";
import { listenHost, localAddresses } from "../transport/local-addresses.ts";
import { openListeners } from "../transport/open-listeners.ts";
import { programName } from "../transport/program-name.ts";
import { exitWithError, holdSighup, stopOnSignal } from "../transport/shutdown.ts";
import { checkStart } from "./check-start.ts";
import { Conversation } from "./conversation.ts";
import type { Leading } from "./leading.ts";
import { openProcessLog } from "./process-log.ts";
import { languageOf } from "./process-output.ts";
import { ProcessQueries } from "./process-queries.ts";
import type { ProcessRole } from "./process-role.ts";
import { SettingsInForce } from "./settings-in-force.ts";
import { ShownCertificate } from "./shown-certificate.ts";
import { startCertificate } from "./start-certificate.ts";
import { folderStorage } from "./storage.ts";

/** How often held lines, silence and deadlines are checked. */
const TICK_MS = 500;
/** How often the lines of those who are over their budgets are looked at: they wait as little as they have to. */
const HELD_LINES_MS = 20;
const DAY_MS = 24 * 3_600_000;
const FOREVER = new Promise<never>(() => {});

/**
 * Builds the server from its parts and starts it, or exits with the reason why it can't.
 *
 * @param role what a supervisor made of this process; `null` without one: then its connections are its own
 */
export async function serve(
  { settings: given, warnings }: AcceptedSettings,
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
  const words = startWords(languageOf(given));
  const settings = new SettingsInForce(given, argv);
  const output = openProcessLog(() => settings.current);
  const { log, startOutput, feed } = output;
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  for (const warning of warnings) log("warn", warning);
  const clock = clockWarning(Date.now());
  if (clock !== null) log("warn", clock);

  if (given.check) return checkStart(given, words, log);
  const addresses = localAddresses();
  const certificate = startCertificate(given, addresses, words, log);
  if ("refused" in certificate) return exitWithError([certificate.refused], 1);
  const leading = role === null ? null : await prepareToLead(role, given, log);
  const refusal = role?.isCandidate === true ? await leading?.takePlace() : null;
  if (typeof refusal === "string") return exitWithError([refusal], 1);
  const data = await openDataFolder(given.data, {
    ...{ ...given, makeStore: AccountStore.of, onProblem, now: Date.now() },
    ...(leading !== null && { openLog: leading.openLog }),
  });
  if ("refused" in data) {
    const { refused, heldBy } = data;
    return exitWithError([heldBy === undefined ? refused : words.dataInUse(heldBy, given.data)], 1);
  }
  for (const report of data.reports) log("warn", report);

  const queries = new ProcessQueries(settings, log);
  const conversation = new Conversation({
    ...{ settings, output, stored: data, answerProcess: queries.answer },
    storage: leading === null ? folderStorage(data, given.fsync === "always") : null,
    processes: role?.gateways ?? 1,
  });
  const { server, turns, limits } = conversation;
  const host = listenHost(given.host, addresses);
  const shared = { limits, hostOf: makeCloaks(certificate.key), traffic: queries.traffic };
  /** Gives this process's part of the data folder back. */
  let give = (): Promise<void> => Promise.reject(new Error("the server has only just started"));
  const led = await leading?.lead({
    ...shared,
    ...{ conversation, data, certificate, note: log },
    handover: {
      quiet: async () => {},
      goOn() {},
      give: () => give(),
    },
    settings: () => gatewaySettings(settings.current, host),
  });
  const listeners =
    led ??
    (await openListeners({ ...given, host }, certificate, {
      ...{ ...shared, handlers: conversation.handlers() },
      isProxy: (address) => isTrustedProxy(address, settings.current.trustedProxies),
    }));
  if (listeners instanceof ListenError) {
    await data.close();
    return exitWithError([listenFailureMessage(listeners, given, words)], 1);
  }
  const gateways = led instanceof ListenError ? undefined : led;

  const { tls, plain, proxy } = listeners;
  const openedListeners = [tls, plain, proxy].filter((listener) => listener !== null);
  const { host: publicHost, ...publicAddress } = linkAddress(given, addresses, certificate);
  const port = publicAddress.port ?? tls.port;
  conversation.setLocalAddress(
    isLoopback(publicHost) ? null : formatAddress({ host: publicHost, port }),
  );
  // Where an authority vouches for the host, its next certificate will have another fingerprint.
  const isVouchedFor = !certificate.isSelfSigned && certificate.covers(publicHost);
  const fingerprint = isVouchedFor ? null : certificate.fingerprint;
  const shown = new ShownCertificate(given, certificate, tls);
  queries.begin({
    ...{ data, address: { host: publicHost, port, fingerprint } },
    gateways: () => gateways?.gateways ?? [],
    reload() {
      const { logLevel } = settings.current;
      const { isApplied, messages } = settings.reload();
      if (!isApplied) return { options: null, messages };
      if (settings.current.logLevel !== logLevel) conversation.applyLogLevel();
      // The certificate may have been renewed.
      const problems = shown.renew();
      gateways?.applySettings();
      const options = conversation.optionsOf(settings.current);
      return { options, messages: [...messages, ...problems] };
    },
    applyLogLevel: () => conversation.applyLogLevel(),
    ...(gateways !== undefined && { upgrade: (part) => gateways.peers.upgrade(part) }),
  });
  const { metricsFile: metricsPath, metricsSeconds } = given;
  const metrics = metricsPath === null ? null : new MetricsFile(metricsPath, onProblem);
  const writeMetrics = () => void metrics?.write(server.metrics(queries.facts));
  writeMetrics();
  const adminSocket = openAdminSocket(given.data, (path) =>
    listenForConsoles(path, {
      administer: (request, respond) => server.administer(request, respond),
      followLog: (send) => feed.follow(send),
    }),
  );
  if ("refused" in adminSocket) log("warn", adminSocket.refused);
  onSighup(() => server.rehash());
  const tick = (): void => {
    server.tick();
    gateways?.log.tick();
  };
  const warnOfCertificate = (): void => {
    const warning = shown.validityWarning();
    if (warning !== null) log("warn", warning);
  };
  const ticks = [
    startTicks(metricsSeconds * 1000, writeMetrics),
    startTicks(TICK_MS, tick),
    startTicks(HELD_LINES_MS, () => server.runHeldLines()),
    // A renewal that fails starts and reloads nothing, so the owner wouldn't hear of the end.
    startTicks(DAY_MS, warnOfCertificate),
  ];
  const autosave = new Autosave(data, {
    ...{ fsync: given.fsync, every: startTicks, onProblem },
    ...(gateways !== undefined && { log: gateways.log }),
    takeSnapshot: () => server.snapshotSource(),
    applyRetention: () => server.retain(),
  });
  const stopTicks = (): void => {
    for (const running of ticks) running.stop();
    if ("close" in adminSocket) adminSocket.close();
  };
  let isStopping = false;
  give = async () => {
    // The supervisor tells the other process to stop as well.
    if (isStopping || gateways === undefined) return FOREVER;
    gateways.stopHearing();
    stopTicks();
    await gateways.log.finish();
    await gateways.leave();
    metrics?.close();
    await autosave.release();
  };
  stopOnSignal(async () => {
    if (gateways?.peers.isGiving === true) return FOREVER;
    isStopping = true;
    stopTicks();
    const count = server.stop("The server is going down");
    startOutput.write(`${words.goingDown(count)}\n`);
    await Promise.all(openedListeners.map((listener) => listener.stop()));
    turns.finish();
    await autosave.close();
    metrics?.close();
  });

  // Until the server has an owner, each start prints an invitation for them. This comes last, because a script that
  // waits for it may send a signal at once.
  const invitation = await inviteTheOwner(conversation);
  const link = formatLink({ host: publicHost, port, fingerprint, invitation, room: null });
  const command = clientCommand(programName("server.ts", "client.ts"), link);
  const facts = {
    ...{ tls, plain, proxy, fingerprint, command, isInviting: invitation !== null },
    ...(role !== null && { gateways: role.gateways }),
  };
  const started = startupMessage(facts, words);
  startOutput.write(`${started}\n`);
}

/** Loads what only a leader needs. */
async function prepareToLead(
  role: ProcessRole,
  settings: ServerSettings,
  log: Log,
): Promise<Leading> {
  const { Leading } = await import("./leading.ts");
  return new Leading(role, settings, log);
}

/** Makes an invitation for the owner, and returns it; `null` when there is an owner, or it can't be stored. */
async function inviteTheOwner({ members, random, storage }: Conversation): Promise<string | null> {
  const made = inviteOwner(members, random.id(), random.digest, Date.now());
  if (made === null) return null;
  const answer = await storage.answer({ kind: "save-accounts", changes: made.changes });
  if (!("saved" in answer && answer.saved)) return null;
  for (const change of made.changes) members.apply(change);
  return made.code;
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
