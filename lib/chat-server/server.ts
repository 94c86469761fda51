import type { AccountStore } from "../member-server/account-store.ts";
import type { AdminAnswer, AdminRequest } from "../protocol/admin/admin-answer.ts";
import { onlyAsks } from "../protocol/admin/admin-commands.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import { answerAdmin, failedAdmin } from "./admin/run-admin.ts";
import { type Outcome, type PendingQuery, runSteps } from "./command.ts";
import { finishCommand, receiveLine, receiveNoise, repeatLine } from "./dispatch.ts";
import { removeUnreferenced } from "./files/remove-files.ts";
import { resolveAnswer } from "./history/resolve-accounts.ts";
import { applyRetention, type Retention } from "./history/retention.ts";
import { metricsText } from "./metrics/metrics-text.ts";
import type { ProcessFacts } from "./process-ports.ts";
import { rehash } from "./rehash.ts";
import type { Reply } from "./relay/reply.ts";
import { expireListEntries } from "./rooms/list-expiry.ts";
import type { ServerOptions } from "./server-options.ts";
import type { Link, Query, QueryAnswers, Restored, ServerPorts } from "./server-ports.ts";
import { closeSession } from "./sessions/attach-session.ts";
import { completeRegistration } from "./sessions/complete-registration.ts";
import { startDnsLookup } from "./sessions/dns-listing.ts";
import { HeldLines } from "./sessions/held-lines.ts";
import { expireBatch } from "./sessions/multiline-batch.ts";
import { takeDevicePlace } from "./sessions/places.ts";
import type { BackgroundQuery, SuspendedCommand } from "./sessions/query-queue.ts";
import { QueryQueue } from "./sessions/query-queue.ts";
import { TokenBucket } from "./sessions/rate-limit.ts";
import { type OpeningTimes, Session } from "./sessions/session.ts";
import { closeExpired, pingIfSilent, timeoutReason } from "./sessions/silent-sessions.ts";
import { closeLargestSessions } from "./sessions/waiting-bytes.ts";
import { restore } from "./snapshot/restore.ts";
import type { Snapshot, SnapshotSource } from "./snapshot/snapshot.ts";
import { snapshotSource, takeSnapshot } from "./snapshot/snapshot-source.ts";
import { State } from "./state.ts";
import { isStoring, noteWork } from "./takeover/lines-done.ts";
import { Takeover } from "./takeover/takeover.ts";
import { relayReadReceipts } from "./unread/read-receipts.ts";
import { applyAccountChange } from "./users/account-changes.ts";
import { audit } from "./users/audit.ts";
import { banSentence } from "./users/server-bans.ts";
import { type TracePort, untraced, WireTrace } from "./wire-trace.ts";

/** Ten times what a client sends until it is let in. */
const UNREGISTERED_INPUT_BYTES_MAX = 32 << 10;

/**
 * The chat server, all of it in memory. It owns `State`, and takes six kinds of input: a connection opens, a line
 * arrives, a connection ends, time passes, a query is answered, the owner's console asks for something. When a call
 * returns, everything that the input caused has been handed to the links. Not reentrant: a port must not call back.
 */
export class Server {
  readonly state: State;
  readonly #suspended = new Map<number, SuspendedCommand>();
  readonly #background = new Map<number, BackgroundQuery>();
  readonly #queries = new QueryQueue((account) => this.state.payerOf(account));
  readonly #heldLines: HeldLines;
  /** `null` unless lines are traced. */
  #trace: WireTrace | null = null;
  /** Hands everything to a server that takes this one's place, or takes over from one. */
  readonly takeover: Takeover;
  /** The number last given to a session or a query. */
  #lastId = 0;

