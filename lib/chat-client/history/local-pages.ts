/**
 * History on servers that have none (no chathistory): pages of what this client has stored itself take its place.
 */
import type { ChatLine } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { blankLine } from "../receive/message-to-line.ts";
import type { HistoryWindow } from "./history-window.ts";

/** One stored message. `id`: the key of its line. */
export type RecordedLine = Pick<
  ChatLine,
  "time" | "nick" | "own" | "text" | "account" | "msgid"
> & {
  readonly id: string;
  readonly kind: "said" | "action" | "notice";
};

/** Reads what the client has stored of a conversation (by its key): at most `count` lines before `before`, in order. */
export type ReadStored = (
  conversation: string,
  before: { readonly id: string; readonly time: number } | null,
  count: number,
) => readonly RecordedLine[];

/** Puts stored lines into conversations. */
export class LocalPages {
  readonly #context: HandlerContext;
  readonly #read: ReadStored | undefined;
  readonly #pageSize: number;

  constructor(context: HandlerContext, read: ReadStored | undefined, pageSize: number) {
    this.#context = context;
    this.#read = read;
    this.#pageSize = pageSize;
  }

  /** Whether stored lines are this server's history. Known once it has welcomed the user. */
  get isUsed(): boolean {
    return this.#read !== undefined && !this.#context.hasCap("draft/chathistory");
  }

  /** Shows the last page of a conversation that has just been opened. */
  open(conversation: MutableConversation): void {
    if (conversation.kind === "server" || conversation.lines.length > 0) return;
    this.prepend(conversation, conversation.newest);
  }

  /** Adds a page before the oldest line of a window. Returns how many lines it had. */
  prepend(
    conversation: MutableConversation,
    window: HistoryWindow,
    count = this.#pageSize,
  ): number {
    if (this.#read === undefined || !this.isUsed || conversation.former) return 0;
    const oldest = window.lines[0];
    const before = oldest === undefined ? null : { id: oldest.key, time: oldest.time };
    const page = this.#read(conversation.key, before, count);
    if (page.length < count) window.oldestReached = true;
    // Before what this client has stored, others may have talked.
    window.historyGap = "not-kept";
    const lines = page.map(toLine);
    const added = window.list.prependPage(lines);
    this.#context.emit({ kind: "lines-loaded", key: conversation.key, count: added });
    return added;
  }
}

/** Returns a stored line as it is shown. */
export function toLine(stored: RecordedLine): ChatLine {
  const { id, time, kind, nick, own, text, account, msgid } = stored;
  return { ...blankLine(id, time, kind), nick, own, text, account, msgid };
}
