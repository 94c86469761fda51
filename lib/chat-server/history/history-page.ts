import { utf8Bytes } from "../../protocol/text.ts";
import { type Outcome, wait } from "../command.ts";
import type { EncodedLine } from "../encode.ts";
import type { ConversationId, RoomEvent } from "../event.ts";
import { HISTORY_LIMIT_MAX, HISTORY_PAGE_BYTES_MAX, HISTORY_READS_MAX } from "../limits.ts";
import type { HistoryRequest } from "../ports.ts";

/** A page that somebody asked for. */
export interface PageAsk {
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
export function readPage(ask: PageAsk): Outcome {
  return read(ask, ask.request, [], HISTORY_READS_MAX);
}

function read(
  ask: PageAsk,
  request: HistoryRequest,
  before: readonly Shown[],
  reads: number,
): Outcome {
  return wait({ kind: "history", conversation: ask.conversation, request }, ({ events }) => {
    // Rights may have changed meanwhile: a kick comes between.
    if (!ask.isAllowed()) return ask.refused();
    if (events === null) return ask.done(null);
    const shown = events.map(ask.encode).filter((lines) => lines.length > 0);
    const isAll =
      events.length < request.limit || before.length + shown.length >= ask.request.limit;
    const isForward = directionOf(request, events);
    const all = isForward ? [...before, ...shown] : [...shown, ...before];
    if (isAll || reads === 0 || isForward === null) return finish(ask, all, isForward ?? true);
    return read(ask, following(request, events, isForward), all, reads - 1);
  });
}

/**
 * Whether a page goes on towards now; `null` when it doesn't go on. BETWEEN says which way by its times, or
 * by the times between which the first page lies.
 */
function directionOf({ direction, from, to }: HistoryRequest, events: readonly RoomEvent[]) {
  if (direction === "after") return true;
  if (direction === "around") return null;
  if (direction !== "between") return false;
  if (from.kind === "time" && to?.kind === "time") return from.time <= to.time;
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return null;
  if (from.kind === "time") return from.time < first.time;
  if (to?.kind === "time") return last.time < to.time;
  return null;
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

/** No more than was asked for, and than one answer may hold: from where the page begins. */
function finish(ask: PageAsk, all: readonly Shown[], isForward: boolean): Outcome {
  const { limit } = ask.request;
  const wanted = isForward ? all.slice(0, limit) : all.slice(-limit).reverse();
  const page: Shown[] = [];
  let bytes = 0;
  for (const lines of wanted) {
    for (const { tags, body } of lines) bytes += utf8Bytes(tags) + utf8Bytes(body);
    if (bytes > HISTORY_PAGE_BYTES_MAX && page.length > 0) break;
    page.push(lines);
  }
  return ask.done((isForward ? page : page.reverse()).flat());
}
