import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AppendOutcome,
  type AppendRequest,
  isClusterName,
  type LogEntry,
  type LogFacts,
  type LogFollower,
  type RecordLog,
  type Subject,
} from "../engine.ts";
import type { LogOrigin } from "../log/log-origin.ts";
import { loadNats, NatsBus, openConnection } from "./nats-bus.ts";
import {
  ANOTHER_TRY_MS,
  codeOf,
  isForbidden,
  LOG_TAKES_NO_MORE,
  NO_MESSAGE,
  reasonOf,
  refusalOf,
  STREAM_NOT_FOUND,
  WRONG_LAST_SEQUENCE,
} from "./nats-errors.ts";
import { NatsFollowing } from "./nats-following.ts";
import {
  logSubjectOf,
  type NatsModules,
  type NatsOptions,
  type NatsRefusal,
  type OpenedStream,
  openStream,
  originIn,
  streamOf,
} from "./nats-stream.ts";

/*
 * NATS JetStream as the engine of several machines: nats-server 2.9 or later, by TCP or TLS. Only this folder names its
 * packages, which are loaded when they are needed: that costs 50 to 80 ms and 20 MB.
 */

/** The headers of an entry count as a part of its length. */
const HEADER_BYTES_MAX = 1024;

/** More of them at a time wouldn't be faster, since NATS overwrites one after the other. */
const ERASED_AT_ONCE = 16;
const REQUEST_MS = 2000;
/** A consumer that says nothing is made anew after two heartbeats. */
const PULL_MS = 4000;
const HEARTBEAT_MS = 1000;
/** A log that isn't there for so long is gone: servers of NATS that have just started may not know yet what they have. */
const GONE_MS = 2000;

/**
 * Connects to NATS, and makes the cluster's log when there is none. Resolves to a refusal when it can't be reached or
 * used. From then on it reconnects for ever. Never rejects.
 *
 * @example
 * const connected = await connectNats({ urls: ["nats://10.0.0.7"], name: "team" });
 * if ("refused" in connected) return connected;
 * connected.engine.follow(snapshot.sequence, { entry: apply });
 */
export async function connectNats(
  options: NatsOptions,
): Promise<{ readonly engine: NatsEngine } | NatsRefusal> {
  const { name } = options;
  if (!isClusterName(name)) {
    return {
      why: "wrong",
      refused: `A cluster can't be called ${JSON.stringify(name)}: letters, digits, - and _ can be in its name, 32 at most.`,
    };
  }
  let connection: NatsConnection | null = null;
  try {
    const modules = await loadNats();
    connection = await openConnection(modules, options);
    const manager = await modules.jetstream.jetstreamManager(connection, { timeout: REQUEST_MS });
    const stream = await openStream(manager, connection, options, modules);
    if ("refused" in stream) {
      await connection.close();
      return stream;
    }
    return { engine: new NatsEngine(connection, manager, stream, options, modules) };
  } catch (error) {
    await connection?.close();
    return refusalOf(options.urls, error);
  }
}

/** NATS as the log and the bus of a cluster. Use {@link connectNats}. */
export class NatsEngine extends NatsBus implements RecordLog {
  /** How many servers of NATS have the log. */
  readonly copies: number;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #modules: NatsModules;
  readonly #stream: string;
  readonly #subject: Subject;
  readonly #onProblem: (text: string, cause: unknown) => void;
  #origin: LogOrigin;
  /** Since when NATS says that there is no log; `null` while it doesn't. */
  #missingSinceMs: number | null = null;
  #isClosed = false;
  /** The log took the last append, or none was tried. */
  #hasRoom = true;

  constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    stream: OpenedStream,
    { name, onProblem = () => {} }: NatsOptions,
    modules: NatsModules,
  ) {
    // NATS may have lost its disk while it was gone, and have another stream now.
    super(connection, onProblem, () => this.#readStream());
    this.#manager = manager;
    this.#origin = stream.origin;
    this.copies = stream.copies;
    this.#client = modules.jetstream.jetstream(connection, { timeout: REQUEST_MS });
    this.#modules = modules;
    this.#stream = streamOf(name);
    this.#subject = logSubjectOf(name);
    this.#onProblem = onProblem;
  }

  /** How the log began. */
  get origin(): LogOrigin {
    return this.#origin;
  }

  /** The log's sequence is the stream's and this. */
  get #base(): number {
    return this.#origin.after;
  }

  /** Resolves to how many follow the log now; 0 when that can't be known. Never rejects. */
  async followers(): Promise<number> {
    try {
      const consumers = await this.#manager.consumers.list(this.#stream).next();
      // Those of processes that have ended ask for nothing.
      return consumers.filter(({ num_waiting }) => num_waiting > 0).length;
    } catch {
      return 0;
    }
  }

  /** Whether NATS has lost the log. */
  get #isGone(): boolean {
    const since = this.#missingSinceMs;
    return since !== null && performance.now() - since >= GONE_MS;
  }

  get entryBytesMax(): number {
    return this.messageBytesMax - HEADER_BYTES_MAX;
  }

  append(request: AppendRequest, done: (outcome: AppendOutcome) => void): void {
    if (request.bytes.length > this.entryBytesMax) {
      return done({ kind: "refused", why: "A record is too long for NATS." });
    }
    let isDone = false;
    const attempt = async (): Promise<void> => {
      if (isDone || this.#isClosed) return;
      const outcome = await this.#tryAppend(request);
      if (isDone || this.#isClosed) return;
      if (outcome === null) return void setTimeout(attempt, ANOTHER_TRY_MS);
      isDone = true;
      endWatch();
      this.#hasRoom = outcome.kind !== "refused";
      done(outcome);
    };
    // What was sent before the connection was lost is gone, or its answer is: its time-out need not be waited for.
    const endWatch = this.onConnection((isConnected) => {
      if (isConnected) void attempt();
    });
    void attempt();
  }

  hasRoom(): boolean {
    return this.#hasRoom;
  }

  follow(after: number, follower: LogFollower): () => void {
    const following = new NatsFollowing(after, follower, {
      facts: () => this.facts(),
      isGone: () => this.#isGone,
      consume: (from, take) => this.#consume(from, take),
      problem: (error) => this.#onProblem(`The log can't be followed: ${reasonOf(error)}`, error),
    });
    const endWatch = this.onConnection((isConnected) => {
      if (isConnected) void following.begin();
    });
    void following.begin();
    return () => {
      endWatch();
      following.end();
    };
  }

  async facts(): Promise<LogFacts | null> {
    return this.isConnected ? this.#readStream() : null;
  }

  async #readStream(): Promise<LogFacts | null> {
    try {
      const info = await this.#manager.streams.info(this.#stream);
      this.#origin = originIn(info) ?? this.#origin;
      this.#missingSinceMs = null;
      const { first_seq, last_seq, bytes, messages } = info.state;
      const last = this.#base + last_seq;
      // A stream that never had a message says 0.
      return { first: messages === 0 ? last + 1 : this.#base + first_seq, last, bytes };
    } catch (error) {
      const isMissing = codeOf(error) === STREAM_NOT_FOUND;
      this.#missingSinceMs = isMissing ? (this.#missingSinceMs ?? performance.now()) : null;
      return null;
    }
  }

  async cut(upTo: number): Promise<boolean> {
    const facts = await this.facts();
    if (facts === null) return false;
    // Beyond its end, a purge would also move the end.
    const last = Math.min(upTo, facts.last);
    if (last < facts.first) return true;
    return this.#succeeds(() =>
      this.#manager.streams.purge(this.#stream, { seq: last + 1 - this.#base }),
    );
  }

  async erase(sequences: readonly number[]): Promise<boolean> {
    const waiting = sequences.filter((sequence) => sequence > this.#base);
    let isErased = true;
    const eraseInTurn = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined && isErased; next = waiting.pop()) {
        const sequence = next - this.#base;
        const isGone = await this.#succeeds(() =>
          this.#manager.streams.deleteMessage(this.#stream, sequence, true),
        );
        if (!isGone) isErased = false;
      }
    };
    await Promise.all(Array.from({ length: ERASED_AT_ONCE }, eraseInTurn));
    return isErased;
  }

  override async close(): Promise<void> {
    this.#isClosed = true;
    await super.close();
  }

  /** Returns the outcome; `null` when there was no answer. */
  async #tryAppend({ id, bytes, after }: AppendRequest): Promise<AppendOutcome | null> {
    // Nothing is sent again that is published while there is no connection.
    if (!this.isConnected) return null;
    if (after < this.#base) return { kind: "fenced" };
    try {
      const { seq } = await this.#client.publish(this.#subject, bytes, {
        msgID: id,
        expect: { lastSequence: after - this.#base, streamName: this.#stream },
        timeout: REQUEST_MS,
      });
      return { kind: "appended", sequence: this.#base + seq };
    } catch (error) {
      const code = codeOf(error);
      if (code === WRONG_LAST_SEQUENCE) return { kind: "fenced" };
      if (code !== null && LOG_TAKES_NO_MORE.includes(code)) {
        return { kind: "refused", why: `NATS takes no more: ${reasonOf(error)}` };
      }
      if (isForbidden(error)) {
        const why = `NATS doesn't let this node write the log: ${reasonOf(error)}`;
        this.#onProblem(why, error);
        return { kind: "refused", why };
      }
      // Without a stream nobody answers.
      if ((await this.facts()) === null && this.#isGone) {
        return { kind: "refused", why: "NATS has lost the log", isGone: true };
      }
      return null;
    }
  }

  async #consume(
    from: number,
    take: (entry: LogEntry, isLast: boolean) => void,
  ): Promise<() => void> {
    const base = this.#base;
    const consumer = await this.#client.consumers.get(this.#stream, {
      deliver_policy: this.#modules.jetstream.DeliverPolicy.StartSequence,
      opt_start_seq: from - base,
    });
    const messages = await consumer.consume({
      callback: ({ seq, headers, data, info }) => {
        const id = headers?.get("Nats-Msg-Id") ?? "";
        take({ sequence: base + seq, id, bytes: data.slice() }, info.pending === 0);
      },
      ...{ expires: PULL_MS, idle_heartbeat: HEARTBEAT_MS },
    });
    return () => messages.stop();
  }

  async #succeeds(call: () => Promise<unknown>): Promise<boolean> {
    if (!this.isConnected) return false;
    try {
      await call();
      return true;
    } catch (error) {
      if (NO_MESSAGE.includes(codeOf(error) ?? 0)) return true;
      this.#onProblem(`The log can't be shortened: ${reasonOf(error)}`, error);
      return false;
    }
  }
}
