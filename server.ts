#!/usr/bin/env bun
import { existsSync } from "node:fs";
import { roomId } from "./lib/chat-server/rooms/room.ts";
import { Server } from "./lib/chat-server/server.ts";
import type { QueryAnswers, ServerPorts, TracePort } from "./lib/chat-server/server-ports.ts";
import { PasswordQueue } from "./lib/file-manager/accounts/password-queue.ts";
import { BestEffortOutput } from "./lib/file-manager/best-effort-output.ts";
import {
  type Certificate,
  renewedCertificate,
  serverCertificate,
} from "./lib/file-manager/certificates/certificates.ts";
import { checkFolder, openDataFolder, storeAccounts } from "./lib/file-manager/data-folder.ts";
import { exposureProblem } from "./lib/file-manager/disk/disk-limits.ts";
import { fsErrorSentence, fsErrorText, isReaderGone } from "./lib/file-manager/disk/fs-errors.ts";
import { readFirstLine, readSettings } from "./lib/file-manager/disk/text-file.ts";
import { Autosave } from "./lib/file-manager/snapshot/autosave.ts";
import { AccountStore } from "./lib/member-server/account-store.ts";
import { inviteOwner } from "./lib/member-server/invitation-codes.ts";
import { isLoopback } from "./lib/protocol/address.ts";
import { agree, formatCount } from "./lib/protocol/plural.ts";
import { clientCommand, formatLink } from "./lib/protocol/server-link.ts";
import { lossLine, makeLog, traceLine } from "./lib/settings/log.ts";
import {
  certificateNames,
  certificateWarnings,
  formatAddress,
  linkAddress,
  replacementWarning,
  validityWarning,
} from "./lib/settings/public-address.ts";
import { reloadSettings } from "./lib/settings/reload-settings.ts";
import {
  type AcceptedSettings,
  parseServerArguments,
  type ServerSettings,
  serverHelp,
  serverOptions,
  settingsText,
} from "./lib/settings/server-settings.ts";
import { parseTask, type ServerTask, tasksHelp } from "./lib/settings/server-task.ts";
import { VERSION } from "./lib/settings/settings-help.ts";
import {
  clockWarning,
  listenFailureMessage,
  startupMessage,
  stsProblem,
} from "./lib/settings/startup-messages.ts";
import { elapsed, startTicks } from "./lib/transport/clock.ts";
import { makeIds } from "./lib/transport/ids.ts";
import { ListenError, type Listener } from "./lib/transport/listen.ts";
import { listenHost, localAddresses } from "./lib/transport/local-addresses.ts";
import { openListeners } from "./lib/transport/open-listeners.ts";
import { programName } from "./lib/transport/program-name.ts";
import {
  crash,
  exitOnFault,
  exitWithError,
  onSighup,
  stopOnSignal,
} from "./lib/transport/shutdown.ts";

/** How often held lines, silence and deadlines are checked. */
const TICK_MS = 500;
/** How often the lines of those who are over their budgets are looked at: they wait as little as they have to. */
const HELD_LINES_MS = 50;
const DAY_MS = 24 * 3_600_000;
const PROGRAM = programName("server.ts");

/** Reads the command line; then prints something, runs one of the owner's tasks, or serves. */
async function main(argv: readonly string[]): Promise<void> {
  const task = parseTask(argv, PROGRAM);
  if (task !== null && "refused" in task) return exitWithError(task.refused, 2);
  const parsed = parseServerArguments(task?.flags ?? argv, readSettings);
  if ("refused" in parsed) return exitWithError(parsed.refused, 2);
  if ("show" in parsed) return show(parsed.show);
  return task === null ? serve(parsed, argv) : runTask(task, parsed.settings);
}

