/** /bind, /unbind, /alias and /unalias: the user's own keys and commands. */
import { parseKeys, showKeys } from "../../terminal/key-names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import {
  actionNames,
  bindProblemSentence,
  makeKeyMap,
  readBinding,
} from "../chat-screen/keys/key-map.ts";
import { aliasKey, findAlias, isAliasName } from "./alias.ts";
import { targetText } from "./key-entries.ts";
import { configurationProblem } from "./setting-commands.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

const DEFAULT_WORDS = ["default", "기본값"];
/** How a row of `[bind]` says that a key does nothing. */
const NONE = "none";

/** /bind, /unbind, /alias and /unalias. */
export const KEY_COMMANDS: readonly SlashCommand[] = [
  {
    name: "bind",
    aliases: ["키지정"],
    arguments: "bind",
    help: "bind",
    needsConnection: false,
    complete: ({ input }, words) =>
      words.length < 2
        ? [...input.keyMap.keys.keys()].filter((key) => !key.includes(" ")).map((key) => `${key} `)
        : [...actionNames(), NONE, DEFAULT_WORDS[0] ?? ""],
    run: bind,
  },
  {
    name: "unbind",
    aliases: ["키해제"],
    arguments: "keyName",
    help: "unbind",
    needsConnection: false,
    complete: ({ input }) => [...input.keyMap.keys.values()].map(({ key }) => key),
    run: unbind,
  },
  {
    name: "alias",
    aliases: ["별칭"],
    arguments: "alias",
    help: "alias",
    needsConnection: false,
    complete: ({ input }) => Object.keys(input.aliases).map((name) => `${name} = `),
    run: setAlias,
  },
  {
    name: "unalias",
    aliases: ["별칭삭제"],
    arguments: "aliasName",
    help: "unalias",
    needsConnection: false,
    complete: ({ input }) => Object.keys(input.aliases),
    run: removeAlias,
  },
];

/** Splits "ctrl-g search", "ctrl-x ctrl-g = search" and "alt-x /away lunch" into the keys and what they are bound to. */
function parseBind(rest: string): readonly [keys: string, target: string] {
  const [beforeEquals, afterEquals] = splitAtEquals(rest);
  if (afterEquals !== null) return [unquoted(beforeEquals), unquoted(afterEquals)];
  const command = / \/\S/.exec(rest);
  if (command !== null) {
    return [unquoted(rest.slice(0, command.index)), rest.slice(command.index + 1).trim()];
  }
  const words = rest.split(/\s+/);
  // Without an action behind it, it is a question about the keys.
  if (typeof parseKeys(unquoted(rest)) === "string") return [unquoted(rest), ""];
  return [unquoted(words.slice(0, -1).join(" ")), words.at(-1) ?? ""];
}

function bind(context: SlashContext, rest: string): void {
  const { input, note, words, showUsage } = context;
  if (rest === "") return showUsage();
  const [written, target] = parseBind(rest);
  if (written === "") return showUsage();
  if (target === "") return explainKey(context, written);
  if (DEFAULT_WORDS.includes(target.toLowerCase())) return backToDefault(context, written);
  const binding = readBinding(written, target);
  if ("kind" in binding) return note(sanitize(bindProblemSentence(binding, words)), "bad");
  const why = changeBindings(context, binding.key, binding.target);
  if (why !== null) return note(why, "bad");
  const bound = input.keyMap.keys.get(binding.key);
  const text = bound === undefined ? target : targetText(bound, words);
  note(words.keys.bound(showKeys(binding.key), sanitize(text)));
}

function explainKey({ input, note, words }: SlashContext, written: string): void {
  const keys = parseKeys(written);
  if (typeof keys === "object") {
    const problem = { kind: "key", written, problem: keys.problem } as const;
    return note(sanitize(bindProblemSentence(problem, words)), "bad");
  }
  const bound = input.keyMap.keys.get(keys);
  if (bound === undefined) return note(words.keys.notBound(showKeys(keys)));
  note(words.keys.bound(showKeys(keys), sanitize(targetText(bound, words))));
}

