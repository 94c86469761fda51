import { isLoopback, parseNetwork } from "../protocol/address.ts";
import { mapPassword } from "../protocol/opaque-string.ts";
import type { OperatorGrades, OperatorRight } from "../protocol/operator-rights.ts";
import { MB_BYTES } from "./file-table.ts";
import { type Flags, readFlags } from "./flags.ts";
import { parseGrades, parseOperators } from "./operator-settings.ts";
import { formatAddress, parseListenHost, parsePublicHost } from "./public-address.ts";
import { SERVER_TABLE } from "./server-table.ts";
import { tableValues, type ValuesOf } from "./setting.ts";
import { readSettingsFile } from "./settings-file.ts";
import { settingsHelp } from "./settings-help.ts";

/** What a line of ISUPPORT has room for. */
const ICON_LENGTH_MAX = 300;

type TableValues = ValuesOf<typeof SERVER_TABLE>;

export interface Address {
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

/** An operator of the settings file, who logs in with OPER. */
export interface OperatorSetting {
  readonly name: string;
  /** argon2 or bcrypt, in the PHC string form: what `--hash-password` prints. */
  readonly passwordHash: string;
  /** The grade, or `null`. */
  readonly grade: string | null;
  /** All rights where the table names neither rights nor a grade. */
  readonly rights: readonly OperatorRight[];
}

/** A DNS blocklist, and what happens to people whose address it has. */
export interface DnsblSetting {
  readonly zone: string;
  readonly action: "login" | "refuse";
}

/** Every setting of the server, checked. Times are in the units of their names. */
export interface ServerSettings
  extends Omit<
    TableValues,
    | "plain"
    | "proxy"
    | "dnsbl"
    | "motd"
    | "serverPasswordFile"
    | "serverPassword"
    | "hashPassword"
    | "help"
    | "version"
  > {
  /** Where to listen without TLS: a loopback address, or `null` for nowhere. */
  readonly plain: Address | null;
  /** Where to listen for proxies, or `null`. */
  readonly proxy: Address | null;
  /** DNS blocklists, in order. */
  readonly dnsbl: readonly DnsblSetting[];
  /** Message of the day, by lines; empty for none. */
  readonly motd: readonly string[];
  /** The password that every client needs to connect, from its file or the flag; of another node's only the digest. */
  readonly serverPassword: string | { readonly digest: string } | null;
  readonly operators: readonly OperatorSetting[];
  /** Grades of the settings file, for operators and accounts. */
  readonly grades: OperatorGrades;
}

/** Settings with which a server can start, and warnings for its owner. */
export interface AcceptedSettings {
  readonly settings: ServerSettings;
  readonly warnings: readonly string[];
}

/** Holds what a command line and a settings file ask for: a start, a text to show, or what is wrong with them. */
export type ServerArguments =
  | AcceptedSettings
  | { readonly refused: readonly string[] }
  | { readonly show: "help" | "version" | "hash-password" };

/** Reads a file's text. Returns `null` when there is no such file, and the reason when one can't be read. */
export type ReadFile = (path: string) => string | null | { readonly unreadable: string };

/**
 * Reads the server's settings: flags override the settings file, and that overrides the defaults. Everything that
 * is wrong comes back at once in `refused`, in sentences that name the setting.
 *
 * @example parseServerArguments(["--port", "7000", "--guests"], () => null)
 */
export function parseServerArguments(argv: readonly string[], readFile: ReadFile): ServerArguments {
  const flags = readFlags(SERVER_TABLE, argv);
  if (flags.values.get("help") === true) return { show: "help" };
  if (flags.values.get("version") === true) return { show: "version" };
  if (flags.values.get("hash-password") === true) return { show: "hash-password" };
  const refused = [...flags.refused];
  for (const word of flags.words) refused.push(`unexpected word "${word}"; settings begin with --`);
  const { values, operators, grades } = combine(flags, readFile, refused);
  const warnings: string[] = [];
  const plain = values.plain === null ? null : parsePlain(values.plain, refused);
  const proxy = values.proxy === null ? null : parseAddress("proxy", values.proxy, refused);
  if (proxy !== null && !isLoopback(proxy.host)) {
    warnings.push(
      `--proxy ${values.proxy}: what comes from the proxy is plain text; let nobody read that network`,
    );
  }
  const plainNats = plainTextNats(values);
  if (plainNats !== undefined) {
    warnings.push(
      `--nats ${plainNats}: without TLS, others on that network can read NATS's own password, stop the cluster by it, and see when somebody speaks; what is said is sealed. Use tls://, or keep that network to these machines`,
    );
  }
  checkNetworks(values, refused);
  const host = parseListenHost(values.host) ?? "";
  if (host === "") {
    refused.push(
      `--host ${values.host}: must be an address or a name of this machine, without a port`,
    );
  }
  checkLoopbackOnly({ ...values, host }, proxy, refused);
  const networkIcon = parseIcon(values.networkIcon, refused);
  for (const text of values.publicHost) {
    if (parsePublicHost(text) !== null) continue;
    refused.push(`--public-host ${text}: must be ${SERVER_TABLE["public-host"].expected}`);
  }
  const serverPassword = readServerPassword(values, readFile, refused, warnings);
  if (refused.length > 0) return { refused };
  const { help: _help, version: _version, hashPassword: _hash, ...others } = values;
  const { serverPasswordFile: _file, ...rest } = others;
  const motd = readMotd(values.motd, readFile);
  const dnsbl = values.dnsbl.map(parseDnsbl);
  return {
    settings: {
      ...rest,
      host,
      networkIcon,
      plain,
      proxy,
      dnsbl,
      motd,
      serverPassword,
      operators,
      grades,
    },
    warnings,
  };
}

/**
 * Converts settings into the chat server's options: its times are in milliseconds, and of the server password it
 * knows only the digest.
 *
 * @param digest SHA-256, lower-case hexadecimal
 */
export function serverOptions(
  settings: ServerSettings,
  version: string,
  digest: (text: string) => string,
) {
  const { serverPassword, ...rest } = settings;
  return {
    ...rest,
    version,
    publicAddress: publicAddressOf(settings),
    passwordDigest: passwordDigest(serverPassword, digest),
    files: fileRules(settings),
    stsSeconds: settings.stsDays === null ? null : settings.stsDays * 86_400,
    redactWithinMs: settings.redactMinutes * 60_000,
    registrationTimeoutMs: settings.visitorMinutes * 60_000,
    hasDnsbl: settings.dnsbl.length > 0,
    pingAfterMs: settings.pingSeconds * 1000,
    pingTimeoutMs: settings.pingTimeoutSeconds * 1000,
  };
}

/** Returns what the settings say of files that people send, in bytes: no limit is `Infinity`. */
function fileRules(settings: ServerSettings) {
  const limit = (megabytes: number): number => (megabytes === 0 ? Infinity : megabytes * MB_BYTES);
  return {
    // Without a history the messages that name them are gone after a restart.
    isOn: settings.files && settings.history,
    bytesMax: settings.fileSizeMax * MB_BYTES,
    accountBytesMax: limit(settings.filesPerAccount),
    roomBytesMax: limit(settings.filesPerRoom),
    serverBytesMax: limit(settings.filesOnServer),
    diskReserveBytes: settings.fileDiskReserve * MB_BYTES,
    keepDays: settings.keepFileDays,
  };
}

/** Returns the digest of the server's password, `null` if there is none. `digest` is SHA-256. */
export function passwordDigest(
  password: ServerSettings["serverPassword"],
  digest: (text: string) => string,
): string | null {
  if (password === null) return null;
  return typeof password === "string" ? digest(mapPassword(password)) : password.digest;
}

function publicAddressOf({ publicHost: [first = ""] }: ServerSettings): string | null {
  const address = parsePublicHost(first);
  return address === null ? null : formatAddress(address);
}

/** Returns the settings as JSON for a trace: without the server password, and of operators only their names. */
export function settingsText({ serverPassword, operators, ...rest }: ServerSettings): string {
  const names = operators.map(({ name }) => name);
  return JSON.stringify({ ...rest, hasServerPassword: serverPassword !== null, operators: names });
}

/** Returns the text of `--help`: every setting with its default, in 80 columns. */
export function serverHelp(program = "bun server.ts"): string {
  return [
    `Usage: ${program} [--SETTING VALUE] ...`,
    "",
    "Starts a chat server. Every setting can also be written in sodam.toml, under the",
    "same name without the dashes; [[operator]] tables there (name, password-hash,",
    "grade or rights) name the operators, and [[grade]] tables (name, rights) more",
    "grades. REHASH and SIGHUP read the file again. Defaults are in brackets.",
    "",
    settingsHelp(SERVER_TABLE),
  ].join("\n");
}

/** Combines flags and settings file. Adds sentences about invalid settings to `refused`. */
function combine(
  flags: Flags,
  readFile: ReadFile,
  refused: string[],
): { values: TableValues; operators: OperatorSetting[]; grades: OperatorGrades } {
  const config = flags.values.get("config");
  const path = typeof config === "string" ? config : SERVER_TABLE.config.default;
  const read = readFile(path);
  const text = typeof read === "string" ? read : "";
  // A file that is there may close the server to strangers: a start must not pass over it.
  if (typeof read === "object" && read !== null) refused.push(cannotRead(path, read));
  else if (read === null && config !== undefined)
    refused.push(cannotRead(`--config ${path}`, read));
  const file = readSettingsFile(SERVER_TABLE, path, text, ["operator", "grade"]);
  refused.push(...file.refused);
  const refuse = (sentence: string): void => {
    refused.push(`${path}: ${sentence}`);
  };
  const grades = parseGrades(file.tables.get("grade") ?? [], refuse);
  const operators = parseOperators(file.tables.get("operator") ?? [], grades, refuse);
  // Each value was read by its own row, and so has the type that the table says.
  const values = tableValues(SERVER_TABLE, [flags.values, file.values]) as unknown as TableValues;
  return { values, operators, grades };
}

/** Returns the address with its letters encoded: it is one parameter among others in a line of ISUPPORT. */
function parseIcon(text: string | null, refused: string[]): string | null {
  if (text === null) return null;
  const address = URL.canParse(text) ? new URL(text).href : "";
  if (address !== "" && address.length <= ICON_LENGTH_MAX) return address;
  refused.push(`--network-icon ${text}: must be ${SERVER_TABLE["network-icon"].expected}`);
  return null;
}

function parsePlain(text: string, refused: string[]): Address {
  const { host, port } = parseAddress("plain", text, refused);
  if (!isLoopback(host)) {
    refused.push(
      `--plain ${text}: plain text is for this machine only; give 127.0.0.1:${port} or [::1]:${port}`,
    );
  }
  return { host, port };
}

/** Splits HOST:PORT, whose shape the table has checked. */
function parseAddress(setting: "plain" | "proxy", text: string, refused: string[]): Address {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) {
    refused.push(`--${setting} ${text}: the port must be a number from 0 to 65535`);
  }
  return { host, port };
}

