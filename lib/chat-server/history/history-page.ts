import { utf8Bytes } from "../../protocol/utf8.ts";
import type { HistoryPoint } from "../../protocol/wire/history-point.ts";
import { awaitQuery, type Outcome } from "../command.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { HISTORY_LIMIT_MAX, HISTORY_PAGE_BYTES_MAX, HISTORY_READS_MAX } from "../limits.ts";
import type { EncodedLine } from "../relay/encode-event.ts";
import type { HistoryRequest } from "../server-ports.ts";

/** A page that somebody asked for. */
export interface PageRequest {
  readonly conversation: ConversationId;
  readonly request: HistoryRequest;
  /** What the asker is shown of an event: no lines for nothing. */
  readonly encode: (event: RoomEvent) => readonly EncodedLine[];
  /** Whether the asker may still read there. */
  readonly isAllowed: () => boolean;
  /** The page, or `null` when it can't be read. */
  readonly done: (lines: readonly EncodedLine[] | null) => Outcome;
  readonly refused: () => Outcome;
}

/** One event of a page, as its reader sees it. */
type Shown = readonly EncodedLine[];

/**
 * Reads a page of history until it has as many messages as were asked for, as its reader counts them: what
 * they aren't shown takes no place, so that an empty page means that nothing more is there.
 */
export function readHistoryPage(ask: PageRequest): Outcome {
  const { request } = ask;
  if (request.direction === "around") return readAround(ask);
  return gather(ask, request, (all, isForward) => {
    return ask.done(fitting(all, request.limit, HISTORY_PAGE_BYTES_MAX, isForward).flat());
  });
}

/**
 * The half before a message or a moment, and the message itself with what is behind it. Each half is read by
 * itself, since more of one may be shown than of the other.
 */
function readAround(ask: PageRequest): Outcome {
  const { limit } = ask.request;
  const bytesMax = HISTORY_PAGE_BYTES_MAX / 2;
  return timeOf(ask, ask.request.from, (time) => {
    if (time === null) return ask.done([]);
    const half = (direction: "before" | "after", from: number, most: number, then: Gathered) => {
      const point = { kind: "time", time: from } as const;
      return gather(ask, { ...ask.request, direction, from: point, limit: most }, then);
    };
    const behind = (before: readonly Shown[]) =>
      half("after", time - 1, limit - before.length, (all) => {
        const after = fitting(all, limit - before.length, bytesMax, true);
        return ask.done([...before, ...after].flat());
      });
    const most = Math.floor(limit / 2);
    if (most === 0) return behind([]);
    return half("before", time, most, (all) => behind(fitting(all, most, bytesMax, false)));
  });
}

/** When a message was said; of one that isn't shown, of one beside it. `null`: there is nothing. */
function timeOf(
  ask: PageRequest,
  point: HistoryPoint,
  then: (time: number | null) => Outcome,
): Outcome {
  if (point.kind === "time") return then(point.time);
  const { since } = ask.request;
  const beside = { direction: "around", to: null, limit: 2, kinds: "all" } as const;
  const request = { ...beside, from: point, since };
  return readOnce(ask, request, (events) => {
    const { msgid } = point.kind === "msgid" ? point : { msgid: null };
    const event = events.find((one) => one.msgid === msgid) ?? events.at(-1);
    return then(event?.time ?? null);
  });
}

/** All that is there for its reader, oldest first, and which way it was read. */
type Gathered = (all: readonly Shown[], isForward: boolean) => Outcome;

/** Reads on until there are `request.limit` messages, or nothing more. */
function gather(ask: PageRequest, request: HistoryRequest, then: Gathered): Outcome {
  return read(ask, request, request.limit, [], HISTORY_READS_MAX, then);
}

function read(
  ask: PageRequest,
  request: HistoryRequest,
  wanted: number,
  before: readonly Shown[],
  reads: number,
  then: Gathered,
): Outcome {
  return readOnce(ask, request, (events) =>
    towards(ask, request, events, (isForward) => {
      const shown = events.map(ask.encode).filter((lines) => lines.length > 0);
      const all = isForward ? [...before, ...shown] : [...shown, ...before];
      const isAll = events.length < request.limit || all.length >= wanted;
      if (isAll || reads === 0) return then(all, isForward);
      return read(ask, following(request, events, isForward), wanted, all, reads - 1, then);
    }),
  );
}

function readOnce(
  ask: PageRequest,
  request: HistoryRequest,
  then: (events: readonly RoomEvent[]) => Outcome,
): Outcome {
  return awaitQuery({ kind: "history", conversation: ask.conversation, request }, ({ events }) => {
    // Rights may have changed meanwhile: a kick comes between.
    if (!ask.isAllowed()) return ask.refused();
    return events === null ? ask.done(null) : then(events);
  });
}

/**
 * Whether a page goes on towards now. BETWEEN says which way by its times, or by where the first page lies;
 * of two messages it has to be looked up which one was first.
 */
function towards(
  ask: PageRequest,
  { direction, from, to }: HistoryRequest,
  events: readonly RoomEvent[],
  then: (isForward: boolean) => Outcome,
): Outcome {
  const [first] = events;
  const last = events.at(-1);
  if (direction !== "between") return then(direction === "after");
  if (from.kind === "time" && to?.kind === "time") return then(from.time <= to.time);
  if (first === undefined || last === undefined) return then(true);
  if (from.kind === "time") return then(from.time < first.time);
  if (to?.kind === "time") return then(last.time < to.time);
  return timeOf(ask, from, (time) => then(time === null || time <= first.time));
}

/** The same from the last event that was read. Times stand for events: no two of a conversation share one. */
function following(
  request: HistoryRequest,
  events: readonly RoomEvent[],
  isForward: boolean,
): HistoryRequest {
  const time = (isForward ? events.at(-1) : events[0])?.time ?? 0;
  const next = { ...request, from: { kind: "time", time }, limit: HISTORY_LIMIT_MAX } as const;
  // LATEST behind a point goes on between the oldest that was read and that point.
  if (request.direction !== "latest") return next;
  if (request.from.kind === "latest") return { ...next, direction: "before" };
  return { ...next, direction: "between", to: request.from };
}

export function encodedBytes(lines: readonly EncodedLine[]): number {
  return lines.reduce((sum, { tags, body }) => sum + utf8Bytes(tags) + utf8Bytes(body), 0);
}

/** No more than was asked for, and than one answer may hold: from where the page begins. */
function fitting(
  all: readonly Shown[],
  limit: number,
  bytesMax: number,
  isForward: boolean,
): readonly Shown[] {
  const wanted = isForward ? all.slice(0, limit) : all.slice(-limit).reverse();
  const page: Shown[] = [];
  let bytes = 0;
  for (const lines of wanted) {
    bytes += encodedBytes(lines);
    if (bytes > bytesMax && page.length > 0) break;
    page.push(lines);
  }
  return isForward ? page : page.reverse();
}
