import { CLIENT_TABLE } from "./client-table.ts";
import { KOREAN_CLIENT_TABLE } from "./client-table-ko.ts";
import { type Flags, readFlags } from "./flags.ts";
import { ENGLISH, KOREAN, type Sentences } from "./sentences.ts";
import { tableValues, type Values } from "./setting.ts";
import { readSettingsFile } from "./settings-file.ts";
import { settingsHelp } from "./settings-help.ts";

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
  | { readonly show: "help" | "version"; readonly language: SettingsLanguage };

export type SettingsLanguage = "en" | "ko";

/**
 * The language to speak in: by `--lang` or the settings file (null: neither says), and whatever the
 * folder given by `--config-dir` and the environment say.
 */
export type ChooseLanguage = (lang: string | null, configDir: string | null) => SettingsLanguage;

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
  chooseLanguage: ChooseLanguage = () => "en",
): ClientArguments {
  const { flags, fromFile, language } = readBoth(argv, readFile, chooseLanguage);
  const sentences = sentencesIn(language);
  if (flags.values.get("help") === true) return { show: "help", language };
  if (flags.values.get("version") === true) return { show: "version", language };
  const refused = [...flags.refused];
  refused.push(...fromFile.refused);
  // Each value was read by its own row, and so has the type that the table says.
  const values = tableValues(CLIENT_TABLE, [flags.values, fromFile.values]) as TableValues;
  const words = [...flags.words];
  const named = isCommand(words[0]) || words.length === 0 ? null : (words.shift() ?? null);
  if (named !== null && flags.values.has("server")) {
    refused.push(sentences.twoServers(named, String(values.server)));
  }
  const command = readCommand(words, flags, values, refused, sentences);
  if (refused.length > 0 || command === null) return { refused };
  const { json, lines, search, by, format, from, to, output, force, help, version, ...rest } =
    values;
  return { settings: { ...rest, server: named ?? values.server, command } };
}

export function sentencesIn(language: SettingsLanguage): Sentences {
  return language === "ko" ? KOREAN : ENGLISH;
}

/** Flags and file, read in the language that they themselves may name. */
function readBoth(
  argv: readonly string[],
  readFile: ReadClientFile,
  chooseLanguage: ChooseLanguage,
) {
  const read = (language: SettingsLanguage) => {
    const table = language === "ko" ? KOREAN_CLIENT_TABLE : CLIENT_TABLE;
    const sentences = sentencesIn(language);
    const flags = readFlags(table, argv, sentences);
    const configDir = textOr(flags.values.get("config-dir"));
    const file = readFile(configDir);
    const [path, text] = [file?.path ?? "client.toml", file?.text ?? ""];
    const fromFile = readSettingsFile(table, path, text, [], sentences);
    return { flags, fromFile, configDir };
  };
  const first = read("en");
  const lang = textOr(first.flags.values.get("lang") ?? first.fromFile.values.get("lang"));
  const language = chooseLanguage(lang, first.configDir);
  return { ...(language === "en" ? first : read(language)), language };
}

function textOr(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** What `--help` shows, in 80 columns. */
export function clientHelp(language: SettingsLanguage = "en"): string {
  if (language === "ko") {
    return [
      "사용법: bun client.ts [HOST[:PORT] | 'sodam://…'] [--설정 값] ...",
      "        bun client.ts [HOST] send ROOM [TEXT]   TEXT나 표준 입력을 말합니다",
      "        bun client.ts [HOST] tail ROOM          오가는 말을 보여 줍니다",
      "        bun client.ts [HOST] export ROOM        방의 기록을 씁니다",
      "        bun client.ts [HOST] my-data [FILE]     서버에 있는 내 자료를 씁니다",
      "",
      "서버를 쓰지 않으면 지난번 서버로 가거나 메뉴에서 묻습니다. 설정은 client.toml",
      "파일에 둘 수도 있습니다. 대괄호 안은 기본값이고, -- 뒤의 글은 설정이 아닙니다.",
      "",
      settingsHelp(KOREAN_CLIENT_TABLE),
    ].join("\n");
  }
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
  sentences: Sentences,
): ClientCommand | null {
  const [name, room, ...others] = words;
  if (name !== undefined && !isCommand(name)) {
    refused.push(sentences.unknownCommand(name, COMMANDS));
    return null;
  }
  refuseStrangers(name, flags, refused, sentences);
  if (name === undefined) return { kind: "chat" };
  const { json, lines, by, format, from, to, output, force } = values;
  // Whatever somebody said is found by no words.
  const search = values.search ?? (by === null ? null : "");
  if (name === "my-data") {
    if (others.length > 0) refused.push(sentences.oneFile(name, others[0] ?? ""));
    return { kind: "my-data", room: "", output: room ?? null, force };
  }
  if (name === "export" && room === undefined && search !== null) {
    return { kind: "export", room: "", search, by, format, from, to, output, force };
  }
  if (room === undefined || room === "") {
    refused.push(sentences.needsRoom(name));
    return null;
  }
  if (name !== "send" && others.length > 0) {
    refused.push(sentences.oneRoom(name, others[0] ?? ""));
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
function refuseStrangers(
  name: CommandName | undefined,
  flags: Flags,
  refused: string[],
  sentences: Sentences,
): void {
  for (const flag of flags.values.keys()) {
    // Whatever is written may be written over something.
    if (flag === "force" && name === "my-data") continue;
    const group = CLIENT_TABLE[flag as keyof typeof CLIENT_TABLE].group;
    if (isCommand(group) && group !== name) refused.push(sentences.belongsTo(flag, group));
  }
}
