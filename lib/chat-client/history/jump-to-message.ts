/**
 * Going to a message that is further back than what is loaded: a part of the conversation by
 * itself, which grows at both ends until it meets the newest lines.
 */
import type { Message } from "../../protocol/wire/message.ts";
import { LINES_MAX } from "../client-state.ts";
import {
  type HistoryPosition,
  type MutableConversation,
  OpenDetachedWindow,
} from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { applyEffect } from "../receive/apply-message.ts";
import {
  EMPTY_PAGES_MAX,
  firstPlace,
  type HistoryPager,
  lastPlace,
  placeOfLine,
  readPage,
} from "./history-pager.ts";

/** Owns `past` of each conversation. */
export class MessageJumps {
  readonly #context: HandlerContext;
  readonly #pager: HistoryPager;

  constructor(context: HandlerContext, pager: HistoryPager) {
    this.#context = context;
    this.#pager = pager;
  }

  /** `done` hears whether the message is among the lines now: in `past`, or in `lines` if they met. */
  jumpTo(
    conversation: MutableConversation,
    place: HistoryPosition,
    done: (found: boolean) => void,
  ): void {
    if (!this.#pager.offered || conversation.kind === "server") return done(false);
    this.#pager.ask(conversation, "around", place, (page) => {
      const past = new OpenDetachedWindow();
      const before = conversation.detached;
      conversation.detached = past;
      if (page !== null) this.#take(conversation, past, page, false);
      const found = place.msgid === null ? past.lines.length > 0 : past.list.has(place.msgid);
      if (found) this.#joinIfMet(conversation, past);
      else conversation.detached = before;
      // Who asked says where to look before anybody draws it.
      done(found);
      this.#told(conversation);
    });
  }

  /** A page before what is visited. `then`: when it is here, or can't be had. */
  loadOlder(
    conversation: MutableConversation,
    past: OpenDetachedWindow,
    then: () => void = () => {},
    wanted?: number,
  ): void {
    if (past.oldestReached) return then();
    past.olderThen.push(then);
    if (past.loadingOlder) return;
    past.loadingOlder = true;
    this.#context.store.emitChanged(conversation);
    this.#older(conversation, past, placeOfLine(past.list.oldest()), 1, wanted);
  }

  /** A page behind what is visited; the one that meets the newest lines ends the visit. */
  loadNewer(conversation: MutableConversation): void {
    const { detached } = conversation;
    if (detached === null || detached.loadingNewer) return;
    detached.loadingNewer = true;
    this.#context.store.emitChanged(conversation);
    this.#newer(conversation, detached, placeOfLine(detached.list.newest()), 1);
  }

  /** Back to the newest lines. */
  end(conversation: MutableConversation): void {
    if (conversation.detached === null) return;
    conversation.detached = null;
    this.#told(conversation);
  }

  #older(
    conversation: MutableConversation,
    past: OpenDetachedWindow,
    from: HistoryPosition | null,
    pages: number,
    wanted: number | undefined,
  ): void {
    const take = (page: readonly Message[] | null) => {
      const added = page === null ? 0 : this.#take(conversation, past, page, true);
      const first = firstPlace(page ?? []);
      if (page?.length === 0) past.oldestReached = true;
      if (first !== null && added === 0 && pages < EMPTY_PAGES_MAX) {
        return this.#older(conversation, past, first, pages + 1, wanted);
      }
      past.list.trimNewest(LINES_MAX);
      past.loadingOlder = false;
      this.#told(conversation);
      for (const then of past.olderThen.splice(0)) then();
    };
    this.#pager.ask(conversation, "before", from, take, wanted);
  }

  #newer(
    conversation: MutableConversation,
    past: OpenDetachedWindow,
    from: HistoryPosition | null,
    pages: number,
  ): void {
    this.#pager.ask(conversation, "after", from, (page) => {
      const added = page === null ? 0 : this.#take(conversation, past, page, false);
      const last = lastPlace(page ?? []);
      const isMet = this.#joinIfMet(conversation, past, page?.length === 0);
      if (!isMet && last !== null && added === 0 && pages < EMPTY_PAGES_MAX) {
        return this.#newer(conversation, past, last, pages + 1);
      }
      if (past.list.trim(LINES_MAX) > 0) past.oldestReached = false;
      past.loadingNewer = false;
      this.#told(conversation);
    });
  }

  /** Answers how many lines were new. */
  #take(
    conversation: MutableConversation,
    past: OpenDetachedWindow,
    page: readonly Message[],
    older: boolean,
  ): number {
    const { lines, changes } = readPage(this.#context, page);
    const added = older
      ? past.list.prependPage(lines)
      : lines.filter((line) => past.list.add(line)).length;
    for (const change of changes) applyEffect(this.#context, conversation, change);
    return added;
  }

  /** What is visited becomes a part of the newest lines. `sure`: nothing is between the two. */
  #joinIfMet(conversation: MutableConversation, past: OpenDetachedWindow, sure = false): boolean {
    const { list } = conversation;
    const isMet = past.lines.some(({ msgid }) => msgid !== null && list.has(msgid));
    if (conversation.detached !== past || !(isMet || sure)) return false;
    // Somebody reads there: nothing may be dropped at the top before they have gone.
    conversation.held = true;
    list.prependPage(past.lines);
    conversation.oldestReached = past.oldestReached;
    conversation.olderFrom = null;
    conversation.detached = null;
    return true;
  }

  #told(conversation: MutableConversation): void {
    this.#context.emit({ kind: "lines-loaded", key: conversation.key, count: 0 });
  }
}
