/** Command lines in a setting or an environment variable: a program and its arguments. */

/** A word of $VISUAL: bare, with escaped characters, and with parts in quotes. */
const WORD = /(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g;
const PART = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)|([^"'\\]+)/g;

/**
 * Splits a command as a shell does, but for variables, globs and the like, which stay as they are: no shell runs
 * it. On Windows a backslash is a part of a path.
 *
 * @example splitCommand('code --wait "my profile"') // ["code", "--wait", "my profile"]
 */
export function splitCommand(command: string, isWindows = false): string[] {
  const text = isWindows ? command.replaceAll("\\", "\\\\") : command;
  return [...text.matchAll(WORD)].map(([word]) =>
    [...word.matchAll(PART)]
      .map(([, quoted, literal, escaped, bare]) =>
        quoted === undefined ? (literal ?? escaped ?? bare) : quoted.replace(/\\(["\\$`])/g, "$1"),
      )
      .join(""),
  );
}
