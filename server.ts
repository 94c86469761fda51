#!/usr/bin/env bun
import { roomId } from "./lib/chat-server/rooms/conversation-id.ts";
import { Server } from "./lib/chat-server/server.ts";
import type { QueryAnswers, ServerPorts } from "./lib/chat-server/server-ports.ts";
import { PasswordQueue } from "./lib/file-manager/accounts/password-queue.ts";
import { serverCertificate } from "./lib/file-manager/certificates/certificates.ts";
import { checkFolder, openDataFolder, storeAccounts } from "./lib/file-manager/data-folder.ts";
import { readFirstLine, readText } from "./lib/file-manager/disk/text-file.ts";
import { Autosave } from "./lib/file-manager/snapshot/autosave.ts";
import { MemberBook } from "./lib/member-server/account-book.ts";
import { AccountStore } from "./lib/member-server/account-store.ts";
import { inviteOwner } from "./lib/member-server/invitation-codes.ts";
import { formatLink } from "./lib/protocol/server-link.ts";
import { makeLog } from "./lib/settings/log.ts";
import { reloadSettings } from "./lib/settings/reload-settings.ts";
import { serverOptions } from "./lib/settings/server-options.ts";
import {
  type AcceptedSettings,
  parseServerArguments,
  type ServerSettings,
  serverHelp,
} from "./lib/settings/server-settings.ts";
import { parseTask, type ServerTask, tasksHelp } from "./lib/settings/server-task.ts";
import {
  listenFailureMessage,
  startupMessage,
  stsProblem,
} from "./lib/settings/startup-messages.ts";
import { VERSION } from "./lib/settings/version.ts";
import { makeClock, startTicks } from "./lib/transport/clock.ts";
import { makeIds } from "./lib/transport/ids.ts";
import { ListenError } from "./lib/transport/listen.ts";
import { reachableNames } from "./lib/transport/local-addresses.ts";
import { openListeners } from "./lib/transport/open-listeners.ts";
import {
  crash,
  exitOnFault,
  exitWithError,
  onSighup,
  stopOnSignal,
} from "./lib/transport/shutdown.ts";

/** Held lines, silence and deadlines are looked at this often. */
const TICK_MS = 500;

/** Reads the arguments; then shows something, does one of the owner's tasks, or serves. */
async function main(argv: readonly string[]): Promise<void> {
  const task = parseTask(argv);
  if (task !== null && "refused" in task) return exitWithError(task.refused, 2);
  const given = parseServerArguments(task?.flags ?? argv, readText);
  if ("refused" in given) return exitWithError(given.refused, 2);
  if ("show" in given) return show(given.show);
  return task === null ? serve(given, argv) : perform(task, given.settings);
}

