#!/usr/bin/env bun
import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import type {
  AppPorts,
  ConnectOutcome,
  OpenConnectionHandlers,
  SaveOutcome,
} from "./lib/app/app-ports.ts";
import { passwordAt } from "./lib/app/connection/server-password.ts";
import { chooseLanguage, type Language } from "./lib/app/i18n/language.ts";
import type { PipePorts } from "./lib/app/pipe/pipe-ports.ts";
import { parseSavedState } from "./lib/app/saved/saved-state.ts";
import { clientCertificate } from "./lib/file-manager/certificates/certificates.ts";
import { openChatLog } from "./lib/file-manager/client/chat-log.ts";
import { KnownServers } from "./lib/file-manager/client/known-servers.ts";
import { StateFile } from "./lib/file-manager/client/state-file.ts";
import { readText } from "./lib/file-manager/disk/text-file.ts";
import {
  exportName,
  exportToFile,
  formatExport,
  linesToFile,
  type NotWritten,
} from "./lib/file-manager/export/export-format.ts";
import { isLinkLike, parseLink, type ServerLink } from "./lib/protocol/server-link.ts";
import { FROM_SERVER, LineReader } from "./lib/protocol/wire/lines.ts";
import {
  type ClientSettings,
  clientHelp,
  parseClientArguments,
  sentencesIn,
} from "./lib/settings/client-settings.ts";
import { VERSION } from "./lib/settings/version.ts";
import { restoreOnExit } from "./lib/terminal/tty.ts";
import { makeClock } from "./lib/transport/clock.ts";
import { connect } from "./lib/transport/connect.ts";
import { makeIds } from "./lib/transport/ids.ts";

/** The last words (QUIT) have so long to leave before the process ends. */
const LEAVE_MS = 1000;
/** What a shell is told of arguments that can't be. */
const EXIT_USAGE = 2;
const EXIT_BROKEN = 70;

const { stdin, stdout, stderr, env } = process;

/** Reads the arguments, and opens the menu or runs one pipe command. Gives the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const given = parseClientArguments(argv, readClientFile, languageOf);
  if ("show" in given) {
    const { show, language } = given;
    stdout.write(show === "help" ? `${clientHelp(language)}\n` : `sodam ${VERSION}\n`);
    return 0;
  }
  if ("refused" in given) return refuse(given.refused);
  const { settings } = given;
  const server = settings.server === null ? null : parseLink(settings.server);
  if (settings.server !== null && server === null) {
    const language = languageOf(settings.lang, settings.configDir);
    const { cutLink, noServer } = sentencesIn(language);
    return refuse([(isLinkLike(settings.server) ? cutLink : noServer)(settings.server)]);
  }
  const opened = settings.log === null ? { log: null } : openChatLog(settings.log, minutesEast);
  if ("refused" in opened) return refuse([opened.refused]);
  const serverPassword = firstLine(settings.serverPasswordFile);
  if (serverPassword === "") {
    const language = languageOf(settings.lang, settings.configDir);
    return refuse([sentencesIn(language).noFirstLine(settings.serverPasswordFile ?? "")]);
  }
  const asked = { server, serverPassword };
  const ports = makePorts(settings, folderOf(settings.configDir), opened.log, asked);
  const { account, passwordFile, lang, append, mouse, colour, enterWait, command } = settings;
  // Only what is asked for is loaded: a script waits for no menus.
  if (command.kind !== "chat") {
    const { runPipe } = await import("./lib/app/pipe/pipe.ts");
    return runPipe(pipePorts(ports), { server, account, passwordFile, lang, colour }, command);
  }
  // In a pipe there is nothing to restore, and an interruption ends the command in its own way.
  restoreOnExit(stdin, stdout, explain);
  const { runApp } = await import("./lib/app/app.ts");
  return runApp(ports, {
    ...{ server, account, lang, mouse, holdSubmit: enterWait },
    append: append || env["TERM"] === "dumb",
    colour: colour && (env["NO_COLOR"] ?? "") === "",
  });
}

function makePorts(
  settings: ClientSettings,
  folder: string,
  log: AppPorts["log"],
  asked: { readonly server: ServerLink | null; readonly serverPassword: string | null },
): AppPorts {
  const known = new KnownServers(join(folder, "known-servers.json"));
  const clock = makeClock();
  const random = makeIds();
  const keptFile = new StateFile(join(folder, "kept.json"));
  const draftsFile = new StateFile(join(folder, "drafts.json"));
  let kept = parseSavedState(keptFile.read());
  const home = asked.server ?? parseLink(kept.server ?? "");
  return {
    ...{ stdin, stdout, environment: env, deviceName: hostname(), log },
    serverPassword: passwordAt(home, asked.serverPassword),
    printError: (text) => void stderr.write(`${text}\n`),
    now: clock,
    random: Math.random,
    id: () => random.id(),
    after(ms, action) {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
    connect: (link, handlers) => dial(settings, folder, known, link, handlers),
    remember(link, fingerprint) {
      const outcome = known.remember(link.host, link.port, fingerprint, clock());
      return outcome === null ? null : outcome.refused;
    },
    get saved() {
      return kept;
    },
    save(more) {
      kept = { ...kept, ...more };
      keptFile.write(kept);
    },
    readDrafts: () => draftsFile.read(),
    writeDrafts: (content) => draftsFile.write(content),
    async saveExport(path, room, format, lines, force): Promise<SaveOutcome> {
      const name = path === null ? exportName(room, format) : atHome(path);
      if (!force && existsSync(name)) return { kind: "exists", path: name };
      return outcomeOf(
        name,
        await exportToFile(name, format, lines, { force, minutesEast, title: room }),
      );
    },
    async saveLines(asked, lines, force): Promise<SaveOutcome> {
      const path = atHome(asked);
      if (!force && existsSync(path)) return { kind: "exists", path };
      return outcomeOf(path, await linesToFile(path, lines, force));
    },
  };
}

/** The chat has no shell that makes of `~` one's home, and a shell makes nothing of it in `--output=~/tea.md`. */
function atHome(path: string): string {
  return path.replace(/^~(?=[/\\]|$)/, homedir);
}

