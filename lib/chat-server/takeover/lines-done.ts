import type { Query } from "../server-ports.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { noteOf, type SessionNote } from "./session-note.ts";

/**
 * Which lines of a session are done, so that they needn't be given to the server that takes this one's place. A line is
 * done when its command is complete, or has stored or sent something. The lines of a multiline message or of a log-in in
 * pieces are done together, as long as nothing else was done between them.
 */

/** Returns how many of the lines that a session was given are done. Those after them can be run again. */
export function linesDoneOf(session: Session): number {
  const { phase, linesRun, unfinishedLines } = session;
  if (phase === "closed") return linesRun + session.heldLines.length;
  if (isUndone(session)) return linesRun - 1 - unfinishedLines;
  return linesRun - unfinishedLines;
}

/** Returns whether a session has run lines that are to be run again. */
export function hasUndoneLines(session: Session): boolean {
  return isUndone(session) || session.unfinishedLines > 0;
}

/**
 * Returns the note of a session of which lines are to be run again: as it was before them, but for what others have changed.
 *
 * @param before its note before those lines
 */
export function noteBeforeUndone(
  session: Session,
  now: SessionNote,
  before: SessionNote,
): SessionNote {
  if (isUndone(session)) {
    // A command may have changed anything by now.
    const { noticesCaused: _1, lastBatch: _2, ...own } = before;
    const { noticesCaused, lastBatch } = now;
    return {
      ...own,
      ...(noticesCaused !== undefined && { noticesCaused }),
      ...(lastBatch !== undefined && { lastBatch }),
    };
  }
  const { batch: _1, sasl: _2, lostSaslInput: _3, ...others } = now;
  const { batch, sasl, lostSaslInput } = before;
  return {
    ...others,
    ...(batch !== undefined && { batch }),
    ...(sasl !== undefined && { sasl }),
    ...(lostSaslInput !== undefined && { lostSaslInput }),
  };
}

/** Whether the last command waits for an answer, and has had no effect yet. */
function isUndone({ isWaiting, hasEffect }: Session): boolean {
  return isWaiting && !hasEffect;
}

/**
 * Notes what the lines before a line have changed, since that is done and the line may not be at the end of the turn. Call
 * it before `beginLine`.
 */
export function settleNote(state: State, session: Session): void {
  const { sessions, settled } = state.softChanges;
  if (sessions.has(session) && !hasUndoneLines(session)) {
    settled.set(session, noteOf(state, session));
  }
}

/** A line begins to run. */
export function beginLine(session: Session, verb: string): void {
  session.linesRun += 1;
  session.verb = verb;
  session.hasEffect = false;
  session.isLineOpen = true;
}

/**
 * The server has worked for a session: for a line, or for itself.
 *
 * @param hadEffect whether it stored or sent something meanwhile
 */
export function noteWork(session: Session, hadEffect: boolean): void {
  if (hadEffect) session.hasEffect = true;
  if (session.hasEffect) session.unfinishedLines = 0;
  if (session.isWaiting || !session.isLineOpen) return;
  session.isLineOpen = false;
  if (!isUnfinished(session)) {
    session.unfinishedLines = 0;
    session.isInterspersed = false;
    return;
  }
  if (session.hasEffect || !REPEATABLE.has(session.verb)) session.isInterspersed = true;
  session.unfinishedLines = session.isInterspersed ? 0 : session.unfinishedLines + 1;
}

/** What a message of several lines or a log-in in pieces consists of, and PONG: running one twice makes no difference. */
const REPEATABLE: ReadonlySet<string> = new Set([
  ...["BATCH", "PRIVMSG", "NOTICE", "AUTHENTICATE", "PONG"],
]);

/** Whether a session has begun a message of several lines, or a log-in in pieces. */
function isUnfinished({ batch, sasl }: Session): boolean {
  const isMessage = batch !== null && !batch.isBroken;
  return isMessage || sasl?.input.isUnfinished === true;
}

/** Returns whether a query changes what is stored: then its command has had an effect. */
export function isStoring({ kind }: Query): boolean {
  return kind === "save-accounts" || kind === "rewrite" || kind === "erase-unreachable";
}
