#!/usr/bin/env bun
import { devNull, homedir, hostname } from "node:os";
import { join } from "node:path";
import type {
  AppPorts,
  ConnectOutcome,
  OpenConnectionHandlers,
  ScriptFilesPort,
} from "./lib/app/app-ports.ts";
import type { AppSettings } from "./lib/app/app-settings.ts";
import { passwordAt, ServerTrust } from "./lib/app/connection/trust-server.ts";
import type { Words } from "./lib/app/i18n/words.ts";
import type { Prompts } from "./lib/app/menu/prompts.ts";
import type { PipePorts } from "./lib/app/pipe/pipe-ports.ts";
import { parseSavedState, remembersDevice } from "./lib/app/saved/saved-state.ts";
import { SavedStateFile } from "./lib/app/saved/saved-state-file.ts";
import { ConfigurationFile } from "./lib/file-manager/client/configuration-file.ts";
import { openDebugLog } from "./lib/file-manager/client/debug-log.ts";
import { DeviceCertificates } from "./lib/file-manager/client/device-certificate-files.ts";
import { editInFile } from "./lib/file-manager/client/edited-file.ts";
import { isHangUpIgnored } from "./lib/file-manager/client/ignored-signals.ts";
import { KnownServers } from "./lib/file-manager/client/known-servers.ts";
import { LocalHistoryFiles } from "./lib/file-manager/client/local-history.ts";
import { ScriptFiles } from "./lib/file-manager/client/script-files.ts";
import { folderProblem, StateFile } from "./lib/file-manager/client/state-file.ts";
import { WriteFailures } from "./lib/file-manager/client/write-failures.ts";
import {
  type FsErrorKind,
  fsErrorKind,
  fsErrorSentence,
  fsErrorText,
  isReaderGone,
} from "./lib/file-manager/disk/fs-errors.ts";
import { readSettings, readText } from "./lib/file-manager/disk/text-file.ts";
import { isLoopback } from "./lib/protocol/address.ts";
import { harmlessText } from "./lib/protocol/harmful-characters.ts";
import { chooseLanguage, type Language } from "./lib/protocol/language.ts";
import { isLinkLike, parseLink, type ServerLink } from "./lib/protocol/server-link.ts";
import { parseEncoding } from "./lib/protocol/text-encoding.ts";
import { ClientConfiguration } from "./lib/settings/client-configuration.ts";
import {
  type ClientSettings,
  clientHelp,
  parseClientArguments,
  type ReadClientFile,
  sentencesIn,
} from "./lib/settings/client-settings.ts";
import { missingPackage } from "./lib/settings/missing-package.ts";
import type { Sentences } from "./lib/settings/sentences.ts";
import { VERSION } from "./lib/settings/settings-help.ts";
import { restoreOnExit } from "./lib/terminal/restore-on-exit.ts";
import { AUTO_THEME, type LoadedTheme } from "./lib/terminal/theme.ts";
import { readTheme } from "./lib/terminal/theme-file.ts";
import { askTmux } from "./lib/transport/ask-tmux.ts";
import { elapsed } from "./lib/transport/clock.ts";
import { makeIds } from "./lib/transport/ids.ts";
import { LineTurns } from "./lib/transport/line-turns.ts";
import { openFile, openLink } from "./lib/transport/open-link.ts";
import { programName } from "./lib/transport/program-name.ts";
import { runEditor } from "./lib/transport/run-editor.ts";
import { ScriptStrays } from "./lib/transport/script-strays.ts";

/** How long the last line (QUIT) has to leave before the process ends. */
const LEAVE_MS = 1000;
/** How long a server that has never been seen may take to answer in TLS: plain text is offered after that. */
const FIRST_HANDSHAKE_MS = 5000;
/** Letters that are shown of a server that can be none. */
const SERVER_SHOWN_MAX = 300;
/** Exit code for a wrong command line. */
const EXIT_USAGE = 2;
/** Exit code for something that the system refused. */
const EXIT_FAILED = 1;
/** Exit code for a fault of the client's own. */
const EXIT_FAULT = 70;
/** The descriptor of standard input. */
const STDIN = 0;
const PROGRAM = programName("client.ts");

