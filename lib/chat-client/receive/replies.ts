/** What the server answers: topics and the like, errors, and everything that nobody else takes. */
import type { Message } from "../../protocol/wire/message.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import { isFailure, type Request } from "../send/requests.ts";
import { isRoom } from "./messages.ts";

/** A refusal that comes later than that belongs to something else than the last line. */
const REFUSAL_MS_MAX = 30_000;

export const REPLY_HANDLERS: MessageHandlers = {
  /** RPL_ISUPPORT */
  "005": (context, message) => {
    context.isupport.apply(message.params);
    context.store.network = context.isupport.network ?? context.store.network;
  },

  /** RPL_NOTOPIC, RPL_TOPIC */
  "331": (context, message) => setTopic(context, message, ""),
  "332": (context, message) => setTopic(context, message, message.params[2] ?? ""),

  /** RPL_TOPICWHOTIME <me> <room> <nick> <time> */
  "333": (context, message) => {
    const conversation = context.store.find(message.params[1] ?? "");
    if (conversation === null) return;
    conversation.topicBy = (message.params[2] ?? "").split("!")[0] ?? null;
    context.store.emitChanged(conversation);
  },

  /** RPL_CHANNELMODEIS <me> <room> <modes> … */
  "324": (context, message) => {
    const conversation = context.store.find(message.params[1] ?? "");
    if (conversation === null) return;
    conversation.modes = (message.params[2] ?? "").replace("+", "");
    context.store.emitChanged(conversation);
  },

  /** RPL_CREATIONTIME, RPL_ENDOFWHO, ERR_NOMOTD: nothing for a person. */
  "329": () => {},
  "422": () => {},
  "315": () => {},

  /**
   * RPL_METADATASYNCLATER <me> <target> <seconds>. Of everybody in the room nothing is needed; what is pinned is
   * one key, and no trouble now.
   */
  "774": (context, message) => {
    const [, room = ""] = message.params;
    context.request("METADATA", [room, "GET", PINNED_KEY], { quiet: true, onlyLabelled: true });
  },

  /** RPL_METADATASUBOK */
  "770": () => {},
  METADATA: (context, message) => setPinned(context, message.params, 3),
  /** RPL_KEYVALUE <me> <target> <key> <visibility> :<value> */
  "761": (context, message) => setPinned(context, message.params.slice(1), 3),
  /** RPL_KEYNOTSET <me> <target> <key> :<text>: there is no fourth. */
  "766": (context, message) => setPinned(context, message.params.slice(1), 3),

  /** RPL_MOTD: the owner's words to everybody. They come again with every connection. */
  "372": (context, message, request) => {
    const text = (message.params.at(-1) ?? "").replace(/^- ?/, "");
    const { server } = context.store;
    if (request === null && server.list.find((line) => line.text === text) !== null) return;
    context.addInfo(server, { ...message, params: [context.store.me.nick, text] }, "372");
  },

  FAIL: (context, message, request) => {
    const [verb, code, was = "", name = ""] = message.params;
    if (verb === "JOIN" && code === "CHANNEL_RENAMED") followRoom(context, was, name);
    else handleUnlisted(context, message, request);
  },

  ERROR: (context, message) => context.addInfo(context.store.server, message, "ERROR"),
  PONG: () => {},
};

/** Room metadata that holds what is pinned. */
export const PINNED_KEY = "sodam.chat/pinned";

/** Everything that has no handler: an answer for its asker, an error, or a line of the server's. */
export function handleUnlisted(
  context: HandlerContext,
  message: Message,
  request: Request | null,
): void {
  if (request?.quiet === true || request?.lineKey != null) return;
  const reply = /^\d\d\d$/.test(message.verb) || ["FAIL", "WARN", "NOTE"].includes(message.verb);
  if (!reply) return;
  // Who has just come in has asked for none of the welcome's numbers.
  if (request === null && GREETING.has(message.verb)) return;
  if (isFailure(message)) refuse(context, message, request);
  else
    context.addInfo(request?.conversation ?? placeOf(context, message), message, codeOf(message));
}

/** Welcome, version, one's own modes, counts of people, and the frame of the message of the day. */
const GREETING: ReadonlySet<string> = new Set([
  ...["001", "002", "003", "004", "042", "221"],
  ...["250", "251", "252", "253", "254", "255", "265", "266"],
  ...["375", "376"],
]);

function refuse(context: HandlerContext, message: Message, request: Request | null): void {
  const code = codeOf(message);
  const text = message.params.at(-1) ?? "";
  const place = request?.conversation ?? placeOf(context, message);
  if (request === null && failLast(context, place, code, text)) return;
  context.addError(place, message, code);
  context.emit({
    kind: "refused",
    key: place.kind === "server" ? null : place.key,
    verb: request?.verb ?? (message.verb === "FAIL" ? (message.params[0] ?? "") : ""),
    code,
    text,
    params: message.params,
  });
}

/** Without labels: "can't send to that target" is about the last line that went there. */
function failLast(
  context: HandlerContext,
  place: MutableConversation,
  code: string,
  text: string,
): boolean {
  if (context.hasCap("labeled-response") || place.kind === "server" || !SEND_REFUSED.has(code)) {
    return false;
  }
  const since = context.now() - REFUSAL_MS_MAX;
  const line = place.list.find(
    (one) =>
      one.own &&
      one.msgid === null &&
      one.time >= since &&
      (one.status === "sending" || one.status === "sent"),
  );
  if (line === null) return false;
  context.store.replaceLine(place, { ...line, status: "failed", problem: text, code });
  return true;
}

const SEND_REFUSED: ReadonlySet<string> = new Set([
  "401",
  "403",
  "404",
  "407",
  "412",
  "442",
  "531",
]);

function codeOf(message: Message): string {
  return /^\d/.test(message.verb) ? message.verb : (message.params[1] ?? "");
}

/** The conversation that one of its parameters names, or the server's own. */
function placeOf(context: HandlerContext, message: Message): MutableConversation {
  const { store } = context;
  const words = message.params.slice(1, -1);
  for (const word of words) {
    const place = isRoom(context, word) || !store.isMe(word) ? store.find(word) : null;
    if (place !== null) return place;
  }
  return store.server;
}

/** A room that I asked for is called otherwise now. https://ircv3.net/specs/extensions/channel-rename */
function followRoom(context: HandlerContext, was: string, name: string): void {
  const { store } = context;
  const conversation = store.find(was);
  if (conversation !== null && !conversation.joined) store.rename(conversation, name);
  if (store.find(name)?.joined !== true) context.request("JOIN", [name]);
}

function setTopic(context: HandlerContext, message: Message, topic: string): void {
  const conversation = context.store.find(message.params[1] ?? "");
  if (conversation === null) return;
  conversation.topic = topic;
  context.store.emitChanged(conversation);
}

function setPinned(context: HandlerContext, params: readonly string[], valueAt: number): void {
  const [target = "", key] = params;
  const conversation = context.store.find(target);
  if (key !== PINNED_KEY || conversation === null) return;
  conversation.pinned = params[valueAt] || null;
  context.store.emitChanged(conversation);
}
