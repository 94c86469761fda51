import { formatMessage, type Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Outcome, Steps } from "../command.ts";
import { labelOf, type Reply } from "../relay/reply.ts";
import { sendRoomBursts } from "../sessions/greeting.ts";
import { takeGuestPlace, takeMemberPlace } from "../sessions/places.ts";
import type { Session } from "../sessions/session.ts";
import { logIn } from "../sessions/session-log-in.ts";
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
import { isQuestion } from "./unheard-lines.ts";

/** Says that a log-in can't go on. */
export const INTERRUPTED_LOG_IN = "The server was replaced in the middle of your log-in. Try again";
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

/** What {@link answerAgain} needs of its server. */
interface AnswerPorts {
  run(session: Session, steps: (reply: Reply) => Outcome): void;
  repeat(session: Session, line: Message): void;
}

/**
 * Answers lines that another server has run, whose answers may be lost: questions are asked again, and who has joined a
 * room is sent its topic and members. Of what can't be run twice, those with a label are told that it was interrupted.
 */
export function answerAgain(
  state: State,
  session: Session,
  lines: readonly Message[],
  { run, repeat }: AnswerPorts,
): void {
  const lastOfLogIn = lines.findLast(({ verb }) => verb === "AUTHENTICATE");
  for (const line of lines) {
    if (session.phase === "closed") return;
    const { verb, params } = line;
    const label = labelOf(session, line);
    // Whoever is on the list already isn't told of by "+".
    const isAdding = verb === "MONITOR" && params[0] === "+";
    if (isAdding) repeat(session, { ...line, params: ["S"] });
    else if (isQuestion(line) && !session.isWaiting) repeat(session, line);
    else if (line === lastOfLogIn && session.sasl === null) {
      run(session, (reply) => answerLogIn(state, session, reply));
    } else if (verb === "JOIN" && session.user !== null && !session.isWaiting) {
      for (const name of params[0]?.split(",") ?? []) {
        const room = state.rooms.byName(name);
        if (room?.members.has(session.user) !== true) continue;
        repeat(session, { ...line, verb: "TOPIC", params: [name], tags: new Map() });
        repeat(session, { ...line, verb: "NAMES", params: [name] });
      }
    } else if (label !== null) {
      run(session, () => refuseInterrupted(state, session, { verb, label, batches: [] }));
    }
  }
}

/** Says how a log-in has ended. */
function answerLogIn(state: State, session: Session, reply: Reply): void {
  const account = state.accounts.byId(session.accountId);
  if (account === null) return reply.numeric(NUMERIC.ERR_SASLFAIL, INTERRUPTED_LOG_IN);
  logIn(session, account, reply);
  reply.numeric(NUMERIC.RPL_SASLSUCCESS, "You are logged in");
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
