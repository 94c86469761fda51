import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../chat-server/event.ts";
import type { SentFile } from "../../chat-server/files/file-index.ts";
import { isThere, namesIn } from "../disk/folder-entries.ts";
import type { ReadSnapshot } from "../snapshot/snapshot-file.ts";
import { DayFile, dayOfFile } from "./day-file.ts";
import { parseStoredEvent } from "./stored-event.ts";

/** In each line of a message with a file: looked for first, since few messages have one. */
const FILE_KEY = Buffer.from('"file":{');

/**
 * Yields the files of the messages in a conversation's folder, oldest first, without those that were deleted and erased.
 * Reads all of its days. Throws file-system errors.
 */
export function* sentFilesIn(folder: string, id: ConversationId): Generator<SentFile, void> {
  for (const name of namesIn(folder)) {
    const file = dayOfFile(name) === null ? null : DayFile.open(join(folder, name));
    if (file === null) continue;
    try {
      for (const { bytes } of file.forward(0)) {
        if (!bytes.includes(FILE_KEY)) continue;
        const stored = parseStoredEvent(bytes.toString("utf8"), id);
        const sent = stored.kind === "event" && !stored.isErased ? sentFileOf(stored.event) : null;
        if (sent !== null) yield sent;
      }
    } finally {
      file.close();
    }
  }
}

/** Leaves out what else its message says, which can change. */
function sentFileOf(event: RoomEvent): SentFile | null {
  if (event.kind !== "said" || event.file === undefined) return null;
  const { conversation, position, time, msgid, file, withheld } = event;
  const { nick, user, host, account, accountId } = event.by;
  const by = { nick, user, host, account, accountId };
  return { conversation, position, time, msgid, by, file, ...(withheld && { withheld }) };
}

/**
 * Completes a snapshot that an earlier version has written, which knew no files, in a folder that has some: an owner has
 * gone back to that version for a while. Throws file-system errors.
 */
export function withSentFiles(data: string, read: ReadSnapshot): ReadSnapshot {
  const { snapshot } = read;
  if (snapshot.files !== undefined || !isThere(join(data, "files"))) return read;
  const files = snapshot.conversations.flatMap(({ id, at }) =>
    // What came after the snapshot is replayed.
    [...sentFilesIn(join(data, "history", id), id)].filter(({ position }) => position <= at),
  );
  return { ...read, snapshot: { ...snapshot, files } };
}
