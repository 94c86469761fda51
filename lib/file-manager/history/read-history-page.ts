import type { RoomEvent } from "../../chat-server/event.ts";
import type { HistoryRequest, ReadWork } from "../../chat-server/server-ports.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { TimeSlice } from "../disk/time-slice.ts";
import type { DayFile, DayLine } from "./day-file.ts";
import type { HistoryFolder } from "./history-folder.ts";
import type { MsgidIndex } from "./msgid-index.ts";
import type { PendingRewrites } from "./pending-rewrites.ts";
import { parseStoredEvent } from "./stored-event.ts";

/** Position and kind, as we write them: a thousand joins are skipped without reading them as JSON. */
const LINE_START = /^\{"at":(\d{1,15}),"time":"[^"]*","msgid":"[^"]*","kind":"([\w-]+)"/;

/** Opening the files of a page, and finding places in them, takes as long as looking at so many bytes: 0.1 ms. */
const LOOKUP_BYTES = 32 << 10;

/** The source of a page. */
export interface PageSources {
  readonly folder: HistoryFolder;
  readonly msgids: MsgidIndex;
  readonly pending: PendingRewrites;
  /** What was read is added here. */
  readonly read: ReadWork;
}

/**
 * Reads a part of a conversation's history, oldest first. "messages" are PRIVMSG and NOTICE, as a client without
 * event-playback may be sent them. A msgid that the conversation doesn't have gives an empty page.
 *
 * Every end is turned into a position first, so one walk over the lines serves all directions: 1 to 2 ms for a page of
 * 100 anywhere in a day of a million lines. Rejects with file-system errors.
 */
export async function readHistoryPage(
  sources: PageSources,
  request: HistoryRequest,
): Promise<RoomEvent[]> {
  sources.read.bytes += LOOKUP_BYTES;
  const from = await resolvePoint(sources, request.from);
  const to = request.to === null ? null : await resolvePoint(sources, request.to);
  if (from === null || (request.to !== null && to === null)) return [];
  const { kinds, reader, limit, since } = request;
  const read = (walk: Omit<Walk, "kinds" | "reader">): Promise<RoomEvent[]> =>
    readWalk(sources, { ...walk, kinds, reader, from: Math.max(walk.from, since) });
  switch (request.direction) {
    case "latest": {
      const stop = to ?? (request.from.kind === "latest" ? START : from);
      return read({ from: stop.behind, to: END.position, limit, newestFirst: true });
    }
    case "before":
      return read({ from: since, to: from.position, limit, newestFirst: true });
    case "after":
      return read({ from: from.behind, to: END.position, limit, newestFirst: false });
    case "around": {
      const half = Math.floor(limit / 2);
      const before = await read({
        from: since,
        to: from.position,
        limit: half,
        newestFirst: true,
      });
      const rest = limit - before.length;
      return before.concat(
        await read({ from: from.position, to: END.position, limit: rest, newestFirst: false }),
      );
    }
    case "between": {
      const end = to ?? END;
      return from.position <= end.position
        ? read({ from: from.behind, to: end.position, limit, newestFirst: false })
        : read({ from: end.behind, to: from.position, limit, newestFirst: true });
    }
  }
}

/**
 * Yields all of a conversation's events as they stand in its files, each line once: positions that repeat or go
 * back are no obstacle. Throws file-system errors.
 */
export async function* readWholeHistory({
  folder,
  pending,
}: Pick<PageSources, "folder" | "pending">): AsyncGenerator<RoomEvent, void> {
  const slice = new TimeSlice();
  for (const day of [...folder.days]) {
    const file = folder.openDay(day);
    if (file === null) continue;
    try {
      for (const line of file.forward(0)) {
        if (slice.isDue) await slice.rest();
        const stored = parseStoredEvent(line.bytes.toString("utf8"), folder.id);
        if (stored.kind !== "event" || stored.isErased) continue;
        const event = pending.applyTo(stored.event);
        if (event !== null) yield event;
      }
    } finally {
      file.close();
    }
  }
}

/** A point in a history. */
interface ResolvedPoint {
  /** Position of the first event at or behind the point. */
  readonly position: number;
  /** Position of the first event behind it. */
  readonly behind: number;
}

const START: ResolvedPoint = { position: 0, behind: 0 };
const END: ResolvedPoint = { position: Number.POSITIVE_INFINITY, behind: Number.POSITIVE_INFINITY };

async function resolvePoint(
  { folder, msgids, read }: PageSources,
  point: HistoryPoint,
): Promise<ResolvedPoint | null> {
  switch (point.kind) {
    case "latest":
      return END;
    case "msgid": {
      const position = await msgids.find(folder, point.msgid, read);
      return position === null ? null : { position, behind: position + 1 };
    }
    case "time": {
      const first = folder.firstSince(point.time);
      if (first === null) return END;
      const { position, isAtThatTime } = first;
      return { position, behind: isAtThatTime ? position + 1 : position };
    }
  }
}

/** Which events to read: those at positions from `from` up to, and without, `to`; the newest of them, or the oldest. */
interface Walk {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly newestFirst: boolean;
  readonly kinds: "messages" | "all";
  readonly reader: HistoryRequest["reader"];
}

async function readWalk(sources: PageSources, walk: Walk): Promise<RoomEvent[]> {
  const { folder, msgids, pending, read } = sources;
  const events: RoomEvent[] = [];
  if (walk.from >= walk.to || walk.limit <= 0) return events;
  const slice = new TimeSlice();
  days: for (const day of daysOf(folder, walk)) {
    const file = folder.openDay(day);
    if (file === null) continue;
    try {
      for (const line of linesOf(file, walk)) {
        if (slice.isDue) await slice.rest();
        read.bytes += line.bytes.length;
        const text = line.bytes.toString("utf8");
        const start = LINE_START.exec(text);
        if (start !== null && walk.kinds === "messages" && start[2] !== "said") {
          if (isPast(Number(start[1]), walk)) break days;
          continue;
        }
        read.events += 1;
        const stored = parseStoredEvent(text, folder.id);
        if (stored.kind !== "event") continue;
        if (isPast(stored.event.position, walk)) break days;
        if (stored.isErased || (walk.kinds === "messages" && !isMessage(stored.event))) continue;
        if (isWithheldFrom(stored.event, walk.reader)) continue;
        const event = pending.applyTo(stored.event);
        if (event !== null && events.push(event) === walk.limit) break days;
      }
    } finally {
      file.close();
    }
  }
  for (const event of events) msgids.remember(event);
  // While the walk rested, a message that it had read may have been redacted.
  const shown = events.map((event) => pending.applyTo(event)).filter((event) => event !== null);
  return walk.newestFirst ? shown.reverse() : shown;
}

/** Returns the days to walk through, in the order of the walk. */
function daysOf(folder: HistoryFolder, walk: Walk): string[] {
  const edge = walk.newestFirst ? walk.to - 1 : walk.from;
  const day = edge === Number.POSITIVE_INFINITY ? folder.days.at(-1) : folder.dayOfPosition(edge);
  const index = day === null || day === undefined ? -1 : folder.days.indexOf(day);
  if (walk.newestFirst) return folder.days.slice(0, index + 1).reverse();
  return folder.days.slice(Math.max(0, index));
}

function linesOf(file: DayFile, walk: Walk): Generator<DayLine, void> {
  if (!walk.newestFirst) return file.forward(file.find((head) => head.position >= walk.from));
  if (walk.to === Number.POSITIVE_INFINITY) return file.backward(file.bytes);
  return file.backward(file.find((head) => head.position >= walk.to));
}

function isPast(position: number, walk: Walk): boolean {
  return walk.newestFirst ? position < walk.from : position >= walk.to;
}

function isMessage(event: RoomEvent): boolean {
  return event.kind === "said" && event.verb !== "TAGMSG";
}

/** Returns whether only its author may see an event, and the reader is somebody else. */
function isWithheldFrom(event: RoomEvent, reader: HistoryRequest["reader"]): boolean {
  if (reader === undefined || event.by.accountId === reader) return false;
  return "withheld" in event && event.withheld === true;
}
