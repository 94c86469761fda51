/**
 * Fetches automatically what the client lacks after connecting: missed lines, the first page of a
 * conversation, and direct conversations that it doesn't know.
 */
import { formatTime } from "../../protocol/time.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { MutableConversation } from "../conversation.ts";
import { type HandlerContext, isRoomName } from "../handler-context.ts";
import { type BatchItem, batchesOf, messagesOf } from "../receive/batch-reader.ts";
import { type History, LARGE_PAGE_LINES } from "./history.ts";
import type { HistoryPager } from "./history-pager.ts";
import { type HistoryPosition, lastPosition } from "./history-window.ts";

/**
 * Pages of missed lines fetched one after the other. If more was missed, only the latest page is
 * shown.
 */
const CATCH_UP_PAGES_MAX = 20;
/** Direct conversations requested on connecting. */
const TARGETS_MAX = 50;
const END_OF_TIME = "9999-12-31T23:59:59.999Z";
/** How far the clocks of client and server may be apart when asking by time. */
const CLOCK_SKEW_MS_MAX = 10_000;

/** Pages forward in the newest window of each conversation, until nothing is missing. */
export class CatchUp {
  readonly #context: HandlerContext;
  readonly #pager: HistoryPager;
  readonly #history: History;
  readonly #onCaughtUp: (conversation: MutableConversation, complete: boolean) => void;

  /** `onCaughtUp` is called when a conversation is done; `complete`: no line is missing. */
  constructor(
    context: HandlerContext,
    pager: HistoryPager,
    history: History,
    onCaughtUp: (conversation: MutableConversation, complete: boolean) => void,
  ) {
    this.#context = context;
    this.#pager = pager;
    this.#history = history;
    this.#onCaughtUp = onCaughtUp;
  }

  /** Fetches the missed lines, or the latest page of a conversation that has none. */
  start(conversation: MutableConversation): void {
    const { newest } = conversation;
    if (conversation.kind === "server" || conversation.former || newest.loadingNewer) return;
    if (!this.#pager.isOffered) {
      newest.historyGap = "not-kept";
      this.#onCaughtUp(conversation, false);
      return;
    }
    newest.loadingNewer = true;
    this.#context.store.emitChanged(conversation);
    const from = newest.newerFrom;
    if (from === null) this.#requestLatest(conversation, { replace: false, complete: true });
    else this.#requestAfter(conversation, from, 1);
  }

  /**
   * Requests the direct conversations with messages since `sinceMs`. `onFound` is called for each;
   * the conversation is opened if it wasn't known. `onEnd` is called once all of them were found.
   */
  findDirect(
    sinceMs: number,
    onFound: (conversation: MutableConversation) => void,
    onEnd: () => void,
  ): void {
    if (!this.#pager.isOffered) return;
    const { store } = this.#context;
    // Up to now is what is meant, but by the server's clock, which may be hours ahead of this machine's.
    const from = formatTime(Math.max(0, sinceMs - CLOCK_SKEW_MS_MAX));
    const params = ["TARGETS", `timestamp=${END_OF_TIME}`, `timestamp=${from}`, `${TARGETS_MAX}`];
    this.#context.request("CHATHISTORY", params, {
      quiet: true,
      isAnswer: (message) => message.params[0] === "draft/chathistory-targets",
      onAnswer: (answer) => {
        if (answer.kind !== "answered") return;
        for (const { verb, params } of answer.messages.slice(0, TARGETS_MAX)) {
          const target = params[1] ?? "";
          if (verb !== "CHATHISTORY" || params[0] !== "TARGETS" || target === "") continue;
          if (!isRoomName(this.#context, target)) onFound(store.openDirect(target));
        }
        onEnd();
      },
    });
  }

  /** Handles an unsolicited chathistory batch: a replay on joining. */
  takeReplay(item: BatchItem): void {
    const { store } = this.#context;
    for (const batch of batchesOf(item, "chathistory")) {
      const target = batch.params[0] ?? "";
      const conversation = isRoomName(this.#context, target)
        ? store.openRoom(target)
        : store.openDirect(target);
      this.#takePage(conversation, messagesOf({ kind: "batch", batch }));
    }
  }

  /**
   * Requests the latest page. `replace`: it takes the place of all lines. `complete`: with this
   * page no line is missing.
   */
  #requestLatest(
    conversation: MutableConversation,
    { replace, complete }: { readonly replace: boolean; readonly complete: boolean },
  ): void {
    const { newest } = conversation;
    this.#pager.request(conversation, "latest", null, (page, lost) => {
      newest.noteAnswer(page, lost);
      if (page !== null) {
        if (replace) newest.clear();
        if (page.length === 0 && newest.list.oldest() === null) newest.oldestReached = true;
        this.#takePage(conversation, page);
      }
      this.#finish(conversation, complete && page !== null);
    });
  }

  #requestAfter(conversation: MutableConversation, from: HistoryPosition, pageNumber: number) {
    const takePage = (page: readonly Message[] | null, lost: boolean) => {
      if (lost) {
        conversation.newest.noteAnswer(null, true);
        return this.#finish(conversation, false);
      }
      // The server may have dropped that line: the latest page is better than none.
      if (page === null) {
        return this.#requestLatest(conversation, { replace: false, complete: false });
      }
      this.#takePage(conversation, page);
      const last = lastPosition(page);
      // A short page is not taken for the last one: a server may leave out lines for its own
      // reasons.
      if (last === null || (last.msgid === from.msgid && last.time === from.time)) {
        return this.#finish(conversation, true);
      }
      conversation.newest.newerFrom = last;
      if (pageNumber < CATCH_UP_PAGES_MAX) this.#requestAfter(conversation, last, pageNumber + 1);
      else this.#requestLatest(conversation, { replace: true, complete: true });
    };
    this.#pager.request(conversation, "after", from, takePage, LARGE_PAGE_LINES);
  }

  #takePage(conversation: MutableConversation, page: readonly Message[]): void {
    const added = this.#history.takePage(conversation, conversation.newest, page, "newer");
    conversation.trim();
    this.#history.emitLoaded(conversation, added);
  }

  #finish(conversation: MutableConversation, complete: boolean): void {
    const { newest } = conversation;
    newest.loadingNewer = false;
    if (complete) newest.newerFrom = null;
    this.#context.store.emitChanged(conversation);
    this.#onCaughtUp(conversation, complete);
    if (complete) this.#history.loadUnread(conversation);
  }
}
