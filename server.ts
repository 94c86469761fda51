#!/usr/bin/env bun
import { resolve4 } from "node:dns/promises";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ProcessFacts, ProcessQuery } from "./lib/chat-server/process-ports.ts";
import { roomId } from "./lib/chat-server/rooms/room.ts";
import { Server } from "./lib/chat-server/server.ts";
import type {
  Query,
  QueryAnswers,
  ServerPorts,
  TracePort,
} from "./lib/chat-server/server-ports.ts";
import { type LocalRole, localRole } from "./lib/cluster/local-role.ts";
import type { RemoteListenersOptions } from "./lib/cluster/remote-listeners.ts";
import { PasswordQueue } from "./lib/file-manager/accounts/password-queue.ts";
import { openAdminConnection, openAdminSocket } from "./lib/file-manager/admin-socket.ts";
import { BestEffortOutput } from "./lib/file-manager/best-effort-output.ts";
import {
  type Certificate,
  findCertificate,
  renewedCertificate,
  serverCertificate,
} from "./lib/file-manager/certificates/certificates.ts";
import { checkFolder } from "./lib/file-manager/check-folder.ts";
import { openDataFolder, storeAccounts } from "./lib/file-manager/data-folder.ts";
import { exposureProblem } from "./lib/file-manager/disk/disk-limits.ts";
import { fsErrorSentence, fsErrorText, isReaderGone } from "./lib/file-manager/disk/fs-errors.ts";
import { makeSocketFolder } from "./lib/file-manager/disk/socket-path.ts";
import { readFirstLine, readSettings } from "./lib/file-manager/disk/text-file.ts";
import { MetricsFile } from "./lib/file-manager/metrics-file.ts";
import { Autosave } from "./lib/file-manager/snapshot/autosave.ts";
import { AccountStore } from "./lib/member-server/account-store.ts";
import { inviteOwner } from "./lib/member-server/invitation-codes.ts";
import { loadTotp } from "./lib/member-server/second-factor.ts";
import { isInNetworks, isLoopback } from "./lib/protocol/address.ts";
import { type AdminRow, isTooLong } from "./lib/protocol/admin/admin-answer.ts";
import { loadConfusables } from "./lib/protocol/confusables.ts";
import { harmlessText } from "./lib/protocol/harmful-characters.ts";
import { chooseLanguage, type Language } from "./lib/protocol/language.ts";
import { formatLink } from "./lib/protocol/server-link.ts";
import { clientCommand } from "./lib/protocol/shell-command.ts";
import {
  type Log,
  LogFeed,
  lossLine,
  makeLog,
  traceLine,
  withoutTexts,
} from "./lib/settings/log.ts";
import { loadProblem, missingPackageSentence } from "./lib/settings/missing-package.ts";
import {
  certificateNames,
  certificateWarnings,
  formatAddress,
  linkAddress,
  replacementWarning,
  validityWarning,
} from "./lib/settings/public-address.ts";
import { refuseLostFiles, reloadSettings } from "./lib/settings/reload-settings.ts";
import {
  type AcceptedSettings,
  parseServerArguments,
  type ServerArguments,
  type ServerSettings,
  serverHelp,
  serverOptions,
  settingsText,
} from "./lib/settings/server-settings.ts";
import { parseTask, type ServerTask, tasksHelp } from "./lib/settings/server-task.ts";
import { VERSION } from "./lib/settings/settings-help.ts";
import { type StartWords, startWords } from "./lib/settings/start-words.ts";
import {
  clockWarning,
  listenFailureMessage,
  startupMessage,
  stsProblem,
} from "./lib/settings/startup-messages.ts";
import { connectToAdmin, systemUser } from "./lib/transport/admin-connection.ts";
import { listenForConsoles } from "./lib/transport/admin-listener.ts";
import { elapsed, startTicks } from "./lib/transport/clock.ts";
import { Dnsbl } from "./lib/transport/dnsbl.ts";
import { makeCloaks, makeIds } from "./lib/transport/ids.ts";
import { lineConnections } from "./lib/transport/line-connections.ts";
import { claimPort, ListenError, type Listener } from "./lib/transport/listen.ts";
import { listenHost, localAddresses } from "./lib/transport/local-addresses.ts";
import { LoopDelay } from "./lib/transport/loop-delay.ts";
import {
  makeConnectionLimits,
  type OpenedListeners,
  openListeners,
} from "./lib/transport/open-listeners.ts";
import { ownCommand, programName } from "./lib/transport/program-name.ts";
import { makeRejectedConnectionsLog } from "./lib/transport/rejected-connections-log.ts";
import {
  crash,
  exitOnFault,
  exitWithError,
  holdSighup,
  stopOnSignal,
} from "./lib/transport/shutdown.ts";
import { Traffic } from "./lib/transport/traffic.ts";
import { TurnQueue } from "./lib/transport/turn-queue.ts";

