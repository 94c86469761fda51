/**
 * Paging through a conversation: its newest lines towards older ones, and a detached window around
 * a message further back towards both ends, until it meets the newest lines.
 */

import type { Folded } from "../../protocol/names.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { type ChatLine, countsAsUnread } from "../client-state.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { LINES_MAX } from "../memory-limits.ts";
import { uncountSpared } from "../preferences/judge-lines.ts";
import { applyEffect, confirmOwnLine, findPendingLike, viewOf } from "../receive/apply-message.ts";
import { interpretMessage, type MessageEffect } from "../receive/message-to-line.ts";
import type { HistoryPager } from "./history-pager.ts";
import {
  firstPosition,
  type HistoryPosition,
  HistoryWindow,
  lastPosition,
  positionOfLine,
} from "./history-window.ts";
import type { LocalPages } from "./local-pages.ts";

/** Pages without a line to show that are skipped before the reader has to ask again. */
export const EMPTY_PAGES_MAX = 10;
/** Lines of a page when many are needed: few requests, and still a small answer. */
export const LARGE_PAGE_LINES = 100;
/** Pages searched for an older message; together the most lines that memory holds. */
const SEARCH_PAGES_MAX = LINES_MAX / LARGE_PAGE_LINES;

/** Pages of unread lines that are loaded to see which of them the user is spared. */
const UNREAD_PAGES_MAX = 5;

/**
 * Changes the windows of conversations, and owns which one is detached. Where a method takes the key of a conversation,
 * an unknown one does nothing, and without a connection no page is loaded.
 */
export class History {
  readonly #context: HandlerContext;
  readonly #pager: HistoryPager;
  readonly #stored: LocalPages;

  constructor(context: HandlerContext, pager: HistoryPager, stored: LocalPages) {
    this.#context = context;
    this.#pager = pager;
    this.#stored = stored;
  }

  /** Shows what is stored here of a conversation that was just opened, where the server has no history. */
  showStored(key: Folded): void {
    const conversation = this.#context.store.conversations.get(key);
    const isReady = this.#context.store.phase.kind === "ready";
    if (conversation !== undefined && isReady && this.#stored.isUsed)
      this.#stored.open(conversation);
  }

  /**
   * Ends everything under way after the connection broke. Remembers where each conversation ends:
   * after the break, live lines may come before the missed ones.
   */
  handleDisconnect(): void {
    this.#pager.reset();
    for (const conversation of this.#context.store.conversations.values()) {
      for (const window of [conversation.newest, conversation.detached]) {
        if (window === null) continue;
        window.loadingNewer = false;
        window.loadingOlder = false;
        for (const callback of window.onOlderLoaded.splice(0)) callback();
      }
      const { newest } = conversation;
      newest.newerFrom ??= positionOfLine(newest.list.newest());
    }
  }

  /** Loads a page before the first line shown, unless one is under way or there is none. */
  loadOlder(key: Folded): void {
    const conversation = this.#whileConnected(key);
    if (conversation !== null) this.#loadOlder(conversation, () => {});
  }

  /** `done` is called when the page has arrived or failed. `lineCount`: lines to request. */
  #loadOlder(conversation: MutableConversation, done: () => void, lineCount?: number): void {
    const { window } = conversation;
    if (window.oldestReached) return done();
    window.onOlderLoaded.push(done);
    if (window.loadingOlder) return;
    if (!this.#pager.isOffered || conversation.kind === "server") {
      const added = this.#stored.isUsed ? this.#stored.prepend(conversation, window, lineCount) : 0;
      if (added === 0) window.oldestReached = true;
      if (conversation.kind !== "server") window.historyGap = "not-kept";
      return this.#finishOlder(conversation, window);
    }
    window.loadingOlder = true;
    this.#context.store.emitChanged(conversation);
    const from = window.olderFrom ?? positionOfLine(window.list.oldest());
    this.#requestOlder(conversation, window, from, 1, lineCount);
  }

  /**
   * Loads a page behind the detached window, which ends when the page meets the newest lines; does nothing without such
   * a window.
   */
  loadNewer(key: Folded): void {
    const conversation = this.#whileConnected(key);
    const window = conversation?.detached ?? null;
    if (conversation === null || window === null || window.loadingNewer) return;
    window.loadingNewer = true;
    this.#context.store.emitChanged(conversation);
    const from = window.newerFrom ?? positionOfLine(window.list.newest());
    this.#requestNewer(conversation, window, from, 1);
  }

