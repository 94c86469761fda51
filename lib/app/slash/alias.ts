/** Aliases: the user's own commands, each of which stands for lines with places for what is typed behind it. */
import { commandAndRest, isCommandLine } from "./slash-command.ts";

/** Aliases by name, without the slash, as client.toml has them under `[alias]`: `{ "bye": "/away gone: $*" }`. */
export type Aliases = Readonly<Record<string, string>>;

/** Lines that one typed line may run: aliases can call each other. */
const LINES_MAX = 30;
/** `$1`, `$2-` (from the second word on), `$*`, `$$`. */
const PLACE = /\$(?:([1-9])(-?)|(\*)|(\$))/g;
/** Several lines are parted by a semicolon before a slash. */
const NEXT_LINE = /\s*;\s*(?=\/)/;

/** Why a line can't be expanded: an alias that leads to itself, or too many lines. */
export type AliasProblem =
  | { readonly kind: "loop"; readonly name: string }
  | { readonly kind: "too-many" };

/** Returns whether a name can be an alias: one word of letters, digits, "-" and "_". */
export function isAliasName(name: string): boolean {
  return /^[\p{L}\p{N}_-]{1,32}$/u.test(name);
}

/** Returns an alias's text by its name, in any case; null when there is none. */
export function findAlias(aliases: Aliases, name: string): string | null {
  const key = aliasKey(name);
  return Object.hasOwn(aliases, key) ? (aliases[key] ?? null) : null;
}

/** Returns how the name of an alias is stored. */
export function aliasKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * Returns the lines that a typed command line stands for: itself, if it is no alias. Within its own text an alias is the
 * program's command of that name, so that `join = /join $1` works.
 */
export function expandLine(
  aliases: Aliases,
  line: string,
  isCommand: (name: string) => boolean,
): readonly string[] | AliasProblem {
  const lines: string[] = [];
  const expand = (text: string, inUse: readonly string[]): AliasProblem | null => {
    if (lines.length >= LINES_MAX) return { kind: "too-many" };
    const [name, rest] = isCommandLine(text) ? commandAndRest(text) : ["", ""];
    const alias = name === "" ? null : findAlias(aliases, name);
    if (alias === null || inUse.includes(aliasKey(name))) {
      if (alias !== null && !isCommand(name)) return { kind: "loop", name };
      lines.push(text);
      return null;
    }
    for (const part of fillPlaces(alias, rest).split(NEXT_LINE)) {
      const problem = expand(part, [...inUse, aliasKey(name)]);
      if (problem !== null) return problem;
    }
    return null;
  };
  return expand(line, []) ?? lines;
}

/** Puts what was typed into the places; without a place it comes behind. */
function fillPlaces(alias: string, rest: string): string {
  const words = rest.trim() === "" ? [] : rest.trim().split(/\s+/);
  let hasPlace = false;
  const filled = alias.replace(PLACE, (_, digit, isOpen, isAll, isDollar) => {
    if (isDollar !== undefined) return "$";
    hasPlace = true;
    if (isAll !== undefined) return rest.trim();
    const index = Number(digit) - 1;
    return isOpen === "-" ? words.slice(index).join(" ") : (words[index] ?? "");
  });
  return hasPlace ? filled.trimEnd() : `${filled} ${rest.trim()}`.trimEnd();
}
