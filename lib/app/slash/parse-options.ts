/** What somebody typed behind a command. */
export interface ParsedOptions {
  /** A phrase in quotes is one, with its quotes. */
  readonly words: readonly string[];
  /** By name, "--" included; "" where an option takes no word. */
  readonly options: ReadonlyMap<string, string>;
}

/**
 * Parts words and options, which may stand anywhere among the words. `null`: there is no such option, or one that
 * takes a word has none.
 *
 * @param withWord options that take a word
 * @param alone options that stand alone
 * @example readTyped('"green tea" --by jun', ["--by"], []) // words: ['"green tea"'], options: --by → jun
 */
export function parseOptions(
  text: string,
  withWord: readonly string[],
  alone: readonly string[],
): ParsedOptions | null {
  const parts = text.match(/"[^"]*"?|\S+/g) ?? [];
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] ?? "";
    if (alone.includes(part)) options.set(part, "");
    else if (withWord.includes(part)) {
      const word = withoutQuotes(parts[++at] ?? "");
      if (word === "") return null;
      options.set(part, word);
    } else if (part.startsWith("--")) return null;
    else words.push(part);
  }
  return { words, options };
}

/** A name with spaces is written in quotes. */
export function withoutQuotes(word: string): string {
  return word.replace(/^"([^"]*)"?$/, "$1");
}
