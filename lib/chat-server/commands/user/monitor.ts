import { fold, parseExistingNick } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import { MONITOR_MAX } from "../../limits.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { isOnline } from "../../rooms/access.ts";
import { pause, Slice } from "../../slices.ts";
import { sendMonitoredMetadata } from "../../users/metadata-values.ts";

/** MONITOR: notifies a session when users go online or offline. https://ircv3.net/specs/extensions/monitor */
export const MONITOR: Command = {
  verb: "MONITOR",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: inSteps(function* (context: RegisteredContext) {
    const { state, session, reply, params } = context;
    const [subcommand = "", nickList = ""] = params;
    switch (subcommand.toUpperCase()) {
      case "+":
        return yield* add(context, splitNicks(nickList));
      case "-":
        for (const nick of splitNicks(nickList)) state.monitors.remove(session, nick);
        return;
      case "C":
        return state.monitors.clear(session);
      case "L":
        sendWordList(reply, NUMERIC.RPL_MONLIST, [], state.monitors.listOf(session), ",");
        return reply.numeric(NUMERIC.RPL_ENDOFMONLIST, "End of the list");
      case "S":
        return sendStatus(context, state.monitors.listOf(session));
    }
  }),
};

function splitNicks(nickList: string): string[] {
  return nickList.split(",").filter((nick) => nick !== "");
}

/** Adds nicks to the session's list. Invalid nicks, and those on the list already, are ignored. */
function* add(context: RegisteredContext, nicks: readonly string[]): Steps {
  const { state, session, reply } = context;
  const added: string[] = [];
  const refused: string[] = [];
  // A name is looked up twice, and checked.
  session.work.names += 3 * nicks.length;
  for (const nick of nicks) {
    if (parseExistingNick(nick) === null || state.monitors.has(session, nick)) continue;
    if (state.monitors.count(session) >= MONITOR_MAX) refused.push(nick);
    else {
      state.monitors.add(session, nick);
      added.push(nick);
    }
  }
  sendStatus(context, added);
  const slice = new Slice(reply);
  for (const nick of added) {
    if (slice.isOver()) yield* pause();
    const user = state.onlineUser(nick);
    if (user !== null) sendMonitoredMetadata(reply, user);
  }
  if (refused.length > 0) {
    const sentence = "Your MONITOR list is full";
    reply.numeric(NUMERIC.ERR_MONLISTFULL, String(MONITOR_MAX), refused.join(","), sentence);
  }
}

function sendStatus({ state, reply }: RegisteredContext, nicks: readonly string[]): void {
  const online: string[] = [];
  const offline: string[] = [];
  for (const nick of nicks) {
    const user = state.users.byNick(fold(nick));
    if (user !== null && isOnline(user)) online.push(user.source);
    else offline.push(nick);
  }
  sendWordList(reply, NUMERIC.RPL_MONONLINE, [], online, ",");
  sendWordList(reply, NUMERIC.RPL_MONOFFLINE, [], offline, ",");
}
