import { formatMessage } from "../protocol/message.ts";
import { NUMERIC } from "../protocol/numerics.ts";
import type { State } from "./state.ts";
import type { User } from "./user.ts";

/** Tells those who MONITOR a name that somebody of that name is here now, or no more. */

/** To be called when a user has got a first session, and for the new nick of a user who has any. */
export function tellOnline(state: State, user: User): void {
  tell(state, user.nick, NUMERIC.RPL_MONONLINE, user.source);
}

/** To be called when a user has lost the last session, and for the old nick of a user who has any. */
export function tellOffline(state: State, nick: string): void {
  tell(state, nick, NUMERIC.RPL_MONOFFLINE, nick);
}

function tell(state: State, nick: string, numeric: string, target: string): void {
  for (const session of state.monitors.watchersOf(nick)) {
    const line = formatMessage(numeric, [session.callsign, target], state.options.name);
    session.link.send(Buffer.from(`${line}\r\n`));
  }
}
