/** Requests pages of history, a few at a time. https://ircv3.net/specs/extensions/chathistory */
import { formatHistoryPoint, type HistoryPoint } from "../../protocol/wire/history-point.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { PAGES_WAITING_MAX } from "../memory-limits.ts";
import type { HistoryPosition } from "./history-window.ts";

/** Pages requested at once: coming back to a hundred rooms must not flood the server. */
const REQUESTS_MAX = 4;

type PageDirection = "latest" | "before" | "after" | "around";

/**
 * Receives a page. `page` is null if the request failed. `lost`: the connection broke, the answer timed out or the
 * conversation was closed, so that requesting more is useless.
 */
type OnPage = (page: readonly Message[] | null, lost: boolean) => void;

/** Owns the queue of page requests of one session: at most {@link REQUESTS_MAX} are under way. */
export class HistoryPager {
  readonly #context: HandlerContext;
  readonly #pageSize: number;
  #queue: (() => void)[] = [];
  #underWay = 0;

  constructor(context: HandlerContext, pageSize: number) {
    this.#context = context;
    this.#pageSize = pageSize;
  }

  /** Whether the server offers pages, each in a batch that shows where it ends. */
  get isOffered(): boolean {
    return this.#context.hasCap("draft/chathistory") && this.#context.hasCap("batch");
  }

  /** Forgets all requests, after the connection broke. */
  reset(): void {
    this.#queue = [];
    this.#underWay = 0;
  }

  /**
   * Requests a page of `lineCount` lines, or fewer if the server's limit is lower. `from` null means the
   * newest end of the conversation.
   */
  request(
    conversation: MutableConversation,
    direction: PageDirection,
    from: HistoryPosition | null,
    onPage: OnPage,
    lineCount = this.#pageSize,
  ): void {
    const { conversations } = this.#context.store;
    const isClosed = () => conversations.get(conversation.key) !== conversation;
    const send = () => {
      if (isClosed()) return onPage(null, true);
      this.#underWay += 1;
      const { name } = conversation;
      const point = formatHistoryPoint(this.#pointOf(from));
      const limit = Math.min(lineCount, this.#context.isupport.limit("CHATHISTORY"));
      const params = [direction.toUpperCase(), name, point, `${limit}`];
      this.#context.request("CHATHISTORY", params, {
        quiet: true,
        conversation,
        isAnswer: ({ verb, params }) =>
          (verb === "BATCH" &&
            params[0] === "chathistory" &&
            this.#context.store.fold(params[1] ?? "") === conversation.key) ||
          (verb === "FAIL" && params[0] === "CHATHISTORY" && params.includes(name)),
        onAnswer: (answer) => {
          this.#underWay = Math.max(0, this.#underWay - 1);
          const isLost = answer.kind === "lost" || isClosed();
          onPage(answer.kind === "answered" && !isLost ? answer.messages : null, isLost);
          this.#sendNext();
        },
      });
    };
    if (this.#queue.length >= PAGES_WAITING_MAX) return onPage(null, true);
    this.#queue.push(send);
    this.#sendNext();
  }

  #sendNext(): void {
    while (this.#underWay < REQUESTS_MAX && this.#queue.length > 0) this.#queue.shift()?.();
  }

  #pointOf(position: HistoryPosition | null): HistoryPoint {
    if (position === null) return { kind: "latest" };
    const types = this.#context.isupport.get("MSGREFTYPES")?.split(",");
    const byMsgid = types === undefined || types.includes("msgid");
    if (position.msgid !== null && byMsgid) return { kind: "msgid", msgid: position.msgid };
    return { kind: "time", time: position.time };
  }
}
