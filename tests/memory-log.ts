import type { ConversationId, RoomEvent } from "../lib/chat-server/event.ts";
import type { HistoryRequest, SearchRequest } from "../lib/chat-server/ports.ts";
import type { HistoryPoint } from "../lib/protocol/chathistory.ts";
import { searchEvents } from "./memory-search.ts";

/** The history as plain lists: what a page of it is, said in the shortest way. */
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
  recent(): Map<ConversationId, readonly RoomEvent[]> {
    return new Map(
      this.conversations().map((id) => [id, carriedOut(this.all(id)).slice(-100)] as const),
    );
  }

  search(request: SearchRequest): RoomEvent[] {
    return searchEvents((id) => carriedOut(this.all(id)), request);
  }

  page(conversation: ConversationId, request: HistoryRequest): RoomEvent[] {
    const { direction, from, to, limit, since, kinds } = request;
    const shown = carriedOut(this.all(conversation)).filter(
      (event) => event.at >= since && (kinds === "all" || isMessage(event)),
    );
    const start = placeOf(this.all(conversation), from);
    switch (direction) {
      case "latest":
        return shown
          .filter((event) => from.kind === "latest" || isBehind(event, start))
          .slice(-limit);
      case "before":
        return shown.filter((event) => isBefore(event, start)).slice(-limit);
      case "after":
        return shown.filter((event) => isBehind(event, start)).slice(0, limit);
      case "around": {
        const at = shown.findIndex((event) => !isBefore(event, start));
        const middle = at === -1 ? shown.length : at;
        const first = Math.max(0, middle - Math.floor(limit / 2));
        return shown.slice(first, first + limit);
      }
      case "between": {
        const end = placeOf(this.all(conversation), to ?? from);
        if (start.time <= end.time) {
          return shown
            .filter((event) => isBehind(event, start) && isBefore(event, end))
            .slice(0, limit);
        }
        return shown
          .filter((event) => isBehind(event, end) && isBefore(event, start))
          .slice(-limit);
      }
    }
  }
}

interface Place {
  readonly time: number;
}

function placeOf(events: readonly RoomEvent[], point: HistoryPoint): Place {
  if (point.kind === "time") return point;
  if (point.kind === "latest") return { time: Number.POSITIVE_INFINITY };
  return events.find((event) => event.msgid === point.msgid) ?? { time: Number.NaN };
}

function isBefore(event: RoomEvent, place: Place): boolean {
  return event.time < place.time;
}

function isBehind(event: RoomEvent, place: Place): boolean {
  return event.time > place.time;
}

function isMessage(event: RoomEvent): boolean {
  return event.kind === "said" && event.verb !== "TAGMSG";
}

function carriedOut(events: readonly RoomEvent[]): RoomEvent[] {
  const gone = new Set<string>();
  const edits = new Map<string, Extract<RoomEvent, { kind: "edited" }>>();
  for (const event of events) {
    if (event.kind === "redacted") gone.add(event.target);
    if (event.kind === "edited") edits.set(event.target, event);
  }
  return events.flatMap((event) => {
    if (gone.has(event.msgid)) return [];
    const edit = edits.get(event.msgid);
    if (edit === undefined || event.kind !== "said") return [event];
    return [{ ...event, text: edit.text, editedAt: edit.time }];
  });
}
