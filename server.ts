#!/usr/bin/env bun
import type { Answers } from "./lib/chat-server/ports.ts";
import { roomId } from "./lib/chat-server/rooms/conversation-id.ts";
import { Server } from "./lib/chat-server/server.ts";
import { serverCertificate } from "./lib/file-manager/certificates.ts";
import { keepMembers, openDataFolder } from "./lib/file-manager/data-folder.ts";
import { Keeper } from "./lib/file-manager/keeper.ts";
import { runTask } from "./lib/file-manager/owner-task.ts";
import { PasswordQueue } from "./lib/file-manager/password.ts";
import { readFirstLine, readText } from "./lib/file-manager/text-file.ts";
import { inviteOwner } from "./lib/member-server/invitation.ts";
import { MemberBook } from "./lib/member-server/member-book.ts";
import { Members } from "./lib/member-server/members.ts";
import { formatLink } from "./lib/protocol/link.ts";
import { makeLog } from "./lib/settings/log.ts";
import { settingsAfter } from "./lib/settings/rehash.ts";
import { serverOptions } from "./lib/settings/server-options.ts";
import {
  parseServerArguments,
  type ServerSettings,
  serverHelp,
} from "./lib/settings/server-settings.ts";
import { parseTask, type ServerTask, tasksHelp } from "./lib/settings/server-task.ts";
import { VERSION } from "./lib/settings/version.ts";
import { listenSentence, welcome } from "./lib/settings/welcome.ts";
import { door } from "./lib/transport/door.ts";
import { Gate } from "./lib/transport/gate.ts";
import { ListenError, type Listener } from "./lib/transport/listen.ts";
import { openListeners } from "./lib/transport/open-listeners.ts";
import { isEverywhere, ownAddresses } from "./lib/transport/own-addresses.ts";
import { crash, endByFault, endBySignal, onHangUp, refuse } from "./lib/transport/process-end.ts";
import { makeHostNames, makeRandom } from "./lib/transport/random.ts";
import { makeRefusalLog } from "./lib/transport/refusal-log.ts";
import { makeClock, startTicks } from "./lib/transport/timers.ts";

/** Held lines, silence and deadlines are looked at this often. */
const TICK_MS = 500;

