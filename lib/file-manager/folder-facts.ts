import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId } from "../chat-server/event.ts";
import { foldersIn, namesIn } from "./disk/folder-entries.ts";
import { isMissing } from "./disk/fs-errors.ts";
import { replaceFileSync } from "./disk/replace-file.ts";
import { TimeSlice } from "./disk/time-slice.ts";
import { conversationsWithFiles } from "./files/sweep-files.ts";
import { conversationIdsIn } from "./history/conversation-folders.ts";

/** Its date is when `backup` last copied the folder. An owner who copies it otherwise may `touch` it. */
const BACKUP_MARK = "last-backup";

/** Returns the space on the disk of a folder; `null` when the system doesn't tell. */
export function diskSpace(
  folder: string,
): { readonly freeBytes: number; readonly sizeBytes: number } | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    return null;
  }
}

/** Returns when a data folder was last backed up, in ms since 1970; `null` for never. */
export function backupTime(data: string): number | null {
  try {
    return Math.round(statSync(join(data, BACKUP_MARK)).mtimeMs);
  } catch {
    return null;
  }
}

/** Notes in a data folder that it was backed up now. A folder that can't be written stays as it is. */
export function markBackup(data: string, time: string): void {
  try {
    replaceFileSync(join(data, BACKUP_MARK), `${time}\n`);
  } catch {
    // Then nobody is told of its age.
  }
}

/**
 * Resolves to the sizes of all conversations' files, in bytes, the archived ones and what people sent in them included;
 * `null` when they can't be listed. A file that is removed meanwhile counts nothing.
 */
export async function usageByConversation(
  data: string,
): Promise<ReadonlyMap<ConversationId, number> | null> {
  const slice = new TimeSlice();
  const bytes = new Map<ConversationId, number>();
  try {
    for (const root of ["history", "gone"]) {
      for (const id of conversationIdsIn(join(data, root))) {
        bytes.set(id, (bytes.get(id) ?? 0) + sizeOf(join(data, root, id)));
        if (slice.isDue) await slice.rest();
      }
    }
    for (const id of conversationsWithFiles(join(data, "files"))) {
      for (const day of foldersIn(join(data, "files", id))) {
        bytes.set(id, (bytes.get(id) ?? 0) + sizeOf(join(data, "files", id, day)));
        if (slice.isDue) await slice.rest();
      }
    }
    return bytes;
  } catch {
    return null;
  }
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const name of namesIn(folder)) {
    try {
      bytes += statSync(join(folder, name)).size;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return bytes;
}
