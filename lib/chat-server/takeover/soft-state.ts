import type { SoftTable } from "../../member-server/soft-table.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import { type GuestMessagePart, guestMessageParts } from "./guest-message-parts.ts";
import { hasUndoneLines, noteBeforeUndone } from "./lines-done.ts";
import { receiptsPart, roomPart } from "./room-parts.ts";
import { isSameJson } from "./same-json.ts";
import { countsPart, servicePart } from "./service-part.ts";
import { noteOf, paceOf, type SessionNote, type SessionPace } from "./session-note.ts";
import type { ToldEvent } from "./soft-changes.ts";
import { type UserPart, userPart } from "./user-part.ts";

/** What may change with every line is handed over at most so often: a server that is killed sets it back by as much. */
const SLOW_EVERY_MS = 1000;
const COUNTS_EVERY_MS = 10_000;
/** A pace is handed over when it has moved by so much: 15 s until the next PING, a quarter of the tokens. */
const LINE_MS_STEP = 15_000;
const TOKENS_STEP = 60;
/** A quarter of a connection's budget, in microseconds. */
const BALANCE_STEP = 75_000;

/** What has changed of one session. */
export interface SessionChange {
  readonly session: Session;
  /** `null` for a session that has closed; left out if only the pace has changed. */
  readonly note?: SessionNote | null;
  readonly pace?: SessionPace;
}

/** What has changed of what is in memory alone. */
export interface SoftStateChanges {
  readonly sessions: readonly SessionChange[];
  /** By key: JSON, or `null` for what is gone. See docs/takeover.md for the keys. */
  readonly parts: readonly (readonly [key: string, value: unknown])[];
  /** What was told about users: only for `retell`. */
  readonly told: readonly ToldEvent[];
  /** The time of the service's clock now: see `serviceTime`. */
  readonly upMs: number;
}

const NOTHING = { sessions: [], parts: [], told: [] };

/** Takes what has changed of a server's soft state, for the server that may take its place. Remembers what it gave last. */
export class SoftState {
  readonly #state: State;
  /** What was given last. The owner of the log has the same objects. */
  readonly #notes = new WeakMap<Session, SessionNote>();
  readonly #paces = new WeakMap<Session, SessionPace>();
  readonly #users = new WeakMap<User, UserPart | null>();
  readonly #messages = new WeakMap<User, GivenMessages>();
  readonly #tables: ReadonlyMap<string, SoftTable>;
  /** Entries of tables that are in the log, and that this server has no more. */
  #goneEntries: [key: string, value: null][] = [];
  #service = "";
  #hasBegun = false;
  /** Sessions whose pace may have changed since the last slow turn. */
  readonly #moved = new Set<Session>();
  readonly #unnotable = new Set<Session>();
  #slowElapsedMs = Number.NEGATIVE_INFINITY;
  #countsElapsedMs = Number.NEGATIVE_INFINITY;

  constructor(state: State) {
    this.#state = state;
    this.#tables = softTables(state);
  }

  /**
   * Returns what has changed since the last call. The first call returns all.
   *
   * @param isComplete also what is otherwise given at most once a second: this server stops
   */
  take(isComplete: boolean): SoftStateChanges {
    const { softChanges, elapsedMs, startedElapsedMs } = this.#state;
    const upMs = elapsedMs - startedElapsedMs;
    if (!this.#hasBegun) this.#begin();
    const userEvents = softChanges.takeTold();
    const isSlowTurn = isComplete || elapsedMs - this.#slowElapsedMs >= SLOW_EVERY_MS;
    const { sessions, users, goneUsers } = softChanges;
    const count = sessions.size + users.size + goneUsers.size + userEvents.length;
    if (!isSlowTurn && count === 0) return { ...NOTHING, upMs };
    const parts: [string, unknown][] = [];
    const changes: SessionChange[] = [];
    for (const session of sessions) {
      this.#attempt(() => this.#takeSession(session, changes), [session]);
    }
    for (const user of goneUsers) this.#attempt(() => this.#takeGoneUser(user, parts), []);
    for (const user of users) this.#attempt(() => this.#takeUser(user, parts), user.sessions);
    sessions.clear();
    softChanges.settled.clear();
    goneUsers.clear();
    users.clear();
    this.#takeService(parts);
    for (const part of this.#goneEntries.splice(0)) parts.push(part);
    for (const [name, table] of this.#tables) {
      if (!isSlowTurn && !PROMPT_TABLES.has(name)) continue;
      this.#attempt(() => {
        for (const [key, value] of table.takeChanges(startedElapsedMs, elapsedMs, isComplete)) {
          parts.push([`${name}:${key}`, value]);
        }
      }, []);
    }
    if (isSlowTurn) this.#attempt(() => this.#takeSlow(isComplete, elapsedMs, changes, parts), []);
    return { sessions: changes, parts, told: userEvents, upMs };
  }

