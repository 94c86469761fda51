import { isLinkLike, parseLink } from "../protocol/server-link.ts";
import { CLIENT_TABLE, TIME_PATTERN } from "./client-table.ts";
import { clientTableIn, KOREAN_CLIENT_TABLE } from "./client-table-ko.ts";
import { type Flags, readFlags } from "./flags.ts";
import { ENGLISH, KOREAN, type Sentences } from "./sentences.ts";
import { tableValues, type ValuesOf } from "./setting.ts";
import { readSettingsFile } from "./settings-file.ts";
import { settingsHelp } from "./settings-help.ts";

type TableValues = ValuesOf<typeof CLIENT_TABLE>;

/** The settings of the command alone, by which {@link ClientCommand} is made. */
const COMMAND_SETTINGS = [
  ...(["replyTo", "edit", "delete", "file", "name", "json", "lines", "followFrom"] as const),
  ...(["match", "ops"] as const),
  ...(["arguments", "timeout", "maxOutput", "search", "by", "format", "from", "to"] as const),
  ...(["output", "force", "help", "version"] as const),
] as const;
type CommandSetting = (typeof COMMAND_SETTINGS)[number];

/** The client's task: the interactive chat, or one pipe command. */
export type ClientCommand =
  | { readonly kind: "chat" }
  | {
      readonly kind: "send";
      readonly room: string;
      /** null when it comes from standard input. */
      readonly text: string | null;
      readonly json: boolean;
      /** The msgid of a message: what is sent replies to it, changes it or deletes it. */
      readonly to: { readonly act: "reply" | "edit" | "delete"; readonly msgid: string } | null;
      /** A file to send, with the text as its caption; "-" for standard input, null for none. */
      readonly file: string | null;
      /** Another name for it. */
      readonly name: string | null;
    }
  | {
      readonly kind: "get";
      readonly room: "";
      /** A link to a file, `file-ID` or its id, as it was typed. */
      readonly file: string;
      /** null for a file of its own name; "-" for standard output. */
      readonly output: string | null;
      readonly force: boolean;
    }
  | {
      readonly kind: "tail";
      readonly room: string;
      readonly json: boolean;
      readonly lines: number;
      /** A day or a time in UTC, or a msgid. */
      readonly followFrom: string | null;
    }
  | {
      readonly kind: "on";
      /** A room; the nick of a person, for direct messages; "" for everybody's. */
      readonly room: string;
      readonly match: string | null;
      readonly from: string | null;
      readonly ops: boolean;
      /** Whether the command gets what the groups of `match` stand for as arguments. */
      readonly arguments: boolean;
      readonly timeout: number;
      readonly maxOutput: number;
      readonly command: readonly string[];
    }
  | {
      readonly kind: "export";
      /** "" searches everywhere. */
      readonly room: string;
      readonly search: string | null;
      readonly by: string | null;
      readonly format: "jsonl" | "text" | "markdown" | "html";
      /** A day or a time in UTC, as it was typed. */
      readonly from: string | null;
      readonly to: string | null;
      readonly output: string | null;
      readonly force: boolean;
    }
  /** `output` is null for standard output. */
  | {
      readonly kind: "my-data";
      readonly room: "";
      readonly output: string | null;
      readonly force: boolean;
    };

/** Every setting of the client, checked. `server` is as it was typed: `HOST[:PORT]` or a link. */
export interface ClientSettings extends Omit<TableValues, "logLevel" | CommandSetting> {
  readonly command: ClientCommand;
  /** How much `debugLog` gets: connections only, every line, or lines with their texts. Without a `debugLog` it means nothing. */
  readonly logLevel: "info" | "debug" | "trace";
  /** The user's keys, as they are written under `[bind]`. */
  readonly bind: Readonly<Record<string, string>>;
  /** The user's commands, as they are written under `[alias]`. */
  readonly alias: Readonly<Record<string, string>>;
}

export type ClientArguments =
  | { readonly settings: ClientSettings }
  | { readonly refused: readonly string[] }
  | { readonly show: "help" | "version"; readonly language: SettingsLanguage };

export type SettingsLanguage = "en" | "ko";

/**
 * Chooses the language: from `--lang` or the settings file (null when neither says), from what was saved in the
 * folder of `--config-dir`, and from the environment.
 */
export type ChooseLanguage = (lang: string | null, configDir: string | null) => SettingsLanguage;

/** Reads the settings file in the folder of `--config-dir` (null for the usual one). Returns null when there is none. */
export type ReadClientFile = (configDir: string | null) => { path: string; text: string } | null;

/** The `[name]` tables of client.toml. */
export const CLIENT_SECTIONS = ["bind", "alias"] as const;

const COMMANDS = ["send", "get", "tail", "on", "export", "my-data"] as const;
type CommandName = (typeof COMMANDS)[number];
/** Commands that take a flag of another one's group as well. */
const ALSO_OF: Readonly<Record<string, readonly CommandName[]>> = {
  force: ["my-data", "get"],
  output: ["get"],
  json: ["send"],
  from: ["on"],
};

