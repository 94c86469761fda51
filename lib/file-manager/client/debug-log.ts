import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from "node:fs";
import { fsErrorText } from "../disk/fs-errors.ts";
import { PRIVATE_FILE } from "../disk/replace-file.ts";

/** The first line of the file, for a person who gets it from someone else. */
const HEADER =
  "This is a trace of Sodam's client. It holds what people said. Passwords are masked.\n";

/**
 * Opens the file of `--debug-log`, which only its owner can read (mode 0600), and appends to it. Returns
 * a function that writes one line, with its newline; or a sentence when the file can't be written. Later failures
 * are ignored: a full disk must not end a conversation.
 */
export function openDebugLog(
  path: string,
): { readonly write: (line: string) => void } | { readonly refused: string } {
  let file: number | null = null;
  try {
    file = openSync(path, "a", PRIVATE_FILE);
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error("it is not a file");
    // A file that was there before may be readable for others.
    fchmodSync(file, PRIVATE_FILE);
    if (stat.size === 0) writeSync(file, HEADER);
  } catch (error) {
    if (file !== null) closeSync(file);
    return {
      refused: `${path} can't be written (${fsErrorText(error)}): choose another file for --debug-log`,
    };
  }
  const opened = file;
  return {
    write(line) {
      try {
        writeSync(opened, line);
      } catch {
        // See above.
      }
    },
  };
}
