/** A contiguous run of a conversation's lines, and the positions from which to request further pages. */
import { parseTime } from "../../protocol/time.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { ChatLine, DetachedWindow, HistoryGap } from "../client-state.ts";
import { LineList } from "../line-list.ts";

/** A position in a conversation's history from which a page can be requested. */
export interface HistoryPosition {
  readonly msgid: string | null;
  /** ms since 1970. */
  readonly time: number;
}

/**
 * Owns a run of lines without gaps: the newest lines of a conversation, or those around a message
 * further back. `history/` pages it at both ends; the store adds and replaces live lines.
 */
export class HistoryWindow implements DetachedWindow {
  readonly list = new LineList();
  oldestReached = false;
  historyGap: HistoryGap | null = null;
  loadingOlder = false;
  loadingNewer = false;
  /**
   * Where the next older page starts, if that isn't the oldest line: the last page had no line to
   * show.
   */
  olderFrom: HistoryPosition | null = null;
  /** Where the next newer page starts, if that isn't the newest line. */
  newerFrom: HistoryPosition | null = null;
  /** Called when the requested older page has arrived or failed. */
  readonly onOlderLoaded: (() => void)[] = [];

  get lines(): readonly ChatLine[] {
    return this.list.lines;
  }

  /** Notes the answer to a request for a page; `page` null: there is none, and `isLost` says why. */
  noteAnswer(page: readonly Message[] | null, isLost: boolean): void {
    this.historyGap = page !== null ? null : isLost ? "lost" : "refused";
  }

  /** Drops the oldest lines over `max`; they can be paged in again. */
  trimOldest(max: number): void {
    if (this.list.trim(max) === 0) return;
    this.oldestReached = false;
    this.olderFrom = null;
  }

  /** Drops the newest lines over `max`; they can be paged in again. */
  trimNewest(max: number): void {
    if (this.list.trimNewest(max) > 0) this.newerFrom = null;
  }

  /** Drops all lines except those that are not sent yet. */
  clear(): void {
    this.list.clear();
    this.oldestReached = false;
    this.olderFrom = null;
  }
}

/** Returns the position of a line; null for none. */
export function positionOfLine(line: ChatLine | null): HistoryPosition | null {
  return line === null ? null : { msgid: line.msgid, time: line.time };
}

/** Returns the position of a page's first message that has one; null if none has. */
export function firstPosition(page: readonly Message[]): HistoryPosition | null {
  for (const message of page) {
    const position = positionOf(message);
    if (position !== null) return position;
  }
  return null;
}

/** Returns the position of a page's last message that has one; null if none has. */
export function lastPosition(page: readonly Message[]): HistoryPosition | null {
  return firstPosition(page.toReversed());
}

function positionOf({ tags }: Message): HistoryPosition | null {
  // A context message is sent along with another one. It may be of any time, so the page doesn't
  // end there.
  if (tags.has("draft/chathistory-context")) return null;
  const time = parseTime(tags.get("time") ?? "");
  return time === null ? null : { msgid: tags.get("msgid") || null, time };
}
