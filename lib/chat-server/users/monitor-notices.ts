import { formatMessage } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { State } from "../state.ts";
import { sendWatched } from "./metadata-values.ts";
import type { User } from "./user.ts";

/** Who is here now, and who no more: counted, and told to those who MONITOR the name. */

/** To be called when a user has got a first session. */
export function notifyOnline(state: State, user: User, isTold = true): void {
  state.userCounts.connected(user);
  if (isTold) sendOnline(state, user);
}

/** To be called when a user has lost the last session. */
export function notifyOffline(state: State, user: User, isTold = true): void {
  state.userCounts.disconnected(user);
  if (isTold) sendOffline(state, user.nick);
}

/** For the new nick of somebody who is here. */
export function sendOnline(state: State, user: User): void {
  tell(state, user.nick, NUMERIC.RPL_MONONLINE, user.source);
  for (const session of state.monitors.watchersOf(user.nick)) {
    sendWatched(state.unsolicitedReply(session), user);
  }
}

/** For the old nick of somebody who is here. */
export function sendOffline(state: State, nick: string): void {
  tell(state, nick, NUMERIC.RPL_MONOFFLINE, nick);
}

function tell(state: State, nick: string, numeric: string, target: string): void {
  for (const session of state.monitors.watchersOf(nick)) {
    const line = formatMessage(numeric, [session.nickOrStar, target], state.options.name);
    session.link.send(Buffer.from(`${line}\r\n`));
  }
}
