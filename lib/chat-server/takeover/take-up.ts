import { formatMessage } from "../../protocol/wire/message.ts";
import type { Steps } from "../command.ts";
import type { Reply } from "../relay/reply.ts";
import { sendRoomBursts } from "../sessions/greeting.ts";
import { takeGuestPlace, takeMemberPlace } from "../sessions/places.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { sendWaitingCallers } from "../users/caller-notices.ts";
import { updateRole } from "../users/operators.ts";
import { sendPendingInvitations } from "../users/room-invitations.ts";
import { sendMissedNotices } from "../users/security-notices.ts";
import type { User } from "../users/user.ts";
import { ensureUser } from "../users/users.ts";
import {
  fillSession,
  type InterruptedCommand,
  type SessionNote,
  type SessionPace,
  setPace,
} from "./session-note.ts";

const INTERRUPTED_SENTENCE =
  "The server was replaced while it did that. See whether it was done, and send it again if not";

/** Makes a new session the one that another server had, and attaches it to its user. Tells nobody. */
export function takeUpSession(
  state: State,
  session: Session,
  note: SessionNote,
  pace: SessionPace | null,
): void {
  fillSession(state, session, note);
  if (note.memberPlaceOf !== undefined) takeMemberPlace(state, session, note.memberPlaceOf);
  const user = note.user === undefined ? null : userOf(state, session, note.user);
  if (user !== null) {
    user.sessions.push(session);
    session.user = user;
    session.phase = "registered";
    state.userCounts.connected(user);
    updateRole(state, user);
  }
  if (pace !== null) setPace(state, session, pace);
  if (user !== null && user.accountId === null) {
    takeGuestPlace(session, state.elapsedMs - user.lastMessageElapsedMs);
  }
  state.softChanges.noteSession(session);
}

function userOf(state: State, { accountId }: Session, key: string): User | null {
  const user = state.users.byKey(key);
  if (user !== null) return user;
  const account = state.accounts.byId(accountId);
  return account === null || account.id !== key ? null : ensureUser(state, account);
}

/** Refuses a command that another server had begun and can't be run again: under its label, with its batches ended. */
export function refuseInterrupted(
  state: State,
  session: Session,
  { verb, label, batches }: InterruptedCommand,
): void {
  const reply = state.labelledReply(session, label);
  for (const reference of batches.toReversed()) {
    reply.add({ tags: "", body: formatMessage("BATCH", [`-${reference}`], state.options.name) });
  }
  reply.fail(verb, "INTERRUPTED", [], INTERRUPTED_SENTENCE);
  reply.end();
}

/** Sends a session what is left of its greeting: the rooms that another server hadn't come to, and what comes after them. */
export function* sendRemainingRooms(state: State, session: Session, reply: Reply): Steps {
  const { user, unannouncedRooms } = session;
  if (user === null || unannouncedRooms === null) return;
  yield* sendRoomBursts(state, session, user, reply, unannouncedRooms);
  sendPendingInvitations(state, reply, user);
  sendWaitingCallers(reply, user);
  sendMissedNotices(state, session, reply);
}
