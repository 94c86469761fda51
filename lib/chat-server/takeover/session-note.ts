import type { AccountId } from "../../protocol/account-id.ts";
import type { Folded, Nick } from "../../protocol/names.ts";
import { type Cap, isCap } from "../../protocol/wire/caps.ts";
import type { ConversationId } from "../event.ts";
import type { LogInMethod } from "../metrics/server-counters.ts";
import { Room } from "../rooms/room.ts";
import type { DnsListing } from "../server-ports.ts";
import { guessOf } from "../sessions/complete-registration.ts";
import { type BatchNote, MultilineBatch } from "../sessions/multiline-batch.ts";
import { type Session, saslProgress } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { elapsedTime, serviceTime } from "./service-part.ts";

/** Raised when a note's fields change their meaning. A reader passes over fields that it doesn't know. */
const NOTE_VERSION = 1;

/** A command that had an effect and was not done: it is refused in words, since it can't be run again. */
export interface InterruptedCommand {
  readonly verb: string;
  readonly label: string | null;
  /** The batches of its answer that were begun, the outermost first. */
  readonly batches: readonly string[];
}

/**
 * One session, for the server that takes this one's place; JSON, without any password, code or key. What is left out has
 * its first value. docs/takeover.md has every field of a session and where it is.
 */
export interface SessionNote {
  readonly v: typeof NOTE_VERSION;
  readonly phase: "unregistered" | "registered";
  /** The `User.key`; left out before registration. */
  readonly user?: string;
  readonly openedAt: number;
  /** When it was opened, by the service's clock: see `serviceTime`. */
  readonly openedMs: number;
  readonly nick?: Nick;
  readonly refusedNick?: Nick;
  readonly username?: string;
  readonly realname?: string;
  /** Of each PASS: whether it was the server's password, and the hash of the invitation that it may be. */
  readonly passes?: readonly { readonly isRight: boolean; readonly invitation: string | null }[];
  /** Whether what PASS gave was refused as the server's password. */
  readonly wasRefused?: true;
  readonly negotiating?: true;
  readonly capVersion?: number;
  readonly caps?: readonly Cap[];
  readonly preAway?: string | null;
  readonly awayStar?: true;
  readonly account?: AccountId;
  readonly logInBy?: LogInMethod;
  readonly loggedInAt?: number;
  readonly noticesCaused?: readonly string[];
  readonly memberPlaceOf?: AccountId;
  readonly dnsListing?: DnsListing | "pending";
  readonly sasl?: "PLAIN" | "EXTERNAL";
  /** Whether a part of a log-in or a half set-up second factor is lost, since it is a secret. */
  readonly lostSaslInput?: true;
  readonly lostSecondFactorSecret?: true;
  readonly wrongPasswords?: number;
  /** Until when it is confirmed, by the service's clock. */
  readonly confirmedMs?: number;
  readonly gaveSecondFactor?: true;
  readonly toldSetUp?: true;
  readonly toldAccountRequired?: true;
  /** Rooms that its log-in has yet to send it. */
  readonly unannounced?: readonly ConversationId[];
  readonly namesAsked?: readonly Folded[];
  readonly subscriptions?: readonly string[];
  readonly preMetadata?: readonly (readonly [string, string])[];
  readonly monitors?: readonly string[];
  /** A multiline message of which lines were done, since something else was done between them. */
  readonly batch?: BatchNote;
  readonly lastBatch?: number;
  readonly interrupted?: InterruptedCommand;
}

/** What changes with nearly every line of a session. It is handed over at most once a second: see `SoftState`. */
export interface SessionPace {
  /** When it sent a line, was sent a PING that it hasn't answered, and its user sent a message: by the service's clock. */
  readonly lineMs: number;
  readonly pingMs: number | null;
  readonly messageMs: number | null;
  /** What was left at `atMs` of its tokens, and of its connection's budget (µs). */
  readonly atMs: number;
  readonly tokens: number;
  readonly balance: number | null;
  readonly unexplained: number;
  readonly noiseBytes: number;
}

/** What is filled in field by field. */
export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Returns a session's note as it is now. It is made for each session that ran a line, and one of each session stays in
 * memory: nothing is made for what is left out, and no place is kept for it. JavaScriptCore keeps one in a new object for
 * every field that the same function may add, so what not all sessions have is added by others.
 */
