import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, StoredFile } from "../../chat-server/event.ts";
import { type Author, isAuthor } from "../../protocol/account-id.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOfFile } from "../history/day-file.ts";
import { isAuthoredBy } from "../history/pending-rewrites.ts";
import { sentFilesIn } from "../history/sent-files.ts";
import { eraseText, parseStoredEvent } from "../history/stored-event.ts";
import { linesOf, rewriteLines } from "./doctor-finding.ts";
import { eraseFiles } from "./erase-files.ts";
import { type MaintenanceResult, succeeded } from "./maintenance-result.ts";

/**
 * Erases an account's messages from all histories: sender, time and conversation stay, so that replies keep their
 * target; texts, reactions, edits and files go. For the owner, on a user's request. No server may use the folder. Throws
 * file system errors.
 *
 * @param name how to call the account in the result
 * @returns `count`: how many lines were erased
 */
export function eraseOffline(
  data: string,
  author: Author,
  name: string,
): MaintenanceResult & { readonly count: number } {
  let [count, conversations] = [0, 0];
  const files: StoredFile[] = [];
  // "gone" holds conversations that were removed and can't be reached any more.
  const folders = ["history", "gone"].flatMap((name) => {
    const root = join(data, name);
    return conversationIdsIn(root).map((id) => ({ id, folder: join(root, id) }));
  });
  for (const { id, folder } of folders) {
    let countInFolder = 0;
    for (const { file, by, time } of sentFilesIn(folder, id)) {
      if (isAuthor(author, by.accountId, time)) files.push(file);
    }
    for (const file of readdirSync(folder)) {
      if (dayOfFile(file) === null) continue;
      const path = join(folder, file);
      const isAuthored = (line: string) => isSaidBy(line, id, author);
      const lineCount = linesOf(path).filter(isAuthored).length;
      if (lineCount > 0) rewriteLines(path, (line) => (isAuthored(line) ? eraseText(line) : line));
      countInFolder += lineCount;
    }
    count += countInFolder;
    if (countInFolder > 0) conversations += 1;
  }
  eraseFiles(data, author, files);
  if (count === 0) return { ...succeeded(`There are no messages of ${name}.`), count };
  const what = `${formatCount(count, "message")} of ${name} ${agree(count, "was", "were")}`;
  const where = formatCount(conversations, "conversation");
  return { ...succeeded(`${what} erased, in ${where}.`), count };
}

function isSaidBy(line: string, id: ConversationId, author: Author): boolean {
  const stored = parseStoredEvent(line.trimEnd(), id);
  if (stored.kind !== "event" || stored.isErased) return false;
  return isAuthoredBy(stored.event, { ...author, upTo: Number.MAX_SAFE_INTEGER });
}
