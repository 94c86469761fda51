import { cutUtf8, utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { AWAY_BYTES_MAX, REALNAME_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import {
  type Command,
  type CommandContext,
  inSteps,
  type RegisteredContext,
} from "../../command.ts";
import { relayUserEvent } from "../../relay/user-event.ts";
import {
  awayUnlessMuted,
  profileRefusal,
  roomFilteringProfile,
} from "../../rooms/words-outside-messages.ts";
import { relayAwayChange } from "../../users/away-status.ts";

/** AWAY and SETNAME: a user's away message and real name, the same on all their devices. */

/**
 * Marks a user as away; without a text, as back. `AWAY *` from a client with draft/pre-away applies only
 * to this connection, which no user is in front of. https://ircv3.net/specs/extensions/pre-away
 */
export const AWAY: Command = {
  verb: "AWAY",
  params: 0,
  phase: "any",
  requiredCap: "draft/pre-away",
  cost: 2,
  handle: inSteps(function* ({ state, session, reply, params: [text = ""] }: CommandContext) {
    const { user } = session;
    const filtering = user === null ? null : yield* roomFilteringProfile(state, user, text);
    if (filtering !== null) {
      const sentence = `Your away message has a word that is filtered in ${filtering.name} (+g)`;
      return reply.fail("AWAY", "INVALID_PARAMS", [], sentence);
    }
    const before = user?.awayText ?? null;
    session.awayStar = text === "*" && session.has("draft/pre-away");
    const message = text === "" ? null : cutUtf8(text.normalize("NFC"), AWAY_BYTES_MAX);
    if (session.awayStar) session.preAway = undefined;
    else if (user === null) session.preAway = message;
    else user.away = awayUnlessMuted(user, message);
    if (message === null) reply.numeric(NUMERIC.RPL_UNAWAY, "You are back");
    else reply.numeric(NUMERIC.RPL_NOWAWAY, "You are marked as away");
    if (user !== null) relayAwayChange(state, user, before);
  }),
};

/**
 * Changes the user's real name. A missing name is answered like an empty one, by the FAIL of the
 * specification. https://ircv3.net/specs/extensions/setname
 */
export const SETNAME: Command = {
  verb: "SETNAME",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* ({ state, user, reply, params: [text = ""] }: RegisteredContext) {
    const realname = text.normalize("NFC").trim();
    if (realname === "" || utf8Bytes(realname) > REALNAME_BYTES_MAX) {
      const sentence = `A real name has 1 to ${REALNAME_BYTES_MAX} bytes`;
      return reply.fail("SETNAME", "INVALID_REALNAME", [], sentence);
    }
    const refusal = yield* profileRefusal(state, user, "real name", realname);
    if (refusal !== null) return reply.fail("SETNAME", "CANNOT_CHANGE_REALNAME", [], refusal);
    user.updateIdentity({ realname });
    user.choseRealname = true;
    const event = { kind: "setname", by: user.identity, time: state.now, realname } as const;
    relayUserEvent(event, user, reply, true, state.monitors);
  }),
};
