import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, type RegisteredContext, runSteps, type Steps } from "../../command.ts";
import type { RoomEventOf } from "../../event.ts";
import { encodeEvent, joinBody, tagsOf } from "../../relay/encode-event.ts";
import { chanOpNeeded, notOnChannel, notStored } from "../../relay/error-replies.ts";
import type { Reply } from "../../relay/reply.ts";
import { findRoom } from "../../rooms/access.ts";
import { founderNick } from "../../rooms/auto-ranks.ts";
import { closedChangeRefusal } from "../../rooms/closure.ts";
import { SharedNames, sendNames } from "../../rooms/names-reply.ts";
import { parseNewRoomName } from "../../rooms/new-room-name.ts";
import type { Room } from "../../rooms/room.ts";
import { sendTopic } from "../../rooms/room-burst.ts";
import type { Session } from "../../sessions/session.ts";
import { pause, Slice } from "../../slices.ts";
import type { State } from "../../state.ts";
import { sendReadReceipts } from "../../unread/read-receipts.ts";
import { sendUnread } from "../../unread/unread-notices.ts";
import { sendPreferences } from "../../users/account-preferences.ts";
import { sendRoomMetadataLater } from "../../users/metadata-values.ts";
import type { User } from "../../users/user.ts";

/** Work of one session that doesn't know RENAME, and of the names sent to it, in the units of slices.ts. */
const UNITS_PER_REJOIN = 5;
const NAMES_PER_UNIT = 100;

/**
 * RENAME: gives a room another name; members, modes and history stay.
 * https://ircv3.net/specs/extensions/channel-rename
 */
export const RENAME: Command = {
  verb: "RENAME",
  params: 2,
  phase: "registered",
  // Members whose clients don't support it are sent the whole room again.
  cost: 10,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [oldName = "", newName = "", reason = ""] = params;
    const room = findRoom(context, oldName);
    if (room === null) return;
    if (!room.has(user)) return notOnChannel(context, room);
    if (!room.hasRank(user, "o")) return chanOpNeeded(context, room);
    // The name is what people find the room by: an op who takes it away could open another room under it.
    if (!room.hasRank(user, "a") && founderNick(state, room) !== null) {
      const sentence = "Only the room's founder, or an admin of it, may rename it";
      return reply.numeric(NUMERIC.ERR_CHANOPRIVSNEEDED, room.name, sentence);
    }
    const before = room.name;
    const closed = closedChangeRefusal(room, user);
    if (closed !== null) {
      return reply.fail("RENAME", "CANNOT_RENAME", [before, newName], closed);
    }
    const fail = (code: string, sentence: string) =>
      reply.fail("RENAME", code, [before, newName], sentence);
    const holder = state.rooms.byName(newName);
    if (holder !== null && holder !== room) {
      return fail("CHANNEL_NAME_IN_USE", "Another room has that name");
    }
    const parsed = parseNewRoomName(state, newName, room);
    if ("refused" in parsed) return fail("CANNOT_RENAME", parsed.refused.sentence);
    const { name } = parsed;
    if (name === before) return fail("CANNOT_RENAME", "The room already has that name");
    const event = state.commit(room, user.identity, { kind: "renamed", name, reason }, reply);
    if (event?.kind !== "renamed") return notStored(reply, "RENAME", before);
    // By CASEMAPPING=ascii, which is announced, these two names are the same to a client.
    if (foldAscii(before) !== foldAscii(name)) rejoinOldClients(context, room, before, event);
  },
};

function foldAscii(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Sends a PART and a JOIN to sessions that don't know RENAME, all in the same turn. The names of the members follow
 * in slices: in a room of a thousand they are a thousand times a thousand.
 */
function rejoinOldClients(
  { state, session: ownSession, reply: ownReply }: RegisteredContext,
  room: Room,
  before: string,
  event: RoomEventOf<"renamed">,
): void {
  const rejoined: Session[] = [];
  for (const user of room.members.keys()) {
    for (const session of user.sessions) {
      if (session.has("draft/channel-rename") || session.unannouncedRooms?.has(room)) continue;
      const isOwn = session === ownSession;
      const reply = isOwn ? ownReply : state.unsolicitedReply(session);
      sendRejoin(state, reply, user, room, before, event);
      if (isOwn) sendRestOfRoom(reply, user, room, null);
      else rejoined.push(session);
    }
  }
  state.runInBackground(runSteps(sendRestInSteps(state, room, rejoined)));
}

function sendRejoin(
  state: State,
  reply: Reply,
  user: User,
  room: Room,
  before: string,
  { time, msgid, reason }: RoomEventOf<"renamed">,
): void {
  const { dialect } = reply.session;
  const own = { time, msgid: "", by: user.identity };
  const left = { kind: "left", how: "part", reason, conversation: room.id, position: 0 } as const;
  for (const line of encodeEvent({ ...left, ...own, msgid }, before, dialect, state.options))
    reply.add(line);
  reply.add({
    tags: tagsOf(own, dialect),
    body: joinBody(user.identity, room.name, reply.session.has("extended-join")),
  });
  sendTopic(reply, room, false);
  sendUnread(state, reply, room, room.name, user);
  sendPreferences(state, reply, user, room);
}

function* sendRestInSteps(state: State, room: Room, sessions: readonly Session[]): Steps {
  let names = new SharedNames(room);
  const slice = new Slice({ units: 0 });
  for (const session of sessions) {
    if (slice.isOver(UNITS_PER_REJOIN + room.members.size / NAMES_PER_UNIT)) {
      yield* pause();
      names = new SharedNames(room);
    }
    const { user } = session;
    if (session.phase === "closed" || user === null || !room.has(user)) continue;
    sendRestOfRoom(state.unsolicitedReply(session), user, room, names);
  }
}

/**
 * Sends members, read receipts and metadata of a room to a session that has joined it anew.
 *
 * @param names `null` for a reply that may have a label
 */
function sendRestOfRoom(reply: Reply, user: User, room: Room, names: SharedNames | null): void {
  if (!reply.session.has("no-implicit-names")) {
    if (names === null) sendNames(reply, room, user);
    else names.sendTo(reply, user);
  }
  sendReadReceipts(reply, room, user);
  sendRoomMetadataLater(reply, room);
}