const { stdin, stdout, stderr } = process;
/** As the program was started: the prompts remove NO_COLOR, by which the chat is without colours too. */
const env: Readonly<NodeJS.ProcessEnv> = { ...process.env };
const strays = new ScriptStrays();

/** Reads the command line, then opens the menu or runs one pipe command. Resolves to the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseClientArguments(argv, readClientFile, languageOf);
  if ("show" in parsed) {
    const { show, language } = parsed;
    return print(show === "help" ? clientHelp(language, PROGRAM) : `sodam ${VERSION}`);
  }
  if ("refused" in parsed) return refuse(parsed.refused);
  const { settings } = parsed;
  const sentences = sentencesIn(languageOf(settings.lang, settings.configDir));
  const settingsPath = join(folderOf(settings.configDir), "client.toml");
  const unread = readSettings(settingsPath);
  if (typeof unread === "object" && unread !== null) {
    stderr.write(`${sentences.unreadableFile(settingsPath, unread.unreadable)}\n`);
  }
  const configuration = new ClientConfiguration(
    argv,
    settings,
    new ConfigurationFile(settingsPath),
  );
  const refuseSetting = (name: string, sentence: string): number => {
    const isInFile = configuration.find(name, "en")?.source === "file";
    return refuse(isInFile ? [sentence, sentences.setIn(settingsPath, name)] : [sentence]);
  };
  const named = namedServer(settings, sentences);
  if (typeof named === "object" && named !== null) return refuseSetting("link-file", named.refused);
  const server = named === null ? null : parseLink(named);
  if (named !== null && server === null) {
    const { cutLink, noServer } = sentences;
    // Behind the server there may be an invitation, and what is printed may end in a log.
    const shown = named
      .replace(/(sodam:\/{0,2}[^/#?&\s]*)[\s\S]+$/i, "$1…")
      .slice(0, SERVER_SHOWN_MAX);
    const sentence = (isLinkLike(named) ? cutLink : noServer)(shown);
    return refuseSetting(settings.server === null ? "link-file" : "server", sentence);
  }
  if (settings.encoding !== null && parseEncoding(settings.encoding) === null) {
    return refuseSetting("encoding", sentences.noEncoding(settings.encoding));
  }
  const failures = new WriteFailures();
  const onFailure = (path: string, error: unknown): void => failures.failed(path, error);
  const chatLog = settings.log === null ? { log: null } : await chatLogAt(settings.log, onFailure);
  if ("refused" in chatLog) return refuseSetting("log", chatLog.refused);
  const debugLog = settings.debugLog === null ? null : openDebugLog(settings.debugLog, onFailure);
  if (debugLog !== null && "refused" in debugLog)
    return refuseSetting("debug-log", debugLog.refused);
  if (debugLog !== null && debugLog.warning !== null) stderr.write(`${debugLog.warning}\n`);
  const serverPassword =
    readFirstLine(settings.serverPasswordFile) ?? (env["SODAM_SERVER_PASSWORD"] || null);
  if (serverPassword === "") {
    const sentence = sentences.noFirstLine(settings.serverPasswordFile ?? "");
    return refuseSetting("server-password-file", sentence);
  }
  const ports = makePorts(settings, {
    ...{ server, serverPassword, failures, configuration },
    ...{ log: chatLog.log, openTrace: await traces(settings, debugLog?.write ?? null) },
  });
  const { account, passwordFile, guest, lang, colour, command } = settings;
  // Imports on demand, here and below: a script doesn't wait for the menus' code, nor the first menu for what comes later.
  if (command.kind !== "chat") {
    const { runPipe } = await import("./lib/app/pipe/pipe.ts");
    return runPipe(
      await pipePorts(ports),
      { server, account, passwordFile, guest, lang, colour },
      command,
    );
  }
  // A pipe command has no screen to restore, and handles signals in its own way.
  restoreOnExit(stdin, stdout, faultText, strays.claims);
  const loadTheme = makeThemeLoader();
  // What is wrong with a theme keeps nobody from talking.
  for (const problem of loadTheme(settings).problems) {
    stderr.write(`${harmlessText(problem)}\n`);
  }
  const mistakes = await inputMistakes(settings, configuration.path);
  if (mistakes.length > 0) return refuse(mistakes);
  const { runApp } = await import("./lib/app/app.ts");
  return runApp(ports, appSettings(server, configuration, loadTheme));
}

async function chatLogAt(folder: string, onFailure: (path: string, error: unknown) => void) {
  const { openChatLog } = await import("./lib/file-manager/client/chat-log.ts");
  return openChatLog(folder, minutesEast, onFailure);
}

/** Returns a function that writes the trace of a session by `writeTrace`; `null` without one. */
async function traces(
  settings: ClientSettings,
  writeTrace: ((line: string) => void) | null,
): Promise<AppPorts["openTrace"] | null> {
  if (writeTrace === null) return null;
  const { makeSessionTraces } = await import("./lib/settings/log.ts");
  return makeSessionTraces(settings.logLevel, writeTrace, Date.now);
}

