/**
 * Words of command lines that people copy into a shell. What a server, a link or a file name could put into one
 * may be meant to run something, so a word is made of listed letters alone: with any other there is no word.
 */

/** Stands in a command line as it is. A "-" at its beginning would make an option of it. */
const PLAIN = /^[A-Za-z0-9_./:+][A-Za-z0-9_./:+-]*$/;
/**
 * Stands in double quotes, which sh, bash, zsh, fish, PowerShell and cmd all take for quotes. Only letters with
 * upper and lower case, and those of Hangul, kana and Chinese: Windows turns some letters of other kinds
 * (ǀ, ǃ, ʺ) into the marks that they look like.
 */
const QUOTED = /^[\p{Ll}\p{Lu}\p{Nd}가-힣ぁ-ゖァ-ヺ一-鿿#_.+ -]+$/u;
const OPTION = /^-/;

/**
 * Writes a text as one word of a command line, for the shells of Unix and Windows alike. Returns `null` if it
 * has a character that a shell could take for itself: leave it out then, or ask for it.
 *
 * @example
 * shellWord("chat.example") // chat.example
 * shellWord("#수다방") // "#수다방"
 * shellWord("#$(id)") // null
 */
export function shellWord(text: string): string | null {
  if (PLAIN.test(text)) return text;
  return QUOTED.test(text) && !OPTION.test(text) ? `"${text}"` : null;
}

/**
 * Returns the shell command that connects to a server.
 *
 * @param program starts the client: "bun client.ts"
 * @param link as `formatLink` of server-link.ts writes it
 * @param options flags that come before it
 */
export function clientCommand(program: string, link: string, options: readonly string[] = []) {
  return [program, ...options, link].join(" ");
}