/** Splits ZONE=ACTION, whose shape the table has checked. */
function parseDnsbl(text: string): DnsblSetting {
  const [zone = "", action] = text.split("=");
  return { zone: zone.toLowerCase(), action: action === "refuse" ? "refuse" : "login" };
}

function checkNetworks(values: TableValues, refused: string[]): void {
  for (const setting of ["exempt-networks", "trusted-proxies"] as const) {
    const texts = setting === "exempt-networks" ? values.exemptNetworks : values.trustedProxies;
    for (const text of texts) {
      if (parseNetwork(text) !== null) continue;
      refused.push(`--${setting} ${text}: must be ${SERVER_TABLE[setting].expected}`);
    }
  }
}

/** Refuses settings that are dangerous where strangers can connect. `plain` has been checked already. */
function checkLoopbackOnly(values: TableValues, proxy: Address | null, refused: string[]): void {
  const exposed = !isLoopback(values.host)
    ? "--host 127.0.0.1"
    : proxy !== null && !isLoopback(proxy.host)
      ? `--proxy 127.0.0.1:${proxy.port}`
      : null;
  if (exposed === null) return;
  const must = `needs ${exposed}: it is not safe where others can connect`;
  if (!values.floodControl) refused.push(`--no-flood-control ${must}`);
  if (values.passwordCost === "test") refused.push(`--password-cost test ${must}`);
}

