import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { AuthoredRange } from "../../lib/chat-server/history/authored-range.ts";
import { collectAuthoredLines } from "../../lib/chat-server/history/select-events.ts";
import type {
  HistoryRequest,
  QueryAnswers,
  SearchRequest,
} from "../../lib/chat-server/server-ports.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot/snapshot.ts";
import type {
  ErasureRewrite,
  MessageRewrite,
} from "../../lib/file-manager/history/pending-rewrites.ts";
import type { LoadedHistory, RoomLog } from "../../lib/file-manager/history/room-log.ts";
import { MemoryLog } from "../memory-log.ts";

/** The log of the plays' stage, as a room log that forgets with the process. */
export class MemoryRoomLog implements RoomLog {
  readonly #log = new MemoryLog();
  readonly pendingRewrites = 0;
  finishRewrites = async (): Promise<boolean> => true;

  load(snapshot: Snapshot): LoadedHistory {
    const known = new Map(snapshot.conversations.map(({ id, at }) => [id, at]));
    const later = this.#log
      .conversations()
      .flatMap((id) => this.#log.all(id).filter((event) => event.position > (known.get(id) ?? 0)));
    return { later, recent: this.#log.recent(), reports: [] };
  }

  /** Nobody follows it. */
  resume(): void {}

  isArchived(): boolean {
    return false;
  }

  positionOf(id: ConversationId): number {
    return this.#log.all(id).length;
  }

  append(event: RoomEvent): boolean {
    if (event.position !== this.#log.all(event.conversation).length + 1) {
      throw new Error("events are kept in order");
    }
    this.#log.append(event);
    return true;
  }

  async sync(): Promise<boolean> {
    return true;
  }

  async page(conversation: ConversationId, request: HistoryRequest): Promise<RoomEvent[] | null> {
    return this.#log.page(conversation, request);
  }

  async *events(conversation: ConversationId): AsyncGenerator<RoomEvent, void> {
    const from = { kind: "time", time: 0 } as const;
    const all = { direction: "after", from, to: null, limit: Infinity, since: 0, kinds: "all" };
    yield* this.#log.page(conversation, all as HistoryRequest);
  }

  async search(request: SearchRequest): Promise<QueryAnswers["search"]> {
    return { events: this.#log.search(request), complete: true };
  }

  /** Nobody looks for what is gone. */
  readonly knownConversations = [];
  async archive(): Promise<void> {}

  /** Nothing that a play needs ever grows old. */
  async prune(): Promise<void> {}

  async findAuthored(
    id: ConversationId,
    who: AuthoredRange,
    pinned: string | null,
  ): Promise<QueryAnswers["authored-lines"]["lines"]> {
    return collectAuthoredLines(this.#log.authoredIn(id, who), pinned);
  }

  async eraseUnreachable(): Promise<QueryAnswers["erase-unreachable"]> {
    return { done: true, lines: 0 };
  }

  async rewrite(event: MessageRewrite | ErasureRewrite): Promise<boolean> {
    if (event.kind === "forgotten") return true;
    const events = this.#log.all(event.conversation);
    return events.some((one) => one.kind === "said" && one.msgid === event.target);
  }

  async close(): Promise<void> {}
}
