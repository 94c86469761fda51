import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { AWAY_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command } from "../../command.ts";
import { relayAwayChange } from "../../users/away-status.ts";

/**
 * Being away is a person's, and not a device's: without a text one is back. But `AWAY *` of a client that
 * knows draft/pre-away (https://ircv3.net/specs/extensions/pre-away) says that nobody is before this device.
 */
export const AWAY: Command = {
  verb: "AWAY",
  params: 0,
  phase: "any",
  requiredCap: "draft/pre-away",
  cost: 2,
  handle: ({ state, session, reply, params: [text = ""] }) => {
    const { user } = session;
    const before = user?.awayText ?? null;
    session.awayStar = text === "*" && session.has("draft/pre-away");
    const message = text === "" ? null : cutUtf8(text.normalize("NFC"), AWAY_BYTES_MAX);
    if (session.awayStar) session.preAway = undefined;
    else if (user === null) session.preAway = message;
    else user.away = message;
    if (message === null) reply.numeric(NUMERIC.RPL_UNAWAY, "You are back");
    else reply.numeric(NUMERIC.RPL_NOWAWAY, "You are marked as away");
    if (user !== null) relayAwayChange(state, user, before);
  },
};
