/**
 * Asking for pages of history, a few at a time. https://ircv3.net/specs/extensions/chathistory
 */

import { fold } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import { formatHistoryPoint, type HistoryPoint } from "../../protocol/wire/history-point.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { ChatLine } from "../client-state.ts";
import type { HistoryPosition, MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { interpretMessage, type MessageEffect } from "../message-to-line.ts";
import { viewOf } from "../receive/apply-message.ts";

/** Pages asked for at once: a person with a hundred rooms doesn't flood the server on coming back. */
const PAGES_AT_ONCE_MAX = 4;
/** Pages without a line to show that are passed over before the reader is asked again. */
export const EMPTY_PAGES_MAX = 10;

export type PageKind = "latest" | "before" | "after" | "around";

/** `page`: null when it couldn't be had. `lost`: the connection is gone, and more needn't be asked. */
export type PageDone = (page: readonly Message[] | null, lost: boolean) => void;

/** Asks for pages, at most {@link PAGES_AT_ONCE_MAX} at a time; the others wait for their turn. */
export class HistoryPager {
  readonly #context: HandlerContext;
  readonly #pageSize: number;
  #waiting: (() => void)[] = [];
  #underWay = 0;

  constructor(context: HandlerContext, pageSize: number) {
    this.#context = context;
    this.#pageSize = pageSize;
  }

  /** Whether the server has pages, and tells where each ends. */
  get offered(): boolean {
    return this.#context.hasCap("draft/chathistory") && this.#context.hasCap("batch");
  }

  /** The connection is gone: nothing waits any more. */
  broken(): void {
    this.#waiting = [];
    this.#underWay = 0;
  }

  /** `from` null: from the newest end. `wanted`: lines, as far as the server gives so many. */
  ask(
    conversation: MutableConversation,
    kind: PageKind,
    from: HistoryPosition | null,
    done: PageDone,
    wanted = this.#pageSize,
  ): void {
    const ask = () => {
      this.#underWay += 1;
      const { name } = conversation;
      const point = formatHistoryPoint(this.#pointOf(from));
      const params = [kind.toUpperCase(), name, point, `${this.#limit(wanted)}`];
      this.#context.request("CHATHISTORY", params, {
        quiet: true,
        conversation,
        isAnswer: ({ verb, params }) =>
          (verb === "BATCH" &&
            params[0] === "chathistory" &&
            fold(params[1] ?? "") === conversation.key) ||
          (verb === "FAIL" && params[0] === "CHATHISTORY" && params.includes(name)),
        onAnswer: (answer) => {
          this.#underWay = Math.max(0, this.#underWay - 1);
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

  #pointOf(place: HistoryPosition | null): HistoryPoint {
    if (place === null) return { kind: "latest" };
    const types = this.#context.isupport.get("MSGREFTYPES")?.split(",");
    const byMsgid = types === undefined || types.includes("msgid");
    if (place.msgid !== null && byMsgid) return { kind: "msgid", msgid: place.msgid };
    return { kind: "time", time: place.time };
  }

  #limit(wanted: number): number {
    const max = this.#context.isupport.chathistory ?? 0;
    return max > 0 ? Math.min(max, wanted) : wanted;
  }
}

/** What happens to lines that are here already. */
export type Change = Exclude<MessageEffect, { kind: "line" | "typing" }>;

/** A page's lines, in order, and what it says of others. */
export function readPage(
  context: HandlerContext,
  page: readonly Message[],
): { readonly lines: ChatLine[]; readonly changes: Change[] } {
  const view = viewOf(context);
  const lines: ChatLine[] = [];
  const changes: Change[] = [];
  for (const message of page) {
    const said = interpretMessage(message, view);
    if (said.kind === "line") lines.push(said.line);
    else if (said.kind !== "typing") changes.push(said);
  }
  return { lines, changes };
}

/** Where a line stands; `null` for none. */
export function placeOfLine(line: ChatLine | null): HistoryPosition | null {
  return line === null ? null : { msgid: line.msgid, time: line.time };
}

/** Where a page begins; `null` when nothing in it tells. */
export function firstPlace(page: readonly Message[]): HistoryPosition | null {
  for (const message of page) {
    const place = placeOf(message);
    if (place !== null) return place;
  }
  return null;
}

/** And where it ends. */
export function lastPlace(page: readonly Message[]): HistoryPosition | null {
  return firstPlace(page.toReversed());
}

function placeOf({ tags }: Message): HistoryPosition | null {
  // What stands beside another message isn't where the page ends, and may be of any time.
  if (tags.has("draft/chathistory-context")) return null;
  const time = parseTime(tags.get("time") ?? "");
  return time === null ? null : { msgid: tags.get("msgid") || null, time };
}
