/** A path behind a command, as it is typed: with quotes or backslashes where it has spaces, and completed by Tab. */
import { sanitize } from "../../terminal/sanitize.ts";

/** A caption of so many words can't be a part of the path any more. */
const PATH_WORDS_MAX = 30;

/** How paths are written: where a backslash stands between folders, it escapes nothing. */
export type PathStyle = "posix" | "windows";

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** The path at the beginning of a text, and what follows it. `quote`: the one that doesn't end in the text. */
interface LeadingPath {
  readonly path: string;
  readonly rest: string | null;
  readonly quote: string;
}

/**
 * Splits `PATH [caption]`. A path with spaces needs no quotes where no other file is meant: of the words, so many are the
 * path as `exists` says.
 *
 * @example splitPath("our plan.pdf please read", "posix", exists) // { path: "our plan.pdf", caption: "please read" }
 */
export function splitPath(
  text: string,
  style: PathStyle,
  exists: (path: string) => boolean,
): { readonly path: string; readonly caption: string } {
  const { path, rest } = leadingPath(text, style);
  const first = { path, caption: rest?.trim() ?? "" };
  if (first.caption === "" || exists(path)) return first;
  const spaces = [...text.matchAll(/\s+|$/g)].slice(0, PATH_WORDS_MAX);
  for (const { index, 0: space } of spaces) {
    const longer = text.slice(0, index);
    if (exists(longer)) return { path: longer, caption: text.slice(index + space.length) };
  }
  return first;
}

/**
 * Returns what may stand in place of the last of the words behind a command, for Tab: files and folders that begin as what
 * was typed. null: the path has ended, and a caption is being typed.
 *
 * @param list returns the entries of a folder as it was typed, "" for the current one
 */
export function pathCandidates(
  words: readonly string[],
  style: PathStyle,
  list: (folder: string) => readonly FolderEntry[],
): readonly string[] | null {
  const typed = words.join(" ");
  const { path, rest, quote } = leadingPath(typed, style);
  if (rest !== null) return null;
  const separators = style === "windows" ? /[\\/]/g : /\//g;
  const cut = Math.max(-1, ...[...path.matchAll(separators)].map(({ index }) => index)) + 1;
  const [folder, beginning] = [path.slice(0, cut), path.slice(cut)];
  const separator = style === "windows" && !folder.includes("/") ? "\\" : "/";
  const start = typed.lastIndexOf(" ") + 1;
  return list(folder)
    .filter(({ name }) => name.startsWith(".") === beginning.startsWith("."))
    .filter(({ name }) => sanitize(name) === name.normalize("NFC"))
    .map(({ name, isFolder }) => ({ whole: folder + name + (isFolder ? separator : ""), isFolder }))
    .map(({ whole, isFolder }) => written(whole, isFolder, quote, style))
    .filter((candidate) => candidate.startsWith(typed.slice(0, start)))
    .toSorted()
    .map((candidate) => candidate.slice(start));
}

/** Returns a path as it is written behind a command. A folder's is left open, so that one can type on. */
function written(path: string, isFolder: boolean, quote: string, style: PathStyle): string {
  const end = isFolder ? "" : " ";
  if (style === "windows") {
    const isQuoted = quote !== "" || /\s/.test(path);
    return isQuoted ? `"${path}${isFolder ? "" : '"'}${end}` : path + end;
  }
  if (quote === "'" && !path.includes("'")) return `'${path}${isFolder ? "" : "'"}${end}`;
  if (quote === '"') {
    return `"${path.replaceAll(/["\\$`]/g, "\\$&")}${isFolder ? "" : '"'}${end}`;
  }
  return path.replaceAll(/[\s'"\\]/g, "\\$&") + end;
}

/** Reads the first word of a text, in which quotes and backslashes keep spaces. */
function leadingPath(text: string, style: PathStyle): LeadingPath {
  let path = "";
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    const isEscape = style === "posix" && character === "\\" && quote !== "'";
    const opens = character === '"' || (style === "posix" && character === "'");
    if (quote !== "" && character === quote) quote = "";
    else if (isEscape && index + 1 < text.length) path += text[++index];
    else if (quote === "" && opens) quote = character;
    else if (quote === "" && /\s/.test(character)) {
      return { path, rest: text.slice(index), quote };
    } else path += character;
  }
  return { path, rest: null, quote };
}
