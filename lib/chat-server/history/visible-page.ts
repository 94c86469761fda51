import { utf8Bytes } from "../../protocol/utf8.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { query, type Steps } from "../command.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { HISTORY_LIMIT_MAX, HISTORY_PAGE_BYTES_MAX, HISTORY_READS_MAX } from "../limits.ts";
import type { EncodedLine } from "../relay/encode-event.ts";
import type { HistoryRequest } from "../server-ports.ts";
import { pause, Slice } from "../slices.ts";

/** Bytes of a page that are encoded and sent in one of the units of slices.ts. */
const ENCODED_BYTES_PER_UNIT = 128;

/** A request for a page of history by one reader. */
interface PageRequest {
  readonly conversation: ConversationId;
  readonly request: HistoryRequest;
  /** Encodes an event as its reader sees it; no lines for an event that they aren't shown. */
  readonly encode: (event: RoomEvent) => readonly EncodedLine[];
  /** Whether the reader may still read the conversation. Checked after each read. */
  readonly isAllowed: () => boolean;
}

/** Why there is no page: the reader may not read any more (a kick), or the files can't be read. */
type PageFailure = "refused" | "unreadable";

/** The lines of one event, as its reader sees it. */
type EventLines = readonly EncodedLine[];

/** The same with their size, by {@link encodedBytes}. */
interface SizedLines {
  readonly lines: EventLines;
  readonly bytes: number;
}

/** The visible events in the order of reading: oldest first only if that is forward in time. */
interface VisibleEvents {
  readonly events: readonly SizedLines[];
  readonly isForward: boolean;
}

/**
 * Reads a page of history from the files, and reads on until it has `request.limit` events that the reader
 * is shown: hidden events don't count, so that an empty page means that there is nothing more, unless
 * `HISTORY_READS_MAX` was reached. Returns the page's lines, oldest first.
 */
export function* readVisiblePage(page: PageRequest): Steps<readonly EncodedLine[] | PageFailure> {
  const { request } = page;
  if (request.direction === "around") return yield* readAround(page);
  const visible = yield* readVisible(page, request);
  if (typeof visible === "string") return visible;
  return takeWithinLimits(visible, request.limit, HISTORY_PAGE_BYTES_MAX).flat();
}

/** Returns the size of lines in bytes, without their line ends. */
export function encodedBytes(lines: readonly EncodedLine[]): number {
  return lines.reduce((sum, { tags, body }) => sum + utf8Bytes(tags) + utf8Bytes(body), 0);
}

/**
 * Reads the half before a message or a time, and then the message itself with the half after it. Each half is
 * read separately, since more events of one half may be visible than of the other.
 */
function* readAround(page: PageRequest): Steps<readonly EncodedLine[] | PageFailure> {
  const { from, limit } = page.request;
  const bytesMax = HISTORY_PAGE_BYTES_MAX / 2;
  const time = yield* resolveTime(page, from);
  if (typeof time === "string") return time;
  if (time === null) return [];
  const limitBefore = Math.floor(limit / 2);
  let before: readonly EventLines[] = [];
  if (limitBefore > 0) {
    const visible = yield* readVisible(page, halfOf(page, "before", time, limitBefore));
    if (typeof visible === "string") return visible;
    before = takeWithinLimits(visible, limitBefore, bytesMax);
  }
  const limitAfter = limit - before.length;
  const visible = yield* readVisible(page, halfOf(page, "after", time - 1, limitAfter));
  if (typeof visible === "string") return visible;
  const after = takeWithinLimits(visible, limitAfter, bytesMax);
  return [...before, ...after].flat();
}

function halfOf(
  { request }: PageRequest,
  direction: "before" | "after",
  time: number,
  limit: number,
): HistoryRequest {
  return { ...request, direction, from: { kind: "time", time }, limit };
}

/** Looks up the time of a message; for one that isn't visible, of one beside it. `null`: there is none. */
function* resolveTime(page: PageRequest, point: HistoryPoint): Steps<number | null | PageFailure> {
  if (point.kind === "time") return point.time;
  const { since } = page.request;
  const surrounding = { direction: "around", to: null, limit: 2, kinds: "all" } as const;
  const events = yield* readOnce(page, { ...surrounding, from: point, since });
  if (typeof events === "string") return events;
  const msgid = point.kind === "msgid" ? point.msgid : null;
  const event = events.find((candidate) => candidate.msgid === msgid) ?? events.at(-1);
  return event?.time ?? null;
}

/**
 * Reads until there are as many visible events as the first request asks for, as many bytes as a page may have, or
 * nothing more. Encodes in slices, since a page of long messages takes many milliseconds.
 */
function* readVisible(
  page: PageRequest,
  firstRequest: HistoryRequest,
): Steps<VisibleEvents | PageFailure> {
  let request = firstRequest;
  const visible: SizedLines[] = [];
  const slice = new Slice({ units: 0 });
  let bytes = 0;
  for (let readsLeft = HISTORY_READS_MAX; ; readsLeft -= 1) {
    const events = yield* readOnce(page, request);
    if (typeof events === "string") return events;
    const isForward = yield* resolveDirection(page, request, events);
    if (typeof isForward === "string") return isForward;
    for (const event of isForward ? events : events.toReversed()) {
      if (slice.isOver()) {
        yield* pause();
        if (!page.isAllowed()) return "refused";
      }
      const lines = page.encode(event);
      if (lines.length === 0) continue;
      const size = encodedBytes(lines);
      slice.add(lines.length + size / ENCODED_BYTES_PER_UNIT);
      bytes += size;
      visible.push({ lines, bytes: size });
      if (visible.length >= firstRequest.limit || bytes > HISTORY_PAGE_BYTES_MAX) {
        return { events: visible, isForward };
      }
    }
    if (events.length < request.limit || readsLeft === 0) return { events: visible, isForward };
    request = nextRequest(request, events, isForward);
  }
}

function* readOnce(
  { conversation, isAllowed }: PageRequest,
  request: HistoryRequest,
): Steps<readonly RoomEvent[] | PageFailure> {
  const { events } = yield* query({ kind: "history", conversation, request });
  // Rights may have changed meanwhile: the reader may have been kicked.
  if (!isAllowed()) return "refused";
  return events ?? "unreadable";
}

/**
 * Finds out whether a page is read forward in time. For BETWEEN that follows from its two times, or from where
 * the first events lie; of two messages the time of one has to be looked up.
 */
function* resolveDirection(
  page: PageRequest,
  { direction, from, to }: HistoryRequest,
  events: readonly RoomEvent[],
): Steps<boolean | PageFailure> {
  const [first] = events;
  const last = events.at(-1);
  if (direction !== "between") return direction === "after";
  if (from.kind === "time" && to?.kind === "time") return from.time <= to.time;
  if (first === undefined || last === undefined) return true;
  if (from.kind === "time") return from.time < first.time;
  if (to?.kind === "time") return last.time < to.time;
  const time = yield* resolveTime(page, from);
  return typeof time === "string" ? time : time === null || time <= first.time;
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

/** Takes as many events as the limits allow; at least one. Returns their lines, the oldest event first. */
function takeWithinLimits(
  { events, isForward }: VisibleEvents,
  limit: number,
  bytesMax: number,
): readonly EventLines[] {
  const taken: EventLines[] = [];
  let bytesLeft = bytesMax;
  for (const { lines, bytes } of events.slice(0, limit)) {
    bytesLeft -= bytes;
    if (bytesLeft < 0 && taken.length > 0) break;
    taken.push(lines);
  }
  return isForward ? taken : taken.reverse();
}
