import { type Message, parseMessage } from "../../protocol/wire/message.ts";
import { type Outcome, runSteps } from "../command.ts";
import type { Reply } from "../relay/reply.ts";
import { expireListEntries } from "../rooms/list-expiry.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { Link } from "../server-ports.ts";
import { sendGreeting } from "../sessions/greeting.ts";
import type { OpeningTimes, Session } from "../sessions/session.ts";
import { dropEmptyRooms } from "../snapshot/restore.ts";
import type { State } from "../state.ts";
import { quitUser } from "../users/users.ts";
import { type FollowedRecord, followRecord } from "./follow.ts";
import { linesDoneOf } from "./lines-done.ts";
import { type Missed, retellRecord } from "./retell.ts";
import { elapsedTime } from "./service-part.ts";
import type { InterruptedCommand, SessionNote, SessionPace } from "./session-note.ts";
import { SoftState, type SoftStateChanges } from "./soft-state.ts";
import { answerAgain, refuseInterrupted, sendRemainingRooms, takeUpSession } from "./take-up.ts";
import { UnheardLines } from "./unheard-lines.ts";

const NOT_TAKEN_OVER = "The server was replaced, and has lost this connection: connect again";

/** What is told again of a record. */
export type RetoldRecord = Pick<FollowedRecord, "changes" | "told">;

/** What a takeover needs of its `Server`. */
interface TakeoverPorts {
  newSession(link: Link, opened?: OpeningTimes): Session;
  /** Closes a session, with a sentence for its person. */
  close(session: Session, reason: string): void;
  /** Runs something for a session that no line of it asked for. */
  run(session: Session, steps: (reply: Reply) => Outcome): void;
  /** Runs a line of a session again, for its answer alone. */
  repeat(session: Session, line: Message): void;
  /** Looks up a session's address in the DNS blocklists. */
  lookUp(session: Session): void;
}

/**
 * A server that takes another one's place, on both sides. The present one hands over what `takeChanges` returns after each
 * turn, and the next one follows it, takes up the sessions, and leads. How the records travel is not its business.
 *
 * @example
 * // the present server, at the end of each turn
 * const { sessions, parts, told, upMs } = server.takeover.takeChanges();
 * // the next one: `new Server(options, ports, accounts, restored, true)`
 * next.takeover.follow({ changes, parts, told, upMs });
 * for (const { link, note, pace } of connections) next.takeover.takeUp(link, note, pace);
 * next.takeover.lead();
 * next.takeover.retell(missedRecords, next.state.sessions);
 */
export class Takeover {
  readonly #state: State;
  readonly #ports: TakeoverPorts;
  readonly #softState: SoftState;
  /** Commands of sessions of another server, which are to be refused. */
  readonly #interrupted = new Map<Session, InterruptedCommand>();
  /** Of those whose connection may not have got the last answers. */
  readonly #unheard = new WeakMap<Session, UnheardLines>();
  /** Those whose notes can't be read: they are closed, with everything else that they are told. */
  readonly #unreadable: Session[] = [];
  readonly #whenLeading: (() => void)[] = [];

  constructor(state: State, ports: TakeoverPorts) {
    this.#state = state;
    this.#ports = ports;
    this.#softState = new SoftState(state);
  }

  /**
   * Returns how many of the lines that a session was given are done. The others can be given to another server: they have
   * had no effect.
   */
  linesDone(session: Session): number {
    return linesDoneOf(session);
  }

  /**
   * Returns what has changed since the last call of what is in memory alone: sessions' notes, and parts by key. The first
   * call returns all. Call it at the end of each turn: it costs what the sessions cost that ran a line in the turn.
   *
   * @param isComplete also what is otherwise returned at most once a second: this server stops
   */
  takeChanges(isComplete = false): SoftStateChanges {
    const changes = this.#softState.take(isComplete);
    for (const session of this.#softState.takeUnnotable()) {
      this.#ports.close(session, "Internal error");
    }
    return changes;
  }