/**
 * Reads the client's settings: flags override `client.toml`, and that overrides the defaults. A first word that
 * is not a command is the server. Everything that is wrong comes back at once in `refused`, in sentences that name
 * the setting.
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
  const server = isCommand(words[0]) || words.length === 0 ? null : (words.shift() ?? null);
  if (server !== null && flags.values.has("server")) {
    refused.push(sentences.twoServers(server, String(values.server)));
  }
  const isServerFlag = server !== null || flags.values.has("server");
  if (isServerFlag && flags.values.has("link-file")) {
    refused.push(
      sentences.twoServers(server ?? String(values.server), String(values.linkFile), "link-file"),
    );
  }
  // In client.toml the level may wait for a file: /set names one after the other, and a start must not fail between.
  const tracesLines = /^(?:debug|trace)$/.test(String(flags.values.get("log-level")));
  if (tracesLines && values.debugLog === null) {
    refused.push(sentences.debugNeedsFile(values.logLevel ?? ""));
  }
  const command = readCommand(words, flags, values, refused, sentences);
  if (refused.length > 0 || command === null) return { refused };
  const rest = withoutCommandSettings(values);
  const logLevel = values.logLevel ?? "debug";
  // A link's file that the command line names counts more than the server in client.toml.
  const fallback = flags.values.has("link-file") ? null : values.server;
  const { sections } = fromFile;
  const [bind, alias] = [sections.get("bind") ?? {}, sections.get("alias") ?? {}];
  const named = command.kind === "get" ? serverOfFile(command.file, server) : server;
  return { settings: { ...rest, logLevel, bind, alias, server: named ?? fallback, command } };
}

/**
 * Returns the server that has a file: the one of the file's link, if it is a link. The same server, named in front of the
 * command, counts more: its link may have the fingerprint, which those of files haven't.
 */
function serverOfFile(file: string, server: string | null): string | null {
  const link = isLinkLike(file) ? parseLink(file) : null;
  if (link === null) return server;
  const named = server === null ? null : parseLink(server);
  return named?.host === link.host && named.port === link.port ? server : file;
}

function withoutCommandSettings(values: TableValues): Omit<TableValues, CommandSetting> {
  const rest: Partial<TableValues> = { ...values };
  for (const setting of COMMAND_SETTINGS) delete rest[setting];
  // Exactly the others are left.
  return rest as Omit<TableValues, CommandSetting>;
}

/** Returns the sentences about settings in this language. */
export function sentencesIn(language: SettingsLanguage): Sentences {
  return language === "ko" ? KOREAN : ENGLISH;
}

