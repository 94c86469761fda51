import type {
  AuthoredLines,
  AuthoredRange,
  MentioningMessage,
} from "../../chat-server/history/authored-range.ts";
import type { ReadWork } from "../../chat-server/server-ports.ts";
import { legacyNameOf } from "../../protocol/account-id.ts";
import { storedMentions } from "../../protocol/mention.ts";
import { isPinned } from "../../protocol/pinned-text.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { grepLines } from "../search/grep-lines.ts";
import type { AppendFiles } from "./append-files.ts";
import { eraseLine, rewriteLines } from "./day-rewrite.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { isAuthoredBy, type PendingRewrites } from "./pending-rewrites.ts";
import { parseStoredEvent, type RawLine } from "./stored-event.ts";

/**
 * Finds all messages of an account in a conversation. Yields the thread every few milliseconds. Adds the bytes that it
 * looked through to `read`.
 *
 * @param pinned the room's pinned text; `null` for none
 */
export async function findAuthoredLines(
  folder: HistoryFolder,
  pending: PendingRewrites,
  author: AuthoredRange,
  pinned: string | null,
  read: ReadWork,
): Promise<AuthoredLines> {
  const times: number[] = [];
  const naming: MentioningMessage[] = [];
  let lines = 0;
  let withheld = 0;
  let hasPinned = false;
  const slice = new TimeSlice();
  for (const day of [...folder.days]) {
    const file = folder.openDay(day);
    if (file === null) continue;
    read.bytes += file.bytes;
    try {
      for (const line of grepLines(file, authorBytes(author))) {
        if (slice.isDue) await slice.rest();
        if (line === null) continue;
        const stored = parseStoredEvent(line.bytes.toString("utf8"), folder.id);
        if (stored.kind !== "event" || stored.isErased) continue;
        const event = isAuthoredBy(stored.event, author) ? pending.applyTo(stored.event) : null;
        if (event === null) continue;
        lines += 1;
        if (event.kind !== "said" || event.verb === "TAGMSG") continue;
        // Withheld messages were never unread to anybody.
        if (event.withheld) {
          withheld += 1;
          continue;
        }
        const { time, text, by, file } = event;
        hasPinned ||= isPinned(pinned, { nick: by.nick, text, file });
        const named = storedMentions(event);
        times.push(time);
        if (named === undefined) naming.push({ time, text });
        else if (named.length > 0) naming.push({ time, named });
      }
    } finally {
      file.close();
    }
  }
  return { lines, times, naming, withheld, hasPinned };
}

/**
 * Erases the text of all messages of an account in a conversation, a day at a time. Author, time and position stay.
 * Resolves to the number of lines. Adds the bytes that it looked through and copied to `read`. Rejects with file-system
 * errors.
 */
export async function eraseAuthoredLines(
  folder: HistoryFolder,
  files: AppendFiles,
  author: AuthoredRange,
  read: ReadWork,
): Promise<number> {
  let count = 0;
  const erase = (raw: RawLine, line: string): boolean => {
    const stored = parseStoredEvent(line, folder.id);
    if (stored.kind !== "event" || !isAuthoredBy(stored.event, author)) return false;
    if (!eraseLine(raw)) return false;
    count += 1;
    return true;
  };
  for (const day of [...folder.days]) {
    read.bytes += await rewriteLines(folder, day, files, authorBytes(author), erase, read);
  }
  return count;
}

/**
 * Runs {@link eraseAuthoredLines} in many conversations; a failure in one doesn't stop the others. Resolves to the number
 * of lines, and whether all were erased. Never rejects.
 */
export async function eraseInFolders(
  folders: readonly (() => HistoryFolder)[],
  files: AppendFiles,
  author: AuthoredRange,
  read: ReadWork,
  onProblem: (text: string, error: unknown) => void,
): Promise<{ readonly done: boolean; readonly lines: number }> {
  const slice = new TimeSlice();
  let [done, lines] = [true, 0];
  for (const open of folders) {
    if (slice.isDue) await slice.rest();
    let path = "a history";
    try {
      const folder = open();
      path = folder.path;
      lines += await eraseAuthoredLines(folder, files, author, read);
    } catch (error) {
      done = false;
      onProblem(`${path} cannot be rewritten`, error);
    }
  }
  return { done, lines };
}

/** Returns bytes of which every line of an author contains some, and few others do. */
export function authorBytes({ account, legacyAccount }: AuthoredRange): readonly Buffer[] {
  const ids = legacyAccount === undefined ? [account] : [account, legacyAccount];
  return ids.map((id) => {
    const name = legacyNameOf(id);
    return Buffer.from(name === null ? `"id":"${id}"` : `"account":${JSON.stringify(name)}`);
  });
}
