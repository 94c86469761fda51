import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command } from "../../command.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { isOnline } from "../../rooms/access.ts";
import type { State } from "../../state.ts";
import type { User } from "../../users/user.ts";
import { hasUserMode } from "../../users/user-modes.ts";

/** Nicks that one USERHOST answers. https://modern.ircdocs.horse/#userhost-message */
const USERHOST_NICKS_MAX = 5;

/** ISON: which of the given nicks are online. */
export const ISON: Command = {
  verb: "ISON",
  params: 1,
  phase: "registered",
  handle: ({ state, reply, params }) => {
    const nicks = new Set<string>();
    for (const user of onlineUsers(state, splitNicks(params))) nicks.add(user.nick);
    if (nicks.size === 0) reply.numeric(NUMERIC.RPL_ISON, "");
    else sendWordList(reply, NUMERIC.RPL_ISON, [], nicks);
  },
};

/** USERHOST: user name and host of up to five nicks, whether each is an operator, and away. */
export const USERHOST: Command = {
  verb: "USERHOST",
  params: 1,
  phase: "registered",
  handle: ({ state, reply, params }) => {
    const entries: string[] = [];
    const nicks = splitNicks(params).slice(0, USERHOST_NICKS_MAX);
    for (const user of onlineUsers(state, nicks)) {
      const operator = hasUserMode(user, "o") ? "*" : "";
      const { user: username, host } = user.identity;
      entries.push(`${user.nick}${operator}=${user.isAway ? "-" : "+"}${username}@${host}`);
    }
    if (entries.length === 0) reply.numeric(NUMERIC.RPL_USERHOST, "");
    else sendWordList(reply, NUMERIC.RPL_USERHOST, [], entries);
  },
};

/** Clients send the nicks as parameters, or in one parameter with spaces. */
function splitNicks(params: readonly string[]): string[] {
  return params.join(" ").split(" ");
}

function* onlineUsers(state: State, nicks: readonly string[]): Iterable<User> {
  state.budgets.meter.names += nicks.length;
  for (const nick of nicks) {
    const user = state.users.byNick(fold(nick));
    if (user !== null && isOnline(user)) yield user;
  }
}
