import type {
  ConsumerMessages,
  JetStreamClient,
  JetStreamManager,
  JsMsg,
  StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type {
  AppendOutcome,
  AppendRequest,
  FrameBus,
  LogFacts,
  LogFollower,
  RecordLog,
  Subject,
} from "./engine.ts";
import { subjectOf } from "./engine.ts";

/*
 * NATS JetStream as the engine of several machines: nats-server 2.9 or later, by TCP or TLS. The only file that names its
 * packages, which are loaded when they are needed: that costs 50 to 80 ms and 20 MB.
 */

const DAY_NS = 86_400e9;
/** NATS sets this aside when the stream is made: where it has less room, it is half of that, and so on. */
const STREAM_BYTES_MAX = 8 * 2 ** 30;
const STREAM_BYTES_MIN = 2 ** 27;
const STREAM_AGE_NS = 7 * DAY_NS;
/** The server's own default, too. An append is asked for again within it. */
const DUPLICATE_WINDOW_NS = 120e9;
/** The headers of an entry count as a part of its length. */
const HEADER_BYTES_MAX = 1024;
const REPLICAS = 3;

const REQUEST_MS = 2000;
const RETRY_MS = 200;
const RECONNECT_MS = 250;
/** A connection that says nothing is given up after two of these. */
const PING_MS = 2000;
/** A consumer that says nothing is made anew after two heartbeats. */
const PULL_MS = 4000;
const HEARTBEAT_MS = 1000;

/** JetStream's error codes. */
const WRONG_LAST_SEQUENCE = 10071;
/** No room in the account, the server or the stream; an entry that is too long; a disk that fails. */
const LOG_TAKES_NO_MORE: readonly number[] = [10023, 10047, 10054, 10077];
const NO_STORAGE: readonly number[] = [10023, 10047];
const STREAM_NOT_FOUND = 10059;
const STREAM_EXISTS = 10058;
const NO_MESSAGE: readonly number[] = [10037, 10043, 10057];

/**
 * The stream's description, which ends with the sequence before its first entry. A stream counts from 1: after NATS lost
 * its disk, the log's sequences go on all the same.
 */
const DESCRIPTION = "Sodam's log after ";

/** How to reach NATS. */
export interface NatsOptions {
  /** `nats://host:port` or `tls://host:port`; by `tls` in one of them all are. */
  readonly urls: readonly string[];
  /** The cluster's name: see `isClusterName`. */
  readonly name: string;
  /** The content of a credentials file; `null` for none. */
  readonly credentials?: Uint8Array | null;
  /** Certificates of an authority of one's own, in PEM. */
  readonly authority?: string | null;
  /**
   * The sequence up to which this node's folder holds the log, 0 for a new one: a log that is made now, since NATS lost
   * its disk, goes on behind it.
   */
  readonly position?: number;
  /** Copies of the log; by default 3 where NATS is a cluster, and else 1. */
  readonly replicas?: number | null;
  /** Called with what goes wrong later, with a sentence for the owner's log. */
  readonly onProblem?: (text: string, cause: unknown) => void;
}

/** The packages, once they are loaded. */
interface NatsModules {
  readonly transport: typeof import("@nats-io/transport-node");
  readonly jetstream: typeof import("@nats-io/jetstream");
}

/**
 * Connects to NATS, and makes the cluster's log when there is none. Resolves to a sentence for the owner when it can't
 * be reached or used. From then on it reconnects for ever. Never rejects.
 *
 * @example
 * const connected = await connectNats({ urls: ["nats://10.0.0.7"], name: "team" });
 * if ("refused" in connected) return connected;
 * connected.engine.follow(snapshot.sequence, { entry: apply });
 */
export async function connectNats(
  options: NatsOptions,
): Promise<{ readonly engine: NatsEngine } | { readonly refused: string }> {
  const { urls, credentials = null, authority = null } = options;
  const place = urls.join(", ");
  let connection: NatsConnection | null = null;
  try {
    const modules = await loadNats();
    const isSecure = authority !== null || urls.some((url) => url.startsWith("tls://"));
    connection = await modules.transport.connect({
      servers: [...urls],
      name: `sodam ${options.name}`,
      ...(isSecure && { tls: authority === null ? {} : { ca: authority } }),
      ...(credentials !== null && {
        authenticator: modules.transport.credsAuthenticator(credentials),
      }),
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      ignoreAuthErrorAbort: true,
      pingInterval: PING_MS,
      timeout: 5000,
    });
    const manager = await modules.jetstream.jetstreamManager(connection, { timeout: REQUEST_MS });
    const stream = await openStream(manager, connection, options, modules);
    if ("refused" in stream) {
      await connection.close();
      return stream;
    }
    return { engine: new NatsEngine(connection, manager, stream.base, options, modules) };
  } catch (error) {
    await connection?.close();
    return { refused: `NATS at ${place} cannot be used: ${reasonOf(error)}` };
  }
}

/** Loads the packages; not their WebSocket transport, which the core brings along and nothing here uses. */
async function loadNats(): Promise<NatsModules> {
  try {
    const core = require.resolve("@nats-io/nats-core/internal");
    const webSockets = core.replace(/internal_mod\.js$/, "ws_transport.js");
    // The cast: all that is looked at is what it exports.
    require.cache[webSockets] ??= { exports: {}, loaded: true } as NodeJS.Module;
  } catch {
    // In a binary the packages are no files.
  }
  const transport = await import("@nats-io/transport-node");
  const jetstream = await import("@nats-io/jetstream");
  return { transport, jetstream };
}

/** Looks for the cluster's stream, and makes it when there is none. */
async function openStream(
  manager: JetStreamManager,
  connection: NatsConnection,
  options: NatsOptions,
  modules: NatsModules,
): Promise<{ readonly base: number } | { readonly refused: string }> {
  const { name, replicas = null, position = 0 } = options;
  const { jetstream } = modules;
  const stream = streamOf(name);
  const subject = logSubjectOf(name);
  const info = await manager.streams.info(stream).catch((error: unknown) => {
    if (codeOf(error) === STREAM_NOT_FOUND) return null;
    throw error;
  });
  if (info !== null) {
    const base = baseOf(info);
    if (info.config.subjects.includes(subject) && base !== null) return { base };
    return {
      refused: `NATS has a stream ${stream} that is not Sodam's log. Choose another name for the cluster, by --cluster NAME.`,
    };
  }
  const isCluster = connection.info?.cluster !== undefined;
  let copies = replicas ?? (isCluster ? REPLICAS : 1);
  for (let bytesMax = STREAM_BYTES_MAX; ; ) {
    try {
      await manager.streams.add({
        name: stream,
        description: `${DESCRIPTION}${position}`,
        subjects: [subject],
        storage: jetstream.StorageType.File,
        retention: jetstream.RetentionPolicy.Limits,
        discard: jetstream.DiscardPolicy.Old,
        max_bytes: bytesMax,
        max_age: STREAM_AGE_NS,
        duplicate_window: DUPLICATE_WINDOW_NS,
        num_replicas: copies,
      });
      return { base: position };
    } catch (error) {
      // Another node has made it at the same time.
      if (codeOf(error) === STREAM_EXISTS) {
        return openStream(manager, connection, options, modules);
      }
      // A cluster of two servers can't have three copies.
      if (replicas === null && copies > 1) copies = 1;
      else if (NO_STORAGE.includes(codeOf(error) ?? 0) && bytesMax > STREAM_BYTES_MIN)
        bytesMax /= 2;
      else throw error;
    }
  }
}

/** NATS as the log and the bus of a cluster. Use {@link connectNats}. */
export class NatsEngine implements RecordLog, FrameBus {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #client: JetStreamClient;
  readonly #modules: NatsModules;
  readonly #stream: string;
  readonly #subject: Subject;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #watchers = new Set<(isConnected: boolean) => void>();
  /** The log's sequence is the stream's and this. */
  #base: number;
  #isConnected = true;
  #isClosed = false;
  /** The log took the last append, or none was tried. */
  #hasRoom = true;

  constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    base: number,
    { name, onProblem = () => {} }: NatsOptions,
    modules: NatsModules,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#base = base;
    this.#client = modules.jetstream.jetstream(connection, { timeout: REQUEST_MS });
    this.#modules = modules;
    this.#stream = streamOf(name);
    this.#subject = logSubjectOf(name);
    this.#onProblem = onProblem;
    void this.#watch();
  }

  get entryBytesMax(): number {
    return this.messageBytesMax - HEADER_BYTES_MAX;
  }

  get messageBytesMax(): number {
    return this.#connection.info?.max_payload ?? 1 << 20;
  }

  get isConnected(): boolean {
    return this.#isConnected;
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
      if (outcome === null) return void setTimeout(attempt, RETRY_MS);
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
      consume: (from, callback) => this.#consume(from, callback),
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
    return this.#isConnected ? this.#readStream() : null;
  }

  async #readStream(): Promise<LogFacts | null> {
    try {
      const info = await this.#manager.streams.info(this.#stream);
      this.#base = baseOf(info) ?? this.#base;
      const { first_seq, last_seq, bytes, messages } = info.state;
      const last = this.#base + last_seq;
      // A stream that never had a message says 0.
      return { first: messages === 0 ? last + 1 : this.#base + first_seq, last, bytes };
    } catch {
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
    for (const sequence of sequences) {
      if (sequence <= this.#base) continue;
      const isErased = await this.#succeeds(() =>
        this.#manager.streams.deleteMessage(this.#stream, sequence - this.#base, true),
      );
      if (!isErased) return false;
    }
    return true;
  }

  publish(subject: Subject, bytes: Uint8Array): boolean {
    if (!this.#isConnected || bytes.length > this.messageBytesMax) return false;
    this.#connection.publish(subject, bytes);
    return true;
  }

  subscribe(subject: Subject, listener: (bytes: Uint8Array) => void): () => void {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) return listener(message.data.slice());
        this.#onProblem(`NATS refuses to listen to ${subject}: ${reasonOf(error)}`, error);
      },
    });
    return () => subscription.unsubscribe();
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchers.clear();
    await this.#connection.close();
  }

  /** Returns the outcome; `null` when there was no answer. */
  async #tryAppend({ id, bytes, after }: AppendRequest): Promise<AppendOutcome | null> {
    // Nothing is sent again that is published while there is no connection.
    if (!this.#isConnected) return null;
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
      if (code === null || !LOG_TAKES_NO_MORE.includes(code)) return null;
      return { kind: "refused", why: `NATS takes no more: ${reasonOf(error)}` };
    }
  }

  async #consume(from: number, callback: TakesMessage): Promise<ConsumerMessages> {
    const base = this.#base;
    const consumer = await this.#client.consumers.get(this.#stream, {
      deliver_policy: this.#modules.jetstream.DeliverPolicy.StartSequence,
      opt_start_seq: from - this.#base,
    });
    return consumer.consume({
      callback: (message) => callback(message, base + message.seq),
      ...{ expires: PULL_MS, idle_heartbeat: HEARTBEAT_MS },
    });
  }

  async #succeeds(call: () => Promise<unknown>): Promise<boolean> {
    if (!this.#isConnected) return false;
    try {
      await call();
      return true;
    } catch (error) {
      if (NO_MESSAGE.includes(codeOf(error) ?? 0)) return true;
      this.#onProblem(`The log can't be shortened: ${reasonOf(error)}`, error);
      return false;
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === "disconnect") this.#setConnected(false);
      if (type !== "reconnect") continue;
      // NATS may have lost its disk meanwhile, and have another stream now.
      await this.#readStream();
      this.#setConnected(true);
    }
  }

  #setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    for (const watcher of [...this.#watchers]) watcher(isConnected);
  }
}

