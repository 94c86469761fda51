/**
 * Pages of history: what was missed while away, the first page of a conversation, and older ones.
 * https://ircv3.net/specs/extensions/chathistory
 */

import { formatTime } from "../../protocol/time.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { type BatchItem, batchesOf, messagesOf } from "../batch-reader.ts";
import type { ChatLine } from "../client-state.ts";
import { countsAsUnread, type HistoryPosition, type MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { applyEffect, confirmOwnLine, findPendingLike } from "../receive/apply-message.ts";
import { isRoom } from "../receive/messages.ts";
import {
  EMPTY_PAGES_MAX,
  firstPlace,
  type HistoryPager,
  lastPlace,
  placeOfLine,
  readPage,
} from "./history-pager.ts";

/** Pages of missed lines that are fetched one after the other; beyond, only the latest is. */
const CATCH_UP_PAGES_MAX = 20;
/** Lines in one page when catching up: few requests, and still a small answer. */
export const CATCH_UP_LINES = 100;
/** Direct conversations looked for on connecting. */
const TARGETS_MAX = 50;
/** How far two clocks may be apart when asking by time. */
const FUZZ_MS = 10_000;

export class History {
  readonly #context: HandlerContext;
  readonly #pager: HistoryPager;
  /** Called once the missed lines of a conversation are all here; `sure`: none is lacking. */
  readonly #caughtUp: (conversation: MutableConversation, sure: boolean) => void;

  constructor(
    context: HandlerContext,
    pager: HistoryPager,
    caughtUp: (conversation: MutableConversation, sure: boolean) => void,
  ) {
    this.#context = context;
    this.#pager = pager;
    this.#caughtUp = caughtUp;
  }

  /** Remembers where each conversation ends, since after the break new lines may come first. */
  broken(): void {
    this.#pager.broken();
    for (const conversation of this.#context.store.conversations.values()) {
      conversation.catchingUp = false;
      if (conversation.detached !== null) conversation.detached.loadingNewer = false;
      for (const part of [conversation, conversation.detached]) {
        if (part === null) continue;
        part.loadingOlder = false;
        for (const then of part.olderThen.splice(0)) then();
      }
      conversation.resumeFrom ??= placeOfLine(conversation.list.newest());
    }
  }

  /** Fetches what was missed, or the latest page of a conversation without lines. */
  catchUp(conversation: MutableConversation): void {
    if (conversation.kind === "server" || conversation.catchingUp) return;
    if (!this.#pager.offered) {
      this.#caughtUp(conversation, false);
      return;
    }
    conversation.catchingUp = true;
    this.#context.store.emitChanged(conversation);
    const from = conversation.resumeFrom;
    if (from === null) this.#latest(conversation, { anew: false, sure: true });
    else this.#after(conversation, from, 1);
  }

  /** `then` is called when the page is here, or can't be had. `wanted`: lines. */
  loadOlder(conversation: MutableConversation, then: () => void = () => {}, wanted?: number): void {
    if (conversation.oldestReached) return then();
    conversation.olderThen.push(then);
    if (conversation.loadingOlder) return;
    const from = conversation.olderFrom ?? placeOfLine(conversation.list.oldest());
    if (!this.#pager.offered || conversation.kind === "server") {
      conversation.oldestReached = true;
      return this.#olderDone(conversation);
    }
    conversation.loadingOlder = true;
    this.#context.store.emitChanged(conversation);
    this.#older(conversation, from, 1, wanted);
  }

  /** Direct conversations that this client doesn't know of, or that went on without it. */
  findDirect(since: number, found: (conversation: MutableConversation) => void): void {
    if (!this.#pager.offered) return;
    const { store } = this.#context;
    const until = formatTime(this.#context.now() + FUZZ_MS);
    const from = formatTime(Math.max(0, since - FUZZ_MS));
    const params = ["TARGETS", `timestamp=${until}`, `timestamp=${from}`, `${TARGETS_MAX}`];
    this.#context.request("CHATHISTORY", params, {
      quiet: true,
      isAnswer: (message) => message.params[0] === "draft/chathistory-targets",
      onAnswer: (answer) => {
        if (answer.kind !== "answered") return;
        for (const { verb, params } of answer.messages) {
          const target = params[1] ?? "";
          if (verb !== "CHATHISTORY" || params[0] !== "TARGETS" || target === "") continue;
          if (!isRoom(this.#context, target)) found(store.openDirect(target));
        }
      },
    });
  }

  /** A chathistory batch that nobody asked for (a replay on joining). */
  takeUnasked(item: BatchItem): void {
    for (const batch of batchesOf(item, "chathistory")) {
      const target = batch.params[0] ?? "";
      const { store } = this.#context;
      const conversation = isRoom(this.#context, target)
        ? store.openRoom(target)
        : store.openDirect(target);
      this.#take(conversation, messagesOf({ kind: "batch", batch }), false);
    }
  }

  #older(
    conversation: MutableConversation,
    from: HistoryPosition | null,
    pages: number,
    wanted: number | undefined,
  ): void {
    const kind = from === null ? "latest" : "before";
    const take = (page: readonly Message[] | null, lost: boolean) => {
      if (lost) return this.#olderDone(conversation);
      const added = page === null ? 0 : this.#take(conversation, page, true);
      const first = firstPlace(page ?? []);
      if (page?.length === 0) conversation.oldestReached = true;
      // A page of reactions and edits alone shows nothing new: the reader wants the one before it.
      if (first !== null && added === 0 && pages < EMPTY_PAGES_MAX) {
        return this.#older(conversation, first, pages + 1, wanted);
      }
      conversation.olderFrom = added > 0 ? null : first;
      this.#olderDone(conversation);
    };
    this.#pager.ask(conversation, kind, from, take, wanted);
  }

  #olderDone(conversation: MutableConversation): void {
    conversation.loadingOlder = false;
    this.#context.store.emitChanged(conversation);
    for (const then of conversation.olderThen.splice(0)) then();
  }

  /** `anew`: in place of all lines. `sure`: with this page nothing is lacking. */
  #latest(
    conversation: MutableConversation,
    { anew, sure }: { readonly anew: boolean; readonly sure: boolean },
  ): void {
    this.#pager.ask(conversation, "latest", null, (page) => {
      if (page !== null) {
        if (anew) {
          conversation.list.clear();
          conversation.oldestReached = false;
        }
        if (page.length === 0 && conversation.list.oldest() === null) {
          conversation.oldestReached = true;
        }
        this.#take(conversation, page, false);
      }
      this.#finish(conversation, sure && page !== null);
    });
  }

  #after(conversation: MutableConversation, from: HistoryPosition, pages: number): void {
    const take = (page: readonly Message[] | null, lost: boolean) => {
      if (lost) return this.#finish(conversation, false);
      // The line may be too old for the server to know: the latest page is better than none.
      if (page === null) return this.#latest(conversation, { anew: false, sure: false });
      this.#take(conversation, page, false);
      const last = lastPlace(page);
      // A short page isn't taken for the last one: what a server leaves out is its own affair.
      if (last === null || (last.msgid === from.msgid && last.time === from.time)) {
        return this.#finish(conversation, true);
      }
      conversation.resumeFrom = last;
      if (pages >= CATCH_UP_PAGES_MAX) this.#latest(conversation, { anew: true, sure: true });
      else this.#after(conversation, last, pages + 1);
    };
    this.#pager.ask(conversation, "after", from, take, CATCH_UP_LINES);
  }

  #finish(conversation: MutableConversation, sure: boolean): void {
    conversation.catchingUp = false;
    if (sure) conversation.resumeFrom = null;
    this.#context.store.emitChanged(conversation);
    this.#caughtUp(conversation, sure);
  }

  /** Puts a page into the lines; answers how many lines were new. */
  #take(conversation: MutableConversation, page: readonly Message[], older: boolean): number {
    const { lines: all, changes } = readPage(this.#context, page);
    const lines = all.filter((line) => !this.#known(conversation, line));
    const added = older ? conversation.list.prependPage(lines) : addAll(conversation, lines);
    for (const change of changes) applyEffect(this.#context, conversation, change);
    if (!older) conversation.trim();
    this.#count(conversation, lines);
    this.#context.emit({ kind: "lines-loaded", key: conversation.key, count: added });
    return added;
  }

  /** Here already: by msgid, as an own line whose fate was unknown, or (without msgids) by its look. */
  #known(conversation: MutableConversation, line: ChatLine): boolean {
    const { list } = conversation;
    if (line.msgid === null) {
      return list.find((one) => sameLook(one, line)) !== null;
    }
    if (list.has(line.msgid)) return true;
    if (!line.own) return false;
    return confirmOwnLine(
      this.#context,
      conversation,
      findPendingLike(conversation, line, "unsure"),
      line,
    );
  }

  #count(conversation: MutableConversation, lines: readonly ChatLine[]): void {
    if (this.#context.hasCap("sodam.chat/unread")) return;
    if (conversation.coversReadMarker) conversation.recountUnread();
    else if (conversation.resumeFrom !== null) {
      const news = lines.filter(countsAsUnread);
      conversation.unread += news.length;
      const direct = conversation.kind === "direct";
      conversation.mentions += news.filter((line) => direct || line.mention).length;
    }
  }
}

function addAll(conversation: MutableConversation, lines: readonly ChatLine[]): number {
  return lines.filter((line) => conversation.list.add(line)).length;
}

function sameLook(one: ChatLine, other: ChatLine): boolean {
  return one.time === other.time && one.nick === other.nick && one.text === other.text;
}