export function noteOf(state: State, session: Session): SessionNote {
  const { user, nick, username, realname } = session;
  const note: Writable<SessionNote> = {
    v: NOTE_VERSION,
    phase: session.phase === "registered" ? "registered" : "unregistered",
    openedAt: session.openedAt,
    openedMs: serviceTime(state, session.openedElapsedMs),
  };
  if (user !== null) note.user = user.key;
  if (nick !== null) note.nick = nick;
  if (username !== null) note.username = username;
  if (realname !== "") note.realname = realname;
  addLogInFields(note, state, session);
  addCommandFields(note, state, session);
  return note;
}

/** Adds what is about its log-in, and its capabilities. */
function addLogInFields(note: Writable<SessionNote>, state: State, session: Session): void {
  const { refusedNick, passwords, capVersion, accountId, logInBy, dnsListing, sasl } = session;
  const { unannouncedRooms } = session;
  if (capVersion > 0) note.capVersion = capVersion;
  if (session.caps.size > 0) note.caps = [...session.caps];
  if (accountId !== null) note.account = accountId;
  if (logInBy !== null) {
    note.logInBy = logInBy;
    note.loggedInAt = session.loggedInAt;
  }
  if (refusedNick !== null) note.refusedNick = refusedNick;
  if (passwords.length > 0) note.passes = passesOf(state, session);
  if (isRefused(state, session)) note.wasRefused = true;
  if (session.negotiating) note.negotiating = true;
  if (session.preAway !== undefined) note.preAway = session.preAway;
  if (session.awayStar) note.awayStar = true;
  if (session.memberPlaceOf !== null) note.memberPlaceOf = session.memberPlaceOf;
  if (dnsListing !== null) note.dnsListing = dnsListing;
  if (sasl !== null) note.sasl = sasl.mechanism;
  if (session.lostSaslInput || sasl?.input.isUnfinished) note.lostSaslInput = true;
  if (session.lostSecondFactorSecret || session.secondFactorSecret !== null) {
    note.lostSecondFactorSecret = true;
  }
  if (session.wrongPasswords > 0) note.wrongPasswords = session.wrongPasswords;
  if (session.confirmedUntilElapsedMs > state.elapsedMs) {
    note.confirmedMs = serviceTime(state, session.confirmedUntilElapsedMs);
  }
  if (session.gaveSecondFactor) note.gaveSecondFactor = true;
  if (session.toldSetUp) note.toldSetUp = true;
  if (session.toldAccountRequired) note.toldAccountRequired = true;
  if (unannouncedRooms !== null) note.unannounced = Array.from(unannouncedRooms, ({ id }) => id);
}

/** Adds what is about its commands, and what it follows by them. */
function addCommandFields(note: Writable<SessionNote>, state: State, session: Session): void {
  const { batch } = session;
  if (session.noticesCaused.size > 0) note.noticesCaused = [...session.noticesCaused];
  if (session.namesAsked.size > 0) note.namesAsked = [...session.namesAsked];
  if (session.subscriptions.size > 0) note.subscriptions = [...session.subscriptions];
  if (session.preMetadata.size > 0) note.preMetadata = [...session.preMetadata];
  if (state.monitors.count(session) > 0) note.monitors = state.monitors.listOf(session);
  if (batch !== null) note.batch = batch.note(state.startedElapsedMs);
  if (session.lastBatchNumber > 0) note.lastBatch = session.lastBatchNumber;
  const interrupted = interruptedCommand(session);
  if (interrupted !== null) note.interrupted = interrupted;
}

function passesOf({ options }: State, { passwords }: Session): NonNullable<SessionNote["passes"]> {
  const { passwordDigest } = options;
  return passwords.map(({ digest, invitation }) => ({
    isRight: digest === passwordDigest,
    invitation,
  }));
}

/** Returns the command that has had an effect, and waits. */
function interruptedCommand(session: Session): InterruptedCommand | null {
  const { isWaiting, hasEffect, unannouncedRooms, reply, verb } = session;
  if (!isWaiting || !hasEffect || unannouncedRooms !== null || reply === null) return null;
  return { verb, label: reply.label, batches: reply.label === null ? [...reply.openBatches] : [] };
}