/** Reads the arguments, and starts the server or says why not. Not awaited: see the end of the file. */
async function main(argv: readonly string[]): Promise<void> {
  const task = parseTask(argv);
  if (task !== null && "refused" in task) return refuse(task.refused, 2);
  const given = parseServerArguments(task?.flags ?? argv, readText);
  if ("show" in given) return show(given.show);
  if ("refused" in given) return refuse(given.refused, 2);
  let { settings } = given;
  if (task !== null) return perform(task, settings);
  const log = makeLog(settings.logLevel, (line) => process.stderr.write(line), Date.now);
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  for (const warning of given.warnings) log("warn", warning);

  const names = [...(isEverywhere(settings.host) ? [] : [settings.host]), ...ownAddresses()];
  const certificate = serverCertificate(settings.certs, names);
  if ("refused" in certificate) return refuse([certificate.refused], 1);
  if (settings.stsDays !== null && certificate.isSelfSigned) {
    // Clients would refuse to come at all, for as long as the policy lasts.
    return refuse(
      ["--sts-days needs a certificate from an authority in the folder of --certs."],
      1,
    );
  }
  const book: Parameters<typeof openDataFolder>[1]["book"] = ({ accounts, invitations }) =>
    new MemberBook(accounts, invitations);
  const data = await openDataFolder(settings.data, { ...settings, book, onProblem });
  if ("refused" in data) return refuse([data.refused], 1);
  for (const report of data.reports) log("warn", report);
  if (settings.check) {
    await data.close();
    return print("Settings, certificate and data folder are good.");
  }

  const random = makeRandom();
  const members = new Members(data.members.accounts, data.members.invitations);
  let listeners: readonly Listener[] = [];
  /** The settings file again, and the certificate, which may have been renewed. */
  const rehash = async (): Promise<Answers["settings"]> => {
    const after = settingsAfter(settings, parseServerArguments(argv, readText));
    if (after.settings === null) return { options: null, said: after.said };
    settings = after.settings;
    const renewed = serverCertificate(settings.certs, names);
    const problem = "refused" in renewed ? renewed.refused : listeners[0]?.swapCertificate(renewed);
    const options = serverOptions(settings, VERSION, random.digest);
    return { options, said: [...after.said, ...(problem ? [problem] : [])] };
  };
  const ports = {
    clock: { now: makeClock() },
    random,
    append: data.append.bind(data),
    appendPerson: data.appendPerson.bind(data),
    ask: (id, query) => {
      const answer = query.kind === "settings" ? rehash() : data.answer(query);
      answer.then((answer) => server.answer(id, answer)).catch(crash);
    },
    note: log,
  } satisfies ConstructorParameters<typeof Server>[1];
  const options = serverOptions(settings, VERSION, random.digest);
  const server: Server = new Server(options, ports, members, data.restored);
  const gate = new Gate({
    connectionsMax: settings.maxConnections,
    connectionsPerAddressMax: settings.maxConnectionsPerAddress,
    ...(settings.fsync === "always" && {
      beforeFlush: () => (data.isDirty ? data.sync() : undefined),
    }),
    failed: (error) => onProblem("a flush failed", error),
  });
  const handlers = door(server, makeHostNames(certificate.key), {
    refused: makeRefusalLog((sentence) => log("info", sentence), Date.now),
    failed: (error) => onProblem("a connection failed", error),
  });
  try {
    listeners = await openListeners(settings, certificate, gate, handlers);
  } catch (error) {
    await data.close();
    if (!(error instanceof ListenError)) throw error;
    return refuse([listenSentence(error, settings)], 1);
  }

  const [tls = { hostname: settings.host, port: settings.port }, plain] = listeners;
  // While nobody owns the server, each start prints a link for its owner.
  const made = inviteOwner(members, random.id(), random.digest, Date.now());
  const isKept = made !== null && (await keepMembers(data, members, made.changes));
  const invitation = isKept ? made.code : null;
  const host = isEverywhere(settings.host) ? (ownAddresses()[0] ?? "localhost") : settings.host;
  const { fingerprint } = certificate;
  const link = formatLink({ host, port: tls.port, fingerprint, invitation });
  print(welcome(tls, plain, link, invitation !== null));

  const ticks = startTicks(TICK_MS, () => server.tick());
  const takeSnapshot = () => server.snapshot();
  const retain = () => server.retain();
  const every = startTicks;
  const keeper = new Keeper(data, { ...settings, takeSnapshot, retain, every, onProblem });
  onHangUp(() => {
    const settle = ({ options, said }: Answers["settings"]): void => {
      for (const sentence of said) log("warn", sentence);
      if (options !== null) server.settle(options);
      log("info", options === null ? "the settings stay as they were" : "new settings hold");
    };
    rehash().then(settle).catch(crash);
  });
  endBySignal(async () => {
    ticks.stop();
    server.stop("The server is going down");
    await Promise.all(listeners.map((listener) => listener.stop()));
    await keeper.close();
  });
}

async function show(what: "help" | "version" | "hash-password"): Promise<void> {
  if (what === "help") return print(`${serverHelp()}\n${tasksHelp()}`);
  if (what === "version") return print(`sodam ${VERSION}`);
  if (process.stdin.isTTY) process.stderr.write("The password, and Enter (it is shown): ");
  const hash = await new PasswordQueue().hash(await readFirstLine());
  if (hash === null) return refuse(["A password has 1 to 300 bytes."], 2);
  print(hash);
}

/** One of the owner's tasks, in place of serving. */
async function perform(task: ServerTask, { data, certs }: ServerSettings): Promise<void> {
  const random = makeRandom();
  const { said, ok } = await runTask(task, {
    data,
    certs,
    book: ({ accounts, invitations }) => new MemberBook(accounts, invitations),
    newRoomId: (room) => roomId(room, random.id()),
    newId: random.id,
    now: Date.now,
  });
  if (ok) print(said.join("\n"));
  else refuse(said, 1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

endByFault();
// Not awaited at the top level: there, Bun prints an uncaught error and goes on.
main(process.argv.slice(2)).catch(crash);
