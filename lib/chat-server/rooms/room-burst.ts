import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RoomEvent } from "../event.ts";
import { type EncodedLine, encodeEvent, withTime } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import { sendReadReceipts } from "../unread/read-receipts.ts";
import { sendUnread } from "../unread/unread-notices.ts";
import { sendRoomMetadata } from "../users/metadata-values.ts";
import type { User } from "../users/user.ts";
import { sendNames } from "./names-reply.ts";
import type { Room } from "./room.ts";

/** Of the direct messages, the newest so many: a thousand people who write to one must not fill an outbox. */
const TALKS_REPLAYED_MAX = 20;

/** What a session is told of a room behind its JOIN: topic, read marker, who is there, and what was said. */
export function sendRoomBurst(state: State, reply: Reply, room: Room, user: User): void {
  sendTopicAndNames(reply, room, user);
  replay(state, reply, room);
}

/** The same without what was said. */
export function sendTopicAndNames(reply: Reply, room: Room, user: User): void {
  sendTopic(reply, room, false);
  sendUnread(reply, room, room.name, user);
  if (!reply.session.has("no-implicit-names")) sendNames(reply, room, user);
  sendReadReceipts(reply, room, user);
  sendRoomMetadata(reply, room, user);
}

/** The topic; that there is none is said only to who asks. */
export function sendTopic(reply: Reply, room: Room, asked: boolean): void {
  const { topic } = room;
  if (topic === null) {
    if (asked) reply.numeric(NUMERIC.RPL_NOTOPIC, room.name, "No topic is set");
    return;
  }
  reply.numeric(NUMERIC.RPL_TOPIC, room.name, topic.text);
  const seconds = String(Math.floor(topic.time / 1000));
  reply.numeric(NUMERIC.RPL_TOPICWHOTIME, room.name, topic.by, seconds);
}

/** What was said last in a room. */
function replay(state: State, reply: Reply, room: Room): void {
  const said = room.recentEvents.filter(
    (event) => event.kind === "said" && event.verb !== "TAGMSG",
  );
  sendReplay(state, reply, room.name, room.name, said);
}

/** The direct messages that came since their reader last read or wrote something there. */
export function replayDirectMessages(state: State, reply: Reply, user: User): void {
  const { account } = user;
  if (account === null || !isReplayed(state, reply)) return;
  const newest = [...state.rooms.directConversationsOf(account)]
    .sort((a, b) => a.lastMessageAt - b.lastMessageAt)
    .slice(-TALKS_REPLAYED_MAX);
  for (const talk of newest) {
    const peer = talk.peerOf(account);
    // A marker that is set by writing isn't kept over a restart, but what was written is.
    const answered = talk.recentEvents.findLast(({ by }) => by.account === account)?.time ?? 0;
    const read = Math.max(user.markers.get(talk.id) ?? 0, answered);
    const waiting = talk.recentEvents.filter(
      (event) => event.kind === "said" && event.verb !== "TAGMSG" && event.time > read,
    );
    sendReplay(state, reply, state.nickOfAccount(peer), user.nick, waiting);
  }
}

/**
 * The last few lines of a conversation for a client that can't ask for history. They come from memory, in
 * this turn, so that no live line overtakes them.
 *
 * @param name what the reader knows the conversation by: in direct messages, the other one's nick
 */
function sendReplay(
  state: State,
  reply: Reply,
  name: string,
  target: string,
  said: readonly RoomEvent[],
): void {
  const { dialect } = reply.session;
  if (said.length === 0 || !isReplayed(state, reply)) return;
  const encode = (event: RoomEvent) =>
    encodeEvent(withTime(event, dialect, state.now), target, dialect);
  reply.batch("chathistory", [name], () => {
    for (const line of newestLines(said, encode, state.options.replayLines)) reply.add(line);
  });
}

/** About as many of the newest lines, in whole messages: one of many lines counts as that many. */
function newestLines(
  said: readonly RoomEvent[],
  encode: (event: RoomEvent) => readonly EncodedLine[],
  linesMax: number,
): readonly EncodedLine[] {
  const messages: (readonly EncodedLine[])[] = [];
  let lines = 0;
  for (const event of said.toReversed()) {
    const message = encode(event);
    lines += message.length;
    if (lines > linesMax && messages.length > 0) break;
    messages.push(message);
  }
  return messages.reverse().flat();
}

function isReplayed(state: State, { session }: Reply): boolean {
  return state.options.replayLines > 0 && !session.has("draft/chathistory");
}