function backToDefault(context: SlashContext, written: string): void {
  const { input, note, words } = context;
  const keys = parseKeys(written);
  if (typeof keys === "object") return explainKey(context, written);
  const why = changeBindings(context, keys, null);
  if (why !== null) return note(why, "bad");
  const bound = input.keyMap.keys.get(keys);
  if (bound === undefined) return note(words.keys.unbound(showKeys(keys)));
  note(words.keys.backToDefault(showKeys(keys), sanitize(targetText(bound, words))));
}

/** Takes a key of the user's own away; one that the table has does nothing then. */
function unbind(context: SlashContext, rest: string): void {
  const { input, note, words, showUsage } = context;
  const written = unquoted(rest);
  if (written === "") return showUsage();
  const keys = parseKeys(written);
  if (typeof keys === "object") return explainKey(context, written);
  const isUsual = makeKeyMap(input.keyMap.style).keys.has(keys);
  if (!isUsual && !input.keyMap.keys.has(keys)) return note(words.keys.notBound(showKeys(keys)));
  const why = changeBindings(context, keys, isUsual ? NONE : null);
  note(why ?? words.keys.unbound(showKeys(keys)), why === null ? "info" : "bad");
}

/** Writes a key into `[bind]`. Returns a sentence about what failed, or null. */
function changeBindings(context: SlashContext, key: string, target: string | null): string | null {
  return changeRow(context, "bind", key, target, (written) => parseKeys(written) === key);
}

function changeAlias(context: SlashContext, name: string, text: string | null): string | null {
  return changeRow(context, "alias", name, text, (written) => aliasKey(written) === name);
}

/** Writes a row of client.toml in place of those that are the same in another spelling. */
function changeRow(
  { ports, words }: SlashContext,
  section: "bind" | "alias",
  name: string,
  value: string | null,
  isSame: (written: string) => boolean,
): string | null {
  const { configuration } = ports;
  const others = Object.keys(configuration.sections[section]).filter(
    (written) => written !== name && isSame(written),
  );
  for (const written of others) {
    const why = configuration.changeRow(section, written, null);
    if (why !== null) return configurationProblem({ ports, words }, why);
  }
  const why = configuration.changeRow(section, name, value);
  return why === null ? null : configurationProblem({ ports, words }, why);
}

/** Handles `/alias`, `/alias NAME` and `/alias NAME = TEXT`. */
function setAlias(context: SlashContext, rest: string): void {
  const { input, note, words } = context;
  const { aliases } = input;
  if (rest === "") {
    const lines = Object.entries(aliases).map(([name, text]) => words.alias.list(name, text));
    return note(lines.length === 0 ? words.alias.none : sanitizedLines(lines));
  }
  const [first, more] = firstWord(rest);
  const typedName = first.replace(/=$/, "").replace(/^\//, "");
  const text = (first.endsWith("=") ? more : more.replace(/^=\s*/, "")).trim();
  if (text === "") {
    const alias = findAlias(aliases, typedName);
    if (alias !== null) return note(sanitize(words.alias.list(aliasKey(typedName), alias)));
    return note(words.alias.unknown(sanitize(typedName)), "bad");
  }
  if (!isAliasName(typedName)) return note(words.alias.badName(sanitize(typedName)), "bad");
  const name = aliasKey(typedName);
  const why = changeAlias(context, name, unquoted(text));
  if (why !== null) return note(why, "bad");
  const sentence = sanitize(words.alias.set(name, unquoted(text)));
  note(context.isCommandName(name) ? `${sentence}\n${words.alias.inPlace(name)}` : sentence);
}

function removeAlias(context: SlashContext, rest: string): void {
  const { input, note, words, showUsage } = context;
  const name = aliasKey(rest.replace(/^\//, ""));
  if (name === "") return showUsage();
  if (findAlias(input.aliases, name) === null) {
    return note(words.alias.unknown(sanitize(name)), "bad");
  }
  const why = changeAlias(context, name, null);
  if (why !== null) return note(why, "bad");
  note(words.alias.removed(sanitize(name)));
}

function sanitizedLines(lines: readonly string[]): string {
  return lines.map(sanitize).join("\n");
}

function splitAtEquals(text: string): readonly [before: string, after: string | null] {
  const match = /^(.*?\S)\s+=\s+(.*)$/s.exec(text);
  return match === null ? [text, null] : [match[1] ?? "", match[2] ?? ""];
}

/** Quotes are from the habit of client.toml. */
function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^"[^"]*"$/.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}
