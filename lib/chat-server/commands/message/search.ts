import { type Folded, fold } from "../../../protocol/names.ts";
import { matchesAllTerms, parseSearchTerms } from "../../../protocol/search-terms.ts";
import { parseTime } from "../../../protocol/time.ts";
import { parseTags } from "../../../protocol/wire/tags.ts";
import { awaitQuery, type Command, type Outcome, type RegisteredContext } from "../../command.ts";
import type { ConversationId, RoomEvent } from "../../event.ts";
import {
  mayRead,
  readableConversation,
  readableConversations,
  targetOf,
} from "../../history/history-access.ts";
import { SEARCH_LIMIT, SEARCH_LIMIT_MAX } from "../../limits.ts";
import { encodeReplayed } from "../../relay/encode-event.ts";
import type { SearchRequest } from "../../server-ports.ts";

/** Looking through a server's whole history costs as much as a page of talk. */
const SEARCH_COST = 5;

/**
 * SEARCH: messages that the asker may read, by attributes written like tags.
 * https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
 */
export const SEARCH: Command = {
  verb: "SEARCH",
  params: 0,
  phase: "registered",
  cost: SEARCH_COST,
  handle: (context) => {
    const { session, reply, params } = context;
    if (!session.has("soju.im/search")) {
      const sentence = "Ask for the capability soju.im/search first";
      return reply.fail("SEARCH", "NEED_CAPABILITY", [], sentence);
    }
    const asked = parseAttributes(params.join(" "));
    if ("wrong" in asked) {
      return reply.fail("SEARCH", "INVALID_PARAMS", [asked.wrong], asked.sentence);
    }
    const places = placesOf(context, asked.target);
    if (places === null) {
      const sentence = "There is nothing of that name that you may read";
      return reply.fail("SEARCH", "INVALID_PARAMS", ["in"], sentence);
    }
    return search(context, { ...asked, in: places });
  },
};

function search(context: RegisteredContext, request: SearchRequest): Outcome {
  const { session, reply } = context;
  if (request.in.length === 0) return sendFound(context, request, []);
  const isWanted = () => session.phase !== "closed";
  return awaitQuery({ kind: "search", request, isWanted }, ({ events, complete }) => {
    if (events === null) {
      const sentence = "The search could not be run. Try again in a moment";
      return reply.fail("SEARCH", "INTERNAL_ERROR", [], sentence);
    }
    sendFound(context, request, events);
    if (complete) return;
    const sentence = "That took too long, so there may be more. Say in which room, or since when";
    reply.warn("SEARCH", "INCOMPLETE", [], sentence);
  });
}

/** Rights may have changed while it was searched, and messages with them. */
function sendFound(
  { state, user, session, reply }: RegisteredContext,
  request: SearchRequest,
  events: readonly RoomEvent[],
): void {
  const words = request.words.map(fold);
  reply.batch("soju.im/search", [], () => {
    for (const event of events) {
      const conversation = state.rooms.byId(event.conversation);
      if (conversation === null || !mayRead(conversation, user)) continue;
      if (event.kind !== "said" || !matchesAllTerms(event.text, words)) continue;
      const target = targetOf(state, conversation, event.by.account);
      for (const line of encodeReplayed(event, target, session.dialect)) reply.add(line);
    }
  });
}

/** Conversations to look in; `null` when the asker may not read what is asked for. */
function placesOf(
  { state, user }: RegisteredContext,
  target: string | null,
): ConversationId[] | null {
  if (target === null) return readableConversations(state, user).map(([{ id }]) => id);
  const found = readableConversation(state, user, target);
  if (found === null) return null;
  return found === "nothing yet" ? [] : [found.id];
}

interface Asked extends Omit<SearchRequest, "in"> {
  readonly target: string | null;
}

interface Wrong {
  /** The attribute that can't be taken. */
  readonly wrong: string;
  readonly sentence: string;
}

/** `text=fast\stea;in=#chan;limit=2`. What this server doesn't know is refused, so that nobody finds too much. */
function parseAttributes(text: string): Asked | Wrong {
  const attributes = parseTags(text);
  const unknown = [...attributes.keys()].find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) return { wrong: unknown, sentence: "There is no such attribute" };
  const words = parseSearchTerms(attributes.get("text") ?? "");
  if (words === null) return { wrong: "text", sentence: "Those are too many words" };
  const after = timeOf(attributes.get("after"));
  const before = timeOf(attributes.get("before"));
  for (const [wrong, time] of [
    ["after", after],
    ["before", before],
  ] as const) {
    if (time === "wrong")
      return { wrong, sentence: "That is no time like 2026-11-22T01:02:03.456Z" };
  }
  const limit = attributes.get("limit") ?? String(SEARCH_LIMIT);
  if (!/^[1-9]\d{0,8}$/.test(limit)) return { wrong: "limit", sentence: "That is no number" };
  return {
    target: attributes.get("in") || null,
    from: nickOf(attributes.get("from")),
    words,
    after: after === "wrong" ? null : after,
    before: before === "wrong" ? null : before,
    limit: Math.min(Number(limit), SEARCH_LIMIT_MAX),
  };
}

const KNOWN: readonly string[] = ["in", "from", "after", "before", "text", "limit"];

function nickOf(text: string | undefined): Folded | null {
  return text === undefined || text === "" ? null : fold(text);
}

function timeOf(text: string | undefined): number | null | "wrong" {
  return text === undefined || text === "" ? null : (parseTime(text) ?? "wrong");
}
