/** The table of all slash commands, looking one up, and running a typed line. */
import { sanitize } from "../../terminal/sanitize.ts";
import { en } from "../i18n/en.ts";
import type { Words } from "../i18n/words.ts";
import type { InputTable } from "../input-table.ts";
import { expandLine } from "./alias.ts";
import { ATTENTION_COMMANDS } from "./attention-commands.ts";
import { CLOSING_COMMANDS } from "./closing-commands.ts";
import { FILE_COMMANDS } from "./file-commands.ts";
import { helpSections } from "./help-entries.ts";
import type { HelpSection } from "./help-query.ts";
import { KEY_COMMANDS } from "./key-commands.ts";
import { keySections } from "./key-entries.ts";
import { MESSAGE_COMMANDS } from "./message-commands.ts";
import { MODERATION_COMMANDS } from "./moderation-commands.ts";
import { OPERATOR_COMMANDS } from "./operator-commands.ts";
import { PEOPLE_COMMANDS } from "./people-commands.ts";
import { ROOM_COMMANDS } from "./room-commands.ts";
import { ROOM_SETTINGS } from "./room-settings.ts";
import { SCREEN_COMMANDS } from "./screen-commands.ts";
import { SCRIPT_COMMANDS } from "./script-commands.ts";
import { SERVER_COMMANDS } from "./server-commands.ts";
import { SETTING_COMMANDS } from "./setting-commands.ts";
import { SHARING_COMMANDS } from "./sharing-commands.ts";
import {
  type CompletionHost,
  commandAndRest,
  firstWord,
  formatUsage,
  isCommandLine,
  messageOfLine,
  type SlashCommand,
  type SlashContext,
  type SlashHost,
} from "./slash-command.ts";
import { SPLIT } from "./split-screen.ts";
import { suggestCommand } from "./suggest-command.ts";

/** An unknown name is repeated up to this length: it may be a path or a sentence. */
const UNKNOWN_NAME_LENGTH_MAX = 24;

