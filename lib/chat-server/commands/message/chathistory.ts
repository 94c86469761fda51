import { fold, isRoomName } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { timeOfId } from "../../../protocol/timestamped-id.ts";
import { parseHistoryPoint } from "../../../protocol/wire/history-point.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import type { RoomEvent, RoomEventOf } from "../../event.ts";
import { type GuestMessage, guestMessagesWith } from "../../history/guest-messages.ts";
import { isMessage, selectEvents } from "../../history/select-events.ts";
import { encodedBytes, readVisiblePage } from "../../history/visible-page.ts";
import { asSeenBy, isShownTo, lastShownMessageAt } from "../../history/withheld.ts";
import { HISTORY_LIMIT_MAX, HISTORY_PAGE_BYTES_MAX } from "../../limits.ts";
import { type EncodedLine, encodeReplayed, withTime } from "../../relay/encode-event.ts";
import {
  conversationTarget,
  firstReadablePosition,
  firstReadableTime,
  readableConversation,
  readableConversations,
} from "../../rooms/access.ts";
import { type Conversation, DirectConversation, Room } from "../../rooms/room.ts";
import type { HistoryRequest } from "../../server-ports.ts";
import type { State } from "../../state.ts";
import type { User } from "../../users/user.ts";

/**
 * Reading history: CHATHISTORY for clients that know it, HISTORY for users who type it and for other clients.
 */

type PageRequest = Pick<HistoryRequest, "direction" | "from" | "to" | "limit">;

const DIRECTIONS: Readonly<Record<string, HistoryRequest["direction"]>> = {
  LATEST: "latest",
  BEFORE: "before",
  AFTER: "after",
  AROUND: "around",
  BETWEEN: "between",
};

/** Kinds of events that the history of an auditorium (+u) hides from members below half-op. */
const MEMBERSHIP_KINDS: readonly string[] = ["joined", "left", "kicked"];

/** Sends a page of a conversation's history. https://ircv3.net/specs/extensions/chathistory */
export const CHATHISTORY: Command = {
  verb: "CHATHISTORY",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context: RegisteredContext) {
    const { params, reply } = context;
    const [subcommand = ""] = params;
    const fail = (code: string, details: readonly string[], sentence: string) =>
      reply.fail("CHATHISTORY", code, details, sentence);
    if (subcommand.toUpperCase() === "TARGETS") return sendTargets(context);
    const direction = DIRECTIONS[subcommand.toUpperCase()];
    const details = subcommand === "" ? [] : [subcommand];
    if (direction === undefined) return fail("INVALID_PARAMS", details, "Unknown subcommand");
    const paramCount = direction === "between" ? 5 : 4;
    if (params.length !== paramCount) {
      const amount = params.length < paramCount ? "few" : "many";
      return fail("INVALID_PARAMS", details, `Too ${amount} parameters`);
    }
    const [, target = "", fromText = "", toText = ""] = params;
    const limitText = params.at(-1) ?? "";
    const from = parseHistoryPoint(fromText);
    const to = direction === "between" ? parseHistoryPoint(toText) : null;
    const limit = parseLimit(limitText);
    if (from === null || (direction === "between" && to === null)) {
      const pointText = from === null ? fromText : toText;
      const sentence = "Give a message as timestamp=… or msgid=…";
      return isUnknownReference(pointText)
        ? fail("INVALID_MSGREFTYPE", [subcommand, target, pointText], sentence)
        : fail("INVALID_PARAMS", [subcommand, pointText], sentence);
    }
    if (limit === null) {
      return fail("INVALID_PARAMS", [subcommand, limitText], "Give a number of messages");
    }
    if (to?.kind === "latest" || (from.kind === "latest" && direction !== "latest")) {
      return fail("INVALID_PARAMS", [subcommand, "*"], "Only LATEST accepts *");
    }
    const request = { direction, from, to, limit };
    yield* sendPage(context, "CHATHISTORY", [subcommand, target], target, request);
  }),
};

