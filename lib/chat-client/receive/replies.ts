/**
 * Handlers of the server's replies: room data, errors, and everything without its own handler.
 */

import { PINNED_KEY } from "../../protocol/pinned-text.ts";
import type { Message } from "../../protocol/wire/message.ts";
import type { MutableConversation } from "../conversation.ts";
import { type HandlerContext, isRoomName, type MessageHandlers } from "../handler-context.ts";
import { MODE_LETTERS_MAX } from "../memory-limits.ts";
import { isFailure, type Request } from "../send/requests.ts";
import { keepsPreferences } from "../server-names.ts";

/** The code of what the server tells of the own account: a new password, a new device and the like. */
export const SECURITY_CODE = "SECURITY";
/** Without labels, a refusal that comes later than this is not attributed to the last line. */
const REFUSAL_MS_MAX = 30_000;
/** Welcome, version, own modes, user counts, and the frame of the message of the day. */
const WELCOME_NUMERICS: ReadonlySet<string> = new Set([
  ...["001", "002", "003", "004", "042", "221"],
  ...["250", "251", "252", "253", "254", "255", "265", "266"],
  ...["375", "376"],
]);
/** Numerics that refuse a message to their target. */
const SEND_REFUSED: ReadonlySet<string> = new Set([
  "401",
  "403",
  "404",
  "407",
  "412",
  "442",
  "531",
]);

export const REPLY_HANDLERS: MessageHandlers = {
  /** RPL_WELCOME <me> */
  "001": (context, message) => {
    const { store } = context;
    store.me.nick = message.params[0] || store.me.nick;
    // By another connection. A server of ours tells its owner anew.
    store.me.operator = false;
    if (keepsPreferences(store)) store.expectPreferences();
    // With draft/extended-isupport the network's name has come already.
    nameServer(context, store.network || (message.source ?? ""));
  },

  /** RPL_ISUPPORT */
  "005": (context, message) => {
    context.isupport.apply(message.params);
    // Before it is known, the last connection's is the best guess.
    if (context.isupport.has("CASEMAPPING")) context.store.updateFold();
    context.store.network = context.isupport.network ?? context.store.network;
    if (context.store.network !== "") nameServer(context, context.store.network);
    context.store.publicAddress = context.isupport.get("SODAM.CHAT/ADDRESS") ?? "";
  },

  /** RPL_NOTOPIC */
  "331": (context, message) => setTopic(context, message, ""),
  /** RPL_TOPIC <me> <room> :<topic> */
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
    const [, , modes = ""] = message.params;
    conversation.areModesKnown = true;
    conversation.modes = modes.replace("+", "").slice(0, MODE_LETTERS_MAX);
    context.store.emitChanged(conversation);
  },

  // RPL_CREATIONTIME, ERR_NOMOTD, RPL_ENDOFWHO and RPL_ENDOFWHOIS are not shown: they are of no use to a user. The last
  // comes behind "no such nick", too, when the question is answered already.
  "329": () => {},
  "422": () => {},
  "315": () => {},
  "318": () => {},

  /**
   * RPL_METADATASYNCLATER <me> <target> <seconds>. We need nothing of a room's members. The pinned
   * text is one key, which can be requested now.
   */
  "774": (context, message) => {
    const [, room = ""] = message.params;
    context.request("METADATA", [room, "GET", PINNED_KEY], { quiet: true, onlyLabelled: true });
  },

  /** RPL_METADATASUBOK */
  "770": () => {},
  /** METADATA <target> <key> <visibility> :<value> */
  METADATA: (context, message) => setPinned(context, message.params),
  /** RPL_KEYVALUE <me> <target> <key> <visibility> :<value> */
  "761": (context, message) => setPinned(context, message.params.slice(1)),
  /** RPL_KEYNOTSET <me> <target> <key> :<text>: without a value. */
  "766": (context, message) => setPinned(context, message.params.slice(1)),

  /** RPL_MOTD. It comes with every connection, and is shown once. */
  "372": (context, message, request) => {
    const text = (message.params.at(-1) ?? "").replace(/^- ?/, "");
    const { server } = context.store;
    if (request === null && server.list.find((line) => line.text === text) !== null) return;
    context.addInfo(server, { ...message, params: [context.store.me.nick, text] }, "372");
  },

  FAIL: (context, message, request) => {
    const [verb, code, oldName = "", name = ""] = message.params;
    if (verb === "JOIN" && code === "CHANNEL_RENAMED") joinRenamed(context, oldName, name);
    else handleUnlisted(context, message, request);
  },

  NOTE: (context, message, request) => {
    const [verb, code] = message.params;
    // About the own account, whatever else it names.
    if (verb === "ACCOUNT" && code === SECURITY_CODE) {
      context.addInfo(context.store.server, message, SECURITY_CODE);
    } else handleUnlisted(context, message, request);
  },

  ERROR: (context, message) => context.addInfo(context.store.server, message, "ERROR"),
  PONG: () => {},
};

