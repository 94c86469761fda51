import { fold, isRoomName } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import { parseHistoryPoint } from "../../../protocol/wire/history-point.ts";
import type { Command, Outcome, RegisteredContext } from "../../command.ts";
import type { RoomEvent } from "../../event.ts";
import { type GuestMessage, guestMessagesWith } from "../../history/guest-messages.ts";
import {
  readableConversation,
  readableConversations,
  targetOf,
} from "../../history/history-access.ts";
import { encodedBytes, readHistoryPage } from "../../history/history-page.ts";
import { isMessage, selectEvents } from "../../history/select-events.ts";
import { HISTORY_LIMIT_MAX, HISTORY_PAGE_BYTES_MAX } from "../../limits.ts";
import { type EncodedLine, encodeReplayed, withTime } from "../../relay/encode-event.ts";
import { type Conversation, Room } from "../../rooms/room.ts";
import type { HistoryRequest } from "../../server-ports.ts";
import type { State } from "../../state.ts";

/** What was said before: CHATHISTORY for clients that know it, HISTORY for those that don't. */

const DIRECTIONS: Readonly<Record<string, HistoryRequest["direction"]>> = {
  LATEST: "latest",
  BEFORE: "before",
  AFTER: "after",
  AROUND: "around",
  BETWEEN: "between",
};

const CHATHISTORY: Command = {
  verb: "CHATHISTORY",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { params, reply } = context;
    const [given = ""] = params;
    const subcommand = given.toUpperCase();
    if (subcommand === "TARGETS") return targets(context);
    const direction = DIRECTIONS[subcommand];
    const details = given === "" ? [] : [given];
    if (direction === undefined) {
      return reply.fail("CHATHISTORY", "INVALID_PARAMS", details, "There is no such subcommand");
    }
    const wanted = direction === "between" ? 5 : 4;
    if (params.length !== wanted) {
      const amount = params.length < wanted ? "few" : "many";
      return reply.fail("CHATHISTORY", "INVALID_PARAMS", details, `Too ${amount} parameters`);
    }
    const [, target = "", from = "", second = ""] = params;
    const start = parseHistoryPoint(from);
    const end = direction === "between" ? parseHistoryPoint(second) : null;
    const limit = parseLimit(params.at(-1) ?? "");
    if (start === null || (direction === "between" && end === null) || limit === null) {
      const isLimit = start !== null && limit === null;
      const wrong = start === null ? from : isLimit ? (params.at(-1) ?? "") : second;
      const sentence = "That is neither timestamp=… nor msgid=…, nor a number of messages";
      if (!isLimit && isOtherReference(wrong)) {
        return reply.fail("CHATHISTORY", "INVALID_MSGREFTYPE", [given, target, wrong], sentence);
      }
      return reply.fail("CHATHISTORY", "INVALID_PARAMS", [given, wrong], sentence);
    }
    if (end?.kind === "latest" || (start.kind === "latest" && direction !== "latest")) {
      const sentence = "* stands for the newest message, for LATEST alone";
      return reply.fail("CHATHISTORY", "INVALID_PARAMS", [given, "*"], sentence);
    }
    const request = { direction, from: start, to: end, limit };
    return page(context, "CHATHISTORY", [given, target], target, request);
  },
};

/** `HISTORY #room 50`, `HISTORY #room 2h`, or without a number, for people and for clients of the old kind. */
const HISTORY: Command = {
  verb: "HISTORY",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const [target = "", amount = "50"] = context.params;
    const since = /^(\d{1,6})([mhd])$/.exec(amount);
    const limit = since === null ? parseLimit(amount) : HISTORY_LIMIT_MAX;
    if (limit === null) {
      const sentence = "Say how many messages (50), or since when (30m, 2h, 7d)";
      return context.reply.fail("HISTORY", "INVALID_PARAMS", [target, amount], sentence);
    }
    const minutes = { m: 1, h: 60, d: 1440 }[since?.[2] ?? ""];
    const from =
      minutes === undefined
        ? ({ kind: "latest" } as const)
        : ({
            kind: "time",
            time: context.state.now - Number(since?.[1]) * minutes * 60_000,
          } as const);
    const request = { direction: "latest", from, to: null, limit } as const;
    return page(context, "HISTORY", [target], target, request);
  },
};

/** A reference of a kind that we don't know: `line=7`. */
function isOtherReference(text: string): boolean {
  return /^[a-z-]+=/i.test(text) && !/^(?:timestamp|msgid)=/.test(text);
}

function parseLimit(text: string): number | null {
  if (!/^\d{1,9}$/.test(text)) return null;
  const limit = Number(text);
  return limit === 0 ? null : Math.min(limit, HISTORY_LIMIT_MAX);
}

