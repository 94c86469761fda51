import type { ConversationId, RoomEvent } from "../lib/chat-server/event.ts";
import type { SearchAuthor, SearchRequest } from "../lib/chat-server/server-ports.ts";
import { fold } from "../lib/protocol/names.ts";

/** A naive search. `shown`: a conversation's events, with edits and redactions applied. */
export function searchEvents(
  shown: (id: ConversationId) => readonly RoomEvent[],
  request: SearchRequest,
): RoomEvent[] {
  const found = request.in
    .flatMap((id) => shown(id))
    .filter((event) => event.kind === "said" && event.verb !== "TAGMSG")
    .filter(({ time }) => time >= (request.after ?? 0))
    .filter(({ time, conversation }) => time >= (request.since?.[conversation] ?? 0))
    .filter(({ time }) => time <= (request.before ?? Number.POSITIVE_INFINITY))
    .filter((event) => request.from === null || isFrom(event, request.from))
    .filter((event) => {
      if (event.kind !== "said") return false;
      const isReaders = request.reader !== undefined && event.by.accountId === request.reader;
      if (event.withheld === true && !isReaders) return false;
      const text = isReaders ? (event.ownEdit?.text ?? event.text) : event.text;
      const searched = event.file === undefined ? text : `${text}\n${event.file.name}`;
      return request.words.every((word) => fold(searched).includes(fold(word)));
    })
    .sort((one, other) => one.time - other.time);
  return request.after === null ? found.slice(-request.limit) : found.slice(0, request.limit);
}

function isFrom({ by, time }: RoomEvent, from: SearchAuthor): boolean {
  if (from.kind === "name") {
    return [by.nick, by.account ?? by.nick].some((name) => fold(name) === from.name);
  }
  const { account, legacyAccount, since } = from.author;
  return by.accountId === account || (by.accountId === legacyAccount && time >= since);
}