/** Returns sentences about what `[bind]` and `[alias]` in client.toml can't be. */
async function inputMistakes(settings: ClientSettings, path: string): Promise<string[]> {
  const language = languageOf(settings.lang, settings.configDir);
  const { inputProblems } = await import("./lib/app/input-table.ts");
  return inputProblems(settings, language).map((problem) => `${path}: ${problem}`);
}

/** Returns the settings of the interactive client, as they are in force whenever one of them is read. */
function appSettings(
  server: ServerLink | null,
  configuration: ClientConfiguration<FsErrorKind>,
  loadTheme: ReturnType<typeof makeThemeLoader>,
): AppSettings {
  // Each was checked by its row of the table.
  const values = (): ClientSettings => configuration.values as unknown as ClientSettings;
  const { account, append } = values();
  return {
    ...{ server, account },
    append: append || env["TERM"] === "dumb",
    get lang() {
      return values().lang;
    },
    get mouse() {
      return values().mouse;
    },
    get colour() {
      return values().colour && (env["NO_COLOR"] ?? "") === "";
    },
    get theme() {
      return loadTheme(values());
    },
    get pictures() {
      return values().pictures;
    },
    get holdSubmit() {
      return values().enterWait;
    },
    get shareDrafts() {
      return values().shareDrafts;
    },
    get downloads() {
      return values().downloads ?? loadedFileCode().downloadFolder(homeFolder(), env);
    },
    get shrinkPictures() {
      return values().shrinkPictures;
    },
    get keys() {
      return values().keys;
    },
    get bind() {
      return configuration.sections.bind;
    },
    get alias() {
      return configuration.sections.alias;
    },
  };
}

/** The files and the server that the command line named, read and opened. */
interface Opened {
  readonly server: ServerLink | null;
  readonly serverPassword: string | null;
  readonly log: AppPorts["log"];
  /** `null` without `--debug-log`. */
  readonly openTrace: AppPorts["openTrace"] | null;
  /** Which of the logs can't be written any more. */
  readonly failures: WriteFailures;
  readonly configuration: ClientConfiguration<FsErrorKind>;
}

/** The code that moves and shows files; `null` until it is loaded. */
let fileCode: Awaited<ReturnType<typeof importFileCode>> | null = null;

/** Loads it with the first connection: the first menu doesn't wait for it. */
async function loadFileCode(folder: string): Promise<NonNullable<typeof fileCode>> {
  fileCode ??= await importFileCode(folder);
  return fileCode;
}

/** Returns the code that moves and shows files. Only for what happens at a server. */
function loadedFileCode(): NonNullable<typeof fileCode> {
  if (fileCode === null) throw new Error("no server was called yet");
  return fileCode;
}