/** How often held lines, silence and deadlines are checked. */
const TICK_MS = 500;
/** How often the lines of those who are over their budgets are looked at: they wait as little as they have to. */
const HELD_LINES_MS = 20;
const DAY_MS = 24 * 3_600_000;
const PROGRAM = programName("server.ts");

/** Reads the command line; then prints something, runs one of the owner's tasks, or serves. */
async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === "admin") return runConsole(argv.slice(1));
  const task = parseTask(argv, PROGRAM);
  if (task !== null && "refused" in task) return exitWithError(task.refused, 2);
  const parsed = parseServerArguments(task?.flags ?? argv, readSettings);
  if ("refused" in parsed) return exitWithError(parsed.refused, 2);
  if ("show" in parsed) return show(parsed.show);
  return task === null ? start(parsed, argv) : runTask(task, parsed.settings);
}

/** Serves alone, or as what a supervisor made of this process, or becomes a supervisor. */
async function start(accepted: AcceptedSettings, argv: readonly string[]): Promise<void> {
  const role = localRole(process.env);
  const { settings } = accepted;
  if (role === null && settings.gateways !== null && !settings.check) return supervise(settings);
  if (role?.role === "gateway") return serveAsGateway(settings, role);
  return serve(accepted, argv, role);
}

/** Starts a leader and gateways as children. */
async function supervise(settings: ServerSettings): Promise<void> {
  const words = startWords(languageOf(settings));
  if (process.platform !== "linux") return exitWithError([words.gatewaysNeedLinux], 2);
  const { Supervisor } = await import("./lib/cluster/supervisor.ts");
  const log = makeLog(
    () => settings.logLevel,
    (line) => void process.stderr.write(line),
    Date.now,
  );
  const host = listenHost(settings.host, localAddresses());
  const { port, plain, proxy } = settings;
  const folder = makeSocketFolder();
  process.once("exit", folder.remove);
  try {
    const ports = {
      tls: await claimPort(host, port),
      plain: plain && (await claimPort(plain.host, plain.port)),
      proxy: proxy && (await claimPort(proxy.host, proxy.port)),
    };
    const supervisor = new Supervisor({
      command: ownCommand(process.argv),
      socket: join(folder.path, "gateways.sock"),
      gateways: gatewayCount(settings.gateways),
      ...{ ports, note: log },
    });
    process.exitCode = await supervisor.run();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    exitWithError([listenFailureMessage(error, settings, words)], 1);
  }
}

function gatewayCount(setting: ServerSettings["gateways"]): number {
  return typeof setting === "number" ? setting : Math.max(1, availableParallelism() - 1);
}

/** Holds connections for the leader of this machine. */
async function serveAsGateway(
  settings: ServerSettings,
  { socket, ports }: LocalRole,
): Promise<void> {
  const { LeaderConnection } = await import("./lib/cluster/gateway-process.ts");
  const { endWithSupervisor } = await import("./lib/cluster/supervisor.ts");
  endWithSupervisor();
  const onSighup = holdSighup();
  let current = settings;
  const log = makeLog(
    () => current.logLevel,
    (line) => void process.stderr.write(line),
    Date.now,
  );
  const leader = new LeaderConnection(socket);
  const host = listenHost(settings.host, localAddresses());
  const turns = new TurnQueue();
  // The leader, which starts first, makes the certificate.
  await leader.connect();
  const certificate = findCertificate(settings.certs);
  if (certificate === null || "refused" in certificate) return exitWithError(["no certificate"], 1);
  const shared = {
    ...settings,
    ...{ host, port: ports.tls },
    plain: settings.plain && { ...settings.plain, port: ports.plain ?? 0 },
    proxy: settings.proxy && { ...settings.proxy, port: ports.proxy ?? 0 },
  };
  const listeners = await openListeners(shared, certificate, {
    limits: makeConnectionLimits(settings, {
      isExempt: (address) => isInNetworks(address, current.exemptNetworks),
      relieve() {},
      ...{ turns, note: log },
    }),
    handlers: leader.handlers,
    hostOf: (address) => address,
    isProxy: (address) => isTrustedProxy(address, current),
    isShared: true,
  });
  if (listeners instanceof ListenError) {
    return exitWithError([listenFailureMessage(listeners, settings, startWords("en"))], 1);
  }
  const shown = new ShownCertificate(settings, certificate, listeners.tls);
  onSighup(() => {
    const parsed = parseServerArguments(process.argv.slice(2), readSettings);
    const { settings: reloaded } = reloadSettings(current, parsed);
    if (reloaded !== null) current = reloaded;
    for (const problem of shown.renew()) log("warn", problem);
  });
  stopOnSignal(async () => {
    const opened = [listeners.tls, listeners.plain, listeners.proxy];
    await Promise.all(opened.map((listener) => listener?.stop()));
  });
}

