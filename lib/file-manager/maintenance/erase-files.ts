import { rmSync } from "node:fs";
import { join } from "node:path";
import type { StoredFile } from "../../chat-server/event.ts";
import { type Author, isAuthor } from "../../protocol/account-id.ts";
import { previewPath } from "../../protocol/file-paths.ts";
import { isJsonObject } from "../../protocol/json-decoder.ts";
import { listOf } from "../disk/json-fields.ts";
import { replaceFileSync } from "../disk/replace-file.ts";
import { formatRecords, readVersionedJson } from "../disk/versioned-json.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { sentFilesIn } from "../history/sent-files.ts";
import { SNAPSHOT_FORMAT } from "../snapshot/snapshot-file.ts";
import { decodeSentFile } from "../snapshot/snapshot-record.ts";

/**
 * Erases the files of an account's messages, whose lines were erased: from rooms.json, and their bytes where no other
 * message names them. No server may use the folder. Throws file-system errors.
 *
 * @param files those of the erased lines
 */
export function eraseFiles(data: string, author: Author, files: readonly StoredFile[]): void {
  const erased = [...files, ...removeFromSnapshot(data, author)];
  if (erased.length === 0) return;
  const named = new Set<string>();
  const root = join(data, "history");
  for (const id of conversationIdsIn(root)) {
    for (const { file } of sentFilesIn(join(root, id), id)) named.add(file.path);
  }
  for (const file of erased) {
    const paths = named.has(file.path) ? [previewPath(file)] : [previewPath(file), file.path];
    for (const path of paths) rmSync(join(data, "files", path), { force: true });
  }
}

/** Takes an author's files out of rooms.json, and returns them. One that can't be read stays as it is. */
function removeFromSnapshot(data: string, author: Author): StoredFile[] {
  const path = join(data, "rooms.json");
  const read = readVersionedJson(path, SNAPSHOT_FORMAT);
  if (read === null || "refused" in read || !isJsonObject(read.content)) return [];
  const removed: StoredFile[] = [];
  const files = listOf(read.content["files"]).filter((entry) => {
    const sent = decodeSentFile(entry);
    if (sent === undefined || !isAuthor(author, sent.by.accountId, sent.time)) return true;
    removed.push(sent.file);
    return false;
  });
  if (removed.length > 0) replaceFileSync(path, formatRecords({ ...read.content, files }));
  return removed;
}
