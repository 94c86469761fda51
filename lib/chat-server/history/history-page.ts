import { utf8Bytes } from "../../protocol/utf8.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { awaitQuery, type Outcome } from "../command.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { HISTORY_LIMIT_MAX, HISTORY_PAGE_BYTES_MAX, HISTORY_READS_MAX } from "../limits.ts";
import type { EncodedLine } from "../relay/encode-event.ts";
import type { HistoryRequest } from "../server-ports.ts";

/** A request for a page of history, and what to do with the page. */
interface PageRequest {
  readonly conversation: ConversationId;
  readonly request: HistoryRequest;
  /** Encodes an event as its reader sees it; no lines for an event that they aren't shown. */
  readonly encode: (event: RoomEvent) => readonly EncodedLine[];
  /** Whether the reader may still read the conversation. Checked after each read. */
  readonly isAllowed: () => boolean;
  /** Receives the page, oldest first; `null` when the files can't be read. */
  readonly done: (lines: readonly EncodedLine[] | null) => Outcome;
  /** Called instead of `done` when `isAllowed` returns false. */
  readonly refused: () => Outcome;
}

/** The lines of one event, as its reader sees it. */
type EventLines = readonly EncodedLine[];

/** Receives the visible events, oldest first, and whether they were read forward in time. */
type OnEvents = (events: readonly EventLines[], isForward: boolean) => Outcome;

/**
 * Reads a page of history from the files, and reads on until it has `request.limit` events that the reader
 * is shown: hidden events don't count, so that an empty page means that there is nothing more.
 */
export function readHistoryPage(page: PageRequest): Outcome {
  const { request } = page;
  if (request.direction === "around") return readAround(page);
  return readVisible(page, request, (events, isForward) => {
    const fitting = takeWithinLimits(events, request.limit, HISTORY_PAGE_BYTES_MAX, isForward);
    return page.done(fitting.flat());
  });
}

/** Returns the size of lines in bytes, without their line ends. */
export function encodedBytes(lines: readonly EncodedLine[]): number {
  return lines.reduce((sum, { tags, body }) => sum + utf8Bytes(tags) + utf8Bytes(body), 0);
}

/**
 * Reads the half before a message or a time, and then the message itself with the half after it. Each half is
 * read separately, since more events of one half may be visible than of the other.
 */
function readAround(page: PageRequest): Outcome {
  const { limit } = page.request;
  const bytesMax = HISTORY_PAGE_BYTES_MAX / 2;
  return resolveTime(page, page.request.from, (time) => {
    if (time === null) return page.done([]);
    const readHalf = (
      direction: "before" | "after",
      fromTime: number,
      halfLimit: number,
      onEvents: OnEvents,
    ) => {
      const from = { kind: "time", time: fromTime } as const;
      return readVisible(page, { ...page.request, direction, from, limit: halfLimit }, onEvents);
    };
    const readAfter = (before: readonly EventLines[]) => {
      const limitAfter = limit - before.length;
      return readHalf("after", time - 1, limitAfter, (events) => {
        const after = takeWithinLimits(events, limitAfter, bytesMax, true);
        return page.done([...before, ...after].flat());
      });
    };
    const limitBefore = Math.floor(limit / 2);
    if (limitBefore === 0) return readAfter([]);
    return readHalf("before", time, limitBefore, (events) =>
      readAfter(takeWithinLimits(events, limitBefore, bytesMax, false)),
    );
  });
}

/** Looks up the time of a message; for one that isn't visible, of one beside it. `null`: there is none. */
function resolveTime(
  page: PageRequest,
  point: HistoryPoint,
  onTime: (time: number | null) => Outcome,
): Outcome {
  if (point.kind === "time") return onTime(point.time);
  const { since } = page.request;
  const surrounding = { direction: "around", to: null, limit: 2, kinds: "all" } as const;
  return readOnce(page, { ...surrounding, from: point, since }, (events) => {
    const msgid = point.kind === "msgid" ? point.msgid : null;
    const event = events.find((candidate) => candidate.msgid === msgid) ?? events.at(-1);
    return onTime(event?.time ?? null);
  });
}

/** Reads until there are `request.limit` visible events, or nothing more. */
function readVisible(page: PageRequest, request: HistoryRequest, onEvents: OnEvents): Outcome {
  return readMore(page, request, request.limit, [], HISTORY_READS_MAX, onEvents);
}

function readMore(
  page: PageRequest,
  request: HistoryRequest,
  limit: number,
  previous: readonly EventLines[],
  readsLeft: number,
  onEvents: OnEvents,
): Outcome {
  return readOnce(page, request, (events) =>
    resolveDirection(page, request, events, (isForward) => {
      const visible = events.map(page.encode).filter((lines) => lines.length > 0);
      const all = isForward ? [...previous, ...visible] : [...visible, ...previous];
      const isComplete = events.length < request.limit || all.length >= limit;
      if (isComplete || readsLeft === 0) return onEvents(all, isForward);
      const next = nextRequest(request, events, isForward);
      return readMore(page, next, limit, all, readsLeft - 1, onEvents);
    }),
  );
}

function readOnce(
  page: PageRequest,
  request: HistoryRequest,
  onEvents: (events: readonly RoomEvent[]) => Outcome,
): Outcome {
  const { conversation } = page;
  return awaitQuery({ kind: "history", conversation, request }, ({ events }) => {
    // Rights may have changed meanwhile: the reader may have been kicked.
    if (!page.isAllowed()) return page.refused();
    return events === null ? page.done(null) : onEvents(events);
  });
}

/**
 * Finds out whether a page is read forward in time. For BETWEEN that follows from its two times, or from where
 * the first events lie; of two messages the time of one has to be looked up.
 */
function resolveDirection(
  page: PageRequest,
  { direction, from, to }: HistoryRequest,
  events: readonly RoomEvent[],
  onDirection: (isForward: boolean) => Outcome,
): Outcome {
  const [first] = events;
  const last = events.at(-1);
  if (direction !== "between") return onDirection(direction === "after");
  if (from.kind === "time" && to?.kind === "time") return onDirection(from.time <= to.time);
  if (first === undefined || last === undefined) return onDirection(true);
  if (from.kind === "time") return onDirection(from.time < first.time);
  if (to?.kind === "time") return onDirection(last.time < to.time);
  return resolveTime(page, from, (time) => onDirection(time === null || time <= first.time));
}

/**
 * Returns the request that continues after the events just read. No two events of a conversation share a
 * time.
 */
function nextRequest(
  request: HistoryRequest,
  events: readonly RoomEvent[],
  isForward: boolean,
): HistoryRequest {
  const time = (isForward ? events.at(-1) : events[0])?.time ?? 0;
  const next = { ...request, from: { kind: "time", time }, limit: HISTORY_LIMIT_MAX } as const;
  // LATEST with a stop point continues between the oldest event that was read and that point.
  if (request.direction !== "latest") return next;
  if (request.from.kind === "latest") return { ...next, direction: "before" };
  return { ...next, direction: "between", to: request.from };
}

/** Takes as many events as the limits allow, from the end at which the page begins; at least one. */
function takeWithinLimits(
  events: readonly EventLines[],
  limit: number,
  bytesMax: number,
  isForward: boolean,
): readonly EventLines[] {
  const candidates = isForward ? events.slice(0, limit) : events.slice(-limit).reverse();
  const taken: EventLines[] = [];
  let bytes = 0;
  for (const lines of candidates) {
    bytes += encodedBytes(lines);
    if (bytes > bytesMax && taken.length > 0) break;
    taken.push(lines);
  }
  return isForward ? taken : taken.reverse();
}