function outcomeOf(path: string, saved: { readonly records: number } | NotWritten): SaveOutcome {
  if ("records" in saved) return { kind: "saved", path, count: saved.records };
  // Something came there while it was written.
  if (saved.trouble === "taken") return { kind: "exists", path };
  return { kind: "failed", path, why: saved.trouble };
}

/** Scripts have no screen to be put back, and say themselves what a signal means to them. */
function pipePorts(ports: AppPorts): PipePorts {
  return Object.assign(Object.create(ports) as AppPorts, {
    readText: (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : null),
    isStderrTerminal: stderr.isTTY === true,
    writeStderr: (text: string) => void stderr.write(text),
    onInterrupt(action: () => void) {
      process.on("SIGINT", action);
      process.on("SIGTERM", action);
    },
    format: (format, lines, title) =>
      formatExport(format, lines, { minutesEast, ...(title !== undefined && { title }) }),
  } satisfies Omit<PipePorts, keyof AppPorts>);
}

/** This machine's own time zone, summer time included. */
function minutesEast(ms: number): number {
  return -new Date(ms).getTimezoneOffset();
}

/** Connects where the certificate is the link's, the known one, or vouched for by an authority. */
async function dial(
  settings: ClientSettings,
  folder: string,
  known: KnownServers,
  link: ServerLink,
  handlers: OpenConnectionHandlers,
): Promise<ConnectOutcome> {
  const { host, port } = link;
  const device = settings.plain ? null : clientCertificate(folder, hostname());
  if (device !== null && "refused" in device) return { kind: "refused-file", text: device.refused };
  let seen = { kind: "unknown" } as ReturnType<KnownServers["recognise"]>;
  const reader = new LineReader(FROM_SERVER);
  const outcome = await connect(
    {
      ...{ host, port, plain: settings.plain },
      ...(device === null ? {} : { certificate: { cert: device.cert, key: device.key } }),
      decide(fingerprint, authorised) {
        if (link.fingerprint !== null) return link.fingerprint === fingerprint;
        seen = known.recognise(host, port, fingerprint);
        return authorised || ("kind" in seen && seen.kind === "same");
      },
    },
    {
      open: () => {},
      data: (_, bytes) => {
        for (const line of reader.push(bytes)) handlers.line(line);
      },
      close: (_, why) => handlers.closed(why),
    },
  );
  if (outcome.kind === "connected") {
    const { link: socket } = outcome;
    const fingerprint = socket.certificate;
    // Next time the name alone is enough.
    if (link.fingerprint !== null) known.remember(host, port, link.fingerprint, Date.now());
    const encoder = new TextEncoder();
    const send = (line: string) => socket.send(encoder.encode(`${line}\r\n`));
    return { kind: "connected", connection: { fingerprint, send, close: () => socket.close() } };
  }
  if (outcome.kind !== "untrusted") return { kind: "failed", problem: outcome.kind };
  const { fingerprint } = outcome;
  if (link.fingerprint !== null) {
    return { kind: "changed", known: link.fingerprint, fingerprint, file: null };
  }
  if ("refused" in seen) return { kind: "refused-file", text: seen.refused };
  if (seen.kind !== "changed") return { kind: "unknown", fingerprint };
  return { kind: "changed", known: seen.before, fingerprint, file: known.path };
}

function folderOf(configDir: string | null): string {
  return configDir ?? join(env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "sodam");
}

/** As `--lang` says, or what was chosen in the menu, or the environment. */
function languageOf(lang: string | null, configDir: string | null): Language {
  const kept = parseSavedState(new StateFile(join(folderOf(configDir), "kept.json")).read());
  return chooseLanguage(lang, kept.language ?? null, env);
}

function readClientFile(configDir: string | null): { path: string; text: string } | null {
  const path = join(folderOf(configDir), "client.toml");
  return existsSync(path) ? { path, text: readFileSync(path, "utf8") } : null;
}

/** "" when there is none in the file; null without a file. */
function firstLine(path: string | null): string | null {
  return path === null ? null : (readText(path)?.split(/\r?\n/, 1)[0] ?? "");
}

function refuse(sentences: readonly string[]): number {
  for (const sentence of sentences) stderr.write(`${sentence}\n`);
  return EXIT_USAGE;
}

function explain(error: unknown): string {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Something broke in the client. Please report:\n${cause}`;
}

// Not awaited at the top level: there, Bun prints an uncaught error and goes on.
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
    setTimeout(() => process.exit(code), LEAVE_MS).unref();
  },
  (error) => {
    stderr.write(`${explain(error)}\n`);
    process.exit(EXIT_BROKEN);
  },
);
