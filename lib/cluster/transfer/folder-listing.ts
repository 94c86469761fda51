import { decodeListingLine } from "./transfer-message.ts";
import type { ListedFile } from "./transfer-ports.ts";

/*
 * A listing of a data folder as a content that is fetched like any other: a line of JSON for each file. A folder of a
 * hundred thousand files has one of 20 MB.
 */

/** So many lines take less than a millisecond. */
const LINES_AT_ONCE = 500;
const HEAD = '{"sodam":"folder","version":1}';

/** Yields a listing's text in pieces, each made in less than a millisecond. */
export function* encodeListing(files: readonly ListedFile[]): Generator<string> {
  yield `${HEAD}\n`;
  for (let start = 0; start < files.length; start += LINES_AT_ONCE) {
    const lines = files.slice(start, start + LINES_AT_ONCE);
    yield lines
      .map(({ path, size, hash, mode }) => `${JSON.stringify({ path, size, hash, mode })}\n`)
      .join("");
  }
}

/**
 * Reads a listing. `refused` is a sentence: it isn't one, names a file twice, or has a name that no data folder has, which
 * would lie outside of the folder or be obeyed by a start.
 */
export function decodeListing(
  text: string,
  isFileName: (path: string) => boolean,
): { readonly files: readonly ListedFile[] } | { readonly refused: string } {
  const [head, ...lines] = text.split("\n");
  if (head !== HEAD || lines.pop() !== "") {
    return {
      refused:
        "The leader lists its data folder in a form that this version doesn't know. Bring this node to the leader's version, then start it again.",
    };
  }
  const files: ListedFile[] = [];
  const paths = new Set<string>();
  for (const line of lines) {
    const file = decodeListingLine(line);
    if (file === null || paths.has(file.path) || !isFileName(file.path)) {
      const name = file === null ? line.slice(0, 200) : file.path;
      return {
        refused: `The leader lists ${JSON.stringify(name)}, which this version has in no data folder. Bring this node to the leader's version, then start it again.`,
      };
    }
    paths.add(file.path);
    files.push(file);
  }
  return { files };
}
