/**
 * The commands and keys beside the program's own tables: aliases and keys of client.toml, which `/alias` and `/bind` change,
 * and what scripts add. It owns what was added.
 */
import type { Language } from "../protocol/language.ts";
import type { AppSettings } from "./app-settings.ts";
import {
  type BindProblem,
  bindProblemSentence,
  type KeyMap,
  makeKeyMap,
  readBinding,
  type WrittenKeys,
} from "./chat-screen/keys/key-map.ts";
import { wordsFor } from "./i18n/words.ts";
import { aliasKey, isAliasName } from "./slash/alias.ts";
import type { SlashHost } from "./slash/slash-command.ts";

/** A command that isn't in the program's table. */
export interface AddedCommand {
  /** Without the slash, in lower case. */
  readonly name: string;
  /** How the arguments are written; "" for none. */
  readonly usage: string;
  /** What it does, in the user's language: a sentence for the help. */
  readonly help: string;
  /** Whether it is another name of a command that the help lists already. */
  readonly isOtherName?: boolean;
  /** Runs it with the text after the name, trimmed. What it throws is its owner's to catch. */
  run(host: SlashHost, rest: string): void;
  /** Returns what may stand in place of the last of the words typed behind the name, for Tab. */
  complete?(words: readonly string[]): readonly string[];
}

/** The settings that the table follows; they may change while the program runs. */
type InputSettings = Pick<AppSettings, "keys" | "bind" | "alias">;

/** Keys and commands as they are in force now. */
export type InputInForce = Pick<InputTable, "keyMap" | "aliases" | "commands">;

/** Owns the commands and keys that were added, and tells which keys and aliases are in force. */
export class InputTable {
  readonly #settings: InputSettings;
  readonly #commands = new Map<string, AddedCommand>();
  #addedKeys: WrittenKeys = {};
  #madeAliases: { readonly from: unknown; readonly aliases: AppSettings["alias"] } | null = null;
  #made: { readonly from: readonly unknown[]; readonly keyMap: KeyMap } | null = null;

  constructor(settings: InputSettings) {
    this.#settings = settings;
  }

  /** The keys in force now. */
  get keyMap(): KeyMap {
    const { keys, bind } = this.#settings;
    const from = [keys, bind, this.#addedKeys];
    if (this.#made === null || from.some((part, index) => part !== this.#made?.from[index])) {
      this.#made = { from, keyMap: makeKeyMap(keys, bind, this.#addedKeys) };
    }
    return this.#made.keyMap;
  }

  /** The user's aliases. */
  get aliases(): AppSettings["alias"] {
    const from = this.#settings.alias;
    if (this.#madeAliases?.from !== from) {
      const entries = Object.entries(from).map(([name, text]) => [aliasKey(name), text]);
      this.#madeAliases = { from, aliases: Object.fromEntries(entries) };
    }
    return this.#madeAliases.aliases;
  }

  /** The commands that were added, in the order in which they came. */
  get commands(): readonly AddedCommand[] {
    return [...this.#commands.values()];
  }

  /** Returns an added command by its name, in any case; null when there is none. */
  findCommand(name: string): AddedCommand | null {
    return this.#commands.get(aliasKey(name)) ?? null;
  }

  /** Adds a command, in place of an added one of the same name. The returned function takes it away again. */
  addCommand(command: AddedCommand): () => void {
    const key = aliasKey(command.name);
    this.#commands.set(key, command);
    return () => {
      if (this.#commands.get(key) === command) this.#commands.delete(key);
    };
  }

  /**
   * Binds a key ("alt-x") to an action or a command line; the user's own keys come before it. Returns a function that
   * takes it away again, or what is wrong.
   */
  addKey(written: string, target: string): (() => void) | BindProblem {
    const binding = readBinding(written, target);
    if ("kind" in binding) return binding;
    const { key } = binding;
    this.#addedKeys = { ...this.#addedKeys, [key]: target };
    return () => {
      if (this.#addedKeys[key] !== target) return;
      const { [key]: _, ...others } = this.#addedKeys;
      this.#addedKeys = others;
    };
  }
}

/** Returns one sentence for each row of `[bind]` and `[alias]` that can't be. */
export function inputProblems(
  { bind, alias }: Pick<AppSettings, "bind" | "alias">,
  language: Language,
): string[] {
  const words = wordsFor(language);
  const keys = Object.entries(bind).flatMap(([written, target]) => {
    const binding = readBinding(written, target);
    return "kind" in binding ? [bindProblemSentence(binding, words)] : [];
  });
  const names = Object.keys(alias).filter((name) => !isAliasName(name));
  return [...keys, ...names.map((name) => words.alias.badName(name))];
}
