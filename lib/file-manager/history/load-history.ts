import type { RoomEvent } from "../../chat-server/event.ts";
import { formatCount } from "../../protocol/plural.ts";
import type { HistoryFolder } from "./history-folder.ts";
import type { PendingRewrites } from "./pending-rewrites.ts";
import { parseStoredEvent } from "./stored-event.ts";

/** The end of one conversation's history, as it was when the server started. */
export interface LoadedTail {
  /** Every event behind the snapshot's position, in order. */
  readonly later: RoomEvent[];
  /** The newest events, oldest first, with edits and redactions applied. */
  readonly recent: RoomEvent[];
  /** The problems found, each with the file's path: torn, damaged, missing or unknown lines. */
  readonly reports: string[];
}

/**
 * Reads a history backward from its end: all events behind the position that the snapshot has, and the newest
 * `recentCount`. Cuts a torn last line off. Adds the edits, redactions and erasures behind the snapshot to `rewrites`.
 * Throws file-system errors.
 */
export function loadRecentEvents(
  folder: HistoryFolder,
  snapshotPosition: number,
  recentCount: number,
  rewrites: PendingRewrites,
): LoadedTail {
  const reports: string[] = [];
  let tail = readBackward(folder, snapshotPosition, recentCount, reports);
  if (tail === null) {
    const tornBytes = folder.mendEnd();
    if (tornBytes > 0) {
      const path = folder.pathOf(folder.days.at(-1) ?? "");
      reports.push(
        `${path} ended in half a line of ${formatCount(tornBytes, "byte")}, which was cut off.`,
      );
    }
    tail = readBackward(folder, snapshotPosition, recentCount, reports, false) ?? [];
  }
  const later = tail
    .filter(({ event }) => event.position > snapshotPosition)
    .map(({ event }) => event);
  for (const { event, isErased } of tail) {
    if (event.position <= snapshotPosition || isErased) continue;
    const { kind } = event;
    if (kind === "edited" || kind === "redacted" || kind === "forgotten") rewrites.add(event);
  }
  const shown = tail
    .filter(({ isErased }) => !isErased)
    .map(({ event }) => rewrites.applyTo(event))
    .filter((event) => event !== null);
  return { later, recent: shown.slice(-recentCount), reports };
}

interface LoadedEvent {
  readonly event: RoomEvent;
  readonly isErased: boolean;
}

/** @param refusesTorn whether `null` is returned for a history whose last line isn't whole, and nothing is read then */
function readBackward(
  folder: HistoryFolder,
  snapshotPosition: number,
  recentCount: number,
  reports: string[],
  refusesTorn = true,
): LoadedEvent[] | null {
  const tail: LoadedEvent[] = [];
  let mayBeTorn = refusesTorn;
  let shownCount = 0;
  // The position of the line behind: the one before it must be one less.
  let nextPosition: number | null = null;
  days: for (const day of [...folder.days].reverse()) {
    const path = folder.pathOf(day);
    const file = folder.openDay(day);
    if (file === null) continue;
    try {
      for (const line of file.backward(file.bytes)) {
        if (mayBeTorn && line.end !== file.bytes) return null;
        mayBeTorn = false;
        const stored = parseStoredEvent(line.bytes.toString("utf8"), folder.id);
        if (stored.kind === "damaged") {
          reports.push(`${path} has a damaged line at byte ${line.start}; it was passed over.`);
          if (nextPosition !== null) nextPosition -= 1;
          continue;
        }
        const position = stored.kind === "event" ? stored.event.position : stored.position;
        if (position <= snapshotPosition && shownCount >= recentCount) break days;
        if (nextPosition !== null && position !== nextPosition - 1) {
          reports.push(gapReport(path, position, nextPosition));
        }
        nextPosition = position;
        if (stored.kind === "unknown") {
          reports.push(
            `${path}: position ${position} is of a kind unknown to this version (${stored.kindName}).`,
          );
          continue;
        }
        folder.lastPosition = Math.max(folder.lastPosition, position);
        tail.push(stored);
        if (!stored.isErased) shownCount += 1;
      }
      if (mayBeTorn && file.bytes > 0) return null;
      mayBeTorn = false;
    } finally {
      file.close();
    }
  }
  if (nextPosition !== null && nextPosition > snapshotPosition + 1) {
    reports.push(gapReport(folder.path, snapshotPosition, nextPosition));
  }
  return tail.reverse();
}

function gapReport(path: string, before: number, after: number): string {
  if (before >= after) return `${path}: position ${before} stands before ${after}.`;
  return after - before === 2
    ? `${path}: position ${before + 1} is missing.`
    : `${path}: positions ${before + 1} to ${after - 1} are missing.`;
}
