import { isLoopback } from "../protocol/address.ts";
import { type Flags, readFlags } from "./flags.ts";
import { SERVER_TABLE } from "./server-table.ts";
import { tableValues, type Values } from "./setting.ts";
import { readSettingsFile } from "./settings-file.ts";
import { settingsHelp } from "./settings-help.ts";

type TableValues = Values<typeof SERVER_TABLE>;

export interface Address {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** An operator: logs in with OPER. */
export interface OperatorSetting {
  readonly name: string;
  /** What `Bun.password.hash` gave. */
  readonly passwordHash: string;
}

/** Every setting of the server, checked. */
export interface ServerSettings
  extends Omit<
    TableValues,
    "plain" | "motd" | "serverPasswordFile" | "serverPassword" | "hashPassword" | "help" | "version"
  > {
  /** Where plain text is spoken: loopback, or null. */
  readonly plain: Address | null;
  /** Message of the day, by lines; none when empty. */
  readonly motd: readonly string[];
  /** The password that everybody must give, from its file or the flag. */
  readonly serverPassword: string | null;
  readonly operators: readonly OperatorSetting[];
}

/** Settings with which a server can start, and what its owner should know of them. */
export interface AcceptedSettings {
  readonly settings: ServerSettings;
  readonly warnings: readonly string[];
}

export type ServerArguments =
  | AcceptedSettings
  | { readonly refused: readonly string[] }
  | { readonly show: "help" | "version" | "hash-password" };

/** Reads a file's text, or answers null when there is none. */
export type ReadFile = (path: string) => string | null;

/**
 * The server's settings: defaults, over them the settings file, over it the flags. What is wrong
 * is refused by name, all of it at once, in sentences for a person.
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
  const { values, operators } = gather(flags, readFile, refused);
  const warnings: string[] = [];
  const plain = values.plain === null ? null : parsePlain(values.plain, refused);
  checkLoopbackOnly(values, refused);
  const serverPassword = passwordOf(values, readFile, refused, warnings);
  if (refused.length > 0) return { refused };
  const { help: _help, version: _version, hashPassword: _hash, ...others } = values;
  const { serverPasswordFile: _file, ...rest } = others;
  const motd = motdOf(values.motd, readFile);
  return { settings: { ...rest, plain, motd, serverPassword, operators }, warnings };
}

/** What `--help` shows: every setting with its default, in 80 columns. */
export function serverHelp(): string {
  return [
    "Usage: bun server.ts [--SETTING VALUE] ...",
    "",
    "Starts a chat server. Every setting can also stand in sodam.toml, under the",
    "same name without the dashes; [[operator]] tables there (name, password-hash)",
    "name the operators. REHASH and SIGHUP read the file again. Defaults are in",
    "brackets.",
    "",
    settingsHelp(SERVER_TABLE),
  ].join("\n");
}

function gather(
  flags: Flags,
  readFile: ReadFile,
  refused: string[],
): { values: TableValues; operators: OperatorSetting[] } {
  const asked = flags.values.get("config");
  const path = typeof asked === "string" ? asked : SERVER_TABLE.config.default;
  const text = readFile(path);
  if (text === null && asked !== undefined) refused.push(`--config ${path}: can't be read`);
  const file = readSettingsFile(SERVER_TABLE, path, text ?? "", ["operator"]);
  refused.push(...file.refused);
  const operators = (file.tables.get("operator") ?? []).flatMap((one) => {
    const operator = parseOperator(one);
    if (typeof operator !== "string") return [operator];
    refused.push(`${path}: [[operator]]: ${operator}`);
    return [];
  });
  // Each value was read by its own row, and so has the type that the table says.
  const values = tableValues(SERVER_TABLE, [flags.values, file.values]) as unknown as TableValues;
  return { values, operators };
}

function parseOperator(given: Readonly<Record<string, unknown>>): OperatorSetting | string {
  const { name, "password-hash": passwordHash, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return `unknown setting "${unknown}"; name and password-hash are known`;
  if (typeof name !== "string" || !/^\S+$/.test(name)) return "name must be one word";
  if (typeof passwordHash !== "string" || !/^\$(argon2|2[aby]\$)/.test(passwordHash)) {
    return "password-hash must be an argon2 or bcrypt hash, and never the password itself";
  }
  return { name, passwordHash };
}

function parsePlain(text: string, refused: string[]): Address | null {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(text.slice(colon + 1));
  if (port > 65_535) refused.push(`--plain ${text}: the port must be a number from 0 to 65535`);
  if (!isLoopback(host)) {
    refused.push(
      `--plain ${text}: plain text is for this machine alone; give 127.0.0.1:${port} or [::1]:${port}`,
    );
  }
  return { host, port };
}

/** What would be a danger where strangers can reach it. `plain` is loopback, or refused already. */
function checkLoopbackOnly(values: TableValues, refused: string[]): void {
  if (isLoopback(values.host)) return;
  const must = "needs --host 127.0.0.1: where others can connect it is no safe setting";
  if (!values.floodControl) refused.push(`--no-flood-control ${must}`);
  if (values.passwordCost === "test") refused.push(`--password-cost test ${must}`);
}

function passwordOf(
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
  const text = readFile(serverPasswordFile);
  const password = text?.split(/\r?\n/, 1)[0] ?? "";
  if (text === null) refused.push(`--server-password-file ${serverPasswordFile}: can't be read`);
  else if (password === "") {
    refused.push(`--server-password-file ${serverPasswordFile}: its first line is empty`);
  }
  return password;
}

function motdOf(motd: string | null, readFile: ReadFile): string[] {
  if (motd === null) return [];
  const text = (motd.includes("\n") ? null : readFile(motd)) ?? motd;
  return text.replace(/(\r?\n)+$/, "").split(/\r?\n/);
}