function page(
  context: RegisteredContext,
  verb: string,
  details: readonly string[],
  target: string,
  request: Pick<HistoryRequest, "direction" | "from" | "to" | "limit">,
): Outcome {
  const { state, user, session, reply } = context;
  const whispered = guestMessagesWith(state, user, target);
  if (whispered !== null) return whisperPage(context, target, whispered, request);
  const sentence = "Messages could not be retrieved";
  const found = readableConversation(state, user, target);
  if (found === null) return reply.fail(verb, "INVALID_TARGET", details, sentence);
  if (found === "nothing yet") {
    return reply.batch("chathistory", [canonical(state, target)], () => {});
  }
  const kinds = session.has("draft/event-playback") ? "all" : "messages";
  return readHistoryPage({
    conversation: found.id,
    request: { ...request, since: 0, kinds },
    encode: (event) => encodeShown(context, found, event),
    isAllowed: () => readableConversation(state, user, target) === found,
    refused: () => reply.fail(verb, "INVALID_TARGET", details, sentence),
    done: (lines) => {
      if (lines === null) return reply.fail(verb, "MESSAGE_ERROR", details, sentence);
      reply.batch("chathistory", [canonical(state, target)], () => {
        for (const line of lines) reply.add(line);
      });
    },
  });
}

/**
 * The same of what a guest and somebody said to each other, which is in memory whole. Of a page that is too
 * long there is half, from where it begins, whichever way it goes.
 */
function whisperPage(
  { state, session, reply, message }: RegisteredContext,
  name: string,
  whispers: readonly GuestMessage[],
  request: Pick<HistoryRequest, "direction" | "from" | "to" | "limit">,
): void {
  const targets = new Map<RoomEvent, string>(whispers.map(({ event, target }) => [event, target]));
  const all = [...targets.keys()];
  const seen = session.has("draft/event-playback") ? all : all.filter(isMessage);
  const encode = (limit: number) =>
    selectEvents(all, seen, { ...request, limit }).flatMap((event) => {
      const shown =
        message.verb === "HISTORY" ? withTime(event, session.dialect, state.now) : event;
      const lines = encodeReplayed(shown, targets.get(event) ?? name, session.dialect);
      return lines.length === 0 ? [] : [lines];
    });
  let page = encode(request.limit);
  while (page.length > 1 && encodedBytes(page.flat()) > HISTORY_PAGE_BYTES_MAX) {
    page = encode(Math.floor(page.length / 2));
  }
  reply.batch("chathistory", [name], () => {
    for (const line of page.flat()) reply.add(line);
  });
}

/**
 * The room or person as they are called now. The text wants the canonical name. Suites want a person's as it was
 * asked for, in capitals too, and so it stays where that is the same name.
 */
function canonical(state: State, target: string): string {
  if (isRoomName(target)) return state.rooms.byName(target)?.name ?? target;
  const account = state.accountOfNick(target);
  const nick = account === null ? target : state.nickOfAccount(account);
  return fold(nick) === fold(target) ? target : nick;
}

const MOVES: readonly string[] = ["joined", "left", "kicked"];

/** What the asker is shown of an event. */
function encodeShown(
  { state, user, session, message }: RegisteredContext,
  conversation: Conversation,
  event: RoomEvent,
): readonly EncodedLine[] {
  const isHushed =
    conversation instanceof Room && conversation.hasMode("u") && !conversation.hasRank(user, "h");
  // Who came and went in an auditorium is the ops' to know, afterwards as well.
  if (isHushed && MOVES.includes(event.kind)) return [];
  const shown = message.verb === "HISTORY" ? withTime(event, session.dialect, state.now) : event;
  return encodeReplayed(shown, targetOf(state, conversation, event.by.account), session.dialect);
}

/** Conversations by the time of the last thing said in them, between two moments. */
function targets({ state, user, reply, params }: RegisteredContext): void {
  const [given = "", one = "", other = "", amount = ""] = params;
  const from = parseHistoryPoint(one);
  const to = parseHistoryPoint(other);
  const limit = parseLimit(amount);
  if (params.length !== 4 || from?.kind !== "time" || to?.kind !== "time" || limit === null) {
    const sentence = "TARGETS takes two timestamps and a number";
    return reply.fail("CHATHISTORY", "INVALID_PARAMS", [given], sentence);
  }
  const [after, before] = [Math.min(from.time, to.time), Math.max(from.time, to.time)];
  const found = readableConversations(state, user)
    .filter(([{ lastMessageAt }]) => lastMessageAt > after && lastMessageAt < before)
    .sort(([a], [b]) => a.lastMessageAt - b.lastMessageAt);
  // Counted from the first moment named, told in the order of time.
  const counted = from.time <= to.time ? found.slice(0, limit) : found.slice(-limit);
  reply.batch("draft/chathistory-targets", [], () => {
    for (const [{ lastMessageAt }, name] of counted) {
      reply.line("CHATHISTORY", ["TARGETS", name, formatTime(lastMessageAt)]);
    }
  });
}

export const HISTORY_COMMANDS: readonly Command[] = [CHATHISTORY, HISTORY];
