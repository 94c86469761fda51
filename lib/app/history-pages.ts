/** A conversation's history, page by page, as the server has it. */
import { type Said, saidBy } from "../chat-client/line-of.ts";
import type { Answer, Session } from "../chat-client/session.ts";
import type { Line } from "../chat-client/state.ts";
import { formatHistoryPoint, type HistoryPoint } from "../protocol/chathistory.ts";
import { fold } from "../protocol/names.ts";
import { asked } from "./context.ts";
import type { Range } from "./history-range.ts";
import type { ExportLine, Ports } from "./ports.ts";

/** What one request asks for; a server may give less. */
export const PAGE_LINES = 200;

/** Pages of one moment alone. Beyond, and where pages go back, a server gives the same again and again. */
const STANDING_PAGES_MAX = 50;

/** Whose history, asked by whom. */
export interface HistorySource {
  readonly session: Session;
  /** The room or person, as it was given. */
  readonly target: string;
  readonly ports: Pick<Ports, "now" | "id">;
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
    const news = page.lines.filter(({ point }) => !isSame(point, from));
    const last = news.at(-1);
    if (last === undefined) return;
    standing = last.line.time === reached ? standing + 1 : 0;
    if (last.line.time < reached || standing > STANDING_PAGES_MAX) {
      throw new HistoryFailure("failed");
    }
    for (const { line } of news) {
      if (line.time >= range.until) return;
      const record = recordOf(line);
      if (record === null || line.time < range.since) continue;
      count += 1;
      yield record;
    }
    from = last.point;
    reached = last.line.time;
    progress(count, reached);
  }
}

function isSame(one: HistoryPoint, other: HistoryPoint): boolean {
  return formatHistoryPoint(one) === formatHistoryPoint(other);
}

export type Page =
  | { readonly kind: "page"; readonly lines: readonly SpokenLine[] }
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "lost" };

/** A line that somebody said, and where history can go on behind it. */
export interface SpokenLine {
  readonly line: Line;
  readonly point: HistoryPoint;
}

/** One page of what was said in the target, oldest first; an empty one is the end. */
export async function readPage(
  { session, target, ports }: HistorySource,
  direction: "LATEST" | "AFTER",
  from: HistoryPoint,
  limit: number,
): Promise<Page> {
  const params = [direction, target, formatHistoryPoint(from), `${limit}`];
  const key = fold(target);
  const answer = await asked<Answer>((done) =>
    session.ask("CHATHISTORY", params, done, {
      belongs: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "chathistory" && fold(params[1] ?? "") === key) ||
        (verb === "FAIL" && params[0] === "CHATHISTORY"),
    }),
  );
  if (answer.kind === "lost") return answer;
  if (answer.kind === "failed") return { kind: "failed", code: answer.code };
  const view = { me: session.state.me, now: ports.now(), id: () => ports.id() };
  const lines = answer.messages.flatMap((message) => spokenLine(saidBy(message, view)));
  return { kind: "page", lines };
}

function spokenLine(said: Said): SpokenLine[] {
  if (said.kind !== "line" || recordOf(said.line) === null) return [];
  return [{ line: said.line, point: pointOf(said.line) }];
}

export function pointOf({ msgid, time }: Line): HistoryPoint {
  return msgid === null ? { kind: "time", time } : { kind: "msgid", msgid };
}

/** A line as exports have it, or null when nobody said it. */
export function recordOf(line: Line): ExportLine | null {
  const { time, nick, kind, text, msgid, account } = line;
  if (kind !== "said" && kind !== "notice" && kind !== "action") return null;
  return { time, nick, kind, text, account, ...(msgid === null ? {} : { msgid }) };
}
