import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import { isMissing } from "../disk/fs-errors.ts";

/**
 * The conversations that have a folder in `root`, by name; none when there is no such folder. A link to a folder
 * elsewhere is one, as somebody makes it when a disk gets full. What else lies there is nobody's history. Throws
 * what the disk throws.
 */
export function conversationsIn(root: string): ConversationId[] {
  const isConversation = (entry: Dirent): boolean =>
    !entry.name.startsWith(".") &&
    (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(root, entry.name))));
  // The cast: a folder here is a conversation's, and its name is the conversation's.
  return entriesOf(root)
    .filter(isConversation)
    .map(({ name }) => name as ConversationId)
    .sort();
}

function entriesOf(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A link that leads nowhere, or in a circle, is none. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
