import type {
  AppendOutcome,
  AppendRequest,
  FrameBus,
  LogEntry,
  LogFacts,
  LogFollower,
  RecordLog,
  Subject,
} from "../lib/cluster/engine.ts";
import { Prng } from "./prng.ts";

/*
 * The engine in memory: a log and a bus that all connections share, in a world whose time stands still until it is told to
 * go on. Dice decide how long everything takes, and what gets lost.
 */

/** Things that happen later, in the order of their times. The same calls give the same order. */
export class World {
  nowMs = 0;
  readonly #waiting: { readonly at: number; readonly run: () => void }[] = [];

  after(ms: number, run: () => void): void {
    const at = this.nowMs + ms;
    // Most come at the end.
    let index = this.#waiting.length;
    while (index > 0 && (this.#waiting[index - 1]?.at ?? 0) > at) index -= 1;
    this.#waiting.splice(index, 0, { at, run });
  }

  /** Lets time pass. */
  run(ms: number): void {
    const end = this.nowMs + ms;
    while (this.step(end)) {}
    this.nowMs = end;
  }

  /** Lets the next thing happen that comes by a time. Returns whether there was one. */
  step(end: number): boolean {
    const next = this.#waiting[0];
    if (next === undefined || next.at > end) return false;
    this.#waiting.shift();
    this.nowMs = next.at;
    next.run();
    return true;
  }
}

/** What can go wrong. All of it can be changed while time passes. */
export interface MemoryFaults {
  /** The longest way to the engine or back, in ms. */
  delayMs: number;
  /** In percent: requests, acknowledgements and messages that get lost. */
  lost: number;
  /** The longest entry and message. */
  bytesMax: number;
  /** The log takes nothing. */
  isFull: boolean;
}

const RETRY_MS = 500;
const REDELIVER_MS = 100;
const DUPLICATE_WINDOW_MS = 120_000;

/** A log and a bus without a machine. */
export class MemoryEngine {
  readonly world: World;
  readonly prng: Prng;
  readonly faults: MemoryFaults = { delayMs: 0, lost: 0, bytesMax: 1 << 20, isFull: false };
  /** What is in the log; `null` for what is gone. The sequence is the index and one. */
  readonly entries: (LogEntry | null)[] = [];
  readonly #ids = new Map<string, { readonly sequence: number; readonly at: number }>();
  readonly connections = new Set<MemoryConnection>();
  /** So many answers to appends get lost next. */
  loseAnswers = 0;
  /** For tests that break a rule. */
  ignoresFence = false;
  forgetsIds = false;

  constructor(world: World, prng: Prng = new Prng(1)) {
    this.world = world;
    this.prng = prng;
  }

  connect(): MemoryConnection {
    const connection = new MemoryConnection(this);
    this.connections.add(connection);
    return connection;
  }

  get facts(): LogFacts {
    const first = this.entries.findIndex((entry) => entry !== null);
    const bytes = this.entries.reduce((sum, entry) => sum + (entry?.bytes.length ?? 0), 0);
    const last = this.entries.length;
    return { first: first < 0 ? last + 1 : first + 1, last, bytes };
  }

  /** As NATS does: first the id, then the fence. */
  append({ id, bytes, after }: AppendRequest): AppendOutcome {
    const earlier = this.#ids.get(id);
    const isRecent = this.world.nowMs - (earlier?.at ?? -Infinity) < DUPLICATE_WINDOW_MS;
    if (earlier !== undefined && isRecent && !this.forgetsIds) {
      return { kind: "appended", sequence: earlier.sequence };
    }
    if (bytes.length > this.faults.bytesMax) return { kind: "refused", why: "It is too long." };
    if (this.faults.isFull) return { kind: "refused", why: "The log is full." };
    if (after !== this.entries.length && !this.ignoresFence) return { kind: "fenced" };
    const sequence = this.entries.length + 1;
    this.entries.push({ sequence, id, bytes: bytes.slice() });
    this.#ids.set(id, { sequence, at: this.world.nowMs });
    for (const connection of this.connections) connection.wake();
    return { kind: "appended", sequence };
  }

  remove(sequences: Iterable<number>): void {
    for (const sequence of sequences) {
      if (sequence > 0 && sequence <= this.entries.length) this.entries[sequence - 1] = null;
    }
  }

  /** Calls later, unless the dice say that it got lost. */
  deliver(run: () => void): void {
    if (this.prng.chance(this.faults.lost)) return;
    this.world.after(this.prng.below(this.faults.delayMs + 1), run);
  }
}

interface Following {
  position: number;
  readonly follower: LogFollower;
  hasBeenAtEnd: boolean;
  isEnded: boolean;
  isUnderWay: boolean;
}

/** One node's connection. */
export class MemoryConnection implements RecordLog, FrameBus {
  /** Nothing gets through, and nobody is told. */
  isCutOff = false;
  readonly #engine: MemoryEngine;
  readonly #followings = new Set<Following>();
  readonly #listeners = new Map<Subject, Set<(bytes: Uint8Array) => void>>();
  readonly #watchers = new Set<(isConnected: boolean) => void>();
  /** Messages arrive in order: none before this time. */
  #messageAt = 0;
  #isConnected = true;
  #isClosed = false;

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
  }

  get entryBytesMax(): number {
    return this.#engine.faults.bytesMax;
  }

  get messageBytesMax(): number {
    return this.#engine.faults.bytesMax;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Cuts the connection, or joins it again; both ends notice it. */
  setConnected(isConnected: boolean): void {
    this.isCutOff = !isConnected;
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    for (const watcher of this.#watchers) watcher(isConnected);
    if (isConnected) this.wake();
  }

  append(request: AppendRequest, done: (outcome: AppendOutcome) => void): void {
    let isDone = false;
    const attempt = (): void => {
      if (isDone || this.#isClosed) return;
      this.#engine.world.after(RETRY_MS, attempt);
      this.#through(() => {
        const outcome = this.#engine.append(request);
        if (this.#engine.loseAnswers > 0) {
          this.#engine.loseAnswers -= 1;
          return;
        }
        this.#through(() => {
          if (isDone || this.#isClosed) return;
          isDone = true;
          done(outcome);
        });
      });
    };
    attempt();
  }

  hasRoom(): boolean {
    return !this.#engine.faults.isFull;
  }

  follow(after: number, follower: LogFollower): () => void {
    const flags = { hasBeenAtEnd: false, isEnded: false, isUnderWay: false };
    const following: Following = { position: after, follower, ...flags };
    this.#followings.add(following);
    this.#advance(following);
    return () => {
      following.isEnded = true;
      this.#followings.delete(following);
    };
  }

  async facts(): Promise<LogFacts | null> {
    return this.isCutOff ? null : this.#engine.facts;
  }

  async cut(upTo: number): Promise<boolean> {
    if (this.isCutOff) return false;
    this.#engine.remove(Array.from({ length: upTo }, (_, index) => index + 1));
    return true;
  }

  async erase(sequences: readonly number[]): Promise<boolean> {
    if (this.isCutOff) return false;
    this.#engine.remove(sequences);
    return true;
  }

  publish(subject: Subject, bytes: Uint8Array): boolean {
    return bytes.length <= this.messageBytesMax && this.publishWhole(subject, bytes);
  }

  /** {@link publish}, however long. */
  publishWhole(subject: Subject, bytes: Uint8Array): boolean {
    if (!this.#isConnected) return false;
    if (this.isCutOff) return true;
    const copy = bytes.slice();
    const { world, prng, faults, connections } = this.#engine;
    // The ways differ in length, but nothing overtakes on one.
    this.#messageAt = Math.max(this.#messageAt, world.nowMs + prng.below(faults.delayMs + 1));
    for (const connection of connections) {
      if (prng.chance(faults.lost)) continue;
      world.after(this.#messageAt - world.nowMs, () => connection.hear(subject, copy));
    }
    return true;
  }

  subscribe(subject: Subject, listener: (bytes: Uint8Array) => void): () => void {
    const listeners = this.#listeners.get(subject) ?? new Set();
    this.#listeners.set(subject, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.kill();
  }

  /** As when its process is killed. */
  kill(): void {
    this.#isClosed = true;
    this.#engine.connections.delete(this);
    for (const following of this.#followings) following.isEnded = true;
    this.#listeners.clear();
  }

  /** The log has grown. */
  wake(): void {
    for (const following of this.#followings) this.#advance(following);
  }

  /** A message came. */
  hear(subject: Subject, bytes: Uint8Array): void {
    if (this.isCutOff) return;
    for (const listener of this.#listeners.get(subject) ?? []) listener(bytes.slice());
  }

  /** Calls when something has got to the other end. */
  #through(run: () => void): void {
    if (this.isCutOff) return;
    this.#engine.deliver(() => {
      if (!this.isCutOff) run();
    });
  }

  /** Hands over what comes next, and asks again for what got lost. */
  #advance(following: Following): void {
    if (following.isUnderWay || following.isEnded) return;
    following.isUnderWay = true;
    let isThere = false;
    const { position } = following;
    this.#through(() => {
      if (isThere || following.isEnded) return;
      isThere = true;
      following.isUnderWay = false;
      this.#handOver(following, position);
    });
    this.#engine.world.after(REDELIVER_MS + this.#engine.faults.delayMs, () => {
      if (isThere || following.isEnded) return;
      isThere = true;
      following.isUnderWay = false;
      this.#advance(following);
    });
  }

  #handOver(following: Following, after: number): void {
    const { entries, facts } = this.#engine;
    const { follower } = following;
    if (after > facts.last || (after + 1 < facts.first && after < facts.last)) {
      following.isEnded = true;
      return follower.lost?.(facts);
    }
    let position = after;
    while (position < entries.length && entries[position] === null) position += 1;
    const entry = entries[position];
    if (entry) position += 1;
    following.position = position;
    if (entry) follower.entry(entry);
    if (following.isEnded) return;
    if (position < entries.length) return this.#advance(following);
    const isNews = !following.hasBeenAtEnd || entry !== undefined;
    following.hasBeenAtEnd = true;
    if (isNews) follower.atEnd?.(position);
  }
}
