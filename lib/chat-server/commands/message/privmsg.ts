import { isRoomName } from "../../../protocol/names.ts";
import { cutUtf8, utf8Bytes } from "../../../protocol/utf8.ts";
import { parseRankTarget, type Rank } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { isClientTag } from "../../../protocol/wire/tags.ts";
import { LINE_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { ClientTags } from "../../event.ts";
import { guestMessageTime, storeGuestMessage } from "../../history/guest-messages.ts";
import { ACCEPTED_MAX, DIRECTS_PER_USER_MAX, KNOCK_MS_MIN, TARGETS_MAX } from "../../limits.ts";
import { tagsOf } from "../../relay/encode-event.ts";
import { isEphemeral, relayEphemeral } from "../../relay/ephemeral.ts";
import { noSuchNick, notStored } from "../../relay/error-replies.ts";
import {
  canSeeRoom,
  directMessageRefusal,
  messageAudience,
  speakRefusal,
} from "../../rooms/access.ts";
import { type Conversation, Room } from "../../rooms/room.ts";
import { mentionedAccounts } from "../../unread/mentions.ts";
import { sendMarker } from "../../unread/unread-notices.ts";
import { acceptKey, isAccepted, isBlocked } from "../../users/block-list.ts";
import { findUser } from "../../users/presence.ts";
import type { User } from "../../users/user.ts";
import { findService, messageToService } from "../services/services.ts";

/** Talking: PRIVMSG, NOTICE and TAGMSG, to rooms and to people. */

/** One thing to be said, the same for each of its targets. */
interface Saying {
  readonly verb: "PRIVMSG" | "NOTICE" | "TAGMSG";
  readonly text: string;
  readonly tags: ClientTags;
  readonly joins?: readonly number[];
}

const PRIVMSG: Command = {
  verb: "PRIVMSG",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const outcome = messageToService(context);
    return outcome === "no" ? say(context) : outcome;
  },
  beforeRegistration: messageToService,
};
const NOTICE: Command = { verb: "NOTICE", params: 0, phase: "registered", handle: say };
const TAGMSG: Command = { verb: "TAGMSG", params: 1, phase: "registered", handle: say };

export const MESSAGE: readonly Command[] = [PRIVMSG, NOTICE, TAGMSG];

function say(context: RegisteredContext): void {
  const { session, reply, message, params } = context;
  const verb = message.verb as Saying["verb"];
  const [targets = "", text = ""] = params;
  const isQuiet = verb === "NOTICE";
  if (targets === "") {
    if (!isQuiet) reply.numeric(NUMERIC.ERR_NORECIPIENT, `No recipient given (${verb})`);
    return;
  }
  if (verb !== "TAGMSG" && text === "") {
    if (!isQuiet) reply.numeric(NUMERIC.ERR_NOTEXTTOSEND, "No text to send");
    return;
  }
  const tags = session.has("message-tags") ? clientTags(message.tags) : {};
  if (verb === "TAGMSG" && Object.keys(tags).length === 0) return;
  const saying = { verb, text: verb === "TAGMSG" ? "" : text.normalize("NFC"), tags };
  const names = [...new Set(targets.split(","))];
  if (names.length > TARGETS_MAX) {
    if (isQuiet) return;
    return reply.numeric(
      NUMERIC.ERR_TOOMANYTARGETS,
      targets,
      "That is too many recipients at once",
    );
  }
  for (const name of names) sendMessage(context, name, fitted(saying, context.user, name));
}

/** Says something to a room or a person. What can't be said is answered; a NOTICE never is. */
export function sendMessage(context: RegisteredContext, target: string, saying: Saying): void {
  context.user.lastMessageAt = context.state.now;
  const ranked = parseRankTarget(target);
  if (ranked !== null) sayToRoom(context, ranked.room, saying, ranked.rank);
  else if (isRoomName(target)) sayToRoom(context, target, saying, null);
  else sayToPerson(context, target, saying);
}

/**
 * @param rank the lowest that hears it (STATUSMSG); `null` for everybody there. What only some hear passes
 *   and is not kept, since later readers may see all that is
 */
function sayToRoom(
  context: RegisteredContext,
  target: string,
  saying: Saying,
  rank: Rank | null,
): void {
  const { state, user, reply } = context;
  const room = state.rooms.byName(target);
  if (room === null || (!canSeeRoom(room, user) && room.hasMode("n"))) {
    return refuse(context, saying, NUMERIC.ERR_NOSUCHCHANNEL, target, "There is no such room");
  }
  const refusal = speakRefusal(room, user, saying.text);
  if (refusal !== null) {
    return refuse(context, saying, refusal.numeric, room.name, refusal.sentence);
  }
  const few = messageAudience(room, user, rank);
  if (few !== null || isEphemeral(saying)) {
    const users = few ?? new Set(room.members.keys()).add(user);
    relayEphemeral(state, saying, user.identity, users, (rank ?? "") + room.name, reply);
    return;
  }
  const said = {
    kind: "said",
    ...saying,
    named: mentionedAccounts(state.users, room, user, saying),
  } as const;
  if (state.commit(room, user.identity, said, reply) === null)
    notStored(reply, saying.verb, room.name);
  else readOwn(context, room, room.name);
}

