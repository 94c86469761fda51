import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FsErrorKind, fsErrorKind } from "../disk/fs-errors.ts";
import { removeOnExit } from "../disk/remove-on-exit.ts";
import { PRIVATE_FILE, removeLeftover } from "../disk/replace-file.ts";
import { readText } from "../disk/text-file.ts";

type Edited<Failure> =
  | { readonly kind: "edited"; readonly text: string }
  | { readonly kind: "no-file"; readonly path: string; readonly why: FsErrorKind }
  | Failure;

/**
 * Lets a program edit a text in a temporary file that only this user can read. The file is gone afterwards, whatever ends
 * the program or this process.
 *
 * @param id a random part of the file's name
 * @param edit resolves when the program has ended: to null, or to why it failed
 */
export async function editInFile<Failure>(
  text: string,
  id: string,
  edit: (path: string) => Promise<Failure | null>,
): Promise<Edited<Failure>> {
  const path = join(tmpdir(), `sodam-message-${id}.txt`);
  try {
    // Never into a file, or through a link, that somebody else has put there.
    writeFileSync(path, text === "" ? "" : `${text}\n`, { mode: PRIVATE_FILE, flag: "wx" });
  } catch (error) {
    return { kind: "no-file", path, why: fsErrorKind(error) };
  }
  const keepFile = removeOnExit(path);
  try {
    const failure = await edit(path);
    return failure ?? { kind: "edited", text: readText(path) ?? text };
  } finally {
    removeLeftover(path);
    keepFile();
  }
}
