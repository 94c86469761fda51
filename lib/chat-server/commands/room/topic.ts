import { cutUtf8 } from "../../../protocol/utf8.ts";
import { TOPIC_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command } from "../../command.ts";
import { chanOpNeeded, notOnChannel, notStored } from "../../relay/error-replies.ts";
import { findRoom } from "../../rooms/access.ts";
import { sendTopic } from "../../rooms/room-burst.ts";

/** TOPIC: shows a room's topic, or sets it. With +t only ops may set it; an empty text removes it. */
export const TOPIC: Command = {
  verb: "TOPIC",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [name = "", rawText] = params;
    const room = findRoom(context, name);
    if (room === null) return;
    if (rawText === undefined) return sendTopic(reply, room, true);
    if (!room.has(user)) return notOnChannel(context, room);
    if (room.hasMode("t") && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const text = cutUtf8(rawText.normalize("NFC"), TOPIC_BYTES_MAX);
    if (state.commit(room, user.identity, { kind: "topic", text }, reply) === null) {
      notStored(reply, "TOPIC", room.name);
    }
  },
};
