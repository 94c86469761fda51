/** Stores what is said on servers that have no history, and searches it. */

import { type ChatLine, isMessage } from "../../chat-client/client-state.ts";
import { type RecordedLine, toLine } from "../../chat-client/history/local-pages.ts";
import { foldReasonOf } from "../../chat-client/preferences/attention.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import { fold as foldText } from "../../protocol/names.ts";
import { matchesAllTerms, parseSearchTerms } from "../../protocol/search-terms.ts";
import { isServiceName } from "../../protocol/wire/secret-params.ts";
import type { AppPorts, LocalHistoryPort } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { SearchTerms } from "../history/search-query.ts";

/** Own messages that may be unconfirmed at once. */
const UNSENT_MAX = 1000;
/** Matches that a search returns. */
const MATCHES_MAX = 100;
/** How long a search reads at a stretch: a year of busy rooms takes seconds, in which the chat goes on. */
const SLICE_MS = 8;

/**
 * Stores each message of the running session once, as long as the server has no history of its own; the user's own
 * once the server has them. Nothing that was said to or by a service is stored. The returned function stops it.
 */
export function recordHistory(connection: ServerConnection, history: LocalHistoryPort): () => void {
  const { session, link } = connection;
  const unsent = new Set<string>();
  const store = (key: string, line: ChatLine): void => {
    const { kind, time, nick, own, text, account, msgid } = line;
    if (kind !== "said" && kind !== "action" && kind !== "notice") return;
    if (isServiceName(nick) || isServiceName(key)) return;
    history.append(link, key, { id: line.key, time, kind, nick, own, text, account, msgid });
  };
  return connection.listen((event) => {
    if (event.kind !== "line-added" && event.kind !== "line-changed") return;
    const { line, key } = event;
    const conversation = session.state.conversations.get(key);
    if (conversation === undefined || conversation.kind === "server" || conversation.former) return;
    if (!isMessage(line) || !usesLocalHistory(session)) return;
    if (line.status !== "sent") {
      if (event.kind === "line-added" && unsent.size < UNSENT_MAX) unsent.add(line.key);
      return;
    }
    const isNew = event.kind === "line-added" ? event.live : unsent.delete(line.key);
    if (isNew) store(key, line);
  });
}

/** Returns whether what this client stores is the history of a server. */
export function usesLocalHistory({ state }: ChatSession): boolean {
  return state.phase.kind === "ready" && !state.caps.has("draft/chathistory");
}

/** A match in the stored messages; `place` is the room or person, by its name if it is open. */
export interface StoredMatch {
  readonly line: ChatLine;
  readonly place: string;
}

/**
 * Searches the stored messages of a server. Resolves to the newest matches, oldest first.
 *
 * @param isWanted asked in between: whether somebody still waits for them
 */
export async function searchHistory(
  { session, link }: ServerConnection,
  history: LocalHistoryPort,
  ports: Pick<AppPorts, "after" | "elapsed">,
  { words, place, by, since, until }: SearchTerms,
  isWanted: () => boolean = () => true,
): Promise<StoredMatch[]> {
  const { fold, conversations } = session.state;
  const terms = (parseSearchTerms(words) ?? []).map(foldText);
  const author = by === null ? null : fold(by);
  const fits = (line: RecordedLine): boolean =>
    (since === null || line.time >= since) &&
    (until === null || line.time < until) &&
    (author === null || fold(line.nick) === author) &&
    matchesAllTerms(line.text, terms);
  const key = place === null ? null : fold(place);
  const matches: StoredMatch[] = [];
  let sliceElapsedMs = ports.elapsed();
  for (const { lines, isIn } of history.search(link, key, fits)) {
    const open = [...conversations.values()].find((conversation) => isIn(conversation.key));
    for (const line of lines) {
      if (foldReasonOf(session.state, { ...line, accountId: null }) !== null) continue;
      matches.push({ line: toLine(line), place: open?.name ?? place ?? line.nick });
    }
    if (matches.length >= MATCHES_MAX || !isWanted()) break;
    if (ports.elapsed() - sliceElapsedMs < SLICE_MS) continue;
    await new Promise<void>((resolve) => void ports.after(0, resolve));
    sliceElapsedMs = ports.elapsed();
  }
  return matches.slice(0, MATCHES_MAX).reverse();
}