/** Handles a message without a handler: shows replies as info, and refusals as errors. */
export function handleUnlisted(
  context: HandlerContext,
  message: Message,
  request: Request | null,
): void {
  if (request?.quiet === true || request?.lineKey != null) return;
  const isReply = /^\d\d\d$/.test(message.verb) || ["FAIL", "WARN", "NOTE"].includes(message.verb);
  if (!isReply) return;
  // The server sends these on connecting, without a request.
  if (request === null && WELCOME_NUMERICS.has(message.verb)) return;
  if (isFailure(message)) {
    showRefusal(context, message, request);
    return;
  }
  const conversation = request?.conversation ?? conversationOf(context, message);
  context.addInfo(conversation, message, codeOf(message));
}

function showRefusal(context: HandlerContext, message: Message, request: Request | null): void {
  const code = codeOf(message);
  const text = message.params.at(-1) ?? "";
  const conversation = request?.conversation ?? conversationOf(context, message);
  if (request === null && failLastLine(context, conversation, code, text)) return;
  // Whoever asked is told on screen. A line would put the server's own conversation into the list for it.
  if (request === null || conversation.kind !== "server") {
    context.addError(conversation, message, code);
  }
  context.emit({
    kind: "refused",
    key: conversation.kind === "server" ? null : conversation.key,
    verb: request?.verb ?? (message.verb === "FAIL" ? (message.params[0] ?? "") : ""),
    code,
    text,
    params: message.params,
  });
}

/**
 * Without labels, takes a refusal to send to a target to be about the last own line there. Returns
 * whether there was such a line.
 */
function failLastLine(
  context: HandlerContext,
  conversation: MutableConversation,
  code: string,
  text: string,
): boolean {
  if (context.hasCap("labeled-response") || conversation.kind === "server") return false;
  if (!SEND_REFUSED.has(code)) return false;
  if (context.elapsed() - conversation.lastSentElapsedMs > REFUSAL_MS_MAX) return false;
  const line = conversation.list.find(
    ({ own, msgid, status }) =>
      own && msgid === null && (status === "sending" || status === "sent"),
  );
  if (line === null) return false;
  context.store.replaceLine(conversation, { ...line, status: "failed", problem: text, code });
  return true;
}

/** Returns the numeric, or a standard reply's code. */
function codeOf(message: Message): string {
  return /^\d/.test(message.verb) ? message.verb : (message.params[1] ?? "");
}

/** Returns the conversation that one of the parameters names, or the server's own. */
function conversationOf(context: HandlerContext, message: Message): MutableConversation {
  const { store } = context;
  for (const param of message.params.slice(1, -1)) {
    if (store.isMe(param) && !isRoomName(context, param)) continue;
    const conversation = store.find(param);
    if (conversation !== null) return conversation;
  }
  return store.server;
}

/**
 * Joins a room under its new name, after a JOIN of the old one was refused.
 * https://ircv3.net/specs/extensions/channel-rename
 */
function joinRenamed(context: HandlerContext, oldName: string, name: string): void {
  const { store } = context;
  const conversation = store.find(oldName);
  if (conversation !== null && !conversation.joined) store.rename(conversation, name);
  if (store.find(name)?.joined !== true) context.request("JOIN", [name]);
}

/**
 * Gives the server's own conversation a name to show; nothing is sent to it, and it stays under SERVER_KEY. A
 * name that could be a room's is none.
 */
function nameServer(context: HandlerContext, name: string): void {
  const { store } = context;
  const { server } = store;
  if (name === "" || server.name === name || isRoomName(context, name)) return;
  server.name = name;
  store.emitChanged(server);
}

function setTopic(context: HandlerContext, message: Message, topic: string): void {
  const conversation = context.store.find(message.params[1] ?? "");
  if (conversation === null) return;
  conversation.topic = topic;
  context.store.emitChanged(conversation);
}

/** `params`: target, key, visibility and value. Without a value nothing is pinned. */
function setPinned(context: HandlerContext, params: readonly string[]): void {
  const [target = "", key, , value = ""] = params;
  const conversation = context.store.find(target);
  if (key !== PINNED_KEY || conversation === null) return;
  conversation.pinned = value === "" ? null : value;
  context.store.emitChanged(conversation);
}
