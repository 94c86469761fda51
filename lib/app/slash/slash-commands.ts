/** All commands, and the finding of one. */
import type { Words } from "../i18n/words.ts";
import { FILE_COMMANDS } from "./file-commands.ts";
import { TALK_COMMANDS } from "./message-commands.ts";
import { PEOPLE_COMMANDS } from "./people-commands.ts";
import { ROOM_COMMANDS } from "./room-commands.ts";
import { SCREEN_COMMANDS } from "./screen-commands.ts";
import { firstWord, type SlashCommand, type SlashPlace } from "./slash-command.ts";
import { suggest } from "./suggest-command.ts";

const HELP: SlashCommand = {
  name: "help",
  aliases: ["도움말", "도움"],
  arguments: "command",
  help: "help",
  run({ words, note }, rest) {
    const [word] = firstWord(rest);
    const one = word === "" ? null : findCommand(word.replace(/^\//, ""));
    if (one !== null) note(`${usageOf(one, words)}: ${words.slash.help[one.help]}`);
    else {
      const rows = COMMANDS.map((row) => `${usageOf(row, words)}: ${words.slash.help[row.help]}`);
      note(
        [words.slash.helpTitle, ...rows, words.slash.helpKeys, words.slash.helpSigns].join("\n"),
      );
    }
  },
};

/** In the order in which /help lists them. */
export const COMMANDS: readonly SlashCommand[] = [
  ...ROOM_COMMANDS,
  ...TALK_COMMANDS,
  ...FILE_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...SCREEN_COMMANDS,
  HELP,
];

/** Every name of every command, the first names first: what Tab goes through. */
export function commandNames(): string[] {
  return [...COMMANDS.map((one) => one.name), ...COMMANDS.flatMap((one) => one.aliases)];
}

export function findCommand(name: string): SlashCommand | null {
  const asked = name.normalize("NFC").toLowerCase();
  return COMMANDS.find((one) => one.name === asked || one.aliases.includes(asked)) ?? null;
}

/** How a command is written: in Korean by its first Korean name. */
export function usageOf(one: SlashCommand, words: Words): string {
  const korean = words.languageName === "한국어" ? one.aliases[0] : undefined;
  const name = korean !== undefined && /\p{Script=Hangul}/u.test(korean) ? korean : one.name;
  return `/${name} ${words.slash.arguments[one.arguments]}`.trimEnd();
}

/** Carries a whole line out (`/join #tea`). Nothing that isn't a command ever leaves this machine. */
export function runSlash(slash: SlashPlace, line: string): void {
  const [typed, rest] = firstWord(line.slice(1));
  const { words } = slash;
  const one = findCommand(typed);
  if (one === null) {
    const meant = suggest(typed, commandNames());
    const shown = typed.length > NAME_SHOWN_MAX ? `${typed.slice(0, NAME_SHOWN_MAX)}…` : typed;
    slash.note(
      meant === null ? words.slash.unknown(shown) : words.slash.unknownSuggest(shown, meant),
      "bad",
    );
    return;
  }
  const usage = (): void => slash.note(words.slash.usage(usageOf(one, words)), "bad");
  one.run({ ...slash, usage }, rest.trim());
}

/** A path or a sentence that begins with a slash isn't said back whole. */
const NAME_SHOWN_MAX = 24;
