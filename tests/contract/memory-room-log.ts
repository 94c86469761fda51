import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { Answers, HistoryRequest, SearchRequest } from "../../lib/chat-server/ports.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot.ts";
import type { LoadedHistory, RoomLog } from "../../lib/file-manager/room-log.ts";
import type { HistoryPoint } from "../../lib/protocol/chathistory.ts";
import { searchEvents } from "../memory-search.ts";

/** A room log that forgets with the process, and does everything the slow and obvious way. */
export class MemoryRoomLog implements RoomLog {
  readonly #events = new Map<ConversationId, RoomEvent[]>();
  readonly owed = 0;

  load(snapshot: Snapshot): LoadedHistory {
    const known = new Map(snapshot.conversations.map(({ id, at }) => [id, at]));
    const later: RoomEvent[] = [];
    const recent = new Map<ConversationId, RoomEvent[]>();
    for (const [id, events] of this.#events) {
      later.push(...events.filter((event) => event.at > (known.get(id) ?? 0)));
      recent.set(id, shown(events).slice(-100));
    }
    return { later, recent, reports: [] };
  }

  append(event: RoomEvent): boolean {
    const events = this.#events.get(event.conversation) ?? [];
    if (event.at !== events.length + 1) throw new Error("events are kept in order");
    this.#events.set(event.conversation, events);
    events.push(event);
    return true;
  }

  async sync(): Promise<boolean> {
    return true;
  }

  async page(conversation: ConversationId, request: HistoryRequest): Promise<RoomEvent[] | null> {
    const all = this.#events.get(conversation) ?? [];
    const place = (point: HistoryPoint): { at: number; behind: number } | null => {
      if (point.kind === "latest") return { at: Infinity, behind: Infinity };
      if (point.kind === "time") {
        const first = (time: number) => all.find((event) => event.time >= time)?.at ?? Infinity;
        return { at: first(point.time), behind: first(point.time + 1) };
      }
      const at = all.find((event) => event.msgid === point.msgid)?.at;
      return at === undefined ? null : { at, behind: at + 1 };
    };
    const from = place(request.from);
    const to = request.to === null ? null : place(request.to);
    if (from === null || (request.to !== null && to === null)) return [];
    const seen = shown(all).filter(
      (event) =>
        event.at >= request.since &&
        (request.kinds === "all" || (event.kind === "said" && event.verb !== "TAGMSG")),
    );
    const within = (low: number, high: number) =>
      seen.filter((event) => event.at >= low && event.at < high);
    const newest = (events: RoomEvent[], limit: number) =>
      events.slice(Math.max(0, events.length - limit));
    switch (request.direction) {
      case "latest":
        return newest(within(to?.behind ?? 0, Infinity), request.limit);
      case "before":
        return newest(within(0, from.at), request.limit);
      case "after":
        return within(from.behind, Infinity).slice(0, request.limit);
      case "around": {
        const before = newest(within(0, from.at), Math.floor(request.limit / 2));
        return [...before, ...within(from.at, Infinity).slice(0, request.limit - before.length)];
      }
      case "between": {
        const other = to ?? { at: Infinity, behind: Infinity };
        return from.at <= other.at
          ? within(from.behind, other.at).slice(0, request.limit)
          : newest(within(other.behind, from.at), request.limit);
      }
    }
  }

  async search(request: SearchRequest): Promise<Answers["search"]> {
    return {
      events: searchEvents((id) => shown(this.#events.get(id) ?? []), request),
      complete: true,
    };
  }

  async rewrite(event: RoomEvent & { readonly target: string }): Promise<boolean> {
    const events = this.#events.get(event.conversation) ?? [];
    return events.some((one) => one.kind === "said" && one.msgid === event.target);
  }

  async close(): Promise<void> {}
}

/** What people see: messages as last edited, without those that were taken back. */
function shown(events: readonly RoomEvent[]): RoomEvent[] {
  const about = (target: string) =>
    events.filter(
      (event) => (event.kind === "edited" || event.kind === "redacted") && event.target === target,
    );
  const seen: RoomEvent[] = [];
  for (const event of events) {
    if (event.kind === "said") {
      const last = about(event.msgid).at(-1);
      if (about(event.msgid).some((one) => one.kind === "redacted")) continue;
      if (last?.kind === "edited") {
        seen.push({ ...event, text: last.text, editedAt: last.time });
        continue;
      }
    }
    if (event.kind === "edited" && about(event.target).some((one) => one.at > event.at)) continue;
    seen.push(event);
  }
  return seen;
}
