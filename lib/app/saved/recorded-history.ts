/** Stores what is said on servers that have no history, and searches it. */
import { foldReasonOf } from "../../chat-client/attention.ts";
import type { ChatLine } from "../../chat-client/client-state.ts";
import { type RecordedLine, toLine } from "../../chat-client/history/local-pages.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import { fold as foldText } from "../../protocol/names.ts";
import { matchesAllTerms, parseSearchTerms } from "../../protocol/search-terms.ts";
import { isServiceName } from "../../protocol/wire/secret-params.ts";
import type { LocalHistoryPort } from "../app-ports.ts";
import { isMessageLine } from "../chat-screen/message-lines.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { SearchTerms } from "../history/search-query.ts";

/** Own messages that may be unconfirmed at once. */
const UNSENT_MAX = 1000;
/** Matches that a search returns. */
const MATCHES_MAX = 100;

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
    if (!isMessageLine(line) || !usesLocalHistory(session)) return;
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

/** Searches the stored messages of a server, the newest matches, oldest first. */
export function searchHistory(
  { session, link }: ServerConnection,
  history: LocalHistoryPort,
  { words, place, by, since, until }: SearchTerms,
): StoredMatch[] {
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
  for (const { line, isIn } of history.search(link, key, fits)) {
    const open = [...conversations.values()].find((conversation) => isIn(conversation.key));
    if (foldReasonOf(session.state, { ...line, accountId: null, own: false }) !== null) continue;
    matches.push({ line: toLine(line), place: open?.name ?? place ?? line.nick });
    if (matches.length >= MATCHES_MAX) break;
  }
  return matches.toReversed();
}
