import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { foldersIn, isThere, namesIn, removeIfEmpty } from "../disk/folder-entries.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { UNFINISHED } from "./unfinished-files.ts";

/** Returns the conversations that have files in the folder of files. Throws file-system errors. */
export function conversationsWithFiles(root: string): ConversationId[] {
  // The unfinished ones have a sweep of their own.
  return conversationIdsIn(root).filter((id) => id !== UNFINISHED);
}

/**
 * Yields the paths below the folder of files of all that was placed there, previews included, by conversation and day.
 * Throws file-system errors.
 */
export function* placedPaths(
  root: string,
  conversations = conversationsWithFiles(root),
): Generator<string, void> {
  for (const id of conversations) {
    for (const day of foldersIn(join(root, id))) {
      for (const name of namesIn(join(root, id, day))) yield `${id}/${day}/${name}`;
    }
  }
}

/** What the server knows of the files in its folder. */
interface KnownFiles {
  /** Whether a message names what lies at a path below the folder of files. */
  isNamed(path: string): boolean;
  /** Whether there is such a conversation. */
  isConversation(id: ConversationId): boolean;
}

/**
 * Deletes the files that no message names, and folders that are empty then, while the server runs: a crash came between a
 * file's arrival and its message, or between a message's end and its file's. For the process alone that leads. Resolves to
 * how many files went. Rejects with file-system errors.
 *
 * @param before what came at this time (ms) or later stays: its message may be about to be sent
 */
export async function sweepFiles(data: string, known: KnownFiles, before: number): Promise<number> {
  const root = join(data, "files");
  const slice = new TimeSlice();
  let count = 0;
  // Of a conversation that the server doesn't know, and whose history is there, nothing goes: somebody may put rooms.json
  // back.
  const conversations = conversationsWithFiles(root).filter(
    (id) => known.isConversation(id) || !isThere(join(data, "history", id)),
  );
  for (const path of placedPaths(root, conversations)) {
    if (slice.isDue) await slice.rest();
    if (known.isNamed(path)) continue;
    // `ctime` is when it got its place.
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined || stat.ctimeMs >= before) continue;
    rmSync(join(root, path), { force: true, recursive: true });
    count += 1;
  }
  for (const id of conversationsWithFiles(root)) {
    if (slice.isDue) await slice.rest();
    for (const day of foldersIn(join(root, id))) removeIfEmpty(join(root, id, day));
    removeIfEmpty(join(root, id));
  }
  return count;
}
