#!/usr/bin/env bun
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { ServerOptions } from "./lib/chat-server/options.ts";
import { Server } from "./lib/chat-server/server.ts";
import { serverCertificate } from "./lib/file-manager/certificates.ts";
import { type DataFolder, openDataFolder } from "./lib/file-manager/data-folder.ts";
import { inviteOwner } from "./lib/member-server/invitation.ts";
import { MemberBook } from "./lib/member-server/member-book.ts";
import { Members } from "./lib/member-server/members.ts";
import { formatLink } from "./lib/protocol/link.ts";
import { makeLog } from "./lib/settings/log.ts";
import {
  parseServerArguments,
  type ServerSettings,
  serverHelp,
} from "./lib/settings/server-settings.ts";
import { VERSION } from "./lib/settings/version.ts";
import { door } from "./lib/transport/door.ts";
import { Gate } from "./lib/transport/gate.ts";
import { ListenError, type Listener, listen } from "./lib/transport/listen.ts";
import { makeHostNames, makeRandom, type Random } from "./lib/transport/random.ts";
import { makeClock, startTicks } from "./lib/transport/timers.ts";

/** Held lines, silence and deadlines are looked at this often. */
const TICK_MS = 500;
/** rooms.json is written this often at most; what happened since is replayed from the histories. */
const SAVE_MS = 60_000;
/** Signal → a clean end within five seconds, whatever a peer does. */
const STOP_MS = 4_000;

