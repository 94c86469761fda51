import { isAuthor } from "../../protocol/account-id.ts";
import { storedMentions } from "../../protocol/mention.ts";
import { isPinned } from "../../protocol/pinned-text.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import type { RoomEvent, RoomEventOf } from "../event.ts";
import type { HistoryRequest } from "../server-ports.ts";
import type { AuthoredLines, AuthoredRange, MentioningMessage } from "./authored-range.ts";
import { isWithheld } from "./withheld.ts";

/*
 * Selects events out of those in memory: messages, an account's events, and pages of history. The contract
 * suites hold the files to the same answers.
 */

/** The position of the first event at a point or after it, and of the first event after it. */
interface PointPositions {
  readonly first: number;
  readonly after: number;
}

const START: PointPositions = { first: 0, after: 0 };
const END: PointPositions = { first: Infinity, after: Infinity };

/** Whether an event is a message that people read and that counts as unread: no reaction, join or mode. */
export function isMessage(event: RoomEvent): event is RoomEventOf<"said"> {
  return event.kind === "said" && event.verb !== "TAGMSG";
}

/** Whether an event is an account's message, reaction or edit within a range. */
export function isAuthoredBy(event: RoomEvent, range: AuthoredRange): boolean {
  if (event.kind !== "said" && event.kind !== "edited") return false;
  return event.position <= range.upTo && isAuthor(range, event.by.accountId, event.time);
}

/**
 * Summarizes an account's messages for unread counts: how many, when, and which mention a user.
 * For a message of an early version, which did not store them, it returns the text.
 *
 * @param pinned the room's pinned text; `null` for none
 * @param events those that `isAuthoredBy` selects, oldest first
 */
export function collectAuthoredLines(
  events: readonly RoomEvent[],
  pinned: string | null,
): AuthoredLines {
  const times: number[] = [];
  const naming: MentioningMessage[] = [];
  let withheld = 0;
  let hasPinned = false;
  for (const event of events) {
    if (!isMessage(event)) continue;
    // Withheld messages were never unread to anybody.
    if (isWithheld(event)) {
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
  return { lines: events.length, times, naming, withheld, hasPinned };
}

/**
 * Selects a page of history, oldest first. It scans the events for each point, so they should be few.
 *
 * @param all oldest first, in which the request's points are looked up
 * @param visible those of them that may be selected
 */
export function selectEvents(
  all: readonly RoomEvent[],
  visible: readonly RoomEvent[],
  { direction, limit, ...points }: Pick<HistoryRequest, "direction" | "from" | "to" | "limit">,
): RoomEvent[] {
  const from = positionsOf(all, points.from);
  const to = points.to === null ? null : positionsOf(all, points.to);
  if (from === null || (points.to !== null && to === null)) return [];
  const within = (low: number, high: number) =>
    visible.filter((event) => event.position >= low && event.position < high);
  switch (direction) {
    case "latest": {
      const stop = to ?? (points.from.kind === "latest" ? START : from);
      return newest(within(stop.after, Infinity), limit);
    }
    case "before":
      return newest(within(0, from.first), limit);
    case "after":
      return within(from.after, Infinity).slice(0, limit);
    case "around": {
      const before = newest(within(0, from.first), Math.floor(limit / 2));
      return [...before, ...within(from.first, Infinity).slice(0, limit - before.length)];
    }
    case "between": {
      const end = to ?? END;
      return from.first <= end.first
        ? within(from.after, end.first).slice(0, limit)
        : newest(within(end.after, from.first), limit);
    }
  }
}

/** Returns `null` for a msgid that no event has. */
function positionsOf(events: readonly RoomEvent[], point: HistoryPoint): PointPositions | null {
  if (point.kind === "latest") return END;
  if (point.kind === "time") {
    const firstSince = (time: number) =>
      events.find((event) => event.time >= time)?.position ?? Infinity;
    return { first: firstSince(point.time), after: firstSince(point.time + 1) };
  }
  const position = events.find((event) => event.msgid === point.msgid)?.position;
  return position === undefined ? null : { first: position, after: position + 1 };
}

function newest(events: RoomEvent[], limit: number): RoomEvent[] {
  return events.slice(Math.max(0, events.length - limit));
}