type TakesMessage = (message: JsMsg, sequence: number) => void;

/** What a follower needs of the engine. */
interface FollowingPorts {
  facts(): Promise<LogFacts | null>;
  consume(from: number, callback: TakesMessage): Promise<ConsumerMessages>;
  problem(error: unknown): void;
}

/** Follows the log for one follower, by a consumer that is made anew with each connection. */
class NatsFollowing {
  readonly #follower: LogFollower;
  readonly #ports: FollowingPorts;
  /** Sequence of the last entry that the follower has, or that is erased. */
  #position: number;
  #messages: ConsumerMessages | null = null;
  /** Counts the consumers: what an earlier one still brings is dropped. */
  #consumer = 0;
  #isEnded = false;

  constructor(after: number, follower: LogFollower, ports: FollowingPorts) {
    this.#position = after;
    this.#follower = follower;
    this.#ports = ports;
  }

  async begin(): Promise<void> {
    this.#consumer += 1;
    const number = this.#consumer;
    this.#messages?.stop();
    this.#messages = null;
    const isCurrent = (): boolean => number === this.#consumer && !this.#isEnded;
    try {
      const facts = await this.#ports.facts();
      if (!isCurrent()) return;
      if (facts === null) return this.#beginLater(isCurrent);
      if (this.#isLost(facts)) return this.#lose(facts);
      if (this.#position === facts.last) this.#follower.atEnd?.(this.#position);
      const messages = await this.#ports.consume(this.#position + 1, (message, sequence) => {
        if (isCurrent()) this.#take(message, sequence);
      });
      if (isCurrent()) this.#messages = messages;
      else messages.stop();
    } catch (error) {
      if (!isCurrent()) return;
      this.#ports.problem(error);
      this.#beginLater(isCurrent);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#messages?.stop();
  }

  #beginLater(isCurrent: () => boolean): void {
    setTimeout(() => {
      if (isCurrent()) void this.begin();
    }, RETRY_MS);
  }

