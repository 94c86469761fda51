import type { ConversationId, RoomEvent, RoomEventOf } from "../lib/chat-server/event.ts";
import { isTheirs } from "../lib/chat-server/history/said-by.ts";
import type { HistoryRequest, SaidBy, SearchRequest } from "../lib/chat-server/ports.ts";
import type { HistoryPoint } from "../lib/protocol/chathistory.ts";
import { searchEvents } from "./memory-search.ts";

/**
 * The histories as plain lists, and everything done the slow and obvious way. The stage of the plays keeps
 * its events here; tests/contract holds it, as `MemoryRoomLog`, to what the files do.
 */
export class MemoryLog {
  readonly #events = new Map<ConversationId, RoomEvent[]>();

  append(event: RoomEvent): void {
    const events = this.#events.get(event.conversation) ?? [];
    events.push(event);
    this.#events.set(event.conversation, events);
  }

  all(conversation: ConversationId): readonly RoomEvent[] {
    return this.#events.get(conversation) ?? [];
  }

  conversations(): ConversationId[] {
    return [...this.#events.keys()];
  }

  /** The newest 100 of each, edits and redactions carried out. */
  recent(): Map<ConversationId, RoomEvent[]> {
    return new Map(
      this.conversations().map((id) => [id, shown(this.all(id)).slice(-100)] as const),
    );
  }

  saidBy(conversation: ConversationId, who: SaidBy): RoomEvent[] {
    return shown(this.all(conversation)).filter((event) => isTheirs(event, who));
  }

  search(request: SearchRequest): RoomEvent[] {
    return searchEvents((id) => shown(this.all(id)), request);
  }

  page(conversation: ConversationId, request: HistoryRequest): RoomEvent[] {
    const { direction, limit, since, kinds } = request;
    const all = this.all(conversation);
    const from = placeOf(all, request.from);
    const to = request.to === null ? null : placeOf(all, request.to);
    if (from === null || (request.to !== null && to === null)) return [];
    const seen = shown(all).filter(
      (event) => event.at >= since && (kinds === "all" || isMessage(event)),
    );
    const within = (low: number, high: number) =>
      seen.filter((event) => event.at >= low && event.at < high);
    switch (direction) {
      case "latest": {
        const stop = to ?? (request.from.kind === "latest" ? START : from);
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
    const first = (time: number) => events.find((event) => event.time >= time)?.at ?? Infinity;
    return { at: first(point.time), behind: first(point.time + 1) };
  }
  const at = events.find((event) => event.msgid === point.msgid)?.at;
  return at === undefined ? null : { at, behind: at + 1 };
}

function newest(events: RoomEvent[], limit: number): RoomEvent[] {
  return events.slice(Math.max(0, events.length - limit));
}

function isMessage(event: RoomEvent): boolean {
  return event.kind === "said" && event.verb !== "TAGMSG";
}

type Correction = RoomEventOf<"edited"> | RoomEventOf<"redacted">;

/** What people see: messages as last edited, without those that were taken back, and the last edit of each. */
function shown(events: readonly RoomEvent[]): RoomEvent[] {
  const corrections = new Map<string, Correction[]>();
  for (const event of events) {
    if (event.kind !== "edited" && event.kind !== "redacted") continue;
    corrections.set(event.target, [...(corrections.get(event.target) ?? []), event]);
  }
  const forgettings = events.filter((event) => event.kind === "forgotten");
  return events
    .filter((event) => !forgettings.some((forgetting) => isTheirs(event, forgetting)))
    .filter((event) => {
      if (event.kind === "said") {
        return !corrections.get(event.msgid)?.some(({ kind }) => kind === "redacted");
      }
      return event.kind !== "edited" || corrections.get(event.target)?.at(-1) === event;
    })
    .map((event) => {
      const last = event.kind === "said" ? corrections.get(event.msgid)?.at(-1) : undefined;
      if (event.kind !== "said" || last?.kind !== "edited") return event;
      return { ...event, text: last.text, editedAt: last.time };
    });
}
