import { formatCount } from "../../protocol/plural.ts";
import type { Steps } from "../command.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { unitsOfQuit } from "../users/users.ts";
import { closeSession } from "./attach-session.ts";
import { overstayed } from "./places.ts";
import type { Session } from "./session.ts";

/** Sends a PING to a session that has been silent for as long as the owner sets. */
export function pingIfSilent(state: State, session: Session): void {
  const { options, elapsedMs } = state;
  if (session.phase !== "registered" || session.pingedElapsedMs !== null) return;
  if (elapsedMs - session.lastLineElapsedMs <= options.pingAfterMs) return;
  session.pingedElapsedMs = elapsedMs;
  state.softChanges.noteSession(session);
  session.link.send(Buffer.from(`PING ${options.name}\r\n`));
}

/** Returns why a session has to be closed now, or `null`. */
export function timeoutReason(state: State, session: Session): string | null {
  const { options, elapsedMs } = state;
  const reason = overstayed(state, session, elapsedMs);
  if (reason !== null) return reason;
  const { pingedElapsedMs, lastLineElapsedMs } = session;
  if (pingedElapsedMs === null || elapsedMs - pingedElapsedMs <= options.pingTimeoutMs) {
    return null;
  }
  const silentMs = elapsedMs - lastLineElapsedMs;
  return `Ping timeout: ${formatCount(Math.round(silentMs / 1000), "second")}`;
}

/** Closes sessions that have timed out, in slices: after a network failure they are hundreds. */
export function* closeExpired(state: State, expired: readonly Session[]): Steps {
  const slice = new Slice({ units: 0 });
  for (const session of expired) {
    if (slice.isOver(unitsOfQuit(session.user))) yield* pause();
    const reason = timeoutReason(state, session);
    if (reason !== null) closeSession(state, session, reason);
  }
}
