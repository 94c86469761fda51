import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import type { RoomEvent } from "../event.ts";
import type { HistoryRequest } from "../server-ports.ts";

/**
 * A page out of events that are all in memory, and few enough to look through them from the start for each
 * point. tests/contract holds it to what the files do.
 *
 * @param all oldest first, in which the request's points are looked for
 * @param seen those of them that may be given
 */
export function selectEvents(
  all: readonly RoomEvent[],
  seen: readonly RoomEvent[],
  { direction, limit, ...points }: Pick<HistoryRequest, "direction" | "from" | "to" | "limit">,
): RoomEvent[] {
  const from = placeOf(all, points.from);
  const to = points.to === null ? null : placeOf(all, points.to);
  if (from === null || (points.to !== null && to === null)) return [];
  const within = (low: number, high: number) =>
    seen.filter((event) => event.position >= low && event.position < high);
  switch (direction) {
    case "latest": {
      const stop = to ?? (points.from.kind === "latest" ? START : from);
      return newest(within(stop.behind, Infinity), limit);
    }
    case "before":
      return newest(within(0, from.at), limit);
    case "after":
      return within(from.behind, Infinity).slice(0, limit);
    case "around": {
      const before = newest(within(0, from.at), Math.floor(limit / 2));
      return [...before, ...within(from.at, Infinity).slice(0, limit - before.length)];
    }
    case "between": {
      const other = to ?? END;
      return from.at <= other.at
        ? within(from.behind, other.at).slice(0, limit)
        : newest(within(other.behind, from.at), limit);
    }
  }
}

/** Position of the first event at a point or behind it, and of the first one behind it. */
interface Place {
  readonly at: number;
  readonly behind: number;
}

const START: Place = { at: 0, behind: 0 };
const END: Place = { at: Infinity, behind: Infinity };

function placeOf(events: readonly RoomEvent[], point: HistoryPoint): Place | null {
  if (point.kind === "latest") return END;
  if (point.kind === "time") {
    const first = (time: number) =>
      events.find((event) => event.time >= time)?.position ?? Infinity;
    return { at: first(point.time), behind: first(point.time + 1) };
  }
  const at = events.find((event) => event.msgid === point.msgid)?.position;
  return at === undefined ? null : { at, behind: at + 1 };
}

function newest(events: RoomEvent[], limit: number): RoomEvent[] {
  return events.slice(Math.max(0, events.length - limit));
}

export function isMessage(event: RoomEvent): boolean {
  return event.kind === "said" && event.verb !== "TAGMSG";
}