/** Reads the arguments, and starts the server or says why not. Not awaited: see the end of the file. */
async function main(argv: readonly string[]): Promise<void> {
  const given = parseServerArguments(argv, readText);
  if ("show" in given) return print(given.show === "help" ? serverHelp() : `sodam ${VERSION}`);
  if ("refused" in given) return refuse(given.refused, 2);
  const { settings, warnings } = given;
  const log = makeLog(settings.logLevel, (line) => process.stderr.write(line), Date.now);
  for (const warning of warnings) log("warn", warning);

  const names = settings.host === "0.0.0.0" || settings.host === "::" ? [] : [settings.host];
  const certificate = await serverCertificate(settings.certs, [...names, ...ownAddresses()]);
  if ("refused" in certificate) return refuse([certificate.refused], 1);
  const data = await openDataFolder(settings.data, {
    book: (records) => new MemberBook(records.accounts, records.invitations),
    passwordCost: settings.passwordCost,
    history: settings.history,
    onProblem: (text, cause) => log("error", text, cause),
  });
  if ("refused" in data) return refuse([data.refused], 1);
  for (const report of data.reports) log("warn", report);
  if (settings.check) {
    await data.close();
    return print("Settings, certificate and data folder are good.");
  }

  const random = makeRandom();
  const members = new Members(data.members.accounts, data.members.invitations);
  const server = startConversation(settings, data, members, random, log);
  const gate = new Gate({
    connectionsMax: settings.maxConnections,
    connectionsPerAddressMax: settings.maxConnectionsPerAddress,
    ...(settings.fsync === "always" && {
      beforeFlush: () => (data.isDirty ? data.sync() : undefined),
    }),
    failed: (error) => log("error", "a flush failed", error),
  });
  const handlers = door(server, makeHostNames(certificate.key), {
    refused: (address, why) => log("info", `${address || "somebody"} could not connect: ${why}`),
    failed: (error) => log("error", "a connection failed", error),
  });
  const listeners: Listener[] = [];
  try {
    const { host, port, plain } = settings;
    listeners.push(listen({ hostname: host, port, tls: certificate, gate }, handlers));
    if (plain !== null) {
      listeners.push(listen({ hostname: plain.host, port: plain.port, gate }, handlers));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await data.close();
    if (!(error instanceof ListenError)) throw error;
    return refuse([listenSentence(error, settings)], 1);
  }

  const code = await ownersCode(members, data, random);
  welcome(settings, listeners, certificate.fingerprint, code);
  keepGoing(settings, server, data, listeners, log);
}

function startConversation(
  settings: ServerSettings,
  data: DataFolder,
  members: Members,
  random: Random,
  log: ReturnType<typeof makeLog>,
): Server {
  const options: ServerOptions = {
    ...settings,
    version: VERSION,
    passwordDigest:
      settings.serverPassword === null ? null : random.digest(settings.serverPassword),
    redactWithinMs: settings.redactMinutes * 60_000,
    visitorMs: settings.visitorMinutes * 60_000,
    pingAfterMs: settings.pingSeconds * 1000,
    pingTimeoutMs: settings.pingTimeoutSeconds * 1000,
  };
  const server: Server = new Server(
    options,
    {
      clock: { now: makeClock() },
      random,
      append: (event) => data.append(event),
      appendPerson: (change) => data.appendPerson(change),
      ask: (id, query) => void data.answer(query).then((answer) => server.answer(id, answer)),
      note: log,
    },
    members,
    data.restored,
  );
  return server;
}

/** While nobody owns the server, each start prints a link for its owner. */
async function ownersCode(
  members: Members,
  data: DataFolder,
  random: Random,
): Promise<string | null> {
  const made = inviteOwner(members, random.id(), random.digest, Date.now());
  if (made === null) return null;
  const kept = await data.answer({ kind: "keep-members", changes: made.changes });
  if (!("kept" in kept) || !kept.kept) return null;
  for (const change of made.changes) members.apply(change);
  return made.code;
}

function welcome(
  settings: ServerSettings,
  listeners: readonly Listener[],
  fingerprint: string,
  invitation: string | null,
): void {
  const [tls, plain] = listeners;
  const everywhere = settings.host === "0.0.0.0" || settings.host === "::";
  const host = everywhere ? (ownAddresses()[0] ?? "localhost") : settings.host;
  const link = formatLink({ host, port: tls?.port ?? settings.port, fingerprint, invitation });
  print(`Sodam ${VERSION} is listening on ${settings.host} port ${tls?.port} (TLS).`);
  if (plain !== undefined) print(`Plain text on ${plain.hostname} port ${plain.port}.`);
  if (invitation !== null) {
    print(
      "Nobody owns this server yet. Who signs up by this link does, and can invite the others:",
    );
  }
  print(`\n  bun client.ts '${link}'\n`);
}

/** What happens by itself while the server runs, and how it ends. */
function keepGoing(
  settings: ServerSettings,
  server: Server,
  data: DataFolder,
  listeners: readonly Listener[],
  log: ReturnType<typeof makeLog>,
): void {
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving
      .then(() => data.save(() => server.snapshot()))
      .catch((error) => log("error", "rooms.json could not be written", error));
    return saving;
  };
  const intervals = [
    startTicks(TICK_MS, () => server.tick()),
    startTicks(SAVE_MS, () => void save()),
  ];
  if (settings.fsync !== "always") {
    const sync = () => void (data.isDirty && data.sync());
    intervals.push(startTicks(settings.fsync * 1000, sync));
  }
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), STOP_MS).unref();
    for (const interval of intervals) interval.stop();
    server.stop("The server is going down");
    await Promise.all(listeners.map((listener) => listener.stop()));
    await save();
    await data.close();
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
}

/** IPv4 first: shorter to type. */
function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

function listenSentence(error: ListenError, { host, port }: ServerSettings): string {
  switch (error.kind) {
    case "in-use":
      return `Something else listens on port ${port} already. Stop it, or choose another by --port.`;
    case "not-allowed":
      return `This account may not listen on port ${port}. Choose one above 1023 by --port.`;
    case "no-such-address":
      return `This machine has no address ${host}. Choose another by --host.`;
    case "bad-certificate":
      return "The certificate can't be used. Move it away, and a new one is made.";
    case "other":
      return `${error.message} (${String(error.cause)})`;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function refuse(sentences: readonly string[], code: number): void {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exitCode = code;
}

/** The process ends with its cause on the screen: a supervisor starts it again, and nothing kept is lost. */
function crash(error: unknown): never {
  process.stderr.write(`sodam: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(70);
}

process.on("uncaughtException", crash);
process.on("unhandledRejection", crash);
// Not awaited at the top level: there, Bun prints an uncaught error and goes on.
main(process.argv.slice(2)).catch(crash);
