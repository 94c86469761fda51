/** What `/help` shows: commands and keys in groups, the everyday first, as far as they fit a query. */
import { hangulToLatin } from "../../protocol/hangul-layout.ts";
import type { Words } from "../i18n/words.ts";
import { formatUsage, type SlashCommand } from "./slash-command.ts";

type HelpWord = keyof Words["slash"]["help"];
type HelpGroup = Exclude<keyof Words["help"]["groups"], "keys" | "signs">;

/** One row: how a command is written or what a key is called, and what it does. */
export interface HelpEntry {
  readonly title: string;
  readonly text: string;
  /** What Enter puts into the input line; null for a key. */
  readonly command: string | null;
}

/** A group of entries under its title. */
export interface HelpSection {
  readonly title: string;
  readonly entries: readonly HelpEntry[];
}

/** The group of each command, by the key of its explanation. The order here is the order on the page. */
const GROUPS: Readonly<Record<HelpWord, HelpGroup>> = {
  ...group("talking", "msg", "select", "reply", "thread", "react", "edit", "delete", "retry", "me"),
  ...group("talking", "search", "export"),
  ...group("rooms", "join", "leave", "create", "list", "invite", "names", "topic", "pin", "mute"),
  ...group("rooms", "link", "key", "inviteOnly", "room", "mode"),
  ...group("people", "person", "whois", "nick", "away", "back", "password", "devices", "sessions"),
  ...group("people", "secondFactor", "bots", "myData", "forgetMe"),
  ...group("moderation", "kick", "ban", "unban", "unmute", "bans", "op", "deop", "slow", "filter"),
  ...group("moderation", "approval", "requests", "approve", "decline", "report", "reports", "log"),
  ...group("moderation", "close", "reopen", "drop"),
  ...group(
    "server",
    "menu",
    "help",
    "connect",
    "disconnect",
    "invitations",
    "reconnect",
    "quit",
    "trust",
    "encoding",
    "script",
  ),
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
): HelpSection[] {
  const { groups, keys, signs } = words.help;
  const sections: HelpSection[] = GROUPS_IN_ORDER.map((name) => ({
    title: groups[name],
    entries: WORDS_IN_ORDER.filter((word) => GROUPS[word] === name).flatMap((word) =>
      commands
        .filter(({ help }) => help === word)
        .filter((command) =>
          fits(query, entryOf(command, words), [command.name, ...command.aliases]),
        )
        .map((command) => entryOf(command, words)),
    ),
  }));
  for (const [title, table] of [
    [groups.keys, keys],
    [groups.signs, signs],
  ] as const) {
    const entries = Object.entries(table).map(([name, text]) => ({
      title: name,
      text,
      command: null,
    }));
    sections.splice(title === groups.keys ? 1 : sections.length, 0, {
      title,
      entries: entries.filter((entry) => fits(query, entry, [])),
    });
  }
  return sections.filter(({ entries }) => entries.length > 0);
}

function entryOf(command: SlashCommand, words: Words): HelpEntry {
  const title = formatUsage(command, words);
  return { title, text: words.slash.help[command.help], command: `${title.split(" ")[0]} ` };
}

/** Returns whether every word of a query occurs in an entry or in one of its names, in either layout. */
function fits(query: string, { title, text }: HelpEntry, names: readonly string[]): boolean {
  const haystack = comparable([title, text, ...names].join(" "));
  const parts = comparable(query)
    .split(/\s+/)
    .map((part) => part.replace(/^\//, ""))
    .filter((part) => part !== "");
  return parts.every(
    (part) => haystack.includes(part) || haystack.includes(comparable(hangulToLatin(part))),
  );
}

function comparable(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
