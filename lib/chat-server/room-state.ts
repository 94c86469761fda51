import { NUMERIC } from "../protocol/numerics.ts";
import { encodeEvent, withTime } from "./encode.ts";
import { sendRoomMetadata } from "./metadata.ts";
import { sendNames } from "./names-list.ts";
import type { Reply } from "./reply.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";
import { tellUnread } from "./unread.ts";
import type { User } from "./user.ts";

/** What a session is told of a room behind its JOIN: topic, read marker, who is there, and what was said. */
export function sendRoomState(state: State, reply: Reply, room: Room, user: User): void {
  describeRoom(reply, room, user);
  replay(state, reply, room);
}

/** The same without what was said. */
export function describeRoom(reply: Reply, room: Room, user: User): void {
  sendTopic(reply, room, false);
  tellUnread(reply, room, room.name, user);
  if (!reply.session.has("no-implicit-names")) sendNames(reply, room, user);
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

/**
 * The last few lines for a client that can't ask for history. They come from memory, in this turn, so that
 * no live line overtakes them.
 */
function replay(state: State, reply: Reply, room: Room): void {
  const { session } = reply;
  const lines = state.options.replayLines;
  if (session.has("draft/chathistory") || lines === 0) return;
  const said = room.recent.filter((event) => event.kind === "said" && event.verb !== "TAGMSG");
  const send = () => {
    for (const event of said.slice(-lines)) {
      const shown = withTime(event, session.dialect, state.now);
      for (const line of encodeEvent(shown, room.name, session.dialect)) reply.add(line);
    }
  };
  if (said.length > 0) reply.batch("chathistory", [room.name], send);
}
