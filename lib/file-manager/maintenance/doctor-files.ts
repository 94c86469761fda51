import { mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { SentFile } from "../../chat-server/files/file-index.ts";
import { previewPath } from "../../protocol/file-paths.ts";
import { sha256OfFile } from "../disk/disk.ts";
import { isThere } from "../disk/folder-entries.ts";
import { placedPaths } from "../files/sweep-files.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { sentFilesIn } from "../history/sent-files.ts";
import { recordLogPath } from "../record-log/record-file.ts";
import { type Finding, notRepairable, readOr, repairedFolder } from "./doctor-finding.ts";
import type { DoctorWords } from "./doctor-words.ts";

/** What must lie at a path: so many bytes, and of a file their SHA-256. */
interface Expected {
  readonly bytes: number;
  readonly sha256: string | null;
}

/**
 * Checks the files that people sent: each that can be fetched is there, has the bytes that were sent, and is named by a
 * message.
 *
 * @param listed those of rooms.json; `null` if it can't be read
 * @param positions up to which event of each conversation rooms.json goes
 * @param isThorough whether all bytes are read and compared with their hashes
 */
export function examineFiles(
  data: string,
  listed: readonly SentFile[] | null,
  positions: ReadonlyMap<ConversationId, number>,
  isThorough: boolean,
  words: DoctorWords,
): Finding[] {
  const root = join(data, "files");
  const findings: Finding[] = [];
  // The disk first: what a running server is sent meanwhile isn't in it.
  const onDisk = readOr(root, findings, () => [...placedPaths(root)], words);
  const history = join(data, "history");
  // What can't be read of the histories was reported before.
  const unreadable: Finding[] = [];
  const sent = readOr(history, unreadable, () => sentFiles(history), words);
  const expected = new Map<string, Expected>();
  for (const { file } of [...(listed ?? []), ...sent]) {
    expected.set(file.path, { bytes: file.size, sha256: file.sha256 });
    if (file.preview !== undefined) {
      expected.set(previewPath(file), { bytes: file.preview, sha256: null });
    }
  }
  // Those that rooms.json would have and hasn't are older than files are kept.
  const ids = new Set(listed?.map(({ file }) => file.id));
  const done = new Set(onDisk);
  for (const { file, conversation, position } of sent) {
    const isListed = ids.has(file.id) || position > (positions.get(conversation) ?? Infinity);
    for (const path of isListed ? pathsOf(file) : []) {
      if (done.has(path)) continue;
      done.add(path);
      const place = join(root, path);
      const isStillMissing = readOr(place, findings, () => [!isThere(place)], words).includes(true);
      if (isStillMissing) findings.push(notRepairable(place, words.fileMissing));
    }
  }
  // Messages that can't be read, or that only the log of records has, may name the others.
  const mayBeNamed = listed === null || unreadable.length > 0 || isThere(recordLogPath(data));
  for (const path of onDisk) {
    const place = join(root, path);
    const facts = expected.get(path);
    const check = () => [facts === undefined ? words.fileUnnamed : problemOf(place, facts)];
    const [problem] = readOr(place, findings, check, words);
    if (!problem || (facts === undefined && mayBeNamed)) continue;
    const run = (): void => moveAway(data, path);
    findings.push({ path: place, problem, repair: { summary: words.moveFile, run } });
  }
  return findings;

  function problemOf(path: string, { bytes, sha256 }: Expected): string | null {
    const { size } = statSync(path);
    if (size !== bytes) return words.fileSize(size, bytes);
    return isThorough && sha256 !== null && sha256OfFile(path) !== sha256 ? words.fileHash : null;
  }
}

/** Returns where a file and its preview lie. */
function pathsOf(file: SentFile["file"]): string[] {
  return file.preview === undefined ? [file.path] : [file.path, previewPath(file)];
}

function sentFiles(history: string): SentFile[] {
  return conversationIdsIn(history).flatMap((id) => [...sentFilesIn(join(history, id), id)]);
}

function moveAway(data: string, path: string): void {
  const target = join(repairedFolder(data), "files", path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  renameSync(join(data, "files", path), target);
}
