import { basename } from "node:path";
import { fileOfPreview } from "../protocol/file-paths.ts";
import { isAuditFile } from "./audit/audit-file.ts";
import { dayOfFile } from "./history/day-file.ts";

/*
 * Which files of a data folder hold its data: those that a backup has, and that go to other nodes. The lock, logs of
 * records, keys and temporary files are none of them.
 */

/** In the order in which they must be copied: see `backUp`. */
export const STATE_FILES = [
  "format.json",
  // Of a cluster's node: the other files have all that it names.
  "cluster.json",
  "users.json",
  "users.journal",
  "rooms.json",
  "people.journal",
];

/** The folders of conversations. */
export const HISTORIES = ["history", "gone"];

/** Whether a data folder has data in a file of this path, with "/" between the names. Such a path leads nowhere else. */
export function isDataFile(path: string): boolean {
  const names = path.split("/");
  // A backslash separates names on Windows alone, as `basename` knows.
  const isName = (name: string): boolean => /^[^.]/.test(name) && name === basename(name);
  if (!names.every(isName) || path.includes("\0")) return false;
  const [first = "", , day = ""] = names;
  if (names.length === 1) return STATE_FILES.includes(first) || isAuditFile(first);
  return names.length === 3 && HISTORIES.includes(first) && dayOfFile(day) !== null;
}

/**
 * Whether a path, as {@link isDataFile} takes it, is that of a file which somebody sent, or of its preview. Nodes fetch
 * these by themselves.
 */
export function isSentFile(path: string): boolean {
  const [top, id = "", day = "", name = "", ...more] = path.split("/");
  const isName = (text: string): boolean => text !== "" && text === basename(text);
  return (
    top === "files" &&
    more.length === 0 &&
    !path.includes("\0") &&
    [id, day].every((folder) => isName(folder) && !folder.startsWith(".")) &&
    isName(name) &&
    (!name.startsWith(".") || fileOfPreview(path) !== null)
  );
}

/** Whether a file has lines and is appended to. Its last line may be half written. */
export function isFileOfLines(path: string): boolean {
  return /\.(jsonl|journal)$/.test(path);
}
