#!/usr/bin/env bun
import { readFileSync } from "node:fs";
import type { Answers } from "./lib/chat-server/ports.ts";
import { Server } from "./lib/chat-server/server.ts";
import { serverCertificate } from "./lib/file-manager/certificates.ts";
import { type DataFolder, openDataFolder } from "./lib/file-manager/data-folder.ts";
import { Keeper } from "./lib/file-manager/keeper.ts";
import { PasswordQueue } from "./lib/file-manager/password.ts";
import { inviteOwner } from "./lib/member-server/invitation.ts";
import { MemberBook } from "./lib/member-server/member-book.ts";
import { Members } from "./lib/member-server/members.ts";
import { formatLink } from "./lib/protocol/link.ts";
import { makeLog } from "./lib/settings/log.ts";
import { settingsAfter } from "./lib/settings/rehash.ts";
import { serverOptions } from "./lib/settings/server-options.ts";
import { parseServerArguments, serverHelp } from "./lib/settings/server-settings.ts";
import { VERSION } from "./lib/settings/version.ts";
import { listenSentence, welcome } from "./lib/settings/welcome.ts";
import { door } from "./lib/transport/door.ts";
import { Gate } from "./lib/transport/gate.ts";
import { ListenError, type Listener, listen } from "./lib/transport/listen.ts";
import { isEverywhere, ownAddresses } from "./lib/transport/own-addresses.ts";
import { crash, endBySignal, onHangUp } from "./lib/transport/process-end.ts";
import { makeHostNames, makeRandom, type Random } from "./lib/transport/random.ts";
import { makeClock, startTicks } from "./lib/transport/timers.ts";

/** Held lines, silence and deadlines are looked at this often. */
const TICK_MS = 500;

/** Reads the arguments, and starts the server or says why not. Not awaited: see the end of the file. */
async function main(argv: readonly string[]): Promise<void> {
  const given = parseServerArguments(argv, readText);
  if ("show" in given) return show(given.show);
  if ("refused" in given) return refuse(given.refused, 2);
  let { settings } = given;
  const log = makeLog(settings.logLevel, (line) => process.stderr.write(line), Date.now);
  for (const warning of given.warnings) log("warn", warning);

  const names = [...(isEverywhere(settings.host) ? [] : [settings.host]), ...ownAddresses()];
  const certificate = await serverCertificate(settings.certs, names);
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
  const listeners: Listener[] = [];
  /** The settings file again, and the certificate, which may have been renewed. */
  const rehash = async (): Promise<Answers["settings"]> => {
    const after = settingsAfter(settings, parseServerArguments(argv, readText));
    if (after.settings === null) return { options: null, said: after.said };
    settings = after.settings;
    const renewed = await serverCertificate(settings.certs, names);
    const problem = "refused" in renewed ? renewed.refused : listeners[0]?.swapCertificate(renewed);
    const options = serverOptions(settings, VERSION, random.digest);
    return { options, said: [...after.said, ...(problem ? [problem] : [])] };
  };
  const server: Server = new Server(
    serverOptions(settings, VERSION, random.digest),
    {
      clock: { now: makeClock() },
      random,
      append: (event) => data.append(event),
      appendPerson: (change) => data.appendPerson(change),
      ask: (id, query) => {
        const answer = query.kind === "settings" ? rehash() : data.answer(query);
        answer.then((answer) => server.answer(id, answer)).catch(crash);
      },
      note: log,
    },
    members,
    data.restored,
  );
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
  try {
    const { host, port, plain } = settings;
    listeners.push(listen({ hostname: host, port, tls: certificate, gate }, handlers));
    if (plain) listeners.push(listen({ hostname: plain.host, port: plain.port, gate }, handlers));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await data.close();
    if (!(error instanceof ListenError)) throw error;
    return refuse([listenSentence(error, settings)], 1);
  }

  const [tls = { hostname: settings.host, port: settings.port }, plain] = listeners;
  const invitation = await ownersCode(members, data, random);
  const host = isEverywhere(settings.host) ? (ownAddresses()[0] ?? "localhost") : settings.host;
  const { fingerprint } = certificate;
  const link = formatLink({ host, port: tls.port, fingerprint, invitation });
  print(welcome(tls, plain, link, invitation !== null));

  const ticks = startTicks(TICK_MS, () => server.tick());
  const keeper = new Keeper(data, {
    fsync: settings.fsync,
    takeSnapshot: () => server.snapshot(),
    every: startTicks,
    onProblem: (text, cause) => log("error", text, cause),
  });
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

async function show(what: "help" | "version" | "hash-password"): Promise<void> {
  if (what !== "hash-password") return print(what === "help" ? serverHelp() : `sodam ${VERSION}`);
  if (process.stdin.isTTY) process.stderr.write("The password, and Enter (it is shown): ");
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  const [password = ""] = text.split(/\r?\n/, 1);
  const hash = await new PasswordQueue().hash(password);
  if (hash === null) return refuse(["A password has 1 to 300 bytes."], 2);
  print(hash);
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

process.on("uncaughtException", crash);
process.on("unhandledRejection", crash);
// Not awaited at the top level: there, Bun prints an uncaught error and goes on.
main(process.argv.slice(2)).catch(crash);