  /**
   * Shows the lines around a message in a detached window. `done` gets whether the message was
   * found; it is then in the detached window, or in the newest lines if the two met.
   */
  jumpTo(key: Folded, position: HistoryPosition, done: (found: boolean) => void): void {
    const conversation = this.#whileConnected(key);
    if (conversation === null) return done(false);
    const isForReading = conversation.kind === "server" || conversation.former;
    if (this.#stored.isUsed && !isForReading)
      return this.#jumpToStored(conversation, position, done);
    if (!this.#pager.isOffered || isForReading) return done(false);
    this.#pager.request(conversation, "around", position, (page) => {
      const window = new HistoryWindow();
      const previous = conversation.detached;
      // Set first, so that edits and reactions in the page find their lines.
      conversation.detached = window;
      if (page !== null) this.takePage(conversation, window, page, "newer");
      const { msgid } = position;
      const isFound = msgid === null ? window.lines.length > 0 : window.list.has(msgid);
      if (isFound) this.#mergeIfMet(conversation, window);
      else conversation.detached = previous;
      // The caller sets the scroll position before the screen draws the lines.
      done(isFound);
      this.emitLoaded(conversation, 0);
    });
  }

  /** Loads stored pages in front of the newest lines until the message is among them. */
  #jumpToStored(
    conversation: MutableConversation,
    { msgid: id }: HistoryPosition,
    done: (found: boolean) => void,
  ): void {
    const { newest } = conversation;
    const isLoaded = () => newest.lines.some(({ msgid, key }) => (msgid ?? key) === id);
    conversation.held = true;
    for (let page = 0; page < SEARCH_PAGES_MAX && !isLoaded(); page += 1) {
      if (this.#stored.prepend(conversation, newest, LARGE_PAGE_LINES) === 0) break;
    }
    done(isLoaded());
    this.emitLoaded(conversation, 0);
  }

  /** Returns from a detached window to the newest lines. */
  endJump(key: Folded): void {
    const conversation = this.#context.store.conversations.get(key);
    if (conversation === undefined || conversation.detached === null) return;
    conversation.detached = null;
    this.emitLoaded(conversation, 0);
  }

  /**
   * Loads older pages, up to {@link SEARCH_PAGES_MAX}, until the message is among the lines.
   * `done` gets whether it is. The lines are held: see `MutableConversation.held`.
   */
  loadBackTo(key: Folded, msgid: string, done: (found: boolean) => void): void {
    const conversation = this.#context.store.conversations.get(key);
    if (conversation === undefined) return done(false);
    this.#loadBackTo(conversation, msgid, done, SEARCH_PAGES_MAX);
  }

  #loadBackTo(
    conversation: MutableConversation,
    msgid: string,
    done: (found: boolean) => void,
    pagesLeft: number,
  ): void {
    const { window } = conversation;
    if (window.list.has(msgid)) return done(true);
    if (pagesLeft === 0 || window.oldestReached || !this.#context.isOpen) return done(false);
    conversation.held = true;
    const searchOn = () => this.#loadBackTo(conversation, msgid, done, pagesLeft - 1);
    this.#loadOlder(conversation, searchOn, LARGE_PAGE_LINES);
  }

  /**
   * Loads what is unread further back if the user is spared words: the server counts such messages, and only what is loaded
   * is taken off.
   */
  loadUnread(conversation: MutableConversation, pagesLeft = UNREAD_PAGES_MAX): void {
    const { preferences } = this.#context.store;
    const { unread, detached, newest } = conversation;
    if (preferences.spared.length === 0 || !this.#context.hasCap("sodam.chat/unread")) return;
    // As many as are counted are loaded: so are all of them, since they are the newest.
    if (newest.lines.filter(countsAsUnread).length >= unread) return;
    if (detached !== null || pagesLeft === 0 || !this.#context.isOpen) return;
    const loadMore = () => this.loadUnread(conversation, pagesLeft - 1);
    this.#loadOlder(conversation, loadMore, LARGE_PAGE_LINES);
  }

  /**
   * Puts a page into a window, at its older or newer end, and applies the edits, redactions and
   * reactions in it. Returns the number of new lines. The caller trims, and emits the change.
   */
  takePage(
    conversation: MutableConversation,
    window: HistoryWindow,
    page: readonly Message[],
    end: "older" | "newer",
  ): number {
    const { lines, changes } = readPage(this.#context, page);
    const unknown = lines.filter((line) => !this.#isKnown(conversation, window, line));
    const added =
      end === "older"
        ? window.list.prependPage(unknown)
        : unknown.filter((line) => window.list.add(line)).length;
    for (const change of changes) applyEffect(this.#context, conversation, change);
    if (window === conversation.newest) this.#countUnread(conversation, unknown);
    this.#context.store.trimAll();
    return added;
  }

  /** Emits that lines of a conversation were added from history, or removed. */
  emitLoaded({ key }: MutableConversation, count: number): void {
    this.#context.emit({ kind: "lines-loaded", key, count });
  }

  #whileConnected(key: Folded): MutableConversation | null {
    return this.#context.isOpen ? (this.#context.store.conversations.get(key) ?? null) : null;
  }

  #requestOlder(
    conversation: MutableConversation,
    window: HistoryWindow,
    from: HistoryPosition | null,
    pageNumber: number,
    lineCount: number | undefined,
  ): void {
    const takePage = (page: readonly Message[] | null, lost: boolean) => {
      window.noteAnswer(page, lost);
      if (lost) return this.#finishOlder(conversation, window);
      const added = page === null ? 0 : this.takePage(conversation, window, page, "older");
      this.emitLoaded(conversation, added);
      const first = firstPosition(page ?? []);
      if (page?.length === 0) window.oldestReached = true;
      // A page of only reactions and edits shows nothing new: the reader wants the one before it.
      if (first !== null && added === 0 && pageNumber < EMPTY_PAGES_MAX) {
        return this.#requestOlder(conversation, window, first, pageNumber + 1, lineCount);
      }
      window.olderFrom = added > 0 ? null : first;
      if (window !== conversation.newest) window.trimNewest(LINES_MAX);
      this.#finishOlder(conversation, window);
    };
    const direction = from === null ? "latest" : "before";
    this.#pager.request(conversation, direction, from, takePage, lineCount);
  }

  #finishOlder(conversation: MutableConversation, window: HistoryWindow): void {
    window.loadingOlder = false;
    this.#context.store.emitChanged(conversation);
    for (const callback of window.onOlderLoaded.splice(0)) callback();
  }

  #requestNewer(
    conversation: MutableConversation,
    window: HistoryWindow,
    from: HistoryPosition | null,
    pageNumber: number,
  ): void {
    this.#pager.request(conversation, "after", from, (page) => {
      const added = page === null ? 0 : this.takePage(conversation, window, page, "newer");
      const last = lastPosition(page ?? []);
      const isMerged = this.#mergeIfMet(conversation, window, page?.length === 0);
      if (!isMerged && last !== null && added === 0 && pageNumber < EMPTY_PAGES_MAX) {
        return this.#requestNewer(conversation, window, last, pageNumber + 1);
      }
      window.newerFrom = added > 0 ? null : last;
      window.trimOldest(LINES_MAX);
      window.loadingNewer = false;
      this.emitLoaded(conversation, added);
    });
  }

  /**
   * Merges the detached window into the newest lines if the two share a line, or if `isAdjacent`:
   * nothing is between them. Returns whether it did.
   */
  #mergeIfMet(
    conversation: MutableConversation,
    window: HistoryWindow,
    isAdjacent = false,
  ): boolean {
    const { newest } = conversation;
    const isMet = window.lines.some(({ msgid }) => msgid !== null && newest.list.has(msgid));
    if (conversation.detached !== window || !(isMet || isAdjacent)) return false;
    // The user reads there: the lines at the top may not be dropped before they leave.
    conversation.held = true;
    newest.list.prependPage(window.lines);
    newest.oldestReached = window.oldestReached;
    newest.olderFrom = window.olderFrom;
    conversation.detached = null;
    return true;
  }

  /**
   * Returns whether the window has the line: by its msgid, without msgids by its content, or as an
   * own line whose delivery was unknown (which it confirms).
   */
  #isKnown(conversation: MutableConversation, window: HistoryWindow, line: ChatLine): boolean {
    const { list } = window;
    if (line.msgid === null) return list.find((known) => hasSameContent(known, line)) !== null;
    if (list.has(line.msgid)) return true;
    if (!line.own || window !== conversation.newest) return false;
    const local = findPendingLike(conversation, line, "unsure");
    return confirmOwnLine(this.#context, conversation, local, line);
  }

  #countUnread(conversation: MutableConversation, lines: readonly ChatLine[]): void {
    if (this.#context.hasCap("sodam.chat/unread")) {
      return uncountSpared(this.#context.store, conversation, lines);
    }
    if (conversation.coversReadMarker) conversation.recountUnread();
    else if (conversation.newest.newerFrom !== null) {
      const unread = lines.filter(countsAsUnread);
      conversation.unread += unread.length;
      const isDirect = conversation.kind === "direct";
      conversation.mentions += unread.filter((line) => isDirect || line.mention).length;
    }
  }
}

/** Returns a page's lines in order, and what it changes about other lines. */
function readPage(
  context: HandlerContext,
  page: readonly Message[],
): {
  readonly lines: ChatLine[];
  readonly changes: Exclude<MessageEffect, { kind: "line" | "typing" }>[];
} {
  const view = viewOf(context);
  const lines: ChatLine[] = [];
  const changes: Exclude<MessageEffect, { kind: "line" | "typing" }>[] = [];
  for (const message of page) {
    const effect = interpretMessage(message, view);
    if (effect.kind === "line") lines.push(effect.line);
    else if (effect.kind !== "typing") changes.push(effect);
  }
  return { lines, changes };
}

function hasSameContent(a: ChatLine, b: ChatLine): boolean {
  return a.time === b.time && a.nick === b.nick && a.text === b.text;
}
