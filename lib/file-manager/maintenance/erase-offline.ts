import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { fold } from "../../protocol/names.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { dayOfFile } from "../history/day-file.ts";
import { eraseText, parseStoredEvent } from "../history/stored-event.ts";
import { linesOf } from "./doctor-finding.ts";
import { rewrite } from "./doctor-history.ts";

/**
 * Takes out of all histories what an account said: who, when and where stay, so that answers to it keep their
 * place; texts, reactions, and the texts of edits go. For the owner, on request; no server may use the folder.
 *
 * @param since ms since 1970: what is older, somebody else of that name said
 */
export function eraseOffline(
  data: string,
  account: string,
  since: number,
): { readonly said: readonly string[]; readonly ok: boolean; readonly count: number } {
  const wanted = fold(account);
  let [count, rooms] = [0, 0];
  // Also those that nobody can reach any more.
  const folders = ["history", "gone"].flatMap((name) => {
    const root = join(data, name);
    return conversationIdsIn(root).map((id) => ({ id, folder: join(root, id) }));
  });
  for (const { id, folder } of folders) {
    let here = 0;
    for (const name of readdirSync(folder)) {
      if (dayOfFile(name) === null) continue;
      const path = join(folder, name);
      const isTheirs = (line: string) => isSaidBy(line, id, wanted, since);
      const found = linesOf(path).filter(isTheirs).length;
      if (found > 0) rewrite(path, (line) => (isTheirs(line) ? eraseText(line) : line));
      here += found;
    }
    count += here;
    if (here > 0) rooms += 1;
  }
  if (count === 0) return { said: [`Nothing that ${account} said is kept.`], ok: true, count };
  const what =
    count === 1 ? `1 message of ${account}'s was` : `${count} messages of ${account}'s were`;
  const where = rooms === 1 ? "1 conversation" : `${rooms} conversations`;
  return { said: [`${what} taken out, in ${where}.`], ok: true, count };
}

function isSaidBy(line: string, id: ConversationId, account: string, since: number): boolean {
  const stored = parseStoredEvent(line.trimEnd(), id);
  if (stored.kind !== "event" || stored.isErased) return false;
  const { event } = stored;
  if (event.kind !== "said" && event.kind !== "edited") return false;
  if (event.time < since) return false;
  return event.by.account !== null && fold(event.by.account) === account;
}
