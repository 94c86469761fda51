import { fold } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { REALNAME_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command } from "../../command.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { relayUserEvent } from "../../relay/user-event.ts";
import { isOnline } from "../../rooms/access.ts";
import { hasUserMode } from "../../users/user-modes.ts";
import { AWAY } from "./away.ts";
import { MONITOR } from "./monitor.ts";
import { WHO } from "./who.ts";
import { WHOIS, WHOWAS } from "./whois.ts";

/** Who somebody is, and whether they are here. */

const ISON: Command = {
  verb: "ISON",
  params: 1,
  phase: "registered",
  handle: ({ state, reply, params }) => {
    const here: string[] = [];
    for (const nick of params.join(" ").split(" ")) {
      const user = state.users.byNick(fold(nick));
      if (user !== null && isOnline(user) && !here.includes(user.nick)) here.push(user.nick);
    }
    if (here.length === 0) reply.numeric(NUMERIC.RPL_ISON, "");
    else sendWordList(reply, NUMERIC.RPL_ISON, [], here);
  },
};

/** As many names as one USERHOST answers. https://modern.ircdocs.horse/#userhost-message */
const USERHOST_NICKS_MAX = 5;

const USERHOST: Command = {
  verb: "USERHOST",
  params: 1,
  phase: "registered",
  handle: ({ state, reply, params }) => {
    const found: string[] = [];
    for (const nick of params.join(" ").split(" ").slice(0, USERHOST_NICKS_MAX)) {
      const user = state.users.byNick(fold(nick));
      if (user === null || !isOnline(user)) continue;
      const operator = hasUserMode(user, "o") ? "*" : "";
      const { user: username, host } = user.identity;
      found.push(`${user.nick}${operator}=${user.isAway ? "-" : "+"}${username}@${host}`);
    }
    if (found.length === 0) reply.numeric(NUMERIC.RPL_USERHOST, "");
    else sendWordList(reply, NUMERIC.RPL_USERHOST, [], found);
  },
};

/**
 * A name that is missing is an empty one: the text wants every failure told by FAIL.
 * https://ircv3.net/specs/extensions/setname
 */
const SETNAME: Command = {
  verb: "SETNAME",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: ({ state, user, reply, params: [asked = ""] }) => {
    const realname = asked.normalize("NFC").trim();
    if (realname === "" || utf8Bytes(realname) > REALNAME_BYTES_MAX) {
      const sentence = `A real name has 1 to ${REALNAME_BYTES_MAX} bytes`;
      return reply.fail("SETNAME", "INVALID_REALNAME", [], sentence);
    }
    user.updateIdentity({ realname });
    user.choseRealname = true;
    const event = { kind: "setname", by: user.identity, time: state.now, realname } as const;
    relayUserEvent(event, user, reply, true, state.monitors);
  },
};

export const PEOPLE: readonly Command[] = [
  AWAY,
  SETNAME,
  ISON,
  USERHOST,
  WHO,
  WHOIS,
  WHOWAS,
  MONITOR,
];