/** Builds the server from its parts and starts it, or exits with the reason why it can't. */
async function serve(
  { settings, warnings }: AcceptedSettings,
  argv: readonly string[],
): Promise<void> {
  const now = Date.now;
  const { logOutput, startOutput } = makeOutputs(now);
  const write = (line: string): void => logOutput.write(line);
  /** The settings in force: those of the start, with later reloads. */
  let current = settings;
  const log = makeLog(() => current.logLevel, write, now);
  const trace: TracePort = (session, direction, line) =>
    write(traceLine(now(), session, direction, line));
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  for (const warning of warnings) log("warn", warning);
  const clock = clockWarning(now());
  if (clock !== null) log("warn", clock);

  const addresses = localAddresses();
  const names = certificateNames(settings, addresses);
  const certificate = serverCertificate(settings.certs, names);
  if ("refused" in certificate) return exitWithError([certificate.refused], 1);
  const exposure = exposureProblem(certificate.keyPath);
  if (exposure !== null) log("warn", exposure);
  const problem = stsProblem(settings, certificate);
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
    if (settings.check && heldBy !== undefined) return checkInUse(settings.data, heldBy);
    return exitWithError([refused], 1);
  }
  for (const report of data.reports) log("warn", report);
  if (settings.check) {
    await data.close();
    return print("Settings, certificate and data folder are good.");
  }

  const random = makeIds();
  const members = new AccountStore(data.accountRecords.accounts, data.accountRecords.invitations);
  /** For the links of those who connect from this machine; known once the server listens. */
  let localAddress: string | null = null;
  const optionsOf = (chosen: ServerSettings) => ({
    ...serverOptions(chosen, VERSION, random.digest),
    localAddress,
  });
  const ports: ServerPorts = {
    clock: { now, elapsed },
    random,
    append: (event) => data.append(event),
    appendPerson: (change) => data.appendPerson(change),
    ask: (id, query) => {
      const pending = query.kind === "settings" ? reload() : data.answer(query);
      pending.then((answer) => server.answer(id, answer)).catch(crash);
    },
    note: log,
  };
  const server = new Server(optionsOf(settings), ports, members, data.restored);
  /** Traces lines at log level debug. The settings come first, since a play made from the trace needs them. */
  const applyLogLevel = (): void => {
    log("debug", `settings ${settingsText(current)}`);
    server.setTracing(current.logLevel === "debug" ? trace : null);
  };
  applyLogLevel();

  const beforeFlush = () => (data.isDirty ? data.syncUntilSafe() : undefined);
  const host = listenHost(settings.host, addresses);
  const listeners = await openListeners({ ...settings, host }, certificate, {
    ...{ inbound: server, note: log },
    ...(settings.fsync === "always" && { beforeFlush }),
  });
  if (listeners instanceof ListenError) {
    await data.close();
    return exitWithError([listenFailureMessage(listeners, settings)], 1);
  }

  const [tls, plain] = listeners;
  const address = linkAddress(settings, addresses, certificate);
  const port = address.port ?? tls.port;
  if (!isLoopback(address.host)) localAddress = formatAddress({ host: address.host, port });
  server.state.applyOptions(optionsOf(current));
  const shown = new ShownCertificate(settings, certificate, tls);
  /** Reads the settings file again, and the certificate, which may have been renewed. */
  const reload = async (): Promise<QueryAnswers["settings"]> => {
    const { settings: reloaded, messages } = reloadSettings(
      current,
      parseServerArguments(argv, readSettings),
    );
    if (reloaded === null) return { options: null, messages };
    const hasNewLevel = reloaded.logLevel !== current.logLevel;
    current = reloaded;
    if (hasNewLevel) applyLogLevel();
    return { options: optionsOf(current), messages: [...messages, ...shown.renew()] };
  };
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
    const count = server.stop("The server is going down");
    const sessions = `${formatCount(count, "session")} ${agree(count, "was", "were")}`;
    startOutput.write(`The server is going down; ${sessions} told so.\n`);
    await Promise.all(listeners.map((listener) => listener.stop()));
    await autosave.close();
  });

  // Until the server has an owner, each start prints an invitation for them. This comes last, because a script that
  // waits for it may send a signal at once.
  const made = inviteOwner(members, random.id(), random.digest, now());
  const isStored = made !== null && (await storeAccounts(data, members, made.changes));
  // Where an authority vouches for the host, its next certificate will have another fingerprint.
  const isVouchedFor = !certificate.isSelfSigned && certificate.covers(address.host);
  const fingerprint = isVouchedFor ? null : certificate.fingerprint;
  const invitation = isStored ? made.code : null;
  const link = formatLink({ host: address.host, port, fingerprint, invitation, room: null });
  const command = clientCommand(programName("server.ts", "client.ts"), link);
  const started = startupMessage({ tls, plain, fingerprint, command, isInviting: isStored });
  startOutput.write(`${started}\n`);
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

/** The outputs of a running server: their readers, their disk and their terminal may go, and the server stays. */
function makeOutputs(now: () => number) {
  const logOutput = new BestEffortOutput(process.stderr, (count, reason) =>
    lossLine(now(), count, reason),
  );
  const startOutput = new BestEffortOutput(process.stdout, () => "");
  return { logOutput, startOutput };
}

/** Checks a data folder that a running server uses: it is only read, and only as far as a reader can judge. */
async function checkInUse(data: string, pid: number): Promise<void> {
  const problem = checkFolder(data, AccountStore.of);
  if (problem !== null) return exitWithError([problem], 1);
  print(
    `Settings and certificate are good. A server (process ${pid}) uses ${data}: its accounts and rooms were read, and are good.\nThe history was not checked: "${PROGRAM} doctor" does that.`,
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
    newRoomId: (room) => roomId(room, random.id()),
  });
  if (ok) print(lines.join("\n"));
  else exitWithError(lines, 1);
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
  const { accounts, invitations } = data.accountRecords;
  const server = new Server(
    serverOptions(settings, VERSION, random.digest),
    {
      ...{ clock: { now: Date.now, elapsed }, random, note: onProblem },
      ...{ append: () => false, appendPerson: () => false, ask: () => {} },
    },
    new AccountStore(accounts, invitations),
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
  process.stdout.write(`${text}\n`, (error) => {
    if (error === null || error === undefined || isReaderGone(error)) return;
    exitWithError([`Standard output cannot be written: ${fsErrorText(error)}.`], 1);
  });
}

/** Ends a start or a task. What the system refused is told in a sentence; anything else is a fault of ours. */
function fail(error: unknown): void {
  const sentence = fsErrorSentence(error);
  if (sentence === null) crash(error);
  exitWithError([sentence], 1);
  process.exit();
}

exitOnFault();
// Not awaited at the top level: there, Bun prints an uncaught error and continues.
main(process.argv.slice(2)).catch(fail);
