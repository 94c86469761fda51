import { parseRoomName } from "../../../protocol/names.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { RoomEventOf } from "../../event.ts";
import { encodeEvent, joinBody, tagsOf } from "../../relay/encode-event.ts";
import { chanOpNeeded, findRoom, notOnChannel, notStored } from "../../relay/error-replies.ts";
import type { Reply } from "../../relay/reply.ts";
import type { Room } from "../../rooms/room.ts";
import { sendTopicAndNames } from "../../rooms/room-burst.ts";
import type { User } from "../../users/user.ts";

/**
 * RENAME: another name for a room, in which everything stays as it is.
 * https://ircv3.net/specs/extensions/channel-rename
 */
export const RENAME: Command = {
  verb: "RENAME",
  params: 2,
  phase: "registered",
  // Everybody who doesn't know it is told the whole room again.
  cost: 10,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [from = "", to = "", reason = ""] = params;
    const room = findRoom(context, from);
    if (room === null) return;
    if (!room.has(user)) return notOnChannel(context, room);
    if (!room.hasRank(user, "o")) return chanOpNeeded(context, room);
    const name = parseRoomName(to);
    if (name === null) return cannot(context, room, to, "A room can't be called that");
    if (name === room.name) return cannot(context, room, to, "The room is called that already");
    const holder = state.rooms.byName(name);
    if (holder !== null && holder !== room) {
      const sentence = "Another room has that name";
      return reply.fail("RENAME", "CHANNEL_NAME_IN_USE", [room.name, to], sentence);
    }
    const before = room.name;
    const event = state.commit(room, user.identity, { kind: "renamed", name, reason }, reply);
    if (event?.kind !== "renamed") return notStored(reply, "RENAME", before);
    // Who knows one name knows the other, as far as CASEMAPPING=ascii tells a client.
    if (inAsciiCase(before) !== inAsciiCase(name)) tellInOldWords(context, room, before, event);
  },
};

function inAsciiCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function cannot({ reply }: RegisteredContext, room: Room, to: string, sentence: string): void {
  reply.fail("RENAME", "CANNOT_RENAME", [room.name, to], sentence);
}

/** For clients that don't know RENAME they leave one room, and come into another. */
function tellInOldWords(
  context: RegisteredContext,
  room: Room,
  before: string,
  event: RoomEventOf<"renamed">,
): void {
  for (const user of room.members.keys()) {
    for (const session of user.sessions) {
      if (session.has("draft/channel-rename")) continue;
      const reply =
        session === context.session ? context.reply : context.state.unsolicitedReply(session);
      moveOver(reply, user, room, before, event);
    }
  }
}

function moveOver(
  reply: Reply,
  user: User,
  room: Room,
  before: string,
  { time, msgid, reason }: RoomEventOf<"renamed">,
): void {
  const { dialect } = reply.session;
  const own = { time, msgid: "", by: user.identity };
  const left = { kind: "left", how: "part", reason, conversation: room.id, position: 0 } as const;
  for (const line of encodeEvent({ ...left, ...own, msgid }, before, dialect)) reply.add(line);
  reply.add({
    tags: tagsOf(own, dialect),
    body: joinBody(user.identity, room.name, reply.session.has("extended-join")),
  });
  sendTopicAndNames(reply, room, user);
}
