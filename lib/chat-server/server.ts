import type { AccountStore } from "../member-server/account-store.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { Outcome, PendingQuery } from "./command.ts";
import { finishCommand, receiveLine, runHeldLines } from "./dispatch.ts";
import { applyRetention, type Retention } from "./history/retention.ts";
import { SILENT_MS_MAX } from "./limits.ts";
import type { ServerOptions } from "./options.ts";
import { rehash } from "./rehash.ts";
import type { Reply } from "./relay/reply.ts";
import type {
  Link,
  Query,
  QueryAnswers,
  Restored,
  ServerPorts,
  TracePort,
} from "./server-ports.ts";
import { expireBatch } from "./sessions/open-batch.ts";
import { TokenBucket } from "./sessions/rate-limit.ts";
import { Session } from "./sessions/session.ts";
import { restore } from "./snapshot/restore.ts";
import type { Snapshot, SnapshotSource } from "./snapshot/snapshot.ts";
import { snapshotSource, takeSnapshot } from "./snapshot/snapshot-source.ts";
import { State } from "./state.ts";
import { relayReadReceipts } from "./unread/read-receipts.ts";
import { closeSession } from "./users/presence.ts";
import { banSentence } from "./users/server-bans.ts";
import { untraced, WireTrace } from "./wire-trace.ts";

interface Parked extends PendingQuery {
  readonly session: Session;
  readonly reply: Reply;
}

/**
 * The whole conversation. Five kinds of input: a connection opens, a line comes, a connection ends, time
 * passes, a slow answer is there. Everything that one input causes has been handed to the links when the
 * call returns. Not reentrant: a port must not call back from inside.
 */
export class Server {
  readonly state: State;
  readonly #parked = new Map<number, Parked>();
  /** What goes on without a session: who asked for it may have gone. */
  readonly #works = new Map<number, PendingQuery & { readonly failed: () => void }>();
  /** `null` unless lines are traced. */
  #trace: WireTrace | null = null;
  #lastId = 0;

  constructor(
    options: ServerOptions,
    ports: ServerPorts,
    members: AccountStore,
    restored: Restored,
  ) {
    this.state = new State(options, ports, members);
    this.state.runInBackground = this.#work;
    restore(this.state, restored);
  }

