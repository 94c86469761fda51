import type { ConversationId, RoomEvent, RoomEventOf } from "../lib/chat-server/event.ts";
import type { AuthoredRange } from "../lib/chat-server/history/authored-range.ts";
import { isAuthoredBy, isMessage, selectEvents } from "../lib/chat-server/history/select-events.ts";
import { isShownTo, withEdit } from "../lib/chat-server/history/withheld.ts";
import type { HistoryRequest, SearchRequest } from "../lib/chat-server/server-ports.ts";
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

  authoredIn(conversation: ConversationId, who: AuthoredRange): RoomEvent[] {
    return shown(this.all(conversation)).filter((event) => isAuthoredBy(event, who));
  }

  search(request: SearchRequest): RoomEvent[] {
    return searchEvents((id) => shown(this.all(id)), request);
  }

  page(conversation: ConversationId, request: HistoryRequest): RoomEvent[] {
    const { since, kinds, reader } = request;
    const all = this.all(conversation);
    const seen = shown(all).filter(
      (event) =>
        event.position >= since &&
        (kinds === "all" || isMessage(event)) &&
        (reader === undefined || isShownTo(event, reader)),
    );
    return selectEvents(all, seen, request);
  }
}

type Correction = RoomEventOf<"edited"> | RoomEventOf<"redacted">;

/** The events as users see them: messages with their last edit, without redacted ones, and the last edit of each. */
function shown(events: readonly RoomEvent[]): RoomEvent[] {
  const corrections = new Map<string, Correction[]>();
  for (const event of events) {
    if (event.kind !== "edited" && event.kind !== "redacted") continue;
    corrections.set(event.target, [...(corrections.get(event.target) ?? []), event]);
  }
  const forgettings = events.filter((event) => event.kind === "forgotten");
  return events
    .filter((event) => !forgettings.some((forgetting) => isAuthoredBy(event, forgetting)))
    .filter((event) => {
      if (event.kind === "said") {
        return !corrections.get(event.msgid)?.some(({ kind }) => kind === "redacted");
      }
      return event.kind !== "edited" || corrections.get(event.target)?.at(-1) === event;
    })
    .map((event) => {
      if (event.kind !== "said") return event;
      const edits = corrections.get(event.msgid) ?? [];
      return edits.reduce(
        (said, edit) => (edit.kind === "edited" ? withEdit(said, edit) : said),
        event,
      );
    });
}