/** Joins the rooms of the house and opens its doors, or says why they stay shut. */
async function serve(
  { settings, warnings }: AcceptedSettings,
  argv: readonly string[],
): Promise<void> {
  const log = makeLog(settings.logLevel, (line) => process.stderr.write(line), Date.now);
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  for (const warning of warnings) log("warn", warning);

  const names = reachableNames(settings.host);
  const certificate = serverCertificate(settings.certs, names);
  if ("refused" in certificate) return exitWithError([certificate.refused], 1);
  const unfit = stsProblem(settings, certificate);
  if (unfit !== null) return exitWithError([unfit], 1);
  const data = await openDataFolder(settings.data, {
    ...settings,
    makeStore: MemberBook.of,
    onProblem,
  });
  if ("refused" in data) {
    const { refused, heldBy } = data;
    if (settings.check && heldBy !== undefined) return checkBeside(settings.data, heldBy);
    return exitWithError([refused], 1);
  }
  for (const report of data.reports) log("warn", report);
  if (settings.check) {
    await data.close();
    return print("Settings, certificate and data folder are good.");
  }

  const random = makeIds();
  const members = new AccountStore(data.accountRecords.accounts, data.accountRecords.invitations);
  const optionsOf = (wanted: ServerSettings) => serverOptions(wanted, VERSION, random.digest);
  const ports: ServerPorts = {
    clock: { now: makeClock() },
    random,
    append: (event) => data.append(event),
    appendPerson: (change) => data.appendPerson(change),
    ask: (id, query) => {
      const answer = query.kind === "settings" ? rehash() : data.answer(query);
      answer.then((answer) => server.answer(id, answer)).catch(crash);
    },
    note: log,
  };
  const server = new Server(optionsOf(settings), ports, members, data.restored);

  const beforeFlush = () => (data.isDirty ? data.syncUntilSafe() : undefined);
  const listeners = await openListeners(settings, certificate, {
    ...{ inbound: server, note: log },
    ...(settings.fsync === "always" && { beforeFlush }),
  });
  if (listeners instanceof ListenError) {
    await data.close();
    return exitWithError([listenFailureMessage(listeners, settings)], 1);
  }

  const [tls, plain] = listeners;
  let wanted = settings;
  /** The settings file again, and the certificate, which may have been renewed. */
  const rehash = async (): Promise<QueryAnswers["settings"]> => {
    const after = reloadSettings(wanted, parseServerArguments(argv, readText));
    if (after.settings === null) return { options: null, said: after.said };
    wanted = after.settings;
    const renewed = serverCertificate(settings.certs, names);
    const problem = "refused" in renewed ? renewed.refused : tls.swapCertificate(renewed);
    return { options: optionsOf(wanted), said: [...after.said, ...(problem ? [problem] : [])] };
  };
  onSighup(() => server.rehash());
  const ticks = startTicks(TICK_MS, () => server.tick());
  const keeper = new Autosave(data, {
    ...{ fsync: settings.fsync, every: startTicks, onProblem },
    takeSnapshot: () => server.snapshotSource(),
    applyRetention: () => server.retain(),
  });
  stopOnSignal(async () => {
    ticks.stop();
    server.stop("The server is going down");
    await Promise.all(listeners.map((listener) => listener.stop()));
    await keeper.close();
  });

  // While nobody owns the server, each start prints a link for its owner. Last of all: who reads it may send
  // a signal at once.
  const made = inviteOwner(members, random.id(), random.digest, Date.now());
  const isKept = made !== null && (await storeAccounts(data, members, made.changes));
  const { fingerprint } = certificate;
  const invitation = isKept ? made.code : null;
  const link = formatLink({ host: names[0], port: tls.port, fingerprint, invitation });
  print(startupMessage(tls, plain, link, isKept));
}

/** A check while a server runs: its data is only read, and no more of it than a reader can judge. */
async function checkBeside(data: string, process: number): Promise<void> {
  const problem = checkFolder(data, MemberBook.of);
  if (problem !== null) return exitWithError([problem], 1);
  print(
    `Settings and certificate are good. A server (process ${process}) uses ${data}: its accounts and rooms were read, and are good.\nWhat was said was not looked at: "bun server.ts doctor" does that.`,
  );
}

async function show(what: "help" | "version" | "hash-password"): Promise<void> {
  if (what === "help") return print(`${serverHelp()}\n${tasksHelp()}`);
  if (what === "version") return print(`sodam ${VERSION}`);
  if (process.stdin.isTTY) process.stderr.write("The password, and Enter (it is shown): ");
  const hash = await new PasswordQueue().hash(await readFirstLine());
  if (hash === null) return exitWithError(["A password has 1 to 300 bytes."], 2);
  print(hash);
}

/** One of the owner's tasks, in place of serving, which needs none of their files. */
async function perform(task: ServerTask, { data, certs }: ServerSettings): Promise<void> {
  const { runMaintenance } = await import("./lib/file-manager/maintenance/maintenance.ts");
  const random = makeIds();
  const { said, ok } = await runMaintenance(task, {
    ...{ data, certs, book: MemberBook.of, newId: random.id, now: Date.now },
    newRoomId: (room) => roomId(room, random.id()),
  });
  if (ok) print(said.join("\n"));
  else exitWithError(said, 1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

exitOnFault();
// Not awaited at the top level: there, Bun prints an uncaught error and goes on.
main(process.argv.slice(2)).catch(crash);
