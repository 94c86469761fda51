import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { TOPIC_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command } from "../../command.ts";
import { chanOpNeeded, notOnChannel, notStored } from "../../relay/error-replies.ts";
import { findRoom, isFiltered, slowModeRefusal, speakRefusal } from "../../rooms/access.ts";
import { closedChangeRefusal } from "../../rooms/closure.ts";
import { sendTopic } from "../../rooms/room-burst.ts";
import { noteSpeech } from "../../rooms/throttles.ts";
import { FilteredText, filterText } from "../../rooms/word-filter.ts";

/** TOPIC: shows a room's topic, or sets it. With +t only ops may set it; an empty text removes it. */
export const TOPIC: Command = {
  verb: "TOPIC",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const { state, session, user, reply, params } = context;
    const [name = "", rawText] = params;
    const room = findRoom(context, name);
    if (room === null) return;
    if (rawText === undefined) return sendTopic(reply, room, true);
    if (!room.has(user)) return notOnChannel(context, room);
    if (room.hasMode("t") && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const closed = closedChangeRefusal(room, user);
    if (closed !== null) return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, closed);
    const text = cutUtf8(rawText.normalize("NFC"), TOPIC_BYTES_MAX);
    // Where everybody sets the topic, it says no more than a message may say.
    const refusal = room.hasRank(user, "h")
      ? null
      : (speakRefusal(state, room, user, text) ?? slowModeRefusal(state, room, user));
    if (refusal !== null) return reply.numeric(refusal.numeric, room.name, refusal.sentence);
    if (room.hasMode("U") && !room.hasRank(user, "v")) {
      const sentence = "Only the ops read what you say in that room (+U)";
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, sentence);
    }
    if (isFiltered(room, user) && filterText(room, new FilteredText(text), session.work) !== null) {
      const sentence = "The topic has a word that is filtered in that room (+g)";
      return reply.numeric(NUMERIC.ERR_CANNOTSENDTOCHAN, room.name, sentence);
    }
    if (state.commit(room, user.identity, { kind: "topic", text }, reply) === null) {
      return notStored(reply, "TOPIC", room.name);
    }
    noteSpeech(state, room, user);
  },
};
