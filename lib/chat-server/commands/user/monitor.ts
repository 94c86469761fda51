import { fold, nickProblem } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { MONITOR_MAX } from "../../limits.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { isOnline } from "../../rooms/visibility.ts";
import { sendWatched } from "../../users/metadata-values.ts";

/** Hearing of it when people come and go. https://ircv3.net/specs/extensions/monitor */
export const MONITOR: Command = {
  verb: "MONITOR",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [subcommand = "", names = ""] = params;
    switch (subcommand.toUpperCase()) {
      case "+":
        return add(context, targetsOf(names));
      case "-":
        for (const name of targetsOf(names)) state.monitors.remove(session, name);
        return;
      case "C":
        return state.monitors.clear(session);
      case "L":
        sendWordList(reply, NUMERIC.RPL_MONLIST, [], state.monitors.listOf(session), ",");
        return reply.numeric(NUMERIC.RPL_ENDOFMONLIST, "End of the list");
      case "S":
        return tellStatus(context, state.monitors.listOf(session));
    }
  },
};

function targetsOf(names: string): string[] {
  return names.split(",").filter((name) => name !== "");
}

/** Names that could belong to nobody are passed over; so are those that are on the list already. */
function add(context: RegisteredContext, names: readonly string[]): void {
  const { state, session, reply } = context;
  const added: string[] = [];
  const refused: string[] = [];
  for (const name of names) {
    if (nickProblem(name) !== null || state.monitors.has(session, name)) continue;
    if (state.monitors.count(session) >= MONITOR_MAX) refused.push(name);
    else {
      state.monitors.add(session, name);
      added.push(name);
    }
  }
  tellStatus(context, added);
  for (const name of added) {
    const user = state.onlineUser(name);
    if (user !== null) sendWatched(reply, user);
  }
  if (refused.length > 0) {
    const sentence = "Your MONITOR list is full";
    reply.numeric(NUMERIC.ERR_MONLISTFULL, String(MONITOR_MAX), refused.join(","), sentence);
  }
}

function tellStatus({ state, reply }: RegisteredContext, names: readonly string[]): void {
  const online: string[] = [];
  const offline: string[] = [];
  for (const name of names) {
    const user = state.users.byNick(fold(name));
    if (user !== null && isOnline(user)) online.push(user.source);
    else offline.push(name);
  }
  sendWordList(reply, NUMERIC.RPL_MONONLINE, [], online, ",");
  sendWordList(reply, NUMERIC.RPL_MONOFFLINE, [], offline, ",");
}
