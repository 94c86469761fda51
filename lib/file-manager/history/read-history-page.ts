import type { RoomEvent } from "../../chat-server/event.ts";
import type { HistoryRequest } from "../../chat-server/server-ports.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import type { DayFile, DayLine } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";
import type { MsgidIndex } from "./msgid-index.ts";
import type { PendingRewrites } from "./pending-rewrites.ts";
import { parseStored } from "./stored-event.ts";

/** What reading a page leans on. */
export interface PageSources {
  readonly folder: HistoryFolder;
  readonly msgids: MsgidIndex;
  readonly corrections: PendingRewrites;
}

/**
 * A part of a conversation's history, oldest first. "messages" are PRIVMSG and NOTICE, as a client without
 * event-playback may be sent them. A msgid that the conversation doesn't have gives an empty page.
 *
 * Every end is turned into a position first, so one walk over the lines serves all directions: 1 to 2 ms for a
 * page of 100 anywhere in a day of a million lines. Rejects with what the disk threw.
 */
export async function readPage(
  sources: PageSources,
  request: HistoryRequest,
): Promise<RoomEvent[]> {
  const from = await placeOf(sources, request.from);
  const to = request.to === null ? null : await placeOf(sources, request.to);
  if (from === null || (request.to !== null && to === null)) return [];
  const first = request.since;
  const ask = (walk: Omit<Walk, "kinds">): Promise<RoomEvent[]> =>
    readWalk(sources, { ...walk, kinds: request.kinds, from: Math.max(walk.from, first) });
  const { limit } = request;
  switch (request.direction) {
    case "latest": {
      const stop = to ?? (request.from.kind === "latest" ? START : from);
      return ask({ from: stop.behind, to: END.at, limit, newestFirst: true });
    }
    case "before":
      return ask({ from: first, to: from.at, limit, newestFirst: true });
    case "after":
      return ask({ from: from.behind, to: END.at, limit, newestFirst: false });
    case "around": {
      const half = Math.floor(limit / 2);
      const before = await ask({ from: first, to: from.at, limit: half, newestFirst: true });
      const rest = limit - before.length;
      return before.concat(
        await ask({ from: from.at, to: END.at, limit: rest, newestFirst: false }),
      );
    }
    case "between": {
      const other = to ?? END;
      return from.at <= other.at
        ? ask({ from: from.behind, to: other.at, limit, newestFirst: false })
        : ask({ from: other.behind, to: from.at, limit, newestFirst: true });
    }
  }
}

/** A point in a history: position of the first event at it or behind it, and of the first one behind it. */
interface Place {
  readonly at: number;
  readonly behind: number;
}

const START: Place = { at: 0, behind: 0 };
const END: Place = { at: Number.POSITIVE_INFINITY, behind: Number.POSITIVE_INFINITY };

async function placeOf(sources: PageSources, point: HistoryPoint): Promise<Place | null> {
  switch (point.kind) {
    case "latest":
      return END;
    case "msgid": {
      const at = await sources.msgids.find(sources.folder, point.msgid);
      return at === null ? null : { at, behind: at + 1 };
    }
    case "time": {
      const first = sources.folder.firstSince(point.time);
      if (first === null) return END;
      return { at: first.at, behind: first.isThen ? first.at + 1 : first.at };
    }
  }
}

/** Events at positions from `from` up to, and without, `to`; the newest of them, or the oldest. */
interface Walk {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly newestFirst: boolean;
  readonly kinds: "messages" | "all";
}

async function readWalk(sources: PageSources, walk: Walk): Promise<RoomEvent[]> {
  const { folder, msgids, corrections } = sources;
  const found: RoomEvent[] = [];
  if (walk.from >= walk.to || walk.limit <= 0) return found;
  const pace = new TimeSlice();
  days: for (const day of daysOf(folder, walk)) {
    const file = folder.openDay(day);
    if (file === null) continue;
    try {
      for (const line of linesOf(file, walk)) {
        if (pace.isDue) await pace.rest();
        const text = line.bytes.toString("utf8");
        const start = LINE_START.exec(text);
        if (start !== null && walk.kinds === "messages" && start[2] !== "said") {
          if (isPast(Number(start[1]), walk)) break days;
          continue;
        }
        const stored = parseStored(text, folder.id);
        if (stored.kind !== "event") continue;
        if (isPast(stored.event.position, walk)) break days;
        if (stored.gone || (walk.kinds === "messages" && !isMessage(stored.event))) continue;
        const event = corrections.applyTo(stored.event);
        if (event !== null && found.push(event) === walk.limit) break days;
      }
    } finally {
      file.close();
    }
  }
  for (const event of found) msgids.remember(event);
  // While the walk rested, somebody may have taken back what it had found.
  const shown = found.map((event) => corrections.applyTo(event)).filter((event) => event !== null);
  return walk.newestFirst ? shown.reverse() : shown;
}

/** The days to walk through, in the order of the walk. */
function daysOf(folder: HistoryFolder, walk: Walk): string[] {
  const edge = walk.newestFirst ? walk.to - 1 : walk.from;
  const day = edge === Number.POSITIVE_INFINITY ? folder.days.at(-1) : folder.dayOfPosition(edge);
  const index = day === null || day === undefined ? -1 : folder.days.indexOf(day);
  if (walk.newestFirst) return folder.days.slice(0, index + 1).reverse();
  return folder.days.slice(Math.max(0, index));
}

function linesOf(file: DayFile, walk: Walk): Generator<DayLine, void> {
  if (!walk.newestFirst) return file.forward(file.find((head) => head.at >= walk.from));
  if (walk.to === Number.POSITIVE_INFINITY) return file.backward(file.bytes);
  return file.backward(file.find((head) => head.at >= walk.to));
}

function isPast(at: number, walk: Walk): boolean {
  return walk.newestFirst ? at < walk.from : at >= walk.to;
}

function isMessage(event: RoomEvent): boolean {
  return event.kind === "said" && event.verb !== "TAGMSG";
}

/** Position and kind, as we write them: a thousand joins are passed over without reading them as JSON. */
const LINE_START = /^\{"at":(\d{1,15}),"time":"[^"]*","msgid":"[^"]*","kind":"([\w-]+)"/;
