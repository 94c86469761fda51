/** A conversation's history, page by page, as the server has it. */

import type { ChatLine } from "../../chat-client/client-state.ts";
import { interpretMessage, type MessageEffect } from "../../chat-client/message-to-line.ts";
import type { Answer, ChatSession } from "../../chat-client/session.ts";
import { fold } from "../../protocol/names.ts";
import { parseTime } from "../../protocol/time.ts";
import { formatHistoryPoint, type HistoryPoint } from "../../protocol/wire/history-point.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { awaitCallback } from "../app-context.ts";
import type { AppPorts, ExportLine } from "../app-ports.ts";
import { isMessageLine } from "../chat-screen/message-lines.ts";
import { exported } from "../saved/chat-log.ts";
import type { Range } from "./history-range.ts";

/** What one request asks for; a server may give less. */
export const PAGE_LINES = 200;

/** Pages of one moment alone. Beyond, and where pages go back, a server gives the same again and again. */
const STANDING_PAGES_MAX = 50;

/** Whose history, asked by whom. */
export interface HistorySource {
  readonly session: ChatSession;
  /** The room or person, as it was given. */
  readonly target: string;
  readonly ports: Pick<AppPorts, "now" | "id">;
}

/** A page couldn't be had: what was read is not complete. */
export class HistoryFailure extends Error {
  readonly kind: "lost" | "failed";
  constructor(kind: "lost" | "failed") {
    super(kind);
    this.kind = kind;
  }
}

/**
 * Everything that was said in a range, oldest first. Throws a {@link HistoryFailure} when a page can't be had.
 *
 * @param progress hears, behind each page, how many there are by now and of when the last one is (ms)
 */
export async function* historyRecords(
  source: HistorySource,
  range: Range,
  progress: (count: number, time: number) => void = () => {},
): AsyncGenerator<ExportLine> {
  // "After" leaves out the moment itself.
  let from: HistoryPoint = { kind: "time", time: Math.max(0, range.since - 1) };
  let count = 0;
  // Where the last page ended, and how many have ended there.
  let reached = Number.NEGATIVE_INFINITY;
  let standing = 0;
  for (;;) {
    const page = await readPage(source, "AFTER", from, PAGE_LINES);
    if (page.kind !== "page") throw new HistoryFailure(page.kind);
    // A server that gives the line itself again would be asked for ever.
    const news = page.all.filter(({ point }) => !isSame(point, from));
    const last = news.at(-1);
    if (last === undefined) return;
    standing = last.time === reached ? standing + 1 : 0;
    if (last.time < reached || standing > STANDING_PAGES_MAX) {
      throw new HistoryFailure("failed");
    }
    for (const { time, record } of news) {
      if (time >= range.until) return;
      if (record === null || time < range.since) continue;
      count += 1;
      yield record;
    }
    from = last.point;
    reached = last.time;
    progress(count, reached);
  }
}

function isSame(one: HistoryPoint, other: HistoryPoint): boolean {
  return formatHistoryPoint(one) === formatHistoryPoint(other);
}

export type Page =
  | {
      readonly kind: "page";
      readonly lines: readonly SpokenLine[];
      readonly all: readonly Happened[];
    }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "lost" };

/** A line that somebody said, and where history can go on behind it. */
export interface SpokenLine {
  readonly line: ChatLine;
  readonly point: HistoryPoint;
}

/** Something that happened, who came and went among it: a page of that alone isn't the end. */
interface Happened {
  readonly time: number;
  readonly point: HistoryPoint;
  /** As exports have it; null when nobody said it. */
  readonly record: ExportLine | null;
}

/** One page of what happened in the target, oldest first; an empty one is the end. */
export async function readPage(
  { session, target, ports }: HistorySource,
  direction: "LATEST" | "AFTER",
  from: HistoryPoint,
  limit: number,
): Promise<Page> {
  const params = [direction, target, formatHistoryPoint(from), `${limit}`];
  const key = fold(target);
  const answer = await awaitCallback<Answer>((done) =>
    session.ask("CHATHISTORY", params, done, {
      belongs: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "chathistory" && fold(params[1] ?? "") === key) ||
        (verb === "FAIL" && params[0] === "CHATHISTORY"),
    }),
  );
  if (answer.kind === "lost") return answer;
  if (answer.kind === "failed") return { kind: "failed", code: answer.code };
  const view = { me: session.state.me, now: ports.now(), id: () => ports.id() };
  const read = answer.messages.map((message) => ({
    message,
    said: interpretMessage(message, view),
  }));
  return {
    kind: "page",
    lines: read.flatMap(({ said }) => spokenLine(said)),
    all: read.map(({ message, said }) => happened(message, said, view.now)),
  };
}

function spokenLine(said: MessageEffect): SpokenLine[] {
  if (said.kind !== "line" || exportLineOf(said.line) === null) return [];
  return [{ line: said.line, point: pointOf(said.line) }];
}

function happened(message: Message, said: MessageEffect, now: number): Happened {
  const time = said.kind === "line" ? said.line.time : (parseTime(tagOf(message, "time")) ?? now);
  const msgid = tagOf(message, "msgid") || null;
  const beside = { time, point: pointOf({ msgid, time }) };
  if (said.kind === "line") return { ...beside, record: exportLineOf(said.line) };
  if (said.kind !== "react" && said.kind !== "unreact") return { ...beside, record: null };
  const { nick, text, msgid: replyTo } = said;
  const kind = said.kind === "react" ? ("reacted" as const) : ("unreacted" as const);
  const account = message.tags.get("account") ?? null;
  const record = { time, nick, kind, text, account, replyTo, ...(msgid !== null && { msgid }) };
  return { ...beside, record };
}

function tagOf({ tags }: Message, key: string): string {
  return tags.get(key) ?? "";
}

export function pointOf({ msgid, time }: Pick<ChatLine, "msgid" | "time">): HistoryPoint {
  return msgid === null ? { kind: "time", time } : { kind: "msgid", msgid };
}

/** A line as exports have it, or null when nobody said it. */
export function exportLineOf(line: ChatLine): ExportLine | null {
  return isMessageLine(line) ? exported(line) : null;
}