const HELP: SlashCommand = {
  name: "help",
  aliases: ["도움말", "도움"],
  arguments: "command",
  help: "help",
  needsConnection: false,
  complete: ({ input }) => commandNames(input),
  run(context, rest) {
    const { words, note, openHelp, input } = context;
    const [name] = firstWord(rest);
    const command = name === "" ? null : findCommand(name.replace(/^\//, ""));
    if (command !== null) return note(helpLine(command, words));
    if (openHelp !== null) return openHelp(rest);
    noteHelp(context, helpSections(SLASH_COMMANDS, words, rest, input));
  },
};

const KEYS: SlashCommand = {
  name: "keys",
  aliases: ["단축키"],
  arguments: "words",
  help: "keys",
  needsConnection: false,
  run(context, rest) {
    const { words, openHelp, input } = context;
    if (openHelp !== null) return openHelp(rest, "keys");
    noteHelp(context, keySections(input.keyMap, words, rest, true));
  },
};

/** Prints the help where there is no page for it. */
function noteHelp({ words, note }: SlashContext, sections: readonly HelpSection[]): void {
  const lines = sections.flatMap(({ title, entries }) => [
    `— ${title}`,
    ...entries.map((entry) => `${entry.title}: ${entry.text}`),
  ]);
  note(lines.length === 0 ? words.help.none : lines.join("\n"));
}

/** All commands. help-entries.ts has the groups and the order in which /help lists them. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  ...ROOM_COMMANDS,
  ROOM_SETTINGS,
  ...MODERATION_COMMANDS,
  ...CLOSING_COMMANDS,
  ...ATTENTION_COMMANDS,
  ...MESSAGE_COMMANDS,
  ...FILE_COMMANDS,
  ...SHARING_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...OPERATOR_COMMANDS,
  ...SCREEN_COMMANDS,
  SPLIT,
  ...SCRIPT_COMMANDS,
  ...SETTING_COMMANDS,
  ...KEY_COMMANDS,
  KEYS,
  ...SERVER_COMMANDS,
  HELP,
];

/**
 * Returns every name of every command, main names first: the order in which Tab offers them. A short one of the other
 * names comes before those that begin with it (/알림 before /알림끄기).
 */
export function commandNames({ aliases, commands }: Pick<InputTable, "aliases" | "commands">) {
  return [
    ...SLASH_COMMANDS.map(({ name }) => name),
    ...Object.keys(aliases),
    ...commands.map(({ name }) => name),
    ...SLASH_COMMANDS.flatMap(({ aliases: others }) => others).toSorted(
      (a, b) => a.length - b.length,
    ),
  ];
}

/** Returns the command of a name or an alias, in any case and without its slash, or null. */
function findCommand(name: string): SlashCommand | null {
  const key = name.normalize("NFC").toLowerCase();
  return (
    SLASH_COMMANDS.find((command) => command.name === key || command.aliases.includes(key)) ?? null
  );
}

/**
 * Runs a typed command line (`/join #tea`), or what it stands for. An unknown command gets a note, with a suggestion if one
 * name is close; no part of it is sent to the server.
 */
export function runSlash(host: SlashHost, line: string): void {
  const { input, words } = host;
  const lines = expandLine(input.aliases, line, (name) => isCommandName(name, input));
  if ("kind" in lines) {
    const { loop, tooMany } = words.alias;
    return host.note(lines.kind === "loop" ? loop(sanitize(lines.name)) : tooMany, "bad");
  }
  for (const each of lines) {
    if (isCommandLine(each)) runCommand(host, each);
    else host.say(messageOfLine(each));
  }
}

/** Returns whether a command of the program, or one that was added, has this name, in any case. */
export function isCommandName(name: string, input: InputTable): boolean {
  return findCommand(name) !== null || input.findCommand(name) !== null;
}

function runCommand(host: SlashHost, line: string): void {
  const { input, words } = host;
  const [name, rest] = commandAndRest(line);
  const command = findCommand(name);
  if (command === null) {
    const added = input.findCommand(name);
    if (added !== null) return added.run(host, rest.trim());
    return host.note(unknownSentence(name, words, commandNames(input)), "bad");
  }
  const showUsage = (): void => host.note(words.slash.usage(formatUsage(command, words)), "bad");
  if (command.needsConnection && host.session.state.phase.kind !== "ready") {
    return host.note(words.slash.notConnected, "bad");
  }
  const isOneOf = (other: string): boolean => isCommandName(other, input);
  command.run({ ...host, showUsage, isCommandName: isOneOf }, rest.trim());
}

/**
 * Returns what may stand in place of the last word of a command line, for Tab; null: a name, as in a message.
 *
 * @param line up to the cursor
 */
export function argumentCandidates(host: CompletionHost, line: string): readonly string[] | null {
  const [name, rest] = commandAndRest(line);
  const typed = rest.split(/\s+/);
  const command = findCommand(name);
  if (command === null) return host.input.findCommand(name)?.complete?.(typed) ?? null;
  if (command.complete === undefined) return usageChoices(command, typed, host.words);
  return command.complete(host, typed);
}

/** Returns the words of which a usage says that one stands here ("up|down"), in the user's language, or null. */
function usageChoices(
  command: SlashCommand,
  typed: readonly string[],
  words: Words,
): readonly string[] | null {
  const choicesOf = ({ slash }: Words): string =>
    slash.arguments[command.arguments].split(" ")[typed.length - 1] ?? "";
  const isChoice = /^[a-z]+(\|[a-z]+)+$/.test(choicesOf(en));
  // A room may stand in front of them.
  return isChoice && typed.at(-1)?.startsWith("#") === false ? choicesOf(words).split("|") : null;
}

function helpLine(command: SlashCommand, words: Words): string {
  return `${formatUsage(command, words)}: ${words.slash.help[command.help]}`;
}

function unknownSentence(name: string, words: Words, names: readonly string[]): string {
  const suggestion = suggestCommand(name, names);
  const isLong = name.length > UNKNOWN_NAME_LENGTH_MAX;
  const shown = isLong ? `${name.slice(0, UNKNOWN_NAME_LENGTH_MAX)}…` : name;
  return suggestion === null
    ? words.slash.unknown(shown)
    : words.slash.unknownSuggest(shown, suggestion);
}
