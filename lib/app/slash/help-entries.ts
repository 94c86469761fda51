/** What `/help` shows: commands and keys in groups, the everyday first, as far as they fit a query. */
import { sanitize } from "../../terminal/sanitize.ts";
import type { KeyMap } from "../chat-screen/keys/key-map.ts";
import type { Words } from "../i18n/words.ts";
import type { InputTable } from "../input-table.ts";
import { fitsQuery, type HelpEntry, type HelpSection } from "./help-query.ts";
import { keySections } from "./key-entries.ts";
import { formatUsage, type SlashCommand } from "./slash-command.ts";

type HelpWord = keyof Words["slash"]["help"];
type HelpGroup = "talking" | "rooms" | "people" | "moderation" | "server";

/** The group of each command, by the key of its explanation. The order here is the order on the page. */
const GROUPS: Readonly<Record<HelpWord, HelpGroup>> = {
  ...group("talking", "msg", "select", "reply", "thread", "react", "edit", "delete", "retry", "me"),
  ...group("talking", "file", "files", "save", "stop"),
  ...group("talking", "search", "export"),
  ...group("rooms", "join", "leave", "create", "list", "invite", "names", "topic", "pin", "mute"),
  ...group("rooms", "notify", "move", "split", "clear"),
  ...group("rooms", "link", "key", "inviteOnly", "room", "mode"),
  ...group("people", "block", "unblock", "highlight", "spare", "timeZone"),
  ...group("people", "person", "whois", "nick", "away", "back", "password", "devices", "sessions"),
  ...group("people", "secondFactor", "bots", "myData", "forgetMe"),
  ...group("moderation", "kick", "ban", "unban", "unmute", "bans", "op", "deop", "slow", "filter"),
  ...group("moderation", "approval", "requests", "approve", "decline", "report", "reports", "log"),
  ...group("moderation", "close", "reopen", "drop"),
  ...group("server", "set", "keys", "bind", "unbind", "alias", "unalias"),
  ...group("server", "menu", "help", "connect", "disconnect", "invitations", "reconnect", "quit"),
  ...group("server", "script", "trust", "encoding", "serviceLanguage"),
  ...group("server", "suspend", "unsuspend", "renameAccount", "removeAccount", "grade", "takeover"),
};
const WORDS_IN_ORDER = Object.keys(GROUPS) as HelpWord[];
const GROUPS_IN_ORDER: readonly HelpGroup[] = [
  ...(["talking", "rooms", "people", "moderation", "server"] as const),
];

function group<Word extends HelpWord, Group extends HelpGroup>(
  name: Group,
  ...words: Word[]
): Record<Word, Group> {
  return Object.fromEntries(words.map((word) => [word, name])) as Record<Word, Group>;
}

/** Returns the groups in order, with the entries in which every word of the query occurs. */
export function helpSections(
  commands: readonly SlashCommand[],
  words: Words,
  query: string,
  input: Pick<InputTable, "aliases" | "commands" | "keyMap">,
): HelpSection[] {
  const { groups, signs } = words.help;
  const sections: HelpSection[] = GROUPS_IN_ORDER.map((name) => ({
    title: groups[name],
    entries: WORDS_IN_ORDER.filter((word) => GROUPS[word] === name).flatMap((word) =>
      commands
        .filter(({ help }) => help === word)
        .filter((command) =>
          fitsQuery(query, entryOf(command, words), [command.name, ...command.aliases]),
        )
        .map((command) => entryOf(command, words)),
    ),
  }));
  const [everyday, line] = helpOfKeys(input.keyMap, words, query);
  sections.splice(1, 0, { title: groups.own, entries: ownEntries(input, query) }, everyday);
  const signEntries = Object.entries(signs).map(([title, text]) => entry(title, text));
  sections.push(line, {
    title: groups.signs,
    entries: signEntries.filter((each) => fitsQuery(query, each, [])),
  });
  return sections.filter(({ entries }) => entries.length > 0);
}

/** Returns the keys for the help: all in one group, but for those of the input line, which most people know. */
function helpOfKeys(
  keyMap: KeyMap,
  words: Words,
  query: string,
): readonly [everyday: HelpSection, line: HelpSection] {
  const sections = keySections(keyMap, words, query, false);
  const isLine = ({ title }: HelpSection): boolean => title === words.keys.groups.line;
  const entriesOf = (some: readonly HelpSection[]) => some.flatMap(({ entries }) => entries);
  return [
    {
      title: words.help.groups.keys,
      entries: entriesOf(sections.filter((section) => !isLine(section))),
    },
    { title: words.help.groups.line, entries: entriesOf(sections.filter(isLine)) },
  ];
}

/** Returns the user's aliases, and the commands of scripts. */
function ownEntries(
  { aliases, commands }: Pick<InputTable, "aliases" | "commands">,
  query: string,
): HelpEntry[] {
  return [
    ...Object.entries(aliases).map(([name, text]) => entry(`/${name}`, sanitize(text), true)),
    ...commands
      .filter(({ isOtherName }) => isOtherName !== true)
      .map(({ name, usage, help }) =>
        entry(`/${name} ${sanitize(usage)}`.trimEnd(), sanitize(help), true),
      ),
  ].filter((each) => fitsQuery(query, each, []));
}

function entry(title: string, text: string, isCommand = false): HelpEntry {
  return { title, text, command: isCommand ? `${title.split(" ")[0]} ` : null };
}

function entryOf(command: SlashCommand, words: Words): HelpEntry {
  return entry(formatUsage(command, words), words.slash.help[command.help], true);
}