async function importFileCode(folder: string) {
  const [device, local, clipboard, downloads, raw, pictureFiles] = await Promise.all([
    import("./lib/file-manager/client/files/device-files.ts"),
    import("./lib/file-manager/client/local-files.ts"),
    import("./lib/transport/clipboard-picture.ts"),
    import("./lib/file-manager/client/download-folder.ts"),
    import("./lib/transport/connect-raw.ts"),
    import("./lib/file-manager/client/pictures/picture-files.ts"),
  ]);
  return {
    ...{ ...local, ...clipboard, ...downloads, ...raw },
    deviceFiles: new device.DeviceFiles(),
    pictures: new pictureFiles.PictureFiles(join(folder, "thumbnails"), Date.now),
  };
}

function makePorts(settings: ClientSettings, opened: Opened): AppPorts {
  const folder = folderOf(settings.configDir);
  const known = new KnownServers(join(folder, "known-servers.json"));
  const random = makeIds();
  const draftsFile = new StateFile(join(folder, "drafts.json"));
  const passwordsFile = new StateFile(join(folder, "passwords.json"));
  const history = new LocalHistoryFiles(join(folder, "history"), {
    ...{ days: settings.historyDays, minutesEast, now: Date.now },
    onFailure: (path, error) => opened.failures.failed(path, error),
  });
  const forgetPictures = (server: ServerLink): void =>
    void loadFileCode(folder).then(({ pictures }) => pictures.forget(server));
  const savedFile = new SavedStateFile(new StateFile(join(folder, "kept.json")));
  const home = opened.server ?? parseLink(savedFile.state.server ?? "");
  const { openTrace } = opened;
  const problem = settings.command.kind === "chat" ? folderProblem(folder) : null;
  const turns = new LineTurns((action, ms) => void setTimeout(action, ms));
  const certificates = showsCertificate(settings) ? new DeviceCertificates(folder) : null;
  const device = (link: ServerLink): Device =>
    certificates?.for(link, remembersDevice(savedFile.state, link)) ?? null;
  return {
    ...{ stdin, stdout, environment: env, deviceName: deviceName(), log: opened.log },
    onWriteFailure: (listener) => opened.failures.listen(listener),
    program: PROGRAM,
    serverPassword: passwordAt(home, opened.serverPassword),
    openLink: (link) => openLink(link, env),
    localFiles: {
      style: process.platform === "win32" ? "windows" : "posix",
      lookAt: (path) => loadedFileCode().lookAtFile(path, homeFolder()),
      list: (path) => loadedFileCode().listFolder(path, homeFolder()),
      clipboardPicture: () => loadedFileCode().clipboardPicture(env),
      head: (path) => loadedFileCode().readHead(path),
      open: (path) => openFile(path, env),
    },
    printError: (text) => void stderr.write(`${harmlessText(text)}\n`),
    now: Date.now,
    elapsed,
    random: Math.random,
    id: () => random.id(),
    after(ms, action) {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
    onContinue(listener) {
      process.on("SIGCONT", listener);
      return () => process.off("SIGCONT", listener);
    },
    async connect(link, handlers, plain) {
      await loadFileCode(folder);
      const outcome = await dial(
        { ...settings, plain: plain || settings.plain },
        known,
        plain ? null : device(link),
        link,
        handlers,
        turns,
      );
      certificates?.attempted(link, outcome.kind === "connected");
      return outcome;
    },
    openRaw(link, handlers, plain) {
      const trust = new ServerTrust(link, known, settings.trust?.toLowerCase());
      const { host, port } = link;
      const decide = (fingerprint: string, isAuthorised: boolean) =>
        trust.accepts(fingerprint, isAuthorised);
      const { BytesConnection } = loadedFileCode();
      return new BytesConnection({ host, port, plain: plain || settings.plain, decide }, handlers);
    },
    get transferFiles() {
      return fileCode?.deviceFiles;
    },
    unsaved: problem === null ? null : { path: folder, why: problem },
    device(link) {
      const certificate = device(link);
      if (certificate === null) return "none";
      return "refused" in certificate ? { problem: certificate.refused } : "shown";
    },
    ...(openTrace != null && { openTrace }),
    remember(link, fingerprint, replaces) {
      const failure = known.remember(link.host, link.port, fingerprint, Date.now(), { replaces });
      return failure === null ? null : failure.refused;
    },
    get saved() {
      return savedFile.state;
    },
    save: (fields) => savedFile.save(fields),
    configuration: opened.configuration,
    get pictures() {
      return settings.command.kind === "chat" ? fileCode?.pictures : undefined;
    },
    askTmux: () => askTmux(env),
    editText: (text) => editInFile(text, random.id(), (path) => runEditor(path, env)),
    readDrafts: () => draftsFile.read(),
    writeDrafts: (content) => void draftsFile.write(content),
    history: settings.historyDays === 0 ? null : history,
    deviceFingerprint(link) {
      const certificate = device(link);
      if (certificate === null || "refused" in certificate) return null;
      return certificate.fingerprint;
    },
    forgetHistory(server) {
      history.forget(server);
      forgetPictures(server);
    },
    forgetServer(server) {
      history.forget(server);
      forgetPictures(server);
      known.forget(server.host, server.port);
      certificates?.forget(server);
    },
    passwordsPath: passwordsFile.path,
    encoding: settings.encoding === null ? null : parseEncoding(settings.encoding),
    readPasswords: () => passwordsFile.read(),
    writePasswords: (content) => void passwordsFile.write(content),
    saveExport: async (path, room, format, lines, force, fetchPicture) => {
      const { saveExport } = await import("./lib/file-manager/export/save-export.ts");
      return saveExport(path, room, format, lines, { force, minutesEast, fetchPicture });
    },
    saveLines: async (path, lines, force) => {
      const { saveLines } = await import("./lib/file-manager/export/save-export.ts");
      return saveLines(path, lines, force);
    },
    ...(settings.command.kind === "chat" && { scripts: scriptFiles(folder) }),
  };
}

function scriptFiles(folder: string): ScriptFilesPort {
  const files = new ScriptFiles(folder);
  return Object.assign(files, { listen: strays.listen.bind(strays) });
}

/** Adds the ports that only a script needs. The app's ports are the prototype, so that `saved` is read anew each time. */
async function pipePorts(ports: AppPorts): Promise<PipePorts> {
  const { startCommand } = await import("./lib/transport/run-command.ts");
  const { formatExport } = await import("./lib/file-manager/export/export-format.ts");
  return Object.assign(Object.create(ports) as AppPorts, {
    readText,
    outputTrouble: (error: unknown) => (isReaderGone(error) ? "closed" : fsErrorKind(error)),
    prompts: stdin.isTTY && stderr.isTTY ? promptsOnStderr : null,
    isStderrTerminal: stderr.isTTY === true,
    writeStderr: (text: string) => void stderr.write(text),
    isProgram: (name: string) => Bun.which(name) !== null,
    startCommand: (run) =>
      startCommand({ ...run, environment: { ...ownVariablesLeftOut(env), ...run.environment } }),
    onInterrupt(action: () => void) {
      process.on("SIGINT", action);
      process.on("SIGTERM", action);
      if (!isHangUpIgnored(process)) process.on("SIGHUP", action);
    },
    format: (format, lines, title) =>
      formatExport(format, lines, { minutesEast, ...(title !== undefined && { title }) }),
  } satisfies Omit<PipePorts, keyof AppPorts>);
}

/** Returns prompts for a command whose standard output may be a file. */
async function promptsOnStderr(words: Words): Promise<Prompts> {
  const { plainPrompts } = await import("./lib/app/menu/plain-prompts.ts");
  const { sanitizedPrompts } = await import("./lib/app/menu/sanitized-prompts.ts");
  return sanitizedPrompts(plainPrompts(stdin, stderr, () => words));
}

/** Returns the environment without this program's own variables: a password isn't for what a message starts. */
function ownVariablesLeftOut(variables: typeof env): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !/^SODAM_/i.test(name)));
}

