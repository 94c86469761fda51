import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { fold } from "../../protocol/names.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOfFile } from "../history/day-file.ts";
import { eraseText, parseStoredEvent } from "../history/stored-event.ts";
import { linesOf, rewriteLines } from "./doctor-finding.ts";
import { type MaintenanceResult, succeeded } from "./maintenance-result.ts";

/**
 * Erases an account's messages from all histories: sender, time and conversation stay, so that replies keep their
 * target; texts, reactions and edits go. For the owner, on a user's request. No server may use the folder. Throws
 * file system errors.
 *
 * @param since milliseconds since 1970; older messages belong to an earlier account of that name
 * @returns `count`: how many lines were erased
 */
export function eraseOffline(
  data: string,
  account: string,
  since: number,
): MaintenanceResult & { readonly count: number } {
  const author = fold(account);
  let [count, conversations] = [0, 0];
  // "gone" holds conversations that were removed and can't be reached any more.
  const folders = ["history", "gone"].flatMap((name) => {
    const root = join(data, name);
    return conversationIdsIn(root).map((id) => ({ id, folder: join(root, id) }));
  });
  for (const { id, folder } of folders) {
    let countInFolder = 0;
    for (const name of readdirSync(folder)) {
      if (dayOfFile(name) === null) continue;
      const path = join(folder, name);
      const isAuthored = (line: string) => isSaidBy(line, id, author, since);
      const lineCount = linesOf(path).filter(isAuthored).length;
      if (lineCount > 0) rewriteLines(path, (line) => (isAuthored(line) ? eraseText(line) : line));
      countInFolder += lineCount;
    }
    count += countInFolder;
    if (countInFolder > 0) conversations += 1;
  }
  if (count === 0) return { ...succeeded(`There are no messages of ${account}.`), count };
  const what = `${formatCount(count, "message")} of ${account} ${agree(count, "was", "were")}`;
  const where = formatCount(conversations, "conversation");
  return { ...succeeded(`${what} erased, in ${where}.`), count };
}

function isSaidBy(line: string, id: ConversationId, author: string, since: number): boolean {
  const stored = parseStoredEvent(line.trimEnd(), id);
  if (stored.kind !== "event" || stored.isErased) return false;
  const { event } = stored;
  if (event.kind !== "said" && event.kind !== "edited") return false;
  if (event.time < since) return false;
  return event.by.account !== null && fold(event.by.account) === author;
}
