/**
 * Pages of history: what was missed while away, the first page of a conversation, and older ones.
 * https://ircv3.net/specs/extensions/chathistory
 */
import { formatHistoryPoint, type HistoryPoint } from "../protocol/chathistory.ts";
import type { Message } from "../protocol/message.ts";
import { fold } from "../protocol/names.ts";
import { formatTime, parseTime } from "../protocol/time.ts";
import { batchesOf, type Item, messagesOf } from "./batches.ts";
import type { Context } from "./context.ts";
import { countsAsUnread, type OpenConversation } from "./conversation.ts";
import { type Said, saidBy } from "./line-of.ts";
import { applyTo, confirm, viewOf, waitingLike } from "./receive/said.ts";
import { isRoom } from "./receive/talk.ts";
import type { Line } from "./state.ts";

/** Pages asked for at once: a person with a hundred rooms doesn't flood the server on coming back. */
export const PAGES_AT_ONCE_MAX = 4;
/** Pages of missed lines that are fetched one after the other; beyond, only the latest is. */
export const CATCH_UP_PAGES_MAX = 20;
/** Lines in one page when catching up: few requests, and still a small answer. */
export const CATCH_UP_LINES = 100;
/** Direct conversations looked for on connecting. */
const TARGETS_MAX = 50;
/** How far two clocks may be apart when asking by time. */
const FUZZ_MS = 10_000;

type Page = "latest" | "before" | "after";