/**
 * Returns a function that returns what `theme` names: a base, or a file in themes/. The file is read again whenever a
 * setting was changed: that shows what somebody has written into it meanwhile.
 */
function makeThemeLoader(): (settings: ClientSettings) => LoadedTheme {
  let last: { readonly settings: ClientSettings; readonly theme: LoadedTheme } | null = null;
  return (settings) => {
    if (last?.settings === settings) return last.theme;
    const theme = readThemeOf(settings);
    // The screen knows by the object that it needn't be drawn anew.
    last = { settings, theme: Bun.deepEquals(theme, last?.theme) ? (last?.theme ?? theme) : theme };
    return last.theme;
  };
}

function readThemeOf({ theme: name, lang, configDir }: ClientSettings): LoadedTheme {
  if (name === null || name === "auto") return { choice: AUTO_THEME, problems: [] };
  if (name === "dark" || name === "light") {
    return { choice: { ...AUTO_THEME, base: name }, problems: [] };
  }
  const sentences = sentencesIn(languageOf(lang, configDir));
  const path = join(folderOf(configDir), "themes", `${name}.toml`);
  const text = readSettings(path);
  if (typeof text === "string") {
    const choice = readTheme(text, path, sentences.theme);
    return "refused" in choice
      ? { choice: AUTO_THEME, problems: choice.refused }
      : { choice, problems: [] };
  }
  const problem =
    text === null
      ? sentences.theme.noFile(name, path)
      : sentences.unreadableFile(path, text.unreadable);
  return { choice: AUTO_THEME, problems: [problem] };
}

