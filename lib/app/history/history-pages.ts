/** Reads a conversation's history from the server by pages (CHATHISTORY). */

import { type ChatLine, isMessage } from "../../chat-client/client-state.ts";
import { attentionOf } from "../../chat-client/preferences/attention.ts";
import {
  interpretMessage,
  type MessageEffect,
  type MessageView,
} from "../../chat-client/receive/message-to-line.ts";
import type { Answer, ChatSession } from "../../chat-client/session.ts";
import { parseTime } from "../../protocol/time.ts";
import { formatHistoryPoint, type HistoryPoint } from "../../protocol/wire/history-point.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { awaitCallback } from "../app-context.ts";
import type { AppPorts, ExportLine } from "../app-ports.ts";
import { toExportLine } from "../saved/chat-log.ts";
import type { TimeRange } from "./history-range.ts";

/** Events that one request asks for; a server may send fewer. */
export const PAGE_LINES = 200;

/**
 * Pages that may end at the same time. With more, or if a page ends earlier, the server is repeating itself.
 */
const SAME_TIME_PAGES_MAX = 50;

/** The conversation whose history to read, and what reading it needs. */
export interface HistorySource {
  readonly session: ChatSession;
  /** The name of the room or person. */
  readonly target: string;
  readonly ports: Pick<AppPorts, "now" | "id">;
}

/**
 * Thrown when a page couldn't be read, so that the result is not complete. "lost": the connection ended. `code`: that of
 * the server's refusal, or "".
 */
export class HistoryFailure extends Error {
  readonly kind: "lost" | "failed";
  readonly code: string;
  constructor(kind: "lost" | "failed", code = "") {
    super(kind);
    this.kind = kind;
    this.code = code;
  }
}

/**
 * Yields all messages and reactions of a range, oldest first. Throws a {@link HistoryFailure} when a page can't
 * be read.
 *
 * @param progress is called after each page with the lines so far and the time of the last one (ms)
 */
export async function* historyRecords(
  source: HistorySource,
  range: TimeRange,
  progress: (count: number, time: number) => void = () => {},
): AsyncGenerator<ExportLine> {
  // One millisecond earlier, because AFTER excludes the moment itself.
  let from: HistoryPoint = { kind: "time", time: Math.max(0, range.since - 1) };
  let count = 0;
  let lastPageEnd = Number.NEGATIVE_INFINITY;
  let sameTimePages = 0;
  for (;;) {
    const page = await readPage(source, "AFTER", from, PAGE_LINES);
    if (page.kind === "failed") throw new HistoryFailure("failed", page.code);
    if (page.kind === "lost") throw new HistoryFailure("lost");
    // Some servers include the point itself; without this the last event would be requested forever.
    const newEvents = page.events.filter(({ point }) => !isSamePoint(point, from));
    const last = newEvents.at(-1);
    if (last === undefined) return;
    sameTimePages = last.time === lastPageEnd ? sameTimePages + 1 : 0;
    if (last.time < lastPageEnd || sameTimePages > SAME_TIME_PAGES_MAX) {
      throw new HistoryFailure("failed");
    }
    for (const { time, record } of newEvents) {
      if (time >= range.until) return;
      if (record === null || time < range.since) continue;
      count += 1;
      yield record;
    }
    from = last.point;
    lastPageEnd = last.time;
    progress(count, lastPageEnd);
  }
}

function isSamePoint(a: HistoryPoint, b: HistoryPoint): boolean {
  return formatHistoryPoint(a) === formatHistoryPoint(b);
}

/** The answer to one CHATHISTORY request. */
export type HistoryPageResult =
  | {
      readonly kind: "page";
      /** Only the messages. */
      readonly messages: readonly HistoryMessage[];
      /** All events, including joins and leaves: a page of only those isn't the end of the history. */
      readonly events: readonly HistoryEvent[];
    }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "lost" };

/** A message, and the point after which history continues. */
export interface HistoryMessage {
  readonly line: ChatLine;
  readonly point: HistoryPoint;
}

interface HistoryEvent {
  readonly time: number;
  readonly point: HistoryPoint;
  /** The form for exports; null for an event that isn't exported. */
  readonly record: ExportLine | null;
}

/** Reads one page, oldest first. A page without events is the end of the history. */
export async function readPage(
  { session, target, ports }: HistorySource,
  direction: "LATEST" | "AFTER" | "AROUND",
  from: HistoryPoint,
  limit: number,
): Promise<HistoryPageResult> {
  const params = [direction, target, formatHistoryPoint(from), `${limit}`];
  const { state } = session;
  const key = state.fold(target);
  const answer = await awaitCallback<Answer>((done) =>
    session.ask("CHATHISTORY", params, done, {
      isAnswer: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "chathistory" && state.fold(params[1] ?? "") === key) ||
        (verb === "FAIL" && params[0] === "CHATHISTORY"),
    }),
  );
  if (answer.kind === "lost") return answer;
  if (answer.kind === "failed") return { kind: "failed", code: answer.code };
  const view: MessageView = {
    ...{ me: state.me, now: ports.now(), id: () => ports.id(), fold: state.fold },
    attention: (place, line) => attentionOf(state, place, line),
  };
  const effects = answer.messages.map((message) => ({
    message,
    effect: interpretMessage(message, view),
  }));
  return {
    kind: "page",
    messages: effects.flatMap(({ effect }) => historyMessage(effect)),
    events: effects.map(({ message, effect }) => historyEvent(message, effect, view.now, target)),
  };
}

function historyMessage(effect: MessageEffect): HistoryMessage[] {
  if (effect.kind !== "line" || !isMessage(effect.line)) return [];
  return [{ line: effect.line, point: pointOf(effect.line) }];
}

function historyEvent(
  message: Message,
  effect: MessageEffect,
  now: number,
  target: string,
): HistoryEvent {
  const time =
    effect.kind === "line" ? effect.line.time : (parseTime(tagOf(message, "time")) ?? now);
  const msgid = tagOf(message, "msgid") || null;
  const event = { time, point: pointOf({ msgid, time }) };
  if (effect.kind === "line") return { ...event, record: exportLineOf(effect.line, target) };
  if (effect.kind !== "react" && effect.kind !== "unreact") return { ...event, record: null };
  const { nick, text, msgid: replyTo } = effect;
  const kind = effect.kind === "react" ? ("reacted" as const) : ("unreacted" as const);
  const account = message.tags.get("account") ?? null;
  const record = { time, nick, kind, text, account, replyTo, ...(msgid !== null && { msgid }) };
  return { ...event, record };
}

function tagOf({ tags }: Message, key: string): string {
  return tags.get(key) ?? "";
}

/** Returns the point of a line for CHATHISTORY: its msgid, or its time where the server gave it none. */
export function pointOf({ msgid, time }: Pick<ChatLine, "msgid" | "time">): HistoryPoint {
  return msgid === null ? { kind: "time", time } : { kind: "msgid", msgid };
}

/** Converts a line of a room or person to the form for exports; null when it isn't a message. */
export function exportLineOf(line: ChatLine, place: string): ExportLine | null {
  return isMessage(line) ? toExportLine(line, place) : null;
}
