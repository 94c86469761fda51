import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { UserIdentity } from "../event.ts";
import { CALLER_NOTICE_EVERY_MS, CALLERS_WAITING_MAX } from "../limits.ts";
import { tagsOf } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import { isOnline } from "../rooms/access.ts";
import type { State } from "../state.ts";
import { acceptKey, isBlocked } from "./block-list.ts";
import type { User } from "./user.ts";

/**
 * Notices to a user with caller id (+g) that somebody tried to write to them. A user who isn't connected gets
 * them on coming back. They are not stored: a restart forgets those that wait.
 */

/** Somebody whose message +g held back, and when (ms since 1970). */
export interface Caller {
  readonly by: UserIdentity;
  readonly time: number;
  /** The user has blocked them: they are told the same as others, and the user nothing. */
  readonly isBlocked: boolean;
}

/**
 * Notifies a user of a caller: now, but only once per `CALLER_NOTICE_EVERY_MS`, or on coming back. Returns
 * the sentence for the caller; `null` when no notice is sent.
 */
export function notifyOfCaller(state: State, peer: User, caller: User): string | null {
  const notice = { by: caller.identity, time: state.now, isBlocked: isBlocked(peer, caller) };
  if (!isOnline(peer)) {
    const { callersWaiting } = peer;
    const key = acceptKey(caller);
    if (callersWaiting.has(key) || callersWaiting.size >= CALLERS_WAITING_MAX) return null;
    callersWaiting.set(key, notice);
    peer.noteChange();
    return "They will be notified that you want to write to them when they are back";
  }
  if (state.elapsedMs - peer.callerToldElapsedMs < CALLER_NOTICE_EVERY_MS) return null;
  peer.callerToldElapsedMs = state.elapsedMs;
  peer.noteChange();
  for (const session of peer.sessions) sendCaller(state.unsolicitedReply(session), peer, notice);
  return "They were notified that you want to write to them";
}

/** Sends a new session the callers that have waited for its user. */
export function sendWaitingCallers(reply: Reply, user: User): void {
  for (const caller of user.callersWaiting.values()) sendCaller(reply, user, caller);
  user.callersWaiting.clear();
}

function sendCaller(reply: Reply, user: User, { by, time, isBlocked: isSilent }: Caller): void {
  if (isSilent) return;
  const sentence = `wants to write to you (+g): ACCEPT ${by.nick} allows it`;
  const params = [user.nick, by.nick, `${by.user}@${by.host}`, sentence];
  const tags = tagsOf({ time, msgid: "", by }, reply.session.dialect);
  reply.line(NUMERIC.RPL_UMODEGMSG, params, reply.server, tags);
}
