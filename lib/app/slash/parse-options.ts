/** Options of slash commands, and of the same searches and exports elsewhere in the app. */

/** Words and options that were typed after a command. */
interface ParsedOptions {
  /** In order. A phrase in quotes is one word, with its quotes. */
  readonly words: readonly string[];
  /** By name with its "--"; "" for an option without a value. */
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Separates options from words; options may stand anywhere among the words. Returns null for an
 * unknown option and for a missing value.
 *
 * @param withValue options that take a value
 * @param flags options without a value
 * @example parseOptions('"green tea" --by jun', ["--by"], []) // words: ['"green tea"'], options: --by → jun
 */
export function parseOptions(
  text: string,
  withValue: readonly string[],
  flags: readonly string[],
): ParsedOptions | null {
  const parts = text.match(/"[^"]*"?|\S+/g) ?? [];
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index] ?? "";
    if (flags.includes(part)) options.set(part, "");
    else if (withValue.includes(part)) {
      const value = withoutQuotes(parts[++index] ?? "");
      if (value === "") return null;
      options.set(part, value);
    } else if (part.startsWith("--")) return null;
    else words.push(part);
  }
  return { words, options };
}

/** Removes the quotes around a word that holds spaces. */
export function withoutQuotes(word: string): string {
  return word.replace(/^"([^"]*)"?$/, "$1");
}
