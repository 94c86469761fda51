/** What a search finds on the server, page by page, however much it is. */

import type { ChatLine } from "../../chat-client/client-state.ts";
import { interpretMessage } from "../../chat-client/message-to-line.ts";
import type { Answer, ChatSession } from "../../chat-client/session.ts";
import { fold } from "../../protocol/names.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import { formatTags } from "../../protocol/wire/tags.ts";
import { awaitCallback } from "../app-context.ts";
import type { AppPorts, ExportLine } from "../app-ports.ts";
import { exportLineOf, HistoryFailure, PAGE_LINES } from "./history-pages.ts";
import type { Range } from "./history-range.ts";
import { isIncomplete } from "./search-answer.ts";
import { searchAttributes } from "./search-query.ts";

/** What is looked for: all of what is given. */
export interface SearchQuery {
  /** Words, and phrases in quotes; "" for everything. */
  readonly words: string;
  /** A room or a person; null for everywhere. */
  readonly target: string | null;
  /** Nick or account of whoever said it. */
  readonly by: string | null;
}

/** Whom to ask, and what making records needs. */
export interface SearchSource {
  readonly session: ChatSession;
  readonly ports: Pick<AppPorts, "now" | "id">;
}

/** Something that was found, and in which room, or with whom. */
export type FoundLine = ExportLine & { readonly where: string };

/**
 * Everything that is found in a range, oldest first. Throws a {@link HistoryFailure} when a page can't be had,
 * or isn't all that there is.
 *
 * @param progress hears, behind each page, how many there are by now and of when the last one is (ms)
 */
export async function* searchRecords(
  source: SearchSource,
  query: SearchQuery,
  range: Range,
  progress: (count: number, time: number) => void = () => {},
): AsyncGenerator<FoundLine> {
  let since = range.since;
  // The moment at which a page ends is asked for again: others may have spoken in it.
  let known = new Set<string | null>();
  let count = 0;
  for (;;) {
    const lines = await page(source, query, since, range.until);
    // What is older was shown before; a server that gives it again would be asked for ever.
    const news = lines.filter(
      ({ line: { time, msgid } }) => time > since || (time === since && !known.has(msgid)),
    );
    const last = news.at(-1)?.line;
    if (last === undefined) return;
    for (const { line, where } of news) {
      const record = exportLineOf(line);
      if (record === null || line.time < range.since || line.time >= range.until) continue;
      count += 1;
      yield { ...record, where };
    }
    if (last.time > since) known = new Set();
    since = last.time;
    for (const { line } of lines) if (line.time === since) known.add(line.msgid);
    progress(count, since);
  }
}

async function page(
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
      belongs: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "soju.im/search") ||
        (verb === "FAIL" && params[0] === "SEARCH"),
    }),
  );
  if (answer.kind === "lost") throw new HistoryFailure("lost");
  if (answer.kind === "failed" || isIncomplete(answer.messages)) {
    throw new HistoryFailure("failed");
  }
  const view = { me: session.state.me, now: ports.now(), id: () => ports.id() };
  return answer.messages.flatMap((message) => {
    const said = interpretMessage(message, view);
    return said.kind === "line" ? [{ line: said.line, where: placeOf(message, view.me.nick) }] : [];
  });
}

/** The room, or the other one of the two. */
export function placeOf({ params, source }: Message, me: string): string {
  const [target = ""] = params;
  const nick = nickOf(source ?? "");
  return fold(target) === fold(me) ? nick : target;
}
