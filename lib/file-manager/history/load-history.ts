import type { RoomEvent } from "../../chat-server/event.ts";
import type { HistoryFolder } from "./history-folder.ts";
import type { PendingRewrites } from "./pending-rewrites.ts";
import { parseStored } from "./stored-event.ts";

/** The end of one conversation's history, as it was found when the server started. */
export interface LoadedTail {
  /** Everything behind the position asked for, in order. */
  readonly later: RoomEvent[];
  /** The newest events, oldest first; edits and redactions carried out. */
  readonly recent: RoomEvent[];
  /** What was wrong, each with the file's path: torn, damaged, missing or unknown lines. */
  readonly reports: string[];
}

/**
 * Reads a history backward from its end: all events behind position `known`, and the newest `recentCount`.
 * Cuts a torn last line off. Adds the edits, redactions and forgettings it meets behind `known` to `corrections`.
 * Throws what the disk throws.
 */
export function loadRecentEvents(
  folder: HistoryFolder,
  known: number,
  recentCount: number,
  corrections: PendingRewrites,
): LoadedTail {
  const reports: string[] = [];
  const torn = folder.mendEnd();
  if (torn > 0) {
    const path = folder.pathOf(folder.days.at(-1) ?? "");
    reports.push(`${path} ended in half a line of ${torn} bytes, which was cut off.`);
  }
  const tail = readBackward(folder, known, recentCount, reports);
  const later = tail.filter(({ event }) => event.position > known).map(({ event }) => event);
  for (const { event, gone } of tail) {
    if (event.position <= known || gone) continue;
    const { kind } = event;
    if (kind === "edited" || kind === "redacted" || kind === "forgotten") corrections.add(event);
  }
  const shown = tail
    .filter(({ gone }) => !gone)
    .map(({ event }) => corrections.applyTo(event))
    .filter((event) => event !== null);
  return { later, recent: shown.slice(-recentCount), reports };
}

interface Loaded {
  readonly event: RoomEvent;
  readonly gone: boolean;
}

function readBackward(
  folder: HistoryFolder,
  known: number,
  recentCount: number,
  reports: string[],
): Loaded[] {
  const tail: Loaded[] = [];
  let shown = 0;
  // The position of the line behind: the one before it must be one less.
  let behind: number | null = null;
  days: for (const day of [...folder.days].reverse()) {
    const path = folder.pathOf(day);
    const file = folder.openDay(day);
    if (file === null) continue;
    try {
      for (const line of file.backward(file.bytes)) {
        const stored = parseStored(line.bytes.toString("utf8"), folder.id);
        if (stored.kind === "damaged") {
          reports.push(`${path} has a damaged line at byte ${line.start}; it was passed over.`);
          if (behind !== null) behind -= 1;
          continue;
        }
        const at = stored.kind === "event" ? stored.event.position : stored.at;
        if (at <= known && shown >= recentCount) break days;
        if (behind !== null && at !== behind - 1) reports.push(gapReport(path, at, behind));
        behind = at;
        if (stored.kind === "unknown") {
          const { name } = stored;
          reports.push(`${path}: position ${at} is of a kind unknown to this version (${name}).`);
          continue;
        }
        folder.lastAt = Math.max(folder.lastAt, at);
        tail.push(stored);
        if (!stored.gone) shown += 1;
      }
    } finally {
      file.close();
    }
  }
  if (behind !== null && behind > known + 1) reports.push(gapReport(folder.path, known, behind));
  return tail.reverse();
}

function gapReport(path: string, before: number, after: number): string {
  if (before >= after) return `${path}: position ${before} stands before ${after}.`;
  return after - before === 2
    ? `${path}: position ${before + 1} is missing.`
    : `${path}: positions ${before + 1} to ${after - 1} are missing.`;
}