/** Returns how many minutes this machine's time zone is east of UTC at a moment, daylight saving included. */
function minutesEast(ms: number): number {
  return -new Date(ms).getTimezoneOffset();
}

/** The certificate for a server; `null` where none is shown. */
type Device = ReturnType<DeviceCertificates["for"]> | null;

/**
 * Returns whether connections show a certificate of this device: not without TLS, and not of a command that gets in by
 * password or as a guest, which works where no file can be written.
 */
function showsCertificate({ plain, command, passwordFile, guest }: ClientSettings): boolean {
  const hasPassword =
    guest !== null || passwordFile !== null || (env["SODAM_PASSWORD"] ?? "") !== "";
  return !plain && (command.kind === "chat" || !hasPassword);
}

/** Returns whether nothing shows that a server has TLS on this port: one that is known may only be slow. */
function mayBePlainPort({ host, port, fingerprint }: ServerLink, known: KnownServers): boolean {
  const recognition = known.recognize(host, port, "");
  return fingerprint === null && "kind" in recognition && recognition.kind === "unknown";
}

/** Connects to a server, if `ServerTrust` accepts its certificate. */
async function dial(
  { plain, command, trust: confirmed }: ClientSettings,
  known: KnownServers,
  device: Device,
  link: ServerLink,
  handlers: OpenConnectionHandlers,
  turns: LineTurns,
): Promise<ConnectOutcome> {
  const { host, port } = link;
  const isRefused = device !== null && "refused" in device;
  // A command without a password can't log in without it; in the chat there is still the password.
  if (isRefused && command.kind !== "chat") return { kind: "refused-file", text: device.refused };
  const trust = new ServerTrust(link, known, confirmed?.toLowerCase());
  const { connectLines } = await import("./lib/transport/connect-lines.ts");
  const outcome = await connectLines(
    {
      ...{ host, port, plain },
      ...(mayBePlainPort(link, known) && { handshakeMs: FIRST_HANDSHAKE_MS }),
      ...(device === null || isRefused || plain
        ? {}
        : { certificate: { cert: device.cert, key: device.key } }),
      decide: (fingerprint, isAuthorised) => trust.accepts(fingerprint, isAuthorised),
    },
    handlers,
    turns,
  );
  if (outcome.kind === "untrusted") return trust.refusal(outcome.fingerprint);
  if (outcome.kind !== "connected") return { kind: "failed", problem: outcome.kind };
  const { fingerprint, isAuthorised } = outcome.connection;
  trust.connected(fingerprint, isAuthorised, Date.now());
  return {
    kind: "connected",
    connection: { ...outcome.connection, isReadable: plain && !isLoopback(host) },
  };
}