  /**
   * Begins with what was handed over to this server: only what changes from now on is to be given. Call it when it leads,
   * and has taken up the sessions.
   *
   * People wait meanwhile, so nobody's note is made to be compared: of whoever does something, it is given once more. The
   * tables are as the log has them, but for what has gone since.
   */
  inherit(): void {
    const { softChanges, users, startedElapsedMs, elapsedMs } = this.#state;
    this.#hasBegun = true;
    softChanges.begin();
    for (const user of users.all()) {
      if (user.guestMessages.length === 0) continue;
      this.#attempt(() => this.#messages.set(user, givenMessages(user)), user.sessions);
    }
    for (const [name, table] of this.#tables) {
      this.#attempt(() => {
        for (const [key, value] of table.takeChanges(startedElapsedMs, elapsedMs, false)) {
          if (value === null) this.#goneEntries.push([`${name}:${key}`, null]);
        }
      }, []);
    }
  }

  /**
   * What can't be noted costs the sessions that it is of, and not the server: the next one would run the same lines again,
   * and fail as well.
   */
  #attempt(take: () => void, concerned: readonly Session[]): void {
    try {
      take();
    } catch (cause) {
      this.#state.ports.note("error", "soft state can't be noted", cause);
      for (const session of concerned) this.#unnotable.add(session);
    }
  }

  /** Returns the sessions whose state can't be noted, since the last call. They are to be closed. */
  takeUnnotable(): readonly Session[] {
    const sessions = [...this.#unnotable];
    this.#unnotable.clear();
    return sessions;
  }

  #begin(): void {
    const { softChanges, sessions, users, rooms } = this.#state;
    this.#hasBegun = true;
    softChanges.begin();
    for (const session of sessions) softChanges.noteSession(session);
    for (const user of users.all()) softChanges.noteUser(user);
    for (const room of rooms.all()) softChanges.noteRoom(room);
    for (const conversation of rooms.conversations()) softChanges.noteReceipts(conversation);
  }

  #takeSession(session: Session, changes: SessionChange[]): void {
    if (session.phase === "closed") {
      this.#moved.delete(session);
      changes.push({ session, note: null });
      return;
    }
    this.#moved.add(session);
    const note = this.#noteToGive(session);
    if (note === null || isSameJson(this.#notes.get(session), note)) return;
    this.#notes.set(session, note);
    changes.push({ session, note });
  }

  /** Its note is that of its last line that is done: the next ones are run again. */
  #noteToGive(session: Session): SessionNote | null {
    const now = noteOf(this.#state, session);
    if (!hasUndoneLines(session)) return now;
    const before = this.#state.softChanges.settled.get(session) ?? this.#notes.get(session);
    return before === undefined ? null : noteBeforeUndone(session, now, before);
  }

  #takeUser(user: User, parts: [string, unknown][]): void {
    if (this.#state.users.byKey(user.key) !== user) return;
    const part = userPart(this.#state, user);
    const before = this.#users.get(user);
    if (before === undefined || !isSameJson(before, part)) {
      this.#users.set(user, part);
      parts.push([`user:${user.key}`, part]);
    }
    if (user.accountId === null) this.#takeMessages(user, parts);
  }

  #takeGoneUser(user: User, parts: [string, unknown][]): void {
    // An account's user may have been made again.
    if (this.#state.users.byKey(user.key) !== null) return;
    this.#takeMessages(user, parts);
    parts.push([`user:${user.key}`, null]);
  }

  #takeMessages(guest: User, parts: [string, unknown][]): void {
    const before = this.#messages.get(guest);
    if (before === undefined && guest.guestMessages.length === 0) return;
    if (before?.list === guest.guestMessages) return;
    const now = givenMessages(guest);
    for (const msgid of before?.parts.keys() ?? []) {
      if (!now.parts.has(msgid)) parts.push([`message:${guest.key}:${msgid}`, null]);
    }
    for (const [msgid, part] of now.parts) {
      if (before?.parts.get(msgid)?.event === part.event) continue;
      parts.push([`message:${guest.key}:${msgid}`, part]);
    }
    this.#messages.set(guest, now);
  }

  #takeService(parts: [string, unknown][]): void {
    const { users, knownOperators, startedAt } = this.#state;
    const service = `${startedAt} ${users.lastGuest} ${knownOperators.size}`;
    if (this.#service === service) return;
    this.#service = service;
    parts.push(["service:", servicePart(this.#state)]);
  }

  #takeSlow(
    isComplete: boolean,
    elapsedMs: ElapsedMs,
    changes: SessionChange[],
    parts: [string, unknown][],
  ): void {
    const { rooms, receipts } = this.#state.softChanges;
    this.#slowElapsedMs = elapsedMs;
    for (const session of this.#moved) {
      this.#attempt(() => this.#takePace(session, isComplete, changes), [session]);
    }
    this.#moved.clear();
    for (const room of rooms) {
      this.#attempt(() => parts.push([`room:${room.id}`, roomPart(this.#state, room)]), []);
    }
    rooms.clear();
    const conversations = [...receipts];
    receipts.clear();
    for (const conversation of conversations) {
      this.#attempt(() => {
        const part = receiptsPart(this.#state, conversation);
        parts.push([`receipts:${conversation.id}`, part]);
        // When they were sent is forgotten after a second.
        if (part !== null && part.sentMs !== null) receipts.add(conversation);
      }, []);
    }
    if (!isComplete && elapsedMs - this.#countsElapsedMs < COUNTS_EVERY_MS) return;
    this.#countsElapsedMs = elapsedMs;
    parts.push(["counts:", countsPart(this.#state)]);
  }

  #takePace(session: Session, isComplete: boolean, changes: SessionChange[]): void {
    if (session.phase === "closed") return;
    const pace = paceOf(this.#state, session);
    const before = this.#paces.get(session);
    if (!isComplete && before !== undefined && !hasMoved(before, pace)) return;
    this.#paces.set(session, pace);
    changes.push({ session, pace });
  }
}

/** The messages of a guest as they were given: the list is replaced when it changes. */
interface GivenMessages {
  readonly list: User["guestMessages"];
  readonly parts: ReadonlyMap<string, GuestMessagePart>;
}

function givenMessages(guest: User): GivenMessages {
  return { list: guest.guestMessages, parts: guestMessageParts(guest) };
}

function hasMoved(before: SessionPace, now: SessionPace): boolean {
  const { lineMs, messageMs, tokens, balance } = now;
  return (
    lineMs - before.lineMs >= LINE_MS_STEP ||
    (messageMs ?? 0) - (before.messageMs ?? 0) >= LINE_MS_STEP ||
    (now.pingMs === null) !== (before.pingMs === null) ||
    Math.abs(tokens - before.tokens) >= TOKENS_STEP ||
    Math.abs((balance ?? 0) - (before.balance ?? 0)) >= BALANCE_STEP
  );
}

/** Returns the tables of limits, budgets and former nicks by the first word of their parts' keys. */
export function softTables(state: State): ReadonlyMap<string, SoftTable> {
  const named = (prefix: string, tables: Readonly<Record<string, SoftTable>>) =>
    Object.entries(tables).map(([name, table]) => [`${prefix}-${name}`, table] as const);
  return new Map<string, SoftTable>([
    ["whowas", state.whowas],
    ["names-asked", state.nameLookups],
    ["sign-ups", state.signUpLimiter.table],
    ["rooms-created", state.roomCreationLimiter.table],
    ["guest-reports", state.guestReportLimiter.table],
    ["guest-knocks", state.guestKnockLimiter.table],
    ["erasures", state.eraseLimiter.table],
    ["oper-failures", state.operFailureLimiter.table],
    ["bots-made", state.botLimiter.table],
    ["files-sent", state.fileLimiter.table],
    ...named("guesses", state.loginThrottle.tables),
    ...named("budget", state.budgets.tables),
  ]);
}

/** The tables that are handed over in every turn; the others wait for up to a second. */
const PROMPT_TABLES: ReadonlySet<string> = new Set(["whowas"]);