function isTrustedProxy(address: string, { trustedProxies }: ServerSettings): boolean {
  return trustedProxies.length === 0 ? isLoopback(address) : isInNetworks(address, trustedProxies);
}

/** Builds the server from its parts and starts it, or exits with the reason why it can't. */
async function serve(
  { settings, warnings }: AcceptedSettings,
  argv: readonly string[],
  role: LocalRole | null,
): Promise<void> {
  const onSighup = holdSighup();
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
  const ports: ServerPorts = {
    clock: { now, elapsed, precise: () => performance.now() },
    random,
    append: (event) => data.append(event),
    appendPerson: (change) => data.appendPerson(change),
    ask: (id, query) => {
      if (query.kind === "pause") {
        return turns.add(() => server.answer(id, {}), query.isMembers);
      }
      const pending = isProcessQuery(query) ? answerProcess(query) : data.answer(query);
      pending.then((answer) => server.answer(id, answer)).catch(crash);
    },
    note: log,
  };
  const dnsbl = new Dnsbl({
    ...{ resolve: resolve4, elapsed, wait: Bun.sleep },
    note: (text) => log("warn", text),
  });
  const isExempt = (address: string) => isInNetworks(address, current.exemptNetworks);
  const server = new Server(optionsOf(settings), ports, members, data.restored);
  /** Traces lines at log levels debug and trace. The settings come first, since a play made from the trace needs them. */
  const applyLogLevel = (): void => {
    log("debug", `settings ${settingsText(current)}`);
    const isTraced = current.logLevel === "debug" || current.logLevel === "trace";
    server.setTracing(isTraced ? trace : null);
  };
  applyLogLevel();

  const traffic = new Traffic();
  const beforeFlush = () => (data.isDirty ? data.syncUntilSafe() : undefined);
  const host = listenHost(settings.host, addresses);
  const limits = makeConnectionLimits(settings, {
    ...{ isExempt, turns, note: log, relieve: () => server.relieve() },
    ...(settings.fsync === "always" && { beforeFlush }),
  });
  const handlers = lineConnections(server, turns, {
    ...makeRejectedConnectionsLog((sentence) => log("info", sentence), elapsed),
    failed: (error) => log("error", "a connection failed", error),
  });
  const hostOf = makeCloaks(certificate.key);
  const listeners =
    role === null
      ? await openListeners({ ...settings, host }, certificate, {
          ...{ limits, handlers, hostOf, traffic },
          isProxy: (address) => isTrustedProxy(address, current),
        })
      : await openGateways(role, { host, limits, handlers, hostOf });
  if (listeners instanceof ListenError) {
    await data.close();
    return exitWithError([listenFailureMessage(listeners, settings, words)], 1);
  }

  const { tls, plain, proxy } = listeners;
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
    return { options: optionsOf(current), messages: [...messages, ...shown.renew()] };
  };
  const loopDelay = new LoopDelay();
  const processFacts = (): ProcessFacts => ({
    ...{ pid: process.pid, memoryBytes: process.memoryUsage.rss(), loopDelay: loopDelay.read() },
    traffic,
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
  const facts = { tls, plain, proxy, fingerprint, command, isInviting: isStored };
  const started = startupMessage(facts, words);
  startOutput.write(`${started}\n`);
}

/** Waits for the gateways, which open the ports. */
async function openGateways(
  role: LocalRole,
  options: RemoteListenersOptions,
): Promise<OpenedListeners> {
  const { openRemoteListeners } = await import("./lib/cluster/remote-listeners.ts");
  const { endWithSupervisor } = await import("./lib/cluster/supervisor.ts");
  endWithSupervisor();
  return openRemoteListeners(role, options);
}

function isProcessQuery(query: Query): query is ProcessQuery {
  return ["settings", "check", "process", "log-level", "dns-listing"].includes(query.kind);
}

/** Checks what a reload would do, and does none of it. */
function checkSettings(current: ServerSettings, read: ServerArguments): QueryAnswers["check"] {
  const { settings, messages } = reloadSettings(current, read);
  const certificate = renewedCertificate(current.certs);
  const problems = "refused" in certificate ? [certificate.refused] : [];
  return { ok: settings !== null && problems.length === 0, messages: [...messages, ...problems] };
}

/** The certificate that new connections see: that of the start, or a renewed one. */
class ShownCertificate {
  readonly #settings: ServerSettings;
  readonly #listener: Pick<Listener, "swapCertificate">;
  #certificate: Certificate;

  constructor(
    settings: ServerSettings,
    certificate: Certificate,
    listener: Pick<Listener, "swapCertificate">,
  ) {
    this.#settings = settings;
    this.#certificate = certificate;
    this.#listener = listener;
  }

  /** Shows the certificate that is in the folder now. Returns what the owner should know. */
  renew(): string[] {
    const renewed = renewedCertificate(this.#settings.certs);
    if ("refused" in renewed) return [renewed.refused];
    const before = this.#certificate;
    const warnings = certificateWarnings(this.#settings, renewed, Date.now());
    // Swapping opens the port anew, which costs those who are about to connect a second try.
    if (renewed.cert === before.cert && renewed.key === before.key) return warnings;
    const unusable = this.#listener.swapCertificate(renewed);
    if (unusable !== null) return [unusable];
    this.#certificate = renewed;
    const replaced = replacementWarning(this.#settings, before, renewed);
    return replaced === null ? warnings : [replaced, ...warnings];
  }

  /** Returns a warning if the certificate ends soon, or isn't valid. */
  validityWarning(): string | null {
    return validityWarning(this.#settings, this.#certificate, Date.now());
  }
}

/** The language of what is printed; the log is English. */
function languageOf({ lang }: ServerSettings): Language {
  return chooseLanguage(lang, null, process.env);
}

/** The outputs of a running server: their readers, their disk and their terminal may go, and the server stays. */
function makeOutputs(now: () => number) {
  const logOutput = new BestEffortOutput(process.stderr, (count, reason) =>
    lossLine(now(), count, reason),
  );
  const startOutput = new BestEffortOutput(process.stdout, () => "");
  return { logOutput, startOutput };
}

/** Checks what a start needs, and changes nothing: no certificate, no folder and no new format is made. */
async function checkStart(settings: ServerSettings, words: StartWords, log: Log): Promise<void> {
  const certificate = findCertificate(settings.certs);
  if (certificate !== null) {
    if ("refused" in certificate) return exitWithError([certificate.refused], 1);
    const exposure = exposureProblem(certificate.keyPath);
    if (exposure !== null) log("warn", exposure);
    for (const warning of certificateWarnings(settings, certificate, Date.now())) {
      log("warn", warning);
    }
  }
  const problem = stsProblem(settings, certificate ?? { isSelfSigned: true }, words);
  if (problem !== null) return exitWithError([problem], 1);
  const checked = await checkFolder(settings.data, { makeStore: AccountStore.of, now: Date.now() });
  if ("refused" in checked) return exitWithError([checked.refused], 1);
  for (const report of checked.reports) log("warn", report);
  const { heldBy } = checked;
  print(
    heldBy === null ? words.allChecked : words.checkedWhileRunning(heldBy, settings.data, PROGRAM),
  );
}

async function show(what: "help" | "version" | "hash-password"): Promise<void> {
  if (what === "help") return print(`${serverHelp(PROGRAM)}\n${tasksHelp()}`);
  if (what === "version") return print(`sodam ${VERSION}`);
  if (process.stdin.isTTY)
    process.stderr.write("Type the password and press Enter (it is shown): ");
  const hash = await new PasswordQueue().hash(await readFirstLine());
  if (hash === null)
    return exitWithError(
      ["A password has 1 to 300 bytes, and no control or invisible characters."],
      2,
    );
  print(hash);
}

/** Runs one of the owner's tasks in place of the server, and loads its code only then. */
async function runTask(task: ServerTask, settings: ServerSettings): Promise<void> {
  const { data, certs } = settings;
  const { runMaintenance } = await import("./lib/file-manager/maintenance/maintenance.ts");
  const random = makeIds();
  // Dates are moved in rooms.json and users.json alone.
  const problem = task.name === "mend-dates" && task.mend ? await foldJournals(settings) : null;
  if (problem !== null) return exitWithError([problem], 1);
  const { lines, ok } = await runMaintenance(task, {
    ...{ data, certs, makeStore: AccountStore.of, newId: random.id, now: Date.now },
    user: systemUser(),
    newRoomId: (room) => roomId(room, random.id()),
    language: languageOf(settings),
  });
  if (ok) print(lines.join("\n"));
  else exitWithError(lines, 1);
}

/** Asks a running server something, as its owner: `bun server.ts admin …`. */
async function runConsole(argv: readonly string[]): Promise<void> {
  const { languageFlag, parseAdminArguments } = await import("./lib/admin/admin-arguments.ts");
  const { adminWords } = await import("./lib/admin/admin-words.ts");
  const { adminHelp, answerToJson, formatAnswer, formatTable } = await import(
    "./lib/admin/format-answer.ts"
  );
  const words = adminWords(chooseLanguage(languageFlag(argv), null, process.env));
  const given = parseAdminArguments(argv, words);
  if ("refused" in given) return exitWithError([given.refused], 2);
  if (given.command === null) return print(adminHelp(PROGRAM, words).join("\n"));
  const parsed = parseServerArguments(given.flags, readSettings);
  if ("refused" in parsed) return exitWithError(parsed.refused, 2);
  if ("show" in parsed) return;
  const { data } = parsed.settings;
  const { command, options, json } = given;
  const request = { command, words: given.words, options, user: systemUser() };
  if (isTooLong(request)) return exitWithError([words.tooLong], 2);
  const opened = await openAdminConnection(data, connectToAdmin);
  if ("refused" in opened) {
    const isRunning = opened.refused === "not-permitted";
    return exitWithError([isRunning ? words.notPermitted(data) : words.notRunning(data)], 1);
  }
  const { connection } = opened;
  const rows: AdminRow[] = [];
  for (let skip: number | null = 0; skip !== null; ) {
    const answer = await connection.ask({ ...request, skip });
    if (answer === "no-answer") return exitWithError([words.noAnswer], 1);
    if (answer === "other-version") return exitWithError([words.otherVersion], 1);
    if (answer.kind === "rows") {
      rows.push(...answer.rows);
      skip = answer.next;
      continue;
    }
    const text = json ? answerToJson(answer, words) : formatAnswer(answer, words).join("\n");
    if (answer.kind !== "refused" || json) print(text);
    else exitWithError([text], 1);
    if (answer.kind === "refused") process.exitCode = 1;
    if (answer.kind !== "done" || answer.sentence[0] !== "logFollows") return connection.close();
    return connection.follow((line) => {
      if (line.kind !== "log") return;
      print(json ? answerToJson(line, words) : formatAnswer(line, words).join("\n"));
    });
  }
  connection.close();
  print(
    json
      ? answerToJson({ kind: "rows", rows, next: null }, words)
      : formatTable(rows, words).join("\n"),
  );
}

/** Starts and stops a server that nobody can reach, so that its files hold all of its state. Returns a problem. */
async function foldJournals(settings: ServerSettings): Promise<string | null> {
  if (!existsSync(settings.data)) return `There is no folder ${settings.data}.`;
  let problem = `${settings.data}/rooms.json could not be written. Put that right, and try again.`;
  const onProblem = (text: string): void => {
    problem = text;
  };
  const data = await openDataFolder(settings.data, {
    ...{ ...settings, makeStore: AccountStore.of, onProblem },
  });
  if ("refused" in data) return data.refused;
  const random = makeIds();
  const server = new Server(
    serverOptions(settings, VERSION, random.digest),
    {
      ...{ clock: { now: Date.now, elapsed }, random, note: onProblem },
      ...{ append: () => false, appendPerson: () => false, ask: () => {} },
    },
    AccountStore.of(data.accountRecords),
    data.restored,
  );
  try {
    return (await data.saveAll(() => server.snapshotSource())) ? null : problem;
  } catch (error) {
    return `rooms.json could not be written: ${fsErrorText(error)}.`;
  } finally {
    await data.close();
  }
}

/** Prints what a command was asked for. `--help | head -1` closes the pipe when it has enough, which is no failure. */
function print(text: string): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
  process.stdout.write(`${harmlessText(text)}\n`, (error) => {
    if (error === null || error === undefined || isReaderGone(error)) return;
    exitWithError([`Standard output cannot be written: ${fsErrorText(error)}.`], 1);
  });
}

/** Ends a start or a task. What the system refused is told in a sentence; anything else is a fault of ours. */
function fail(error: unknown): void {
  const sentence = fsErrorSentence(error) ?? missingPackageSentence(error);
  if (sentence === null) crash(error);
  exitWithError([sentence], 1);
  process.exit();
}

exitOnFault();
// Not awaited at the top level: there, Bun prints an uncaught error and continues.
main(process.argv.slice(2)).catch(fail);