export class History {
  readonly #context: Context;
  readonly #pageSize: number;
  /** Called once the missed lines of a conversation are all here; `sure`: none is lacking. */
  readonly #caughtUp: (conversation: OpenConversation, sure: boolean) => void;
  #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(
    context: Context,
    pageSize: number,
    caughtUp: (conversation: OpenConversation, sure: boolean) => void,
  ) {
    this.#context = context;
    this.#pageSize = pageSize;
    this.#caughtUp = caughtUp;
  }

  get offered(): boolean {
    return this.#context.has("draft/chathistory") && this.#context.has("batch");
  }

  /** Remembers where each conversation ends, since after the break new lines may come first. */
  broken(): void {
    this.#waiting = [];
    this.#underWay = 0;
    for (const conversation of this.#context.book.conversations.values()) {
      conversation.catchingUp = false;
      conversation.loadingOlder = false;
      conversation.resumeFrom ??= conversation.list.newest();
    }
  }

  /** Fetches what was missed, or the latest page of a conversation without lines. */
  catchUp(conversation: OpenConversation): void {
    if (conversation.kind === "server" || conversation.catchingUp) return;
    if (!this.offered) {
      this.#caughtUp(conversation, false);
      return;
    }
    conversation.catchingUp = true;
    this.#context.book.changed(conversation);
    const from = conversation.resumeFrom;
    if (from === null) this.#latest(conversation, false);
    else this.#after(conversation, from, 1);
  }

  loadOlder(conversation: OpenConversation): void {
    if (conversation.loadingOlder || conversation.oldestReached) return;
    const oldest = conversation.list.oldest();
    if (!this.offered || conversation.kind === "server") {
      conversation.oldestReached = true;
      this.#context.book.changed(conversation);
      return;
    }
    conversation.loadingOlder = true;
    this.#context.book.changed(conversation);
    const point: HistoryPoint = oldest === null ? { kind: "latest" } : this.#pointOf(oldest);
    this.#page(
      conversation,
      oldest === null ? "latest" : "before",
      point,
      this.#limit(),
      (page) => {
        conversation.loadingOlder = false;
        if (page !== null && this.#take(conversation, page, true) === 0) {
          conversation.oldestReached = true;
        }
        this.#context.book.changed(conversation);
      },
    );
  }

  /** Direct conversations that this client doesn't know of, or that went on without it. */
  findDirect(since: number, found: (conversation: OpenConversation) => void): void {
    if (!this.offered) return;
    const { book } = this.#context;
    const until = formatTime(this.#context.now() + FUZZ_MS);
    const from = formatTime(Math.max(0, since - FUZZ_MS));
    const params = ["TARGETS", `timestamp=${until}`, `timestamp=${from}`, `${TARGETS_MAX}`];
    this.#context.request("CHATHISTORY", params, {
      quiet: true,
      belongs: (message) => message.params[0] === "draft/chathistory-targets",
      done: (answer) => {
        if (answer.kind !== "answered") return;
        for (const { verb, params } of answer.messages) {
          const target = params[1] ?? "";
          if (verb !== "CHATHISTORY" || params[0] !== "TARGETS" || target === "") continue;
          if (!isRoom(this.#context, target)) found(book.direct(target));
        }
      },
    });
  }

  /** A chathistory batch that nobody asked for (a replay on joining). */
  takeUnasked(item: Item): void {
    for (const batch of batchesOf(item, "chathistory")) {
      const target = batch.params[0] ?? "";
      const { book } = this.#context;
      const conversation = isRoom(this.#context, target) ? book.room(target) : book.direct(target);
      this.#take(conversation, messagesOf({ kind: "batch", batch }), false);
    }
  }

  #latest(conversation: OpenConversation, anew: boolean): void {
    this.#page(conversation, "latest", { kind: "latest" }, this.#limit(), (page) => {
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
      this.#finish(conversation, page !== null);
    });
  }

  #after(conversation: OpenConversation, from: Line, pages: number): void {
    const limit = this.#limit(CATCH_UP_LINES);
    this.#page(conversation, "after", this.#pointOf(from), limit, (page, lost) => {
      if (lost) return;
      // The line may be too old for the server to know it: the latest page is better than none.
      if (page === null) return this.#latest(conversation, false);
      const added = this.#take(conversation, page, false);
      const last = this.#lastOf(conversation, page);
      // A short page isn't taken for the last one: what a server leaves out of it is its own affair.
      if (added === 0 || last === null) return this.#finish(conversation, true);
      conversation.resumeFrom = last;
      if (pages >= CATCH_UP_PAGES_MAX) this.#latest(conversation, true);
      else this.#after(conversation, last, pages + 1);
    });
  }

  #finish(conversation: OpenConversation, sure: boolean): void {
    conversation.catchingUp = false;
    if (sure) conversation.resumeFrom = null;
    this.#context.book.changed(conversation);
    this.#caughtUp(conversation, sure);
  }

  #page(
    conversation: OpenConversation,
    page: Page,
    point: HistoryPoint,
    limit: number,
    done: (messages: readonly Message[] | null, lost: boolean) => void,
  ): void {
    const ask = () => {
      this.#underWay += 1;
      const { name } = conversation;
      const params = [page.toUpperCase(), name, formatHistoryPoint(point), `${limit}`];
      this.#context.request("CHATHISTORY", params, {
        quiet: true,
        conversation,
        belongs: ({ verb, params }) =>
          (verb === "BATCH" &&
            params[0] === "chathistory" &&
            fold(params[1] ?? "") === conversation.key) ||
          (verb === "FAIL" && params[0] === "CHATHISTORY" && params.includes(name)),
        done: (answer) => {
          this.#underWay = Math.max(0, this.#underWay - 1);
          if (answer.kind === "lost") {
            conversation.catchingUp = false;
            conversation.loadingOlder = false;
          }
          done(answer.kind === "answered" ? answer.messages : null, answer.kind === "lost");
          this.#next();
        },
      });
    };
    this.#waiting.push(ask);
    this.#next();
  }

  #next(): void {
    if (this.#underWay < PAGES_AT_ONCE_MAX) this.#waiting.shift()?.();
  }

  /** Puts a page into the lines; answers how many lines were new. */
  #take(conversation: OpenConversation, page: readonly Message[], older: boolean): number {
    const view = viewOf(this.#context);
    const lines: Line[] = [];
    const changes: Exclude<Said, { kind: "line" }>[] = [];
    for (const message of page) {
      const said = saidBy(message, view);
      if (said.kind !== "line") {
        if (said.kind !== "typing") changes.push(said);
      } else if (!this.#known(conversation, said.line)) lines.push(said.line);
    }
    const added = older ? conversation.list.addOlder(lines) : addAll(conversation, lines);
    for (const change of changes) applyTo(this.#context, conversation, change);
    if (!older) conversation.trim();
    this.#count(conversation, lines);
    this.#context.tell({ kind: "lines-loaded", key: conversation.key, count: added });
    return added;
  }

  /** Here already: by msgid, as an own line whose fate was unknown, or (without msgids) by its look. */
  #known(conversation: OpenConversation, line: Line): boolean {
    const { list } = conversation;
    if (line.msgid === null) {
      return list.find((one) => sameLook(one, line)) !== null;
    }
    if (list.has(line.msgid)) return true;
    if (!line.own) return false;
    return confirm(this.#context, conversation, waitingLike(conversation, line, "unsure"), line);
  }

  #count(conversation: OpenConversation, lines: readonly Line[]): void {
    if (this.#context.has("sodam.chat/unread")) return;
    if (conversation.markerWithin) conversation.recount();
    else if (conversation.resumeFrom !== null) {
      const news = lines.filter(countsAsUnread);
      conversation.unread += news.length;
      const direct = conversation.kind === "direct";
      conversation.mentions += news.filter((line) => direct || line.mention).length;
    }
  }

  #lastOf(conversation: OpenConversation, page: readonly Message[]): Line | null {
    for (const message of page.toReversed()) {
      const line = conversation.list.byMsgid(message.tags.get("msgid") ?? "");
      if (line !== null && parseTime(message.tags.get("time") ?? "") !== null) return line;
    }
    return null;
  }

  #pointOf(line: Line): HistoryPoint {
    const types = this.#context.isupport.get("MSGREFTYPES")?.split(",");
    const byMsgid = line.msgid !== null && (types === undefined || types.includes("msgid"));
    if (byMsgid) return { kind: "msgid", msgid: line.msgid };
    return { kind: "time", time: line.time };
  }

  #limit(wanted = this.#pageSize): number {
    const max = this.#context.isupport.chathistory ?? 0;
    return max > 0 ? Math.min(max, wanted) : wanted;
  }
}

function addAll(conversation: OpenConversation, lines: readonly Line[]): number {
  return lines.filter((line) => conversation.list.add(line)).length;
}

function sameLook(one: Line, other: Line): boolean {
  return one.time === other.time && one.nick === other.nick && one.text === other.text;
}
