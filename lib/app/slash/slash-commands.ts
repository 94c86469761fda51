/** The table of all slash commands, looking one up, and running a typed line. */
import type { Words } from "../i18n/words.ts";
import { CLOSING_COMMANDS } from "./closing-commands.ts";
import { FILE_COMMANDS } from "./file-commands.ts";
import { helpSections } from "./help-entries.ts";
import { MESSAGE_COMMANDS } from "./message-commands.ts";
import { MODERATION_COMMANDS } from "./moderation-commands.ts";
import { OPERATOR_COMMANDS } from "./operator-commands.ts";
import { PEOPLE_COMMANDS } from "./people-commands.ts";
import { ROOM_COMMANDS } from "./room-commands.ts";
import { ROOM_SETTINGS } from "./room-settings.ts";
import { SCREEN_COMMANDS } from "./screen-commands.ts";
import { SCRIPT_COMMANDS } from "./script-commands.ts";
import { SERVER_COMMANDS } from "./server-commands.ts";
import {
  commandAndRest,
  firstWord,
  formatUsage,
  type SlashCommand,
  type SlashHost,
} from "./slash-command.ts";
import { suggestCommand } from "./suggest-command.ts";

/** An unknown name is repeated up to this length: it may be a path or a sentence. */
const UNKNOWN_NAME_LENGTH_MAX = 24;

const HELP: SlashCommand = {
  name: "help",
  aliases: ["도움말", "도움"],
  arguments: "command",
  help: "help",
  needsConnection: false,
  run({ words, note, openHelp }, rest) {
    const [name] = firstWord(rest);
    const command = name === "" ? null : findCommand(name.replace(/^\//, ""));
    if (command !== null) return note(helpLine(command, words));
    if (openHelp !== null) return openHelp(rest);
    const sections = helpSections(SLASH_COMMANDS, words, rest);
    const lines = sections.flatMap(({ title, entries }) => [
      `— ${title}`,
      ...entries.map((entry) => `${entry.title}: ${entry.text}`),
    ]);
    note(lines.length === 0 ? words.help.none : lines.join("\n"));
  },
};

/** All commands. help-entries.ts has the groups and the order in which /help lists them. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  ...ROOM_COMMANDS,
  ROOM_SETTINGS,
  ...MODERATION_COMMANDS,
  ...CLOSING_COMMANDS,
  ...MESSAGE_COMMANDS,
  ...FILE_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...OPERATOR_COMMANDS,
  ...SCREEN_COMMANDS,
  ...SCRIPT_COMMANDS,
  ...SERVER_COMMANDS,
  HELP,
];

/** Returns every name of every command, main names first: the order in which Tab offers them. */
export function commandNames(): string[] {
  return [
    ...SLASH_COMMANDS.map(({ name }) => name),
    ...SLASH_COMMANDS.flatMap(({ aliases }) => aliases),
  ];
}

/** Returns whether a command of the program has this name, in any case. */
export function isCommandName(name: string): boolean {
  return findCommand(name) !== null;
}

/** Returns the command of a name or an alias, in any case and without its slash, or null. */
function findCommand(name: string): SlashCommand | null {
  const key = name.normalize("NFC").toLowerCase();
  return (
    SLASH_COMMANDS.find((command) => command.name === key || command.aliases.includes(key)) ?? null
  );
}

/**
 * Runs a typed command line (`/join #tea`). An unknown command gets a note, with a suggestion if one
 * name is close; no part of it is sent to the server.
 */
export function runSlash(host: SlashHost, line: string): void {
  const [name, rest] = commandAndRest(line);
  const command = findCommand(name);
  if (command === null && host.scripts?.runCommand(host, name, rest.trim()) === true) return;
  if (command === null) return host.note(unknownSentence(name, host.words), "bad");
  const showUsage = (): void =>
    host.note(host.words.slash.usage(formatUsage(command, host.words)), "bad");
  if (command.needsConnection && host.session.state.phase.kind !== "ready") {
    return host.note(host.words.slash.notConnected, "bad");
  }
  command.run({ ...host, showUsage }, rest.trim());
}

function helpLine(command: SlashCommand, words: Words): string {
  return `${formatUsage(command, words)}: ${words.slash.help[command.help]}`;
}

function unknownSentence(name: string, words: Words): string {
  const suggestion = suggestCommand(name, commandNames());
  const isLong = name.length > UNKNOWN_NAME_LENGTH_MAX;
  const shown = isLong ? `${name.slice(0, UNKNOWN_NAME_LENGTH_MAX)}…` : name;
  return suggestion === null
    ? words.slash.unknown(shown)
    : words.slash.unknownSuggest(shown, suggestion);
}
