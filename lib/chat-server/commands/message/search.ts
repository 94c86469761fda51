import { authorOf } from "../../../protocol/account-id.ts";
import { fold } from "../../../protocol/names.ts";
import { matchesAllTerms, parseSearchTerms, searchedText } from "../../../protocol/search-terms.ts";
import { parseTime } from "../../../protocol/time.ts";
import { parseTags } from "../../../protocol/wire/tags.ts";
import { type Command, inSteps, query, type RegisteredContext, type Steps } from "../../command.ts";
import type { ConversationId, RoomEvent } from "../../event.ts";
import { asSeenBy, isShownTo } from "../../history/withheld.ts";
import { SEARCH_LIMIT_DEFAULT, SEARCH_LIMIT_MAX } from "../../limits.ts";
import { encodeReplayed } from "../../relay/encode-event.ts";
import {
  canReadHistory,
  conversationTarget,
  firstReadablePosition,
  firstReadableTime,
  readableConversation,
  readableConversations,
} from "../../rooms/access.ts";
import type { SearchAuthor, SearchRequest } from "../../server-ports.ts";
import { pause, Slice } from "../../slices.ts";
import type { State } from "../../state.ts";

/** Cost of a search, in tokens: it may read the whole history. */
const SEARCH_COST = 5;

const ATTRIBUTES: readonly string[] = ["in", "from", "after", "before", "text", "limit"];

/**
 * SEARCH: finds messages that the sender may read, by attributes that are written like tags.
 * https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
 */
export const SEARCH: Command = {
  verb: "SEARCH",
  params: 0,
  phase: "registered",
  cost: SEARCH_COST,
  handle: inSteps(function* (context) {
    const { session, reply, params } = context;
    if (!session.has("soju.im/search")) {
      const sentence = "Request the capability soju.im/search first";
      return reply.fail("SEARCH", "NEED_CAPABILITY", [], sentence);
    }
    const attributes = parseAttributes(context.state, params.join(" "));
    if ("invalid" in attributes) {
      const { invalid, sentence } = attributes;
      return reply.fail("SEARCH", "INVALID_PARAMS", [invalid], sentence);
    }
    const conversations = conversationsOf(context, attributes.target);
    if (conversations === null) {
      const sentence = "There is no such room or person that you can read";
      return reply.fail("SEARCH", "INVALID_PARAMS", ["in"], sentence);
    }
    const since = readableSince(context, conversations);
    const { accountId } = context.user;
    const reader = accountId === null ? {} : { reader: accountId };
    yield* search(context, { ...attributes, in: conversations, since, ...reader });
  }),
};

function* search(context: RegisteredContext, request: SearchRequest): Steps {
  const { session, reply } = context;
  if (request.in.length === 0) return yield* sendMatches(context, request, []);
  const isWanted = () => session.phase !== "closed";
  const { events, complete } = yield* query({ kind: "search", request, isWanted });
  if (events === null) {
    const sentence = "The search could not be run. Try again in a moment";
    return reply.fail("SEARCH", "INTERNAL_ERROR", [], sentence);
  }
  yield* sendMatches(context, request, events);
  if (complete) return;
  const sentence = "The search took too long, so messages may be missing. Give a room, or a time";
  reply.warn("SEARCH", "INCOMPLETE", [], sentence);
}

/** Sends the messages that still match and are still readable: both may have changed during the search. */
function sendMatches(
  { state, user, session, reply }: RegisteredContext,
  request: SearchRequest,
  events: readonly RoomEvent[],
): Steps {
  const terms = request.words.map(fold);
  return reply.batchInSteps("soju.im/search", [], function* () {
    const slice = new Slice(reply);
    for (const match of events) {
      if (slice.isOver()) yield* pause();
      const event = asSeenBy(match, user.accountId);
      const conversation = state.rooms.byId(event.conversation);
      if (conversation === null || !canReadHistory(conversation, user)) continue;
      if (!isShownTo(event, user.accountId)) continue;
      if (event.position < firstReadablePosition(conversation, user)) continue;
      if (event.kind !== "said" || !matchesAllTerms(searchedText(event.text, event.file), terms)) {
        continue;
      }
      const target = conversationTarget(state, conversation, event.by.accountId);
      for (const line of encodeReplayed(event, target, session.dialect, state.options))
        reply.add(line);
    }
  });
}

/** Returns the conversations to search; `null` when the sender may not read the target. */
function conversationsOf(
  { state, user }: RegisteredContext,
  target: string | null,
): ConversationId[] | null {
  if (target === null) return readableConversations(state, user).map(([{ id }]) => id);
  const conversation = readableConversation(state, user, target);
  if (conversation === null) return null;
  return conversation === "nothing yet" ? [] : [conversation.id];
}

/** Returns for rooms with +H when the sender joined: what came before must not fill the page. */
function readableSince(
  { state, user }: RegisteredContext,
  conversations: readonly ConversationId[],
): Record<string, number> {
  const since: Record<string, number> = {};
  for (const id of conversations) {
    const conversation = state.rooms.byId(id);
    const time = conversation === null ? 0 : firstReadableTime(conversation, user);
    if (Number.isFinite(time) && time > 0) since[id] = time;
  }
  return since;
}

interface Attributes extends Omit<SearchRequest, "in" | "since"> {
  readonly target: string | null;
}

interface InvalidAttribute {
  /** The attribute's name. */
  readonly invalid: string;
  readonly sentence: string;
}

/**
 * Parses `text=fast\stea;in=#chan;limit=2`. An unknown attribute is refused, since ignoring it would find more
 * than was asked for.
 */
function parseAttributes(state: State, text: string): Attributes | InvalidAttribute {
  const attributes = parseTags(text);
  const unknown = [...attributes.keys()].find((name) => !ATTRIBUTES.includes(name));
  if (unknown !== undefined) return { invalid: unknown, sentence: "Unknown attribute" };
  const words = parseSearchTerms(attributes.get("text") ?? "");
  if (words === null) return { invalid: "text", sentence: "Too many search terms" };
  const after = parseTimeAttribute(attributes.get("after"));
  const before = parseTimeAttribute(attributes.get("before"));
  if (after === "invalid" || before === "invalid") {
    const sentence = "Give a time such as 2026-11-22T01:02:03.456Z";
    return { invalid: after === "invalid" ? "after" : "before", sentence };
  }
  const limit = attributes.get("limit") ?? String(SEARCH_LIMIT_DEFAULT);
  if (!/^[1-9]\d{0,8}$/.test(limit)) {
    return { invalid: "limit", sentence: "Give a number of messages" };
  }
  return {
    target: attributes.get("in") || null,
    from: findAuthor(state, attributes.get("from")),
    words,
    after,
    before,
    limit: Math.min(Number(limit), SEARCH_LIMIT_MAX),
  };
}

/**
 * Returns whose messages a nick or name means: those of the account that has it now, under whatever nick. A nick that no
 * account has is looked for as it stands in the messages.
 */
function findAuthor(state: State, text: string | undefined): SearchAuthor | null {
  if (text === undefined || text === "") return null;
  const account = state.accounts.byId(state.accountOfNick(text));
  if (account === null) return { kind: "name", name: fold(text) };
  return { kind: "account", author: authorOf(account) };
}

function parseTimeAttribute(text: string | undefined): number | null | "invalid" {
  return text === undefined || text === "" ? null : (parseTime(text) ?? "invalid");
}
