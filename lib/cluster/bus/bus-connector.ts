import type { ElapsedMs } from "../../protocol/time.ts";
import type { FrameBus } from "../engine.ts";
import type { FrameConnection, FrameHandlers, GatewayOpening } from "../frames/frame-connection.ts";
import { BusConnection } from "./bus-connection.ts";
import {
  type BusMessage,
  gatewaySubject,
  leaderSubject,
  newBusMessage,
  readBusMessage,
  writeOpening,
} from "./bus-message.ts";
import type { BusTiming } from "./bus-timing.ts";
import { beatSubject, LeaderWatch, readBeat } from "./leader-beat.ts";

/** Between two attempts to get an answer. */
const OPEN_MS = 500;
/** Between two attempts at a leader that has refused: somebody has to do something first. */
const REFUSED_MS = 5000;
/**
 * A leader that is silent isn't given up before somebody has replaced it. One that comes back goes on where it was, or has
 * given this gateway up, and says so.
 */
const SILENCE_MS_MAX = Number.POSITIVE_INFINITY;

/** What {@link BusConnector} needs of its gateway. */
export interface BusConnectorOptions {
  readonly bus: FrameBus;
  /** The cluster's name. */
  readonly cluster: string;
  readonly timing: BusTiming;
  /** Returns what the gateway says of itself now. */
  opening(): GatewayOpening;
  /** The leader doesn't take this gateway. `why` is a sentence for the owner, which is told once. */
  refused(why: string): void;
  /** Draws a number below 2^48. */
  draw(): number;
}

/** A connection that the leader hasn't answered yet. */
interface Attempt {
  readonly handlers: FrameHandlers;
  readonly term: number;
  readonly opener: number;
  readonly unsubscribe: () => void;
  askedAtMs: ElapsedMs;
}

/**
 * A gateway's way to its leader over the bus. It connects to the newest leader that it has heard of, and leaves it for a
 * newer one; with an older one it doesn't speak.
 */
export class BusConnector {
  readonly #options: BusConnectorOptions;
  readonly #watch = new LeaderWatch();
  readonly #closing: (() => void)[];
  #wanted: { readonly handlers: FrameHandlers; resolve(connection: FrameConnection): void } | null =
    null;
  #attempt: Attempt | null = null;
  #connection: BusConnection | null = null;
  #unsubscribe: () => void = () => {};
  #isConnected: boolean;
  #refusedWhy = "";
  #waitsUntilMs = 0;

  constructor(options: BusConnectorOptions) {
    this.#options = options;
    const { bus, cluster, timing } = options;
    this.#isConnected = bus.isConnected;
    this.#closing = [
      bus.subscribe(beatSubject(cluster), (bytes) => this.#hearBeat(bytes)),
      bus.onConnection((isConnected) => {
        this.#isConnected = isConnected;
        this.#connection?.connectionChanged(isConnected);
      }),
      timing.startTicks(() => this.#tick()),
    ];
  }

  /** The term of the newest leader that was heard of; `null` before. */
  get term(): number | null {
    return this.#watch.newest?.term ?? null;
  }

  /** Connects to the leader, as soon as there is one. Never rejects. One connection at a time. */
  readonly connect = (handlers: FrameHandlers): Promise<FrameConnection> =>
    new Promise((resolve) => {
      this.#wanted = { handlers, resolve };
      this.#begin();
    });

  /** Ends the connection, and looks for no other one. */
  close(): void {
    this.#wanted = null;
    this.#endAttempt();
    this.#connection?.close();
    for (const close of this.#closing.splice(0)) close();
  }

  #hearBeat(bytes: Uint8Array): void {
    const beat = readBeat(bytes);
    if (beat === null || !this.#watch.heard(beat)) return;
    this.#waitsUntilMs = 0;
    this.#refusedWhy = "";
    this.#endAttempt();
    // Whoever owns it connects again, to this one.
    this.#connection?.close();
    this.#begin();
  }

  #tick(): void {
    this.#connection?.tick();
    const attempt = this.#attempt;
    if (attempt === null) this.#begin();
    else if (this.#options.timing.elapsed() - attempt.askedAtMs >= OPEN_MS) this.#ask(attempt);
  }

  #begin(): void {
    const { bus, cluster, timing, draw } = this.#options;
    const { newest } = this.#watch;
    const isBusy = this.#attempt !== null || this.#connection !== null;
    if (this.#wanted === null || newest === null || isBusy) return;
    if (timing.elapsed() < this.#waitsUntilMs) return;
    const opener = draw();
    const unsubscribe = bus.subscribe(gatewaySubject(cluster, opener), (bytes) => {
      const message = readBusMessage(bytes);
      if (message !== null && message.opener === opener) this.#receive(message);
    });
    const { handlers } = this.#wanted;
    const askedAtMs = timing.elapsed();
    this.#attempt = { handlers, term: newest.term, opener, unsubscribe, askedAtMs };
    this.#ask(this.#attempt);
  }

  #ask(attempt: Attempt): void {
    const { bus, cluster, timing, opening } = this.#options;
    attempt.askedAtMs = timing.elapsed();
    const { opener, term } = attempt;
    const body = writeOpening(opening());
    bus.publish(leaderSubject(cluster, term), newBusMessage("open", { opener, acceptor: 0 }, body));
  }

  #receive(message: BusMessage): void {
    const attempt = this.#attempt;
    if (attempt === null) {
      const connection = this.#connection;
      if (message.acceptor === connection?.numbers.acceptor) connection.receive(message);
      // The leader has taken this one for ended, and begun another.
      else if (message.kind === "opened") connection?.close();
      return;
    }
    if (message.kind === "opened") return this.#opened(attempt, message.acceptor);
    if (message.kind !== "refused" && message.kind !== "closed") return;
    const { timing, refused } = this.#options;
    this.#endAttempt();
    if (message.kind === "closed") return;
    this.#waitsUntilMs = timing.elapsed() + REFUSED_MS;
    const why = new TextDecoder().decode(message.body);
    if (why !== this.#refusedWhy) refused(why);
    this.#refusedWhy = why;
  }

  #opened(attempt: Attempt, acceptor: number): void {
    const { bus, cluster, timing } = this.#options;
    const { handlers, opener, term, unsubscribe } = attempt;
    const subject = leaderSubject(cluster, term);
    const resolve = this.#wanted?.resolve;
    this.#wanted = null;
    this.#attempt = null;
    this.#refusedWhy = "";
    this.#unsubscribe = unsubscribe;
    const connection = new BusConnection({
      ...{ numbers: { opener, acceptor }, timing, handlers, silenceMsMax: SILENCE_MS_MAX },
      isConnected: this.#isConnected,
      messageBytesMax: () => bus.messageBytesMax,
      publish: (message) => bus.publish(subject, message),
      closed: () => {
        this.#connection = null;
        this.#unsubscribe();
      },
    });
    this.#connection = connection;
    handlers.open?.(connection);
    resolve?.(connection);
  }

  #endAttempt(): void {
    this.#attempt?.unsubscribe();
    this.#attempt = null;
  }
}