  /** A connection is ready to talk. */
  open(link: Link): Session {
    const { now, options } = this.state;
    this.#lastId += 1;
    const allowance = new TokenBucket(now, !options.floodControl);
    const traced = this.#trace?.wrap(this.#lastId, link) ?? link;
    const session = new Session(this.#lastId, traced, allowance, now);
    this.state.sessions.add(session);
    const ban = this.state.bans.ofAddress(link.address, now);
    if (ban !== null) closeSession(this.state, session, banSentence(ban));
    return session;
  }

  /** A line came. */
  receive(session: Session, line: WireLine): void {
    this.#trace?.received(session, line);
    this.#guard(session, () => receiveLine(this.state, session, line, this.#park));
  }

  /** A reader who was behind has caught up: held lines go on now, and not at the next tick. */
  resume(session: Session): void {
    this.#guard(session, () => runHeldLines(this.state, session, this.#park));
  }

  /** The connection is over, for a reason that people may read. */
  close(session: Session, reason: string): void {
    this.#trace?.ended(session, reason);
    closeSession(this.state, session, reason);
  }

  /** Time has passed: called about twice a second. */
  tick(): void {
    const { now } = this.state;
    for (const session of this.state.sessions) {
      if (session.heldLines.length > 0) {
        this.#guard(session, () => runHeldLines(this.state, session, this.#park));
      }
      expireBatch(this.state, session);
      this.#checkLife(session, now);
    }
    relayReadReceipts(this.state);
  }

  /** The answer to a query that went out by `ServerPorts.ask`. */
  answer<K extends Query["kind"]>(id: number, answer: QueryAnswers[K]): void {
    const parked = this.#parked.get(id);
    if (parked === undefined) return this.#goOn(id, answer);
    this.#parked.delete(id);
    const { session, reply, query, then, always } = parked;
    if (query.kind === "keep-members" && (answer as QueryAnswers["keep-members"]).kept) {
      for (const change of query.changes) this.state.accounts.apply(change);
    }
    always(answer as never);
    session.waiting = false;
    if (session.phase === "closed") return;
    this.#guard(session, () => {
      finishCommand(session, reply, then(answer as never), this.#park);
      runHeldLines(this.state, session, this.#park);
    });
  }

  /** Tells everybody that the server stops. The links close when their last bytes are out. */
  stop(reason: string): void {
    for (const session of [...this.state.sessions]) {
      session.link.send(Buffer.from(`ERROR :${reason}\r\n`));
      session.link.close();
    }
  }

  /** The owner wants the settings read again: what became of it is in the log. */
  rehash(): void {
    this.#work(rehash(this.state, (sentence, level) => this.state.ports.note(level, sentence)));
  }

  /** Starts tracing what all sessions read and write, those that are open included, or stops it (`null`). */
  setTracing(port: TracePort | null): void {
    this.#trace = port === null ? null : new WireTrace(port);
    for (const session of this.state.sessions) {
      const link = untraced(session.link);
      session.link = this.#trace?.wrap(session.id, link) ?? link;
    }
  }

  /** Forgets what has been kept long enough, and says what the files are to forget. */
  retain(): Retention {
    return applyRetention(this.state);
  }

  /** What is to be kept besides the histories, made while it is read. */
  snapshotSource(): SnapshotSource {
    return snapshotSource(this.state);
  }

  /** The same, all of it at once: for a server that does nothing else meanwhile. */
  snapshot(): Snapshot {
    return takeSnapshot(this.state);
  }

  #park = (session: Session, reply: Reply, waiting: PendingQuery) => {
    this.#lastId += 1;
    this.#parked.set(this.#lastId, { session, reply, ...waiting });
    this.state.ports.ask(this.#lastId, waiting.query);
  };

  #work = (outcome: Outcome, failed: () => void = () => {}): void => {
    if (!outcome) return;
    this.#lastId += 1;
    this.#works.set(this.#lastId, { ...outcome, failed });
    this.state.ports.ask(this.#lastId, outcome.query);
  };

  #goOn(id: number, answer: QueryAnswers[Query["kind"]]): void {
    const work = this.#works.get(id);
    if (work === undefined) return;
    this.#works.delete(id);
    try {
      work.always(answer as never);
      this.#work(work.then(answer as never), work.failed);
    } catch (cause) {
      work.failed();
      this.state.ports.note("error", "a work of the server's own failed", cause);
    }
  }

  /** An exception is a fault of ours: it costs the one session, and the log gets its cause. */
  #guard(session: Session, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.state.ports.note("error", "a command failed; its session is closed", cause);
      closeSession(this.state, session, "Internal error");
    }
  }

  #checkLife(session: Session, now: number): void {
    const { name, registrationTimeoutMs, pingAfterMs, pingTimeoutMs } = this.state.options;
    if (session.phase === "unregistered") {
      const greeted = session.nick !== null || session.account !== null;
      const age = now - session.openedAt;
      if (
        age > (greeted ? registrationTimeoutMs : Math.min(SILENT_MS_MAX, registrationTimeoutMs))
      ) {
        return closeSession(this.state, session, "Registration timed out");
      }
    }
    const silent = now - session.heardAt;
    if (session.pingedAt !== null && now - session.pingedAt > pingTimeoutMs) {
      return closeSession(
        this.state,
        session,
        `Ping timeout: ${Math.round(silent / 1000)} seconds`,
      );
    }
    if (silent > pingAfterMs && session.pingedAt === null && session.phase === "registered") {
      session.pingedAt = now;
      session.link.send(Buffer.from(`PING ${name}\r\n`));
    }
  }
}