function folderOf(configDir: string | null): string {
  return configDir ?? join(env["XDG_CONFIG_HOME"] || join(homeFolder(), ".config"), "sodam");
}

/** Without a home folder nothing is saved: no file can be made below the null device. */
function homeFolder(): string {
  try {
    return homedir() || devNull;
  } catch {
    return devNull;
  }
}

/** Returns what this device is called in the account's device list. */
function deviceName(): string {
  try {
    return hostname();
  } catch {
    return "sodam";
  }
}

/** Chooses the language: from `--lang` or client.toml, or the environment. */
function languageOf(lang: string | null, configDir: string | null): Language {
  const saved = parseSavedState(new StateFile(join(folderOf(configDir), "kept.json")).read());
  return chooseLanguage(lang, saved.language ?? null, env);
}

function readClientFile(configDir: string | null): ReturnType<ReadClientFile> {
  const path = join(folderOf(configDir), "client.toml");
  const text = readSettings(path);
  return typeof text === "string" ? { path, text } : null;
}

/**
 * Returns the server as it was named: on the command line or in client.toml, by --link-file, or by SODAM_LINK. The last
 * two are for links with an invitation, since every user of the machine can read command lines.
 */
function namedServer(
  { server, linkFile, command }: ClientSettings,
  sentences: Sentences,
): string | null | { readonly refused: string } {
  if (server !== null) return server;
  if (linkFile === null) return env["SODAM_LINK"] || null;
  const readsInput =
    command.kind === "chat" ||
    (command.kind === "send" &&
      (command.file === "-" || (command.file === null && command.text === null)));
  if (linkFile === "-" && readsInput) return { refused: sentences.linkFromInput() };
  const text = readText(linkFile === "-" ? STDIN : linkFile)?.trim() ?? "";
  return text === "" ? { refused: sentences.noLink(linkFile) } : text;
}

/** Returns the first line of a file: "" when there is none, `null` without a path. */
function readFirstLine(path: string | null): string | null {
  return path === null ? null : (readText(path)?.split(/\r?\n/, 1)[0] ?? "");
}

/** Prints what was asked for. Resolves to the exit code. `--help | head -1` is no failure. */
function print(text: string): Promise<number> {
  stdout.on("error", () => {});
  return new Promise((resolve) => {
    stdout.write(`${text}\n`, (error) => {
      if (error === null || error === undefined || isReaderGone(error)) return resolve(0);
      stderr.write(`Standard output cannot be written: ${fsErrorText(error)}.\n`);
      resolve(1);
    });
  });
}

function refuse(sentences: readonly string[]): number {
  for (const sentence of sentences) stderr.write(`${harmlessText(sentence)}\n`);
  return EXIT_USAGE;
}

function faultText(error: unknown): string {
  const name = missingPackage(error);
  if (name !== null) return sentencesIn(languageOf(null, null)).missingPackage(name);
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // The cause may quote what a server sent.
  return `Something broke in the client. Please report:\n${harmlessText(cause)}`;
}

// What can't be written there is lost; the exit code says the rest.
stderr.on("error", () => {});
// Not awaited at the top level: there, Bun prints an uncaught error and continues.
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
    setTimeout(() => process.exit(code), LEAVE_MS).unref();
  },
  (error) => {
    const sentence = fsErrorSentence(error);
    stderr.write(`${sentence ?? faultText(error)}\n`);
    const isFault = sentence === null && missingPackage(error) === null;
    process.exit(isFault ? EXIT_FAULT : EXIT_FAILED);
  },
);
