import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Steps } from "../command.ts";
import type { RoomEvent } from "../event.ts";
import { isMessage } from "../history/select-events.ts";
import { isShownTo } from "../history/withheld.ts";
import { type EncodedLine, encodeEvent, withTime } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import { sendReadReceipts } from "../unread/read-receipts.ts";
import { sendUnread } from "../unread/unread-notices.ts";
import { sendPreferences } from "../users/account-preferences.ts";
import { hasBotRight } from "../users/bot-rules.ts";
import { sendRoomMetadata } from "../users/metadata-values.ts";
import type { User } from "../users/user.ts";
import { firstReadablePosition } from "./access.ts";
import { sendRequestCount } from "./join-requests.ts";
import { sendNames } from "./names-reply.ts";
import type { Room } from "./room.ts";

/**
 * Direct conversations replayed to a connecting session, the most recent ones: a thousand users who write to
 * one user must not fill that user's outbox.
 */
const DIRECTS_REPLAYED_MAX = 20;

/**
 * Sends what a session needs to know of a room after its JOIN: topic, read marker, members, read receipts,
 * the newest messages for a client that can't ask for history, and metadata. All but the metadata is sent in one
 * turn, so that no later event of the room overtakes it.
 */
export function* sendRoomBurst(state: State, reply: Reply, room: Room, user: User): Steps {
  sendTopicAndNames(state, reply, room, user);
  const first = firstReadablePosition(room, user);
  const messages = room.recentEvents.filter((event) => isMessage(event) && event.position >= first);
  sendReplay(state, reply, room.name, room.name, messages);
  sendRequestCount(state, reply, room, user);
  yield* sendRoomMetadata(reply, room, user);
}

/** Sends topic, read marker, members and read receipts: `sendRoomBurst` without messages and metadata. */
function sendTopicAndNames(state: State, reply: Reply, room: Room, user: User): void {
  sendTopic(reply, room, false);
  sendUnread(state, reply, room, room.name, user);
  if (!reply.session.has("no-implicit-names")) sendNames(reply, room, user);
  sendReadReceipts(reply, room, user);
  sendPreferences(state, reply, user, room);
}

/** Sends a room's topic. A room without one sends RPL_NOTOPIC if `isRequested`, else nothing. */
export function sendTopic(reply: Reply, room: Room, isRequested: boolean): void {
  const { topic } = room;
  if (topic === null) {
    if (isRequested) reply.numeric(NUMERIC.RPL_NOTOPIC, room.name, "No topic is set");
    return;
  }
  reply.numeric(NUMERIC.RPL_TOPIC, room.name, topic.text);
  const seconds = String(Math.floor(topic.time / 1000));
  reply.numeric(NUMERIC.RPL_TOPICWHOTIME, room.name, topic.by, seconds);
}

/**
 * Replays direct messages that came since the user last read or wrote in each conversation, to a session
 * that has just connected and can't ask for history.
 */
export function replayDirectMessages(state: State, reply: Reply, user: User): void {
  const { accountId: account } = user;
  if (account === null || !needsReplay(state, reply)) return;
  const newest = [...state.rooms.directConversationsOf(account)]
    .sort((a, b) => a.lastMessageAt - b.lastMessageAt)
    .slice(-DIRECTS_REPLAYED_MAX);
  for (const conversation of newest) {
    const { recentEvents } = conversation;
    const peer = conversation.peerOf(account);
    // A restart loses the read marker that a user's own message sets, but not the message.
    const lastSentAt = recentEvents.findLast(({ by }) => by.accountId === account)?.time ?? 0;
    const readUntil = Math.max(user.markers.get(conversation.id) ?? 0, lastSentAt);
    const unread = recentEvents.filter(
      (event) => isMessage(event) && isShownTo(event, account) && event.time > readUntil,
    );
    sendReplay(state, reply, state.nickOfAccount(peer), user.nick, unread);
  }
}

/**
 * Sends the newest messages as a chathistory batch, to a client that can't ask for history. They come from
 * memory in this turn, so that no later line overtakes them.
 *
 * @param batchTarget the batch's parameter, by which the reader knows the conversation: room or peer's nick
 * @param target the target of the messages themselves
 */
function sendReplay(
  state: State,
  reply: Reply,
  batchTarget: string,
  target: string,
  messages: readonly RoomEvent[],
): void {
  const { dialect } = reply.session;
  if (messages.length === 0 || !needsReplay(state, reply)) return;
  const encode = (event: RoomEvent) =>
    encodeEvent(withTime(event, dialect, state.now), target, dialect, state.options);
  reply.batch("chathistory", [batchTarget], () => {
    for (const line of newestLines(messages, encode, state.options.replayLines)) reply.add(line);
  });
}

/** Encodes the newest messages up to about `linesMax` lines. The newest is whole, however long it is. */
function newestLines(
  messages: readonly RoomEvent[],
  encode: (event: RoomEvent) => readonly EncodedLine[],
  linesMax: number,
): readonly EncodedLine[] {
  const encoded: (readonly EncodedLine[])[] = [];
  let lineCount = 0;
  for (const message of messages.toReversed()) {
    const lines = encode(message);
    lineCount += lines.length;
    if (lineCount > linesMax && encoded.length > 0) break;
    encoded.push(lines);
  }
  return encoded.reverse().flat();
}

function needsReplay(state: State, { session }: Reply): boolean {
  if (!hasBotRight(state, session.accountId, "read")) return false;
  return state.options.replayLines > 0 && !session.has("draft/chathistory");
}