function sayToPerson(context: RegisteredContext, target: string, saying: Saying): void {
  const { state, user, reply } = context;
  const service = findService(target);
  if (service !== null) {
    // Passwords are said to services: in one line, and to nobody else by the way.
    if (saying.verb !== "PRIVMSG") return;
    return refuse(context, saying, NUMERIC.ERR_CANNOTSENDTOUSER, service.name, "Write to it alone");
  }
  const peer = findUser(state, target);
  if (peer === null) {
    if (saying.verb !== "NOTICE") noSuchNick(context, target);
    return;
  }
  const refusal = directMessageRefusal(user, peer, saying.text);
  if (refusal !== null) {
    refuse(context, saying, refusal.numeric, peer.nick, refusal.sentence);
    return tellOfCaller(context, saying, peer);
  }
  acceptAnswers(user, peer);
  const { awayText } = peer;
  if (saying.verb === "PRIVMSG" && awayText !== null) {
    reply.numeric(NUMERIC.RPL_AWAY, peer.nick, awayText);
  }
  // Whoever is blocked isn't told: their own devices hear it, nobody else does, and it isn't kept.
  if (isBlocked(peer, user)) {
    relayEphemeral(state, saying, user.identity, new Set([user]), peer.nick, reply);
    return;
  }
  if (user.account === null || peer.account === null || isEphemeral(saying)) {
    return whisper(context, peer, saying);
  }
  const isFirst = state.rooms.direct(user.account, peer.account) === null;
  if (isFirst && state.rooms.countTalks(user.account) >= DIRECTS_PER_USER_MAX) {
    return refuse(
      context,
      saying,
      NUMERIC.ERR_CANNOTSENDTOUSER,
      peer.nick,
      "You write to too many people",
    );
  }
  const talk = state.directConversation(user.account, peer.account, user.identity);
  const said = { kind: "said", ...saying } as const;
  const event = talk === null ? null : state.commit(talk, user.identity, said, reply);
  if (talk === null || event === null) notStored(reply, saying.verb, peer.nick);
  else readOwn(context, talk, peer.nick);
  // The other one has read nothing yet, which is worth a word beside the first message.
  if (talk !== null && isFirst && peer.sharesReadReceipts) state.readReceipts.note(talk, peer);
}

/** What no file keeps: guests' messages, for nobody could be told later whose they were, and what passes. */
function whisper({ state, user, reply }: RegisteredContext, peer: User, saying: Saying): void {
  const both = new Set([peer, user]);
  const time = guestMessageTime(state, user, peer);
  const event = relayEphemeral(state, saying, user.identity, both, peer.nick, reply, time);
  if (!isEphemeral(saying)) storeGuestMessage(user, peer, event);
}

/** Somebody with +g hears, now and then, that another wants to write to them. */
function tellOfCaller(
  { state, user, reply }: RegisteredContext,
  { verb }: Saying,
  peer: User,
): void {
  if (!peer.modes.has("g") || isAccepted(peer, user)) return;
  if (verb === "TAGMSG" || isBlocked(peer, user)) return;
  if (state.now - peer.callerToldAt < KNOCK_MS_MIN) return;
  peer.callerToldAt = state.now;
  for (const session of peer.sessions) {
    const { nick, user: username, host } = user.identity;
    const sentence = `wants to write to you (+g): ACCEPT ${nick} lets them`;
    const told = [peer.nick, nick, `${username}@${host}`, sentence];
    const tags = tagsOf({ time: state.now, msgid: "", by: user.identity }, session.dialect);
    state.unsolicitedReply(session).line(NUMERIC.RPL_UMODEGMSG, told, state.options.name, tags);
  }
  if (verb !== "NOTICE") {
    reply.numeric(
      NUMERIC.RPL_TARGNOTIFY,
      peer.nick,
      "They are told that you want to write to them",
    );
  }
}

/** Whom one writes to may answer. */
function acceptAnswers(user: User, peer: User): void {
  if (!user.modes.has("g") && !user.modes.has("R")) return;
  if (user.accepted.size < ACCEPTED_MAX) user.accepted.set(acceptKey(peer), peer.nick);
}

/**
 * Who says something has read what was before it; the other devices are told so. The marker isn't kept by
 * itself: what one said oneself is never unread.
 */
function readOwn(context: RegisteredContext, conversation: Conversation, target: string): void {
  const { user } = context;
  if (user.account === null) return;
  if (conversation instanceof Room && !conversation.has(user)) return;
  user.markers.set(conversation.id, conversation.time);
  sendMarker(context, conversation, target);
}

/** A relayed line carries the sender before the text: what has no place is cut, at a letter's end. */
function fitted(saying: Saying, { source }: User, target: string): Saying {
  if (saying.verb === "TAGMSG") return saying;
  const bytesMax = LINE_BYTES_MAX - utf8Bytes(`:${source} ${saying.verb} ${target} :\r\n`);
  const text = cutUtf8(saying.text, bytesMax);
  return text === saying.text ? saying : { ...saying, text };
}

/** The tags that clients send for each other, with their "+". */
export function clientTags(tags: ReadonlyMap<string, string>): ClientTags {
  if (tags.size === 0) return {};
  return Object.fromEntries([...tags].filter(([key]) => isClientTag(key)));
}

function refuse(
  { reply }: RegisteredContext,
  { verb }: Saying,
  numeric: string,
  target: string,
  sentence: string,
): void {
  if (verb !== "NOTICE") reply.numeric(numeric, target, sentence);
}
