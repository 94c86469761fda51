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
import { countsAsUnread, type OpenConversation, type Place } from "./conversation.ts";
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

/** Pages without a line to show that are passed over before the reader is asked again. */
const EMPTY_PAGES_MAX = 10;

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
      conversation.resumeFrom ??= placeOfLine(conversation.list.newest());
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
    if (from === null) this.#latest(conversation, { anew: false, sure: true });
    else this.#after(conversation, from, 1);
  }

  loadOlder(conversation: OpenConversation): void {
    if (conversation.loadingOlder || conversation.oldestReached) return;
    const from = conversation.olderFrom ?? placeOfLine(conversation.list.oldest());
    if (!this.offered || conversation.kind === "server") {
      conversation.oldestReached = true;
      this.#context.book.changed(conversation);
      return;
    }
    conversation.loadingOlder = true;
    this.#context.book.changed(conversation);
    this.#older(conversation, from, 1);
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

  #older(conversation: OpenConversation, from: Place | null, pages: number): void {
    const kind = from === null ? "latest" : "before";
    this.#page(conversation, kind, this.#pointOf(from), this.#limit(), (page, lost) => {
      if (lost) return;
      const added = page === null ? 0 : this.#take(conversation, page, true);
      const first = firstPlace(page ?? []);
      if (page?.length === 0) conversation.oldestReached = true;
      // A page of reactions and edits alone shows nothing new: the reader wants the one before it.
      if (first !== null && added === 0 && pages < EMPTY_PAGES_MAX) {
        this.#older(conversation, first, pages + 1);
        return;
      }
      conversation.olderFrom = added > 0 ? null : first;
      conversation.loadingOlder = false;
      this.#context.book.changed(conversation);
    });
  }

  /** `anew`: in place of all lines. `sure`: with this page nothing is lacking. */
  #latest(
    conversation: OpenConversation,
    { anew, sure }: { readonly anew: boolean; readonly sure: boolean },
  ): void {
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
      this.#finish(conversation, sure && page !== null);
    });
  }

  #after(conversation: OpenConversation, from: Place, pages: number): void {
    const limit = this.#limit(CATCH_UP_LINES);
    this.#page(conversation, "after", this.#pointOf(from), limit, (page, lost) => {
      if (lost) {
        this.#finish(conversation, false);
        return;
      }
      if (page === null) {
        // The line may be too old for the server to know: the latest page is better than none.
        this.#latest(conversation, { anew: false, sure: false });
        return;
      }
      this.#take(conversation, page, false);
      const last = lastPlace(page);
      // A short page isn't taken for the last one: what a server leaves out is its own affair.
      if (last === null || (last.msgid === from.msgid && last.time === from.time)) {
        this.#finish(conversation, true);
        return;
      }
      conversation.resumeFrom = last;
      if (pages >= CATCH_UP_PAGES_MAX) this.#latest(conversation, { anew: true, sure: true });
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

  #pointOf(place: Place | null): HistoryPoint {
    if (place === null) return { kind: "latest" };
    const types = this.#context.isupport.get("MSGREFTYPES")?.split(",");
    const byMsgid = types === undefined || types.includes("msgid");
    if (place.msgid !== null && byMsgid) return { kind: "msgid", msgid: place.msgid };
    return { kind: "time", time: place.time };
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

function placeOf({ tags }: Message): Place | null {
  const time = parseTime(tags.get("time") ?? "");
  return time === null ? null : { msgid: tags.get("msgid") || null, time };
}

function placeOfLine(line: Line | null): Place | null {
  return line === null ? null : { msgid: line.msgid, time: line.time };
}

function firstPlace(page: readonly Message[]): Place | null {
  for (const message of page) {
    const place = placeOf(message);
    if (place !== null) return place;
  }
  return null;
}

function lastPlace(page: readonly Message[]): Place | null {
  return firstPlace(page.toReversed());
}
