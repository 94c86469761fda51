import { AWAY_BYTES_MAX } from "../../protocol/limits.ts";
import { NUMERIC } from "../../protocol/numerics.ts";
import { cutUtf8 } from "../../protocol/text.ts";
import type { Command } from "../command.ts";
import { tellAway } from "../presence.ts";

/** Being away is a person's, and not a device's. Without a text one is back. */
export const AWAY: Command = {
  verb: "AWAY",
  params: 0,
  who: "here",
  cost: 2,
  handle: ({ state, user, reply, params: [text = ""] }) => {
    const message = text === "" ? null : cutUtf8(text.normalize("NFC"), AWAY_BYTES_MAX);
    const hasChanged = user.away !== message;
    user.away = message;
    if (message === null) reply.numeric(NUMERIC.RPL_UNAWAY, "You are back");
    else reply.numeric(NUMERIC.RPL_NOWAWAY, "You are marked as away");
    if (hasChanged) tellAway(state, user, message, null);
  },
};