  #take({ headers, data, info }: JsMsg, sequence: number): void {
    if (sequence <= this.#position) return;
    // Erased entries leave a gap, and so does a cut: then the beginning of the log says so.
    if (sequence > this.#position + 1) return void this.#mindGap(sequence);
    this.#position = sequence;
    this.#follower.entry({ sequence, id: headers?.get("Nats-Msg-Id") ?? "", bytes: data.slice() });
    if (info.pending === 0 && !this.#isEnded) this.#follower.atEnd?.(sequence);
  }

  /** Finds out why entries are missing before one, and goes on behind them. */
  async #mindGap(sequence: number): Promise<void> {
    this.#consumer += 1;
    const number = this.#consumer;
    this.#messages?.stop();
    const facts = await this.#ports.facts();
    if (number !== this.#consumer || this.#isEnded) return;
    if (facts !== null && this.#isLost(facts)) return this.#lose(facts);
    if (facts !== null) this.#position = sequence - 1;
    await this.begin();
  }

  #isLost(facts: LogFacts): boolean {
    const { first, last } = facts;
    return this.#position > last || (this.#position + 1 < first && this.#position < last);
  }

  #lose(facts: LogFacts): void {
    this.end();
    this.#follower.lost?.(facts);
  }
}

function streamOf(name: string): string {
  return `SODAM-${name}`;
}

/** Returns the sequence before the stream's first entry; `null` when it isn't a log. */
function baseOf({ config: { description = "" } }: StreamInfo): number | null {
  const position = description.startsWith(DESCRIPTION) ? description.slice(DESCRIPTION.length) : "";
  return /^\d{1,16}$/.test(position) ? Number(position) : null;
}

function logSubjectOf(name: string): Subject {
  return subjectOf("sodam", name, "log");
}

/** Returns the code of an answer of JetStream that is an error; `null` for anything else, as no answer. */
function codeOf(error: unknown): number | null {
  // Other errors have codes as well, of other kinds.
  if (!(error instanceof Error) || !("apiError" in error) || !("code" in error)) return null;
  return typeof error.code === "number" ? error.code : null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "NoRespondersError" || error.name === "JetStreamNotEnabled") {
    return "JetStream is not switched on there. Start nats-server with -js, or with a jetstream {} block.";
  }
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}.`;
}