/** Reads flags and file in the language that they themselves may name: first in English, then in that one. */
function readBoth(
  argv: readonly string[],
  readFile: ReadClientFile,
  chooseLanguage: ChooseLanguage,
) {
  const read = (language: SettingsLanguage) => {
    const table = clientTableIn(language);
    const sentences = sentencesIn(language);
    const flags = readFlags(table, argv, sentences, COMMANDS);
    const configDir = textOr(flags.values.get("config-dir"));
    const file = readFile(configDir);
    const [path, text] = [file?.path ?? "client.toml", file?.text ?? ""];
    const fromFile = readSettingsFile(table, path, text, [], sentences, CLIENT_SECTIONS);
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

/** Returns the text of `--help`, in 80 columns. */
export function clientHelp(language: SettingsLanguage = "en", program = "bun client.ts"): string {
  if (language === "ko") {
    return [
      `사용법: ${program} [HOST[:PORT] | sodam://…] [--설정 값] ...`,
      `        ${program} [HOST] send ROOM [TEXT]   TEXT나 표준 입력을 보냅니다`,
      `        ${program} [HOST] get LINK           파일을 받습니다`,
      `        ${program} [HOST] tail ROOM          새 메시지를 보여 줍니다`,
      `        ${program} [HOST] on ROOM -- COMMAND 메시지마다 명령을 실행합니다`,
      `        ${program} [HOST] export ROOM        방의 대화 기록을 저장합니다`,
      `        ${program} [HOST] my-data [FILE]     서버에 있는 내 자료를 저장합니다`,
      "",
      "서버를 적지 않으면 지난번 서버에 접속하거나 메뉴에서 묻습니다. 설정은",
      "client.toml에 적어 둘 수도 있습니다. 대괄호 안은 기본값입니다. -- 뒤에 적은",
      "것은 설정으로 읽지 않습니다.",
      "",
      settingsHelp(KOREAN_CLIENT_TABLE),
    ].join("\n");
  }
  return [
    `Usage: ${program} [HOST[:PORT] | sodam://…] [--SETTING VALUE] ...`,
    `       ${program} [HOST] send ROOM [TEXT]     sends TEXT, or standard input`,
    `       ${program} [HOST] get LINK             fetches a file`,
    `       ${program} [HOST] tail ROOM            shows messages as they come`,
    `       ${program} [HOST] on ROOM -- COMMAND   runs COMMAND for each message`,
    `       ${program} [HOST] export ROOM          writes a room's history`,
    `       ${program} [HOST] my-data [FILE]       saves your data on the server`,
    "",
    "Without a server the last one is used, or a menu asks. Settings can also be",
    "written in client.toml. Defaults are in brackets. Text after -- is never a",
    "setting.",
    "",
    settingsHelp(CLIENT_TABLE),
  ].join("\n");
}

function isCommand(word: string | undefined): word is CommandName {
  return COMMANDS.some((command) => command === word);
}

/** Parses the command from the words. Returns null if they are no command, and adds the reason to `refused`. */
function readCommand(
  words: readonly string[],
  flags: Flags,
  values: TableValues,
  refused: string[],
  sentences: Sentences,
): ClientCommand | null {
  const [name, room, ...rest] = words;
  if (name !== undefined && !isCommand(name)) {
    refused.push(sentences.unknownCommand(name, COMMANDS));
    return null;
  }
  refuseForeignFlags(name, flags, refused, sentences);
  if (name === undefined) return { kind: "chat" };
  const { json, lines, by, format, from, to, output, force, followFrom } = values;
  // A search by author alone has no words.
  const search = values.search ?? (by === null ? null : "");
  if (name === "my-data") {
    if (rest.length > 0) refused.push(sentences.oneFile(name, rest[0] ?? ""));
    return { kind: "my-data", room: "", output: room ?? null, force };
  }
  if (name === "get") {
    if (rest.length > 0) refused.push(sentences.oneFile(name, rest[0] ?? ""));
    if (room === undefined) {
      refused.push(sentences.needsFileLink());
      return null;
    }
    return { kind: "get", room: "", file: room, output, force };
  }
  if (name === "export" && from !== null && !TIME_PATTERN.test(from)) {
    refused.push(sentences.mustBe(`--from ${from}`, sentences.time));
  }
  if (name === "export" && room === undefined && search !== null) {
    return { kind: "export", room: "", search, by, format, from, to, output, force };
  }
  if (name === "on") return readOn(words, flags, values, refused, sentences);
  if (room === undefined || room === "") {
    refused.push(sentences.needsRoom(name));
    return null;
  }
  if (name !== "send" && rest.length > 0) {
    refused.push(sentences.oneRoom(name, rest[0] ?? ""));
  }
  switch (name) {
    case "send": {
      const text = rest.length === 0 ? null : rest.join(" ");
      const to = readMessageTo(values, refused, sentences);
      const { file, name: fileName } = values;
      const excluded = file !== null && to !== null && to.act !== "reply";
      if (excluded) refused.push(sentences.notTogether("file", to.act));
      if (fileName !== null && file === null) refused.push(sentences.needsFlag("name", "file"));
      return { kind: "send", room, text, json, to, file, name: fileName };
    }
    case "tail":
      return { kind: "tail", room, json, lines, followFrom };
    case "export":
      return { kind: "export", room, search, by, format, from, to, output, force };
  }
}

/** Reads `on ROOM -- COMMAND`: everything behind the dashes is the command, and nothing else is. */
function readOn(
  [, target = "", ...command]: readonly string[],
  { wordsBehindDashes }: Flags,
  { match, from, ops, arguments: hasArguments, timeout, maxOutput }: TableValues,
  refused: string[],
  sentences: Sentences,
): ClientCommand | null {
  const isWhole = command.length > 0 && command.length === wordsBehindDashes;
  if (target === "" || !isWhole) {
    refused.push(sentences.needsCommand());
    return null;
  }
  const room = target.replace(/^@/, "");
  if (ops && !/^[#&]/.test(room)) refused.push(sentences.onlyInRoom("ops"));
  if (hasArguments && match === null) refused.push(sentences.needsGroups());
  const limits = { timeout, maxOutput };
  return { kind: "on", room, match, from, ops, arguments: hasArguments, ...limits, command };
}

/** Reads which message `send` is about, and refuses two of them. */
function readMessageTo(
  values: TableValues,
  refused: string[],
  sentences: Sentences,
): Extract<ClientCommand, { kind: "send" }>["to"] {
  const acts = [
    { act: "reply", flag: "reply-to", msgid: values.replyTo },
    { act: "edit", flag: "edit", msgid: values.edit },
    { act: "delete", flag: "delete", msgid: values.delete },
  ] as const;
  const [first, second] = acts.filter(({ msgid }) => msgid !== null);
  if (first === undefined || first.msgid === null) return null;
  if (second !== undefined) refused.push(sentences.notTogether(first.flag, second.flag));
  return { act: first.act, msgid: first.msgid };
}

/** Refuses flags that belong to another command. */
function refuseForeignFlags(
  name: CommandName | undefined,
  flags: Flags,
  refused: string[],
  sentences: Sentences,
): void {
  for (const flag of flags.values.keys()) {
    if (name !== undefined && ALSO_OF[flag]?.includes(name) === true) continue;
    const group = CLIENT_TABLE[flag as keyof typeof CLIENT_TABLE].group;
    if (isCommand(group) && group !== name) refused.push(sentences.belongsTo(flag, group));
  }
}