/** Sends the newest messages: `HISTORY #room 50`, `HISTORY #room 2h`, or 50 without a number. */
export const HISTORY: Command = {
  verb: "HISTORY",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context: RegisteredContext) {
    const [target = "", amount = "50"] = context.params;
    const duration = /^(\d{1,6})([mhd])$/.exec(amount);
    const limit = duration === null ? parseLimit(amount) : HISTORY_LIMIT_MAX;
    if (limit === null) {
      const sentence = "Give a number of messages (50), or a time (30m, 2h, 7d)";
      return context.reply.fail("HISTORY", "INVALID_PARAMS", [target, amount], sentence);
    }
    const unitMinutes = { m: 1, h: 60, d: 1440 }[duration?.[2] ?? ""];
    const from =
      unitMinutes === undefined
        ? ({ kind: "latest" } as const)
        : ({
            kind: "time",
            time: context.state.now - Number(duration?.[1]) * unitMinutes * 60_000,
          } as const);
    const request = { direction: "latest", from, to: null, limit } as const;
    yield* sendPage(context, "HISTORY", [target], target, request);
  }),
};

/** Returns whether a message reference is of a type that isn't supported, such as `line=7`. */
function isUnknownReference(text: string): boolean {
  return /^[a-z-]+=/i.test(text) && !/^(?:timestamp|msgid)=/.test(text);
}

function parseLimit(text: string): number | null {
  if (!/^\d{1,9}$/.test(text)) return null;
  const limit = Number(text);
  return limit === 0 ? null : Math.min(limit, HISTORY_LIMIT_MAX);
}

/** @param details the parameters of a FAIL of this command */
function* sendPage(
  context: RegisteredContext,
  verb: string,
  details: readonly string[],
  target: string,
  request: PageRequest,
): Steps {
  const { state, user, session, reply } = context;
  const guestMessages = guestMessagesWith(state, user, target);
  if (guestMessages !== null) return sendGuestPage(context, target, guestMessages, request);
  const sentence = "Messages could not be retrieved";
  const conversation = readableConversation(state, user, target);
  if (conversation === null) return reply.fail(verb, "INVALID_TARGET", details, sentence);
  if (conversation === "nothing yet") {
    return reply.batch("chathistory", [canonicalTarget(state, target)], () => {});
  }
  const kinds = session.has("draft/event-playback") ? "all" : "messages";
  const lines = yield* readVisiblePage({
    conversation: conversation.id,
    request: {
      ...request,
      since: firstReadablePosition(conversation, user),
      kinds,
      reader: user.accountId,
    },
    encode: (event) => encodeVisible(context, conversation, event),
    isAllowed: () => readableConversation(state, user, target) === conversation,
  });
  if (lines === "refused") return reply.fail(verb, "INVALID_TARGET", details, sentence);
  if (lines === "unreadable") return reply.fail(verb, "MESSAGE_ERROR", details, sentence);
  reply.batch("chathistory", [canonicalTarget(state, target)], () => {
    for (const line of lines) reply.add(line);
  });
}

/**
 * Sends a page of direct messages with a guest, which are all in memory. A page that is too long is halved,
 * from where it begins in its direction.
 */
function sendGuestPage(
  { state, session, reply, message }: RegisteredContext,
  name: string,
  guestMessages: readonly GuestMessage[],
  request: PageRequest,
): void {
  const targets = new Map<RoomEvent, string>(
    guestMessages.map(({ event, target }) => [event, target]),
  );
  const events = [...targets.keys()];
  const visible = session.has("draft/event-playback") ? events : events.filter(isMessage);
  const encodePage = (limit: number) =>
    selectEvents(events, visible, { ...request, limit }).flatMap((event) => {
      const timed =
        message.verb === "HISTORY" ? withTime(event, session.dialect, state.now) : event;
      const lines = encodeReplayed(
        timed,
        targets.get(event) ?? name,
        session.dialect,
        state.options,
      );
      return lines.length === 0 ? [] : [lines];
    });
  let page = encodePage(request.limit);
  while (page.length > 1 && encodedBytes(page.flat()) > HISTORY_PAGE_BYTES_MAX) {
    page = encodePage(Math.floor(page.length / 2));
  }
  reply.batch("chathistory", [name], () => {
    for (const line of page.flat()) reply.add(line);
  });
}

