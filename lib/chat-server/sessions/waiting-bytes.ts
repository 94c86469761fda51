import { formatCount } from "../../protocol/plural.ts";
import { runSteps, type Steps } from "../command.ts";
import { WAITING_BYTES_MAX } from "../limits.ts";
import { pause, Slice } from "../slices.ts";
import type { State } from "../state.ts";
import { unitsOfQuit } from "../users/users.ts";
import { closeSession } from "./attach-session.ts";
import type { Session } from "./session.ts";

/*
 * A bound on what waits for all sessions together: each has limits of its own, but ten thousand times a mebibyte is
 * more memory than there is.
 */

/** Sessions with less than this are never closed for the others: that many are within the bound. */
const SESSION_BYTES_MIN = 8 * 1024;
/** The share of all that waits which may wait for strangers and guests. */
const OTHERS_SHARE = 1 / 2;
/** How far the sum is brought down, so that not every tick has to close one more. */
const RELIEVED_SHARE = 0.75;
/** A letter of a string takes two bytes, unless all of them are Latin. */
const BYTES_PER_LETTER = 2;

/**
 * Returns the bytes that wait for a session or were sent by it and wait here: its outbox, unfinished and held lines, an
 * open batch, an answer that is being collected, and a guest's messages in memory.
 */
function waitingBytes(session: Session): number {
  const { link, heldLetters, batch, user, reply } = session;
  return (
    (link.backlog ?? 0) +
    (link.inputBytes ?? 0) +
    heldLetters * BYTES_PER_LETTER +
    (batch?.bytes ?? 0) * BYTES_PER_LETTER +
    (reply?.collectedBytes ?? 0) +
    (user?.guestMessageBytes ?? 0)
  );
}

/**
 * Closes sessions while more than `WAITING_BYTES_MAX` waits in all, or half of that for guests and strangers: these before
 * members, and of each those with the most first. Call it about twice a second, and when the links owe too much.
 */
export function closeLargestSessions(state: State, bytesMax = WAITING_BYTES_MAX): void {
  const othersBytesMax = bytesMax * OTHERS_SHARE;
  let sum = 0;
  let othersSum = 0;
  const large: { readonly session: Session; readonly bytes: number }[] = [];
  for (const session of state.sessions) {
    const bytes = waitingBytes(session);
    sum += bytes;
    if (rankOf(session) === 0) othersSum += bytes;
    if (bytes >= SESSION_BYTES_MIN) large.push({ session, bytes });
  }
  const isOver = sum > bytesMax;
  const areOthersOver = othersSum > othersBytesMax;
  if (!isOver && !areOthersOver) return;
  large.sort((a, b) => rankOf(a.session) - rankOf(b.session) || b.bytes - a.bytes);
  const closing: Session[] = [];
  for (const { session, bytes } of large) {
    const isOthers = rankOf(session) === 0;
    const goesForAll = isOver && sum > bytesMax * RELIEVED_SHARE;
    const goesForOthers = areOthersOver && isOthers && othersSum > othersBytesMax * RELIEVED_SHARE;
    if (!goesForAll && !goesForOthers) break;
    sum -= bytes;
    if (isOthers) othersSum -= bytes;
    closing.push(session);
  }
  state.ports.note(
    "warn",
    `too much was waiting to be sent or carried out: closed ${formatCount(closing.length, "connection")}, those with the most first`,
  );
  state.runInBackground(runSteps(closeInSteps(state, closing)));
}

/** The bytes go at once; others are told that the users have gone in slices. */
function* closeInSteps(state: State, sessions: readonly Session[]): Steps {
  const slice = new Slice({ units: 0 });
  for (const { link } of sessions) link.drop?.();
  for (const session of sessions) {
    if (slice.isOver(unitsOfQuit(session.user))) yield* pause();
    closeSession(state, session, "Too much is waiting for you: the server needs the memory");
  }
}

/** Returns 0 for a session without an account, and 1 for a member's. */
function rankOf({ account, user }: Session): 0 | 1 {
  return account === null && (user === null || user.account === null) ? 0 : 1;
}
