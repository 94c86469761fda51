import type {
  AuthoredLines,
  AuthoredRange,
  MentioningMessage,
} from "../../chat-server/server-ports.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import { grepLines } from "../search/grep-lines.ts";
import type { AppendFiles } from "./append-files.ts";
import { eraseLine, rewriteLines } from "./day-rewrite.ts";
import type { HistoryFolder } from "./history-folder.ts";
import { isAuthoredBy, type PendingRewrites } from "./pending-rewrites.ts";
import { parseStored } from "./stored-event.ts";

/** What one account said in a conversation: finding it, and taking it out of the files. */

/** Looks all of it up. Gives way again and again. */
export async function findAuthoredLines(
  folder: HistoryFolder,
  corrections: PendingRewrites,
  who: AuthoredRange,
): Promise<AuthoredLines> {
  const times: number[] = [];
  const naming: MentioningMessage[] = [];
  let lines = 0;
  const pace = new TimeSlice();
  for (const day of [...folder.days]) {
    const file = folder.openDay(day);
    if (file === null) continue;
    try {
      for (const line of grepLines(file, erasureMark(who))) {
        if (pace.isDue) await pace.rest();
        if (line === null) continue;
        const stored = parseStored(line.bytes.toString("utf8"), folder.id);
        if (stored.kind !== "event" || stored.gone) continue;
        const event = isAuthoredBy(stored.event, who) ? corrections.applyTo(stored.event) : null;
        if (event === null) continue;
        lines += 1;
        if (event.kind !== "said" || event.verb === "TAGMSG") continue;
        const { time, text, named, editedAt } = event;
        times.push(time);
        if (editedAt !== undefined) naming.push({ time, text });
        else if (named !== undefined) naming.push({ time, named });
      }
    } finally {
      file.close();
    }
  }
  return { lines, times, naming };
}

/** Takes all of it out, a day at a time. Who, when and where stay. Answers how many lines it was. */
export async function eraseAuthoredLines(
  folder: HistoryFolder,
  files: AppendFiles,
  who: AuthoredRange,
): Promise<number> {
  let count = 0;
  for (const day of [...folder.days]) {
    await rewriteLines(folder, day, files, erasureMark(who), (raw, line) => {
      const stored = parseStored(line, folder.id);
      if (stored.kind !== "event" || !isAuthoredBy(stored.event, who) || !eraseLine(raw))
        return false;
      count += 1;
      return true;
    });
  }
  return count;
}

/** The same in many conversations, of which one that can't be rewritten keeps back no other. */
export async function eraseEverywhere(
  folders: readonly (() => HistoryFolder)[],
  files: AppendFiles,
  who: AuthoredRange,
  onProblem: (what: string, error: unknown) => void,
): Promise<{ readonly done: boolean; readonly lines: number }> {
  const pace = new TimeSlice();
  let [done, lines] = [true, 0];
  for (const open of folders) {
    if (pace.isDue) await pace.rest();
    let path = "a history";
    try {
      const folder = open();
      path = folder.path;
      lines += await eraseAuthoredLines(folder, files, who);
    } catch (error) {
      done = false;
      onProblem(`${path} cannot be rewritten`, error);
    }
  }
  return { done, lines };
}

/** What stands in a line of theirs, and in few others. */
export function erasureMark({ account }: AuthoredRange): Buffer {
  return Buffer.from(`"account":${JSON.stringify(account)}`);
}
