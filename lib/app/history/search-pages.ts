/**
 * Reads search results from the server page by page: SEARCH, of the capability soju.im/search
 * (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md).
 */

import type { ChatLine, ClientState } from "../../chat-client/client-state.ts";
import { interpretMessage } from "../../chat-client/receive/message-to-line.ts";
import type { Answer, ChatSession } from "../../chat-client/session.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import { formatTags } from "../../protocol/wire/tags.ts";
import { awaitCallback } from "../app-context.ts";
import type { AppPorts, ExportLine } from "../app-ports.ts";
import { exportLineOf, HistoryFailure, PAGE_LINES } from "./history-pages.ts";
import type { TimeRange } from "./history-range.ts";
import { searchAttributes } from "./search-query.ts";

/** Results of one time. With more, the server finds new ones without end, all of which would have to be known. */
const SAME_TIME_RESULTS_MAX = 5000;

/** What to search for. A message matches when it meets every condition. */
export interface SearchQuery {
  /** Words, and phrases in quotes; "" matches every message. */
  readonly words: string;
  /** A room or a person; null for everywhere. */
  readonly target: string | null;
  /** Nick or account of the author; null for anybody. */
  readonly by: string | null;
}

/** The session to ask, and what converting messages needs. */
export interface SearchSource {
  readonly session: ChatSession;
  readonly ports: Pick<AppPorts, "now" | "id">;
}

/** A search result; `where` is the room or the other person. */
export type FoundLine = ExportLine & { readonly where: string };

/**
 * Yields all messages of a range that match, oldest first. Throws a {@link HistoryFailure} when a page can't be
 * read, or when the server reports an incomplete search.
 *
 * @param progress is called after each page with the results so far and the time of the last one (ms)
 */
export async function* searchRecords(
  source: SearchSource,
  query: SearchQuery,
  range: TimeRange,
  progress: (count: number, time: number) => void = () => {},
): AsyncGenerator<FoundLine> {
  let since = range.since;
  // The next page begins at the time of the last result, which further results may share. Known ones are
  // skipped.
  let knownMsgids = new Set<string | null>();
  let count = 0;
  for (;;) {
    const page = await readSearchPage(source, query, since, range.until);
    // Without this, a server that repeats older results would be queried forever.
    const newResults = page.filter(
      ({ line: { time, msgid } }) => time > since || (time === since && !knownMsgids.has(msgid)),
    );
    const last = newResults.at(-1)?.line;
    if (last === undefined) return;
    for (const { line, where } of newResults) {
      const record = exportLineOf(line, where);
      if (record === null || line.time < range.since || line.time >= range.until) continue;
      count += 1;
      yield { ...record, where };
    }
    if (last.time > since) knownMsgids = new Set();
    since = last.time;
    for (const { line } of page) if (line.time === since) knownMsgids.add(line.msgid);
    if (knownMsgids.size > SAME_TIME_RESULTS_MAX) throw new HistoryFailure("failed");
    progress(count, since);
  }
}

async function readSearchPage(
  { session, ports }: SearchSource,
  { words, target, by }: SearchQuery,
  since: number,
  until: number,
): Promise<readonly { readonly line: ChatLine; readonly where: string }[]> {
  const end = Number.isFinite(until) ? until : null;
  const terms = { words, place: target, by, since, until: end };
  const attributes = searchAttributes(terms).set("limit", `${PAGE_LINES}`);
  const answer = await awaitCallback<Answer>((done) =>
    session.ask("SEARCH", [formatTags(attributes)], done, {
      isAnswer: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "soju.im/search") ||
        (verb === "FAIL" && params[0] === "SEARCH"),
    }),
  );
  if (answer.kind === "lost") throw new HistoryFailure("lost");
  if (answer.kind === "failed") throw new HistoryFailure("failed", answer.code);
  if (isIncomplete(answer.messages)) throw new HistoryFailure("failed");
  const { me, fold } = session.state;
  const view = { me, fold, now: ports.now(), id: () => ports.id() };
  return answer.messages.flatMap((message) => {
    const effect = interpretMessage(message, view);
    if (effect.kind !== "line") return [];
    return [{ line: effect.line, where: conversationOf(message, session.state) }];
  });
}

/** Returns whether the server reports, besides its results, that the search is incomplete. */
export function isIncomplete(answer: readonly Message[]): boolean {
  return answer.some(({ verb, params }) => verb === "WARN" && params[1] === "INCOMPLETE");
}

/** Returns the conversation that a result belongs to: the room, or the other person's nick. */
export function conversationOf(
  { params, source }: Message,
  { me, fold }: Pick<ClientState, "me" | "fold">,
): string {
  const [target = ""] = params;
  return fold(target) === fold(me.nick) ? nickOf(source ?? "") : target;
}