/**
 * Returns the current name of a room or user, as the specification requires. Test suites expect a nick
 * spelled as in the request, in capitals, too; so the request's spelling is kept if it names the same.
 */
function canonicalTarget(state: State, target: string): string {
  if (isRoomName(target)) return state.rooms.byName(target)?.name ?? target;
  const account = state.accountOfNick(target);
  const nick = account === null ? target : state.nickOfAccount(account);
  return fold(nick) === fold(target) ? target : nick;
}

/** Encodes an event for the reader: no lines if it is hidden from them. */
function encodeVisible(
  { state, user, session, message }: RegisteredContext,
  conversation: Conversation,
  event: RoomEvent,
): readonly EncodedLine[] {
  if (!isShownTo(event, user.accountId)) return [];
  const isHidden =
    conversation instanceof Room && conversation.hasMode("u") && !conversation.hasRank(user, "h");
  if (isHidden && MEMBERSHIP_KINDS.includes(event.kind)) return [];
  if (event.kind === "edited" && !canReadTarget(conversation, user, event)) return [];
  const seen = asSeenBy(event, user.accountId);
  const timed = message.verb === "HISTORY" ? withTime(seen, session.dialect, state.now) : seen;
  return encodeReplayed(
    timed,
    conversationTarget(state, conversation, event.by.accountId),
    session.dialect,
    state.options,
  );
}

/** Whether a reader may read the message that an edit changes: in a room with +H it may be from before they joined. */
function canReadTarget(
  conversation: Conversation,
  user: User,
  { target, targetPosition }: RoomEventOf<"edited">,
): boolean {
  if (targetPosition !== undefined)
    return targetPosition >= firstReadablePosition(conversation, user);
  const since = firstReadableTime(conversation, user);
  return since === 0 || (timeOfId(target) ?? 0) >= since;
}

/** Answers CHATHISTORY TARGETS: conversations whose last message is between two times, in that order. */
function sendTargets({ state, user, reply, params }: RegisteredContext): void {
  const [subcommand = "", fromText = "", toText = "", limitText = ""] = params;
  const from = parseHistoryPoint(fromText);
  const to = parseHistoryPoint(toText);
  const limit = parseLimit(limitText);
  if (params.length !== 4 || from?.kind !== "time" || to?.kind !== "time" || limit === null) {
    const sentence = "TARGETS takes two timestamps and a number";
    return reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand], sentence);
  }
  const [after, before] = [Math.min(from.time, to.time), Math.max(from.time, to.time)];
  const conversations = readableConversations(state, user)
    .map(([conversation, name]) => ({
      ...{ conversation, name, time: lastMessageTime(conversation, user) },
    }))
    // 0: there is no message, or none that is shown to the user.
    .filter(({ time }) => time > Math.max(after, 0) && time < before)
    .filter(({ conversation, time }) => time >= firstReadableTime(conversation, user))
    .sort((a, b) => a.time - b.time);
  // The limit counts from the first time that was given; the answer is in order of time either way.
  const isForward = from.time <= to.time;
  const page = isForward ? conversations.slice(0, limit) : conversations.slice(-limit);
  reply.batch("draft/chathistory-targets", [], () => {
    for (const { name, time } of page) {
      reply.line("CHATHISTORY", ["TARGETS", name, formatTime(time)]);
    }
  });
}

function lastMessageTime(conversation: Conversation, user: User): number {
  if (!(conversation instanceof DirectConversation)) return conversation.lastMessageAt;
  return lastShownMessageAt(conversation, user.accountId);
}
