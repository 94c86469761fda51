import { CLIENT_TABLE } from "./client-table.ts";
import { readSettingsFile } from "./file.ts";
import { type Flags, readFlags } from "./flags.ts";
import { settingsHelp } from "./help.ts";
import { tableValues, type Values } from "./setting.ts";

type TableValues = Values<typeof CLIENT_TABLE>;

/** What the client is to do: talk with a person, or one pipe command. */
export type ClientCommand =
  | { readonly kind: "chat" }
  /** `text` null: the text comes from standard input. */
  | { readonly kind: "send"; readonly room: string; readonly text: string | null }
  | { readonly kind: "tail"; readonly room: string; readonly json: boolean; readonly lines: number }
  | {
      readonly kind: "export";
      /** "": everywhere, for a search. */
      readonly room: string;
      readonly search: string | null;
      readonly by: string | null;
      readonly format: "jsonl" | "text" | "markdown" | "html";
      /** A day or a time in UTC, as it was given. */
      readonly from: string | null;
      readonly to: string | null;
      readonly output: string | null;
      readonly force: boolean;
    }
  /** `output` null: to standard output. */
  | {
      readonly kind: "my-data";
      readonly room: "";
      readonly output: string | null;
      readonly force: boolean;
    };

/** Every setting of the client, checked. `server` is as it was given: `HOST[:PORT]` or a link. */
export interface ClientSettings
  extends Omit<
    TableValues,
    | "json"
    | "lines"
    | "search"
    | "by"
    | "format"
    | "from"
    | "to"
    | "output"
    | "force"
    | "help"
    | "version"
  > {
  readonly command: ClientCommand;
}

export type ClientArguments =
  | { readonly settings: ClientSettings }
  | { readonly refused: readonly string[] }
  | { readonly show: "help" | "version" };

/** The settings file of the folder given by `--config-dir` (null: the usual one), or null when there is none. */
export type ReadClientFile = (configDir: string | null) => { path: string; text: string } | null;

const COMMANDS = ["send", "tail", "export", "my-data"] as const;
type CommandName = (typeof COMMANDS)[number];

/**
 * The client's settings: defaults, over them `client.toml`, over it the flags. A first word that
 * is no command is the server. What is wrong is refused by name, all of it at once.
 *
 * @example parseClientArguments(["chat.example.org", "send", "#ops", "deployed"])
 */
export function parseClientArguments(
  argv: readonly string[],
  readFile: ReadClientFile = () => null,
): ClientArguments {
  const flags = readFlags(CLIENT_TABLE, argv);
  if (flags.values.get("help") === true) return { show: "help" };
  if (flags.values.get("version") === true) return { show: "version" };
  const refused = [...flags.refused];
  const configDir = flags.values.get("config-dir");
  const file = readFile(typeof configDir === "string" ? configDir : null);
  const fromFile = readSettingsFile(
    CLIENT_TABLE,
    file?.path ?? "client.toml",
    file?.text ?? "",
    [],
  );
  refused.push(...fromFile.refused);
  // Each value was read by its own row, and so has the type that the table says.
  const values = tableValues(CLIENT_TABLE, [flags.values, fromFile.values]) as TableValues;
  const words = [...flags.words];
  const named = isCommand(words[0]) || words.length === 0 ? null : (words.shift() ?? null);
  if (named !== null && flags.values.has("server")) {
    refused.push(`two servers: ${named} and --server ${values.server}`);
  }
  const command = readCommand(words, flags, values, refused);
  if (refused.length > 0 || command === null) return { refused };
  const { json, lines, search, by, format, from, to, output, force, help, version, ...rest } =
    values;
  return { settings: { ...rest, server: named ?? values.server, command } };
}

/** What `--help` shows, in 80 columns. */
export function clientHelp(): string {
  return [
    "Usage: bun client.ts [HOST[:PORT] | 'sodam://…'] [--SETTING VALUE] ...",
    "       bun client.ts [HOST] send ROOM [TEXT]     says TEXT, or standard input",
    "       bun client.ts [HOST] tail ROOM            shows what is said, as it comes",
    "       bun client.ts [HOST] export ROOM          writes a room's history",
    "       bun client.ts [HOST] my-data [FILE]       writes what it has of you",
    "",
    "Without a server the last one is used, or a menu asks. Settings can also stand",
    "in client.toml. Defaults are in brackets. Text after -- is never a setting.",
    "",
    settingsHelp(CLIENT_TABLE),
  ].join("\n");
}

function isCommand(word: string | undefined): word is CommandName {
  return COMMANDS.some((command) => command === word);
}

/** Answers null when it can't be read; the reason is then in `refused`. */
function readCommand(
  words: readonly string[],
  flags: Flags,
  values: TableValues,
  refused: string[],
): ClientCommand | null {
  const [name, room, ...others] = words;
  if (name !== undefined && !isCommand(name)) {
    refused.push(`unknown command "${name}"; there are send, tail, export and my-data`);
    return null;
  }
  refuseStrangers(name, flags, refused);
  if (name === undefined) return { kind: "chat" };
  const { json, lines, by, format, from, to, output, force } = values;
  // Whatever somebody said is found by no words.
  const search = values.search ?? (by === null ? null : "");
  if (name === "my-data") {
    if (others.length > 0) refused.push(`my-data takes one file; "${others[0]}" is one too many`);
    return { kind: "my-data", room: "", output: room ?? null, force };
  }
  if (name === "export" && room === undefined && search !== null) {
    return { kind: "export", room: "", search, by, format, from, to, output, force };
  }
  if (room === undefined || room === "") {
    refused.push(`${name} needs a room or a person: ${name} '#room'`);
    return null;
  }
  if (name !== "send" && others.length > 0) {
    refused.push(`${name} takes one room; "${others[0]}" is one too many`);
  }
  switch (name) {
    case "send":
      return { kind: "send", room, text: others.length === 0 ? null : others.join(" ") };
    case "tail":
      return { kind: "tail", room, json, lines };
    case "export":
      return { kind: "export", room, search, by, format, from, to, output, force };
  }
}

/** Flags of one command, given to another. */
function refuseStrangers(name: CommandName | undefined, flags: Flags, refused: string[]): void {
  for (const flag of flags.values.keys()) {
    // Whatever is written may be written over something.
    if (flag === "force" && name === "my-data") continue;
    const group = CLIENT_TABLE[flag as keyof typeof CLIENT_TABLE].group;
    if (isCommand(group) && group !== name) refused.push(`--${flag} belongs to ${group}`);
  }
}