  /** Applies what another server has stored, in the order in which it happened, and its soft state. Tells nobody. */
  follow(record: FollowedRecord): void {
    followRecord(this.#state, record);
  }

  /**
   * Takes up a session of another server on the same connection. Nobody is told, and no line is sent. Take all sessions
   * up before the first input, in the order in which they were opened. One whose connection is gone is taken up as well,
   * on a link that is closed, and closed after `lead`: then its user quits, as ever. A note that can't be read costs its own
   * session: `lead` closes it, with a sentence.
   *
   * @param pace `null` if it was never handed over
   * @param unheard lines that the other server has run, of which the connection may not have got the answers
   */
  takeUp(
    link: Link,
    note: SessionNote,
    pace: SessionPace | null = null,
    unheard: readonly string[] = [],
  ): Session {
    let session: Session | null = null;
    try {
      const elapsedMs = elapsedTime(this.#state, note.openedMs);
      session = this.#ports.newSession(link, { now: note.openedAt, elapsedMs });
      takeUpSession(this.#state, session, note, pace);
      if (session.dnsListing === "pending") {
        session.dnsListing = null;
        this.#ports.lookUp(session);
      }
      if (note.interrupted !== undefined) this.#interrupted.set(session, note.interrupted);
      const messages = unheard.flatMap((line) => parseMessage(line) ?? []);
      if (messages.length > 0) this.#unheard.set(session, new UnheardLines(messages));
    } catch (cause) {
      session ??= this.#ports.newSession(link);
      this.#unreadable.push(session);
      this.#state.ports.note("error", "a session can't be taken over, and is closed", cause);
    }
    return session;
  }

  /** Runs something when this server leads: until then, what it does is stored by nobody. */
  whenLeading(run: () => void): void {
    this.#whenLeading.push(run);
  }

  /**
   * From now on this server runs the conversation. Commands that were begun and can't be run again are refused in words,
   * and guests without a session quit.
   */
  lead(): void {
    const state = this.#state;
    state.isFollowing = false;
    this.#softState.inherit();
    state.goneGuests.clear();
    for (const session of this.#unreadable.splice(0)) this.#ports.close(session, NOT_TAKEN_OVER);
    for (const [session, command] of this.#interrupted) {
      this.#ports.run(session, () => refuseInterrupted(state, session, command));
    }
    this.#interrupted.clear();
    for (const guest of [...state.users.guests()]) {
      if (guest.sessions.length === 0) quitUser(state, guest, "Connection lost");
    }
    dropEmptyRooms(state);
    expireListEntries(state);
    for (const run of this.#whenLeading.splice(0)) run();
  }

  /**
   * Sends what a record tells again to sessions that may have missed it: the same lines as the first time, as far as that
   * is known. Call it once for each session that was taken up, when this server leads, with all records that its connection
   * has not got, in their order. What else the sessions have asked in them is answered behind that, and log-ins go on with
   * the rooms that are still to come.
   */
  retell(told: Iterable<RetoldRecord>, sessions: Iterable<Session>): void {
    const state = this.#state;
    const records = [...told];
    const greetings = new Set<string>();
    for (const event of records.flatMap(({ told = [] }) => told)) {
      if ("greeted" in event) greetings.add(`${event.openedAt} ${event.greeted}`);
    }
    const missing = new Map<Session, Missed>();
    for (const session of sessions) {
      const lines = this.#unheard.get(session) ?? null;
      this.#unheard.delete(session);
      const isGreeted = greetings.has(`${session.openedAt} ${session.user?.key}`);
      const greetedIn = isGreeted ? this.#greet(session, records) : null;
      if (!isGreeted && session.unannouncedRooms !== null) {
        this.#ports.run(session, (reply) => runSteps(sendRemainingRooms(state, session, reply)));
      }
      missing.set(session, { lines, greetedIn });
    }
    for (const record of records) retellRecord(state, record, missing);
    for (const [session, { lines }] of missing) {
      if (lines !== null) answerAgain(state, session, lines.takeAll(), this.#ports);
    }
  }

  /** Greets a session again. Returns the rooms that it is shown as they are; those that it has joined since are told again. */
  #greet(session: Session, records: Iterable<RetoldRecord>): ReadonlySet<Conversation> {
    const { user } = session;
    const rooms = new Set<Room>(user?.rooms);
    for (const { changes } of records) {
      for (const change of changes) {
        if (change.kind !== "event" || change.event.kind !== "joined") continue;
        const room = this.#state.rooms.byId(change.event.conversation);
        const isOwn = this.#state.users.find(change.event.by) === user;
        if (isOwn && room instanceof Room) rooms.delete(room);
      }
    }
    this.#ports.run(session, (reply) =>
      user === null ? undefined : runSteps(sendGreeting(this.#state, session, user, reply, rooms)),
    );
    return rooms;
  }
}