  /**
   * @param restored what was on disk; applied before the constructor returns
   * @param follows whether another server runs the conversation until `Takeover.lead`: nothing is stored or sent
   */
  constructor(
    options: ServerOptions,
    ports: ServerPorts,
    accounts: AccountStore,
    restored: Restored,
    follows = false,
  ) {
    this.state = new State(options, ports, accounts);
    this.state.isFollowing = follows;
    this.state.runInBackground = this.#startInBackground;
    this.state.pendingQueries = () => this.#suspended.size + this.#background.size;
    this.#heldLines = new HeldLines(this.state, {
      ...{ startQuery: this.#startQuery, startInBackground: this.#startInBackground },
      runGuarded: (session, work) => this.#runGuarded(session, work),
    });
    restore(this.state, restored);
    removeUnreferenced(this.state);
    this.takeover = new Takeover(this.state, {
      ...{ newSession: this.#newSession, run: this.#run },
      close: (session, reason) => this.close(session, reason),
      repeat: (session, line) =>
        this.#runGuarded(session, () => repeatLine(this.state, session, line, this.#startQuery)),
      lookUp: (session) => startDnsLookup(this.state, session, () => this.#register(session)),
    });
  }

  /** Opens a session for a connection that can send and receive. A banned address's session is closed at once. */
  open(link: Link): Session {
    const session = this.#newSession(link);
    this.state.softChanges.noteSession(session);
    const ban = this.state.bans.ofAddress(link.address, this.state.now);
    if (ban !== null) closeSession(this.state, session, banSentence(ban));
    else {
      takeDevicePlace(this.state, session);
      startDnsLookup(this.state, session, () => this.#register(session));
    }
    return session;
  }

  /** Runs a line that a session sent, or holds it behind earlier ones. Ignored when the session is closed. */
  receive(session: Session, line: WireLine): void {
    this.#trace?.received(session, line);
    this.state.counters.linesIn += 1;
    this.#runGuarded(session, () => receiveLine(this.state, session, line, this.#startQuery));
  }

  /**
   * Returns how many bytes of a session may wait: of strangers little, since any number of them may come and go, and none
   * of one that carries a file, whose bytes aren't lines.
   */
  inputBytesMax({ phase, isRaw }: Session): number {
    if (isRaw) return 0;
    const isLimited = phase === "unregistered" && this.state.options.floodControl;
    return isLimited ? UNREGISTERED_INPUT_BYTES_MAX : Infinity;
  }

  /** Counts bytes from a session that were in no line: whoever sends very many of them is disconnected. */
  noise(session: Session, bytes: number): void {
    this.#runGuarded(session, () => receiveNoise(this.state, session, bytes));
  }

  /** Runs held lines of a session whose outbox is empty again, without waiting for the next tick. */
  resume(session: Session): void {
    this.#heldLines.run(session);
  }

  /** Closes the session of a connection that ended. The reason may be shown to other users. */
  close(session: Session, reason: string): void {
    this.#trace?.ended(session, reason);
    this.#runGuarded(session, () => closeSession(this.state, session, reason));
  }

  /** Runs held lines of all sessions that may go on. Call it about fifty times a second, while there are any. */
  runHeldLines(): void {
    this.#heldLines.runAll();
  }

  /** Runs held lines, and enforces timeouts; nothing before it leads. Call it about twice a second. */
  tick(): void {
    if (this.state.isFollowing) return;
    const expired: Session[] = [];
    this.runHeldLines();
    for (const session of this.state.sessions) {
      if (session.batch) this.#runGuarded(session, () => expireBatch(this.state, session));
      try {
        if (timeoutReason(this.state, session) !== null) expired.push(session);
        else pingIfSilent(this.state, session);
      } catch (cause) {
        this.#fail(session, cause);
      }
    }
    // Each by itself: what fails would fail again at the next tick, and with every server that takes this one's place.
    this.#attempt(() => this.#startInBackground(runSteps(closeExpired(this.state, expired))));
    this.#attempt(() => expireListEntries(this.state));
    this.#attempt(() => relayReadReceipts(this.state));
    this.#attempt(() => this.state.logInLog.tick());
    this.#attempt(() => this.relieve());
  }

  /** Closes connections for which, or from which, the most waits, if it is too much in all. */
  relieve(): void {
    closeLargestSessions(this.state);
  }

  /** Takes the answer to a query that was started by `ServerPorts.ask`. An unknown id is ignored. */
  answer<K extends Query["kind"]>(id: number, answer: QueryAnswers[K]): void {
    const suspended = this.#suspended.get(id);
    if (suspended === undefined) return this.#continueInBackground(id, answer);
    this.#suspended.delete(id);
    const { session, reply, query, queueKey, then, always } = suspended;
    this.#runGuarded(session, () => {
      this.#applySaved(query, answer);
      always(answer as never);
      const events = resolveAnswer(this.state.accounts, answer);
      session.isWaiting = false;
      session.reply = null;
      this.state.budgets.meter.addAnswer(query, answer);
      if (session.phase === "closed") return;
      finishCommand(session, reply, then(events as never), this.#startQuery);
    });
    if (queueKey !== null) this.#queries.done(queueKey);
    this.#heldLines.run(session);
  }

  /** Takes note that a query can't be answered, by our own fault: it costs the session that asked, and is logged. */
  failQuery(id: number, cause: unknown): void {
    const suspended = this.#suspended.get(id);
    if (suspended === undefined) return this.#failInBackground(id, cause);
    this.#suspended.delete(id);
    const { session, queueKey } = suspended;
    this.#runGuarded(session, () => {
      throw cause;
    });
    if (queueKey !== null) this.#queries.done(queueKey);
  }

  /**
   * Sends every session an ERROR with the reason. Each link closes when its last bytes have left.
   *
   * @returns how many sessions there were
   */
  stop(reason: string): number {
    const sessions = [...this.state.sessions];
    for (const { link, isRaw } of sessions) {
      if (isRaw) link.drop?.();
      else link.send(Buffer.from(`ERROR :${reason}\r\n`));
      link.close();
    }
    return sessions.length;
  }

  /** Reads the settings again and applies them. Problems and the outcome are logged. */
  rehash(): void {
    if (this.state.isFollowing) return this.takeover.whenLeading(() => this.rehash());
    const note = (sentence: string, level: "info" | "warn") =>
      this.state.ports.note(level, sentence);
    // No account and no nick has a colon.
    audit(this.state, { by: "signal:SIGHUP", act: "rehash" });
    this.#startInBackground(runSteps(rehash(this.state, note)));
  }

  /** Runs a command of the owner's console; one that changes something waits until this server leads. */
  administer(request: AdminRequest, respond: (answer: AdminAnswer) => void): void {
    const waits = this.state.isFollowing && !onlyAsks(request.command);
    if (waits) return this.takeover.whenLeading(() => this.administer(request, respond));
    const fail = (): void => respond(failedAdmin());
    try {
      this.#startInBackground(runSteps(answerAdmin(this.state, request, respond)), fail);
    } catch (cause) {
      fail();
      this.state.ports.note("error", "a command of the owner's console failed", cause);
    }
  }

  /** Returns the metrics in Prometheus's text format. */
  metrics(facts: ProcessFacts): string {
    return metricsText(this.state, facts);
  }

  /** Starts tracing the lines of all sessions, open ones included, or stops it (`null`). */
  setTracing(port: TracePort | null): void {
    this.#trace = port === null ? null : new WireTrace(port);
    for (const session of this.state.sessions) {
      const link = untraced(session.link);
      session.link = this.#trace?.wrap(session.id, link) ?? link;
    }
  }

  /** Forgets messages that are past their retention. Returns which files and lines must go as well. */
  retain(): Retention {
    return applyRetention(this.state);
  }

  /** Returns the state to be stored besides the histories. It is computed while it is read. */
  snapshotSource(): SnapshotSource {
    return snapshotSource(this.state);
  }

  /** Returns the same state all at once: blocks, so it is for a server that is stopping. */
  snapshot(): Snapshot {
    return takeSnapshot(this.state);
  }

  /** @param opened when its connection was opened, if another server did that */
  #newSession = (link: Link, opened?: OpeningTimes): Session => {
    const { now, elapsedMs, options } = this.state;
    this.#lastId += 1;
    const rateLimit = new TokenBucket(elapsedMs, !options.floodControl);
    const tracedLink = this.#trace?.wrap(this.#lastId, link) ?? link;
    const { meter } = this.state.budgets;
    const times = opened ?? { now, elapsedMs };
    const session = new Session(this.#lastId, tracedLink, rateLimit, meter, times);
    this.state.sessions.add(session);
    return session;
  };

  #register(session: Session): void {
    if (session.phase !== "unregistered") return;
    const { state } = this;
    this.#run(session, (reply) => runSteps(completeRegistration({ state, session, reply })));
  }

  /** Runs something for a session that no line of it asked for. */
  #run = (session: Session, start: (reply: Reply) => Outcome): void => {
    this.#runGuarded(session, () => {
      const reply = this.state.unsolicitedReply(session);
      finishCommand(session, reply, start(reply), this.#startQuery);
    });
  };

  #startQuery = (session: Session, reply: Reply, pending: PendingQuery) => {
    this.#lastId += 1;
    const id = this.#lastId;
    const queueKey = this.#queries.keyOf(session, pending.query);
    this.#suspended.set(id, { session, reply, queueKey, ...pending });
    if (queueKey === null) return this.#ask(id, pending.query, session);
    this.#queries.start(queueKey, () => {
      // What was deleted goes from the files, whoever has left.
      const isWanted = session.phase !== "closed" || pending.query.kind === "rewrite";
      if (isWanted) this.#ask(id, pending.query, session);
      else this.#suspended.delete(id);
      return isWanted;
    });
  };

  #startInBackground = (outcome: Outcome, failed: () => void = () => {}): void => {
    if (!outcome) return;
    this.#lastId += 1;
    const { payer } = this.state.budgets;
    this.#background.set(this.#lastId, { ...outcome, failed, payer });
    this.#ask(this.#lastId, outcome.query, payer);
  };

  #ask(id: number, query: Query, payer: Session | null): void {
    if (isStoring(query)) this.state.budgets.meter.effects += 1;
    const isMembers = payer?.link.isMembers ?? false;
    this.state.ports.ask(id, query.kind === "pause" ? { ...query, isMembers } : query);
  }

  #continueInBackground(id: number, answer: QueryAnswers[Query["kind"]]): void {
    const pending = this.#background.get(id);
    if (pending === undefined) return;
    this.#background.delete(id);
    const { budgets } = this.state;
    budgets.begin(pending.payer);
    budgets.meter.addAnswer(pending.query, answer);
    try {
      this.#applySaved(pending.query, answer);
      pending.always(answer as never);
      this.#startInBackground(pending.then(answer as never), pending.failed);
    } catch (cause) {
      pending.failed();
      this.state.ports.note("error", "a background task failed", cause);
    } finally {
      budgets.end();
    }
  }

  #failInBackground(id: number, cause: unknown): void {
    const pending = this.#background.get(id);
    this.#background.delete(id);
    pending?.failed();
    this.state.ports.note("error", "a background task failed", cause);
  }

  /** Applies account changes as soon as they are on disk. */
  #applySaved(query: Query, answer: QueryAnswers[Query["kind"]]): void {
    if (query.kind !== "save-accounts") return;
    // The cast: the answer is of the query's kind, as QueryAnswers says.
    if (!(answer as QueryAnswers["save-accounts"]).saved) return;
    for (const change of query.changes) applyAccountChange(this.state, change);
  }

  /**
   * Runs work for a session, which is charged for it. An exception is our own fault: it closes the one session,
   * and its cause is logged.
   */
  #runGuarded(session: Session, work: () => void): void {
    const { budgets, softChanges } = this.state;
    const { meter } = budgets;
    const { user } = session;
    const effectsBefore = meter.effects;
    budgets.begin(session);
    try {
      work();
    } catch (cause) {
      this.#fail(session, cause);
    } finally {
      noteWork(session, meter.effects > effectsBefore);
      softChanges.noteSession(session);
      user?.noteChange();
      budgets.end();
    }
  }

  #fail(session: Session, cause: unknown): void {
    const { note } = this.state.ports;
    note("error", "a command failed; its session is closed", cause);
    try {
      closeSession(this.state, session, "Internal error");
    } catch (again) {
      note("error", "a session can't be closed in order; its connection ends", again);
      session.link.close();
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.state.ports.note("error", "a task of the server's clock failed", cause);
    }
  }
}
