import { cutUtf8, utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { ACCOUNT_ID_TAG, isClientTag } from "../../../protocol/wire/tags.ts";
import { LINE_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { ClientTags } from "../../event.ts";
import { TARGETS_MAX } from "../../limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import { repeatedList } from "../../relay/target-list.ts";
import { takeGuestPlace } from "../../sessions/places.ts";
import { isAccepted } from "../../users/block-list.ts";
import { notifyOfCaller } from "../../users/caller-notices.ts";
import type { User } from "../../users/user.ts";
import { findService, messageToService } from "../services/service-commands.ts";
import {
  type MessageRefusal,
  type OutgoingMessage,
  prepareMessage,
  serviceRefusal,
} from "./deliver-message.ts";

/** Sends a message to rooms and users, or a command to a service. */
export const PRIVMSG: Command = {
  verb: "PRIVMSG",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const outcome = messageToService(context);
    return outcome === "no" ? sendToTargets(context) : outcome;
  },
  beforeRegistration: messageToService,
};

/** Like PRIVMSG, but is never answered: two programs would answer each other forever. */
export const NOTICE: Command = {
  verb: "NOTICE",
  params: 0,
  phase: "registered",
  handle: sendToTargets,
};

/** Sends a message that has only client tags: typing notices and reactions. */
export const TAGMSG: Command = {
  verb: "TAGMSG",
  params: 1,
  phase: "registered",
  handle: sendToTargets,
};

function sendToTargets(context: RegisteredContext): void {
  const { session, user, reply, message, params } = context;
  const verb = message.verb as OutgoingMessage["verb"];
  const [targetList = "", text = ""] = params;
  const isNotice = verb === "NOTICE";
  if (targetList === "") {
    if (!isNotice) reply.numeric(NUMERIC.ERR_NORECIPIENT, `No recipient given (${verb})`);
    return;
  }
  if (verb !== "TAGMSG" && text === "") {
    if (!isNotice) reply.numeric(NUMERIC.ERR_NOTEXTTOSEND, "No text to send");
    return;
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  if (verb === "TAGMSG" && Object.keys(tags).length === 0) return;
  const meant = meantAccount(context);
  const said = verb === "TAGMSG" ? "" : text.normalize("NFC");
  const outgoing = { verb, text: said, tags, ...(meant !== undefined && { meant }) };
  const targets = [...new Set(targetList.split(","))];
  if (targets.length > TARGETS_MAX) {
    if (!isNotice) {
      const sentence = "Too many recipients at once";
      reply.numeric(NUMERIC.ERR_TOOMANYTARGETS, repeatedList(targetList), sentence);
    }
    return;
  }
  if (targets.some((target) => refusesService(context, target, outgoing))) return;
  for (const target of targets) sendMessage(context, target, cutToLine(outgoing, user, target));
}

/**
 * Refuses a message to a service, and returns whether it is one. Such a message may hold a password, so that it must
 * not go to other targets either. One PRIVMSG to a service alone is carried out before.
 */
function refusesService(
  context: RegisteredContext,
  target: string,
  message: OutgoingMessage,
): boolean {
  const service = findService(target);
  if (service === null) return false;
  refuse(context, message, serviceRefusal(service));
  return true;
}

/**
 * Sends a message to one target: a room, a room's members from a rank up (STATUSMSG), or a user. Refusals
 * are answered, except to a NOTICE.
 */
export function sendMessage(
  context: RegisteredContext,
  target: string,
  message: OutgoingMessage,
): void {
  const { state, session, user, reply } = context;
  user.lastMessageElapsedMs = state.elapsedMs;
  if (user.account === null) takeGuestPlace(session);
  const delivery = prepareMessage(context, target, message);
  if ("sentence" in delivery) return refuse(context, message, delivery);
  if (delivery.send() === null) notStored(reply, message.verb, delivery.name);
}

function refuse(
  context: RegisteredContext,
  message: OutgoingMessage,
  { numeric, code, target, sentence, isOfService, callee }: MessageRefusal,
): void {
  const { reply } = context;
  const { verb } = message;
  // Who writes for another is told even of a NOTICE, which would otherwise be lost.
  if (code !== undefined) return reply.fail(verb, code, [target], sentence);
  const isAnswered = isOfService ? verb === "PRIVMSG" : verb !== "NOTICE";
  if (isAnswered) reply.numeric(numeric, target, sentence);
  if (callee !== undefined) tellCallee(context, message, callee);
}

/** Notifies a user with caller id (+g) that somebody tried to write to them, and tells the sender so. */
function tellCallee(
  { state, user, reply }: RegisteredContext,
  { verb }: OutgoingMessage,
  peer: User,
): void {
  if (!peer.modes.has("g") || isAccepted(peer, user)) return;
  if (verb === "TAGMSG") return;
  const sentence = notifyOfCaller(state, peer, user);
  if (sentence !== null && verb !== "NOTICE") {
    reply.numeric(NUMERIC.RPL_TARGNOTIFY, peer.nick, sentence);
  }
}

/**
 * Returns the id of the account that a message is for, which a client that knows it sends along: the nick may change
 * hands while the message is on its way.
 */
export function meantAccount({
  session,
  message,
}: Pick<RegisteredContext, "session" | "message">): string | undefined {
  return session.has("sodam.chat/account-id") ? message.tags.get(ACCOUNT_ID_TAG) : undefined;
}

/** Cuts a text between characters, so that it fits in the relayed line behind the sender's source. */
function cutToLine(message: OutgoingMessage, { source }: User, target: string): OutgoingMessage {
  if (message.verb === "TAGMSG") return message;
  const bytesMax = LINE_BYTES_MAX - utf8Bytes(`:${source} ${message.verb} ${target} :\r\n`);
  const text = cutUtf8(message.text, bytesMax);
  return text === message.text ? message : { ...message, text };
}

/** Returns the client-only tags of a message, their names with the "+". */
export function clientTags(tags: ReadonlyMap<string, string>): ClientTags {
  if (tags.size === 0) return {};
  return Object.fromEntries([...tags].filter(([key]) => isClientTag(key)));
}