/** Returns the first server of NATS on another machine, if they are reached without TLS. One `tls://` holds for all. */
function plainTextNats({ nats, natsCa }: TableValues): string | undefined {
  if (natsCa !== null || nats.some((url) => url.startsWith("tls:"))) return undefined;
  return nats.find((url) => !isLoopback(parsePublicHost(url.slice("nats://".length))?.host ?? ""));
}

/** Returns the server password, or `null` when none is set. Adds to `refused` and `warnings`. */
function readServerPassword(
  values: TableValues,
  readFile: ReadFile,
  refused: string[],
  warnings: string[],
): string | null {
  const { serverPassword, serverPasswordFile } = values;
  if (serverPassword !== null && serverPasswordFile !== null) {
    refused.push("give --server-password-file or --server-password, not both");
    return null;
  }
  if (serverPassword !== null) {
    warnings.push(
      "--server-password can be read by other users of this machine; use --server-password-file",
    );
    return serverPassword;
  }
  if (serverPasswordFile === null) return null;
  const setting = `--server-password-file ${serverPasswordFile}`;
  const text = readFile(serverPasswordFile);
  if (typeof text !== "string") {
    refused.push(cannotRead(setting, text));
    return null;
  }
  const password = text.split(/\r?\n/, 1)[0] ?? "";
  if (password === "") refused.push(`${setting}: its first line is empty`);
  return password;
}

function cannotRead(setting: string, read: null | { readonly unreadable: string }): string {
  return `${setting}: can't be read${read === null ? "" : `: ${read.unreadable}`}`;
}

/** Takes `motd` for a file where there is one of that name, otherwise for the text itself. */
function readMotd(motd: string | null, readFile: ReadFile): string[] {
  if (motd === null) return [];
  const read = motd.includes("\n") ? null : readFile(motd);
  const text = typeof read === "string" ? read : motd;
  // A lone CR, as old editors write it, would end a line of the protocol.
  const lines = text.replaceAll("\0", "").split(/\r\n|\r|\n/);
  const last = lines.findLastIndex((line) => line !== "");
  return lines.slice(0, Math.max(1, last + 1));
}
