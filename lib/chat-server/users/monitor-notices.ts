import { formatMessage } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { runSteps, type Steps } from "../command.ts";
import { isOnline } from "../rooms/access.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { sendMonitoredMetadata } from "./metadata-values.ts";
import type { User } from "./user.ts";

/** Work of one value for one session, in the units of slices.ts. */
const UNITS_PER_VALUE = 4;

/**
 * Counts a user as online, and with `toMonitors` notifies sessions that MONITOR the nick. Call it after the
 * first session was attached.
 */
export function notifyOnline(state: State, user: User, toMonitors = true): void {
  state.userCounts.connected(user);
  if (toMonitors) sendOnline(state, user);
}

/**
 * Counts a user as offline, and with `toMonitors` notifies sessions that MONITOR the nick. Call it after the
 * last session was detached.
 */
export function notifyOffline(state: State, user: User, toMonitors = true): void {
  state.userCounts.disconnected(user);
  if (toMonitors) sendOffline(state, user.nick);
}

/** Sends RPL_MONONLINE, and the user's metadata, to those who MONITOR the user's nick. */
export function sendOnline(state: State, user: User): void {
  sendToWatchers(state, user.nick, NUMERIC.RPL_MONONLINE, user.source);
  state.runInBackground(runSteps(sendMetadataToWatchers(state, user)));
}

/** Thousands may MONITOR a nick, and each gets up to twenty values. */
function* sendMetadataToWatchers(state: State, user: User): Steps {
  const slice = new Slice({ units: 0 });
  for (const session of state.monitors.watchersOf(user.nick)) {
    if (slice.isOver(1 + user.metadata.size * UNITS_PER_VALUE)) yield* pause();
    if (!isOnline(user)) return;
    sendMonitoredMetadata(state.unsolicitedReply(session), user);
  }
}

/** Sends RPL_MONOFFLINE to sessions that MONITOR a nick that no online user has any more. */
export function sendOffline(state: State, nick: string): void {
  sendToWatchers(state, nick, NUMERIC.RPL_MONOFFLINE, nick);
}

function sendToWatchers(state: State, nick: string, numeric: string, target: string): void {
  for (const session of state.monitors.watchersOf(nick)) {
    const line = formatMessage(numeric, [session.nickOrStar, target], state.options.name);
    session.send(Buffer.from(`${line}\r\n`));
  }
}