/** Fills a new session from a note, but for its user. A session of the same connection, so the link is the same as well. */
export function fillSession(state: State, session: Session, note: SessionNote): void {
  const { accounts, startedElapsedMs } = state;
  session.nick = note.nick ?? null;
  session.refusedNick = note.refusedNick ?? null;
  session.username = note.username ?? null;
  session.realname = note.realname ?? "";
  const { passwordDigest } = state.options;
  for (const { isRight, invitation } of note.passes ?? []) {
    session.passwords.push({ digest: (isRight && passwordDigest) || "", invitation });
  }
  if (note.wasRefused) session.wrongServerPassword = guessOf(state, session);
  session.negotiating = note.negotiating ?? false;
  session.capVersion = note.capVersion ?? 0;
  for (const cap of note.caps ?? []) if (isCap(cap)) session.setCap(cap, true);
  session.preAway = note.preAway;
  session.awayStar = note.awayStar ?? false;
  const account = accounts.byId(note.account ?? null);
  session.accountId = account?.id ?? null;
  session.account = account?.name ?? null;
  session.logInBy = note.logInBy ?? null;
  session.loggedInAt = note.loggedInAt ?? 0;
  for (const id of note.noticesCaused ?? []) session.noticesCaused.add(id);
  session.dnsListing = note.dnsListing ?? null;
  session.sasl = note.sasl === undefined ? null : saslProgress(note.sasl);
  session.lostSaslInput = note.lostSaslInput ?? false;
  session.lostSecondFactorSecret = note.lostSecondFactorSecret ?? false;
  session.wrongPasswords = note.wrongPasswords ?? 0;
  if (note.confirmedMs !== undefined) {
    session.confirmedUntilElapsedMs = elapsedTime(state, note.confirmedMs);
  }
  session.gaveSecondFactor = note.gaveSecondFactor ?? false;
  session.toldSetUp = note.toldSetUp ?? false;
  session.toldAccountRequired = note.toldAccountRequired ?? false;
  for (const name of note.namesAsked ?? []) session.namesAsked.add(name);
  for (const key of note.subscriptions ?? []) session.subscriptions.add(key);
  for (const [key, value] of note.preMetadata ?? []) session.preMetadata.set(key, value);
  for (const name of note.monitors ?? []) state.monitors.add(session, name);
  session.lastBatchNumber = note.lastBatch ?? 0;
  if (note.unannounced !== undefined) {
    const rooms = note.unannounced.map((id) => state.rooms.byId(id));
    session.unannouncedRooms = new Set(rooms.filter((room) => room instanceof Room));
  }
  if (note.batch !== undefined) {
    const reply = state.labelledReply(session, note.batch.label);
    session.batch = MultilineBatch.fromNote(note.batch, startedElapsedMs, reply);
    session.isInterspersed = true;
  }
}

/** Whether what PASS gave was refused as the server's password, and would be again. */
function isRefused(state: State, session: Session): boolean {
  return (
    session.wrongServerPassword !== "" && session.wrongServerPassword === guessOf(state, session)
  );
}

/** Returns a session's pace as it is now. */
export function paceOf(state: State, session: Session): SessionPace {
  const { elapsedMs } = state;
  const { lastLineElapsedMs, pingedElapsedMs, user, rateLimit, budgets } = session;
  return {
    lineMs: serviceTime(state, lastLineElapsedMs),
    pingMs: pingedElapsedMs === null ? null : serviceTime(state, pingedElapsedMs),
    messageMs: user === null ? null : serviceTime(state, user.lastMessageElapsedMs),
    atMs: serviceTime(state, elapsedMs),
    tokens: rateLimit.left(elapsedMs),
    balance: budgets?.connection.left(elapsedMs) ?? null,
    unexplained: Math.round(session.unexplainedMicroseconds),
    noiseBytes: session.noiseBytes,
  };
}

/** Gives a session of a note the pace that it had. */
export function setPace(state: State, session: Session, pace: SessionPace): void {
  const { lineMs, pingMs, messageMs, atMs, tokens, balance } = pace;
  session.lastLineElapsedMs = elapsedTime(state, lineMs);
  session.pingedElapsedMs = pingMs === null ? null : elapsedTime(state, pingMs);
  session.rateLimit.restore(tokens, elapsedTime(state, atMs));
  session.unexplainedMicroseconds = pace.unexplained;
  session.noiseBytes = pace.noiseBytes;
  if (balance !== null) {
    state.budgets.restoreConnection(session, balance, elapsedTime(state, atMs));
  }
  const { user } = session;
  if (user === null || messageMs === null) return;
  const messageElapsedMs = elapsedTime(state, messageMs);
  const isFirst = user.sessions.length <= 1;
  if (isFirst || messageElapsedMs > user.lastMessageElapsedMs) {
    user.lastMessageElapsedMs = messageElapsedMs;
  }
}
