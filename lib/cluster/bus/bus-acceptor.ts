import type { ElapsedMs } from "../../protocol/time.ts";
import { ReachableTime } from "../awake-time.ts";
import type { FrameBus } from "../engine.ts";
import type { FrameHandlers, FrameListener } from "../frames/frame-connection.ts";
import { BusConnection } from "./bus-connection.ts";
import {
  BUS_VERSION,
  type BusMessage,
  type BusMessageKind,
  gatewaySubject,
  leaderSubject,
  newBusMessage,
  readBusMessage,
  readOpening,
} from "./bus-message.ts";
import type { BusTiming } from "./bus-timing.ts";
import { beatSubject, LEADER_BEAT_MS, writeBeat } from "./leader-beat.ts";

/**
 * A gateway is given up when it has been silent for so long: longer than one needs that has to reach another server of
 * NATS. Its people have lost their connection then.
 */
const SILENCE_MS_MAX = 15_000;
/** The same for one in whose place another process runs: it has surely ended when it misses its beats. */
const REPLACED_SILENCE_MS_MAX = 3000;

/**
 * A gateway hears of a new leader within a second. One whose NATS server died with the last leader needs a few more than
 * that leader's successor, which had to find another server as well.
 */
const COME_WITHIN_MS = 4000;

const UNREADABLE =
  "The leader can't read what this gateway says of itself: they are of versions that don't work together";
/** Who finds NATS again in the first seconds of a leader needn't wait for its next beat. */
const EARLY_BEAT_MS = 200;
const EARLY_MS = 2000;

/** What {@link acceptOverBus} needs of the leader. */
export interface BusAcceptorOptions {
  readonly bus: FrameBus;
  /** The cluster's name. */
  readonly cluster: string;
  /** The name of the leader's node. */
  readonly node: string;
  /** See `LeaderBeat.term`. */
  readonly term: number;
  readonly timing: BusTiming;
  /** Returns the sequence of the leader's last record. */
  lastRecord(): number;
  /**
   * Whether the log has taken a record of this leader just now: otherwise nothing may get through, though nobody says so.
   * Left out where that is always known.
   */
  isInTouch?(): boolean;
}

/** Lets gateways of all machines connect to the leader of a term, and says that it leads, until it is stopped. */
export function acceptOverBus(options: BusAcceptorOptions, handlers: FrameHandlers): FrameListener {
  return new BusAcceptor(options, handlers);
}

/** Owns the leader's connections over the bus, by the numbers that the gateways drew. */
class BusAcceptor implements FrameListener {
  readonly #options: BusAcceptorOptions;
  readonly #handlers: FrameHandlers;
  readonly #gateways = new Map<number, BusConnection>();
  readonly #closing: (() => void)[];
  #lastAcceptor = 0;
  readonly #beganAtMs: ElapsedMs;
  #beatAtMs: ElapsedMs;
  #isAccepting = true;
  /** How long gateways have been able to reach this leader, and what waits for it. */
  readonly #reachable: ReachableTime;
  #waits: { readonly ms: number; readonly run: () => void }[] = [];
  #isStopped = false;

  constructor(options: BusAcceptorOptions, handlers: FrameHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { bus, cluster, term, timing } = options;
    this.#closing = [
      bus.subscribe(leaderSubject(cluster, term), (bytes) => {
        const message = readBusMessage(bytes);
        if (message !== null && !this.#isStopped) this.#receive(message);
      }),
      bus.onConnection((isConnected) => {
        if (isConnected) this.#beat();
        for (const connection of this.#all) connection.connectionChanged(isConnected);
      }),
      timing.startTicks(() => this.#tick()),
    ];
    this.#beganAtMs = timing.elapsed();
    this.#reachable = new ReachableTime(this.#beganAtMs);
    this.#beatAtMs = this.#beganAtMs;
    this.#beat();
  }

  readonly comeWithinMs = COME_WITHIN_MS;

  onceReachableFor(ms: number, run: () => void): void {
    this.#waits.push({ ms, run });
  }

  stopAccepting(): void {
    this.#isAccepting = false;
  }

  stop(): void {
    this.stopAccepting();
    this.#isStopped = true;
    for (const close of this.#closing.splice(0)) close();
    for (const connection of this.#all) connection.close();
  }

  get #all(): BusConnection[] {
    return [...this.#gateways.values()];
  }

  #receive(message: BusMessage): void {
    const { opener, acceptor, kind } = message;
    if (kind === "open") return this.#open(message);
    const gateway = this.#gateways.get(opener);
    if (gateway?.numbers.acceptor === acceptor) return gateway.receive(message);
    // It was given up, and doesn't know it.
    if (kind !== "closed") this.#answer("closed", opener, acceptor);
  }

  #open({ opener, version, body }: BusMessage): void {
    const known = this.#gateways.get(opener);
    // The answer was lost.
    if (known !== undefined) return this.#answer("opened", opener, known.numbers.acceptor);
    if (!this.#isAccepting) return;
    const opening = readOpening(body);
    if (opening === null) return this.#refuse(opener, UNREADABLE);
    const misfit = version === BUS_VERSION ? null : misfitOf(version);
    const why = this.#handlers.admit?.(opening, misfit) ?? misfit;
    if (why !== null) return this.#refuse(opener, why);
    for (const earlier of this.#all) {
      if (earlier.opening?.process === opening.process) earlier.close();
    }
    this.#lastAcceptor += 1;
    const acceptor = this.#lastAcceptor;
    const { bus, cluster, timing } = this.#options;
    const subject = gatewaySubject(cluster, opener);
    const connection = new BusConnection({
      ...{ numbers: { opener, acceptor }, timing, handlers: this.#handlers, opening },
      ...{ silenceMsMax: SILENCE_MS_MAX, isConnected: bus.isConnected },
      messageBytesMax: () => bus.messageBytesMax,
      publish: (bytes) => bus.publish(subject, bytes),
      closed: () => void this.#gateways.delete(opener),
    });
    this.#gateways.set(opener, connection);
    this.#answer("opened", opener, acceptor);
    this.#handlers.open?.(connection);
  }

  #refuse(opener: number, why: string): void {
    this.#answer("refused", opener, 0, new TextEncoder().encode(why));
  }

  #answer(kind: BusMessageKind, opener: number, acceptor: number, body?: Uint8Array): void {
    const { bus, cluster } = this.#options;
    bus.publish(gatewaySubject(cluster, opener), newBusMessage(kind, { opener, acceptor }, body));
  }

  #tick(): void {
    const now = this.#options.timing.elapsed();
    const isEarly = now - this.#beganAtMs < EARLY_MS;
    if (now - this.#beatAtMs >= (isEarly ? EARLY_BEAT_MS : LEADER_BEAT_MS)) this.#beat();
    this.#countWaits(now);
    const newest = new Map<string, BusConnection>();
    for (const gateway of this.#gateways.values()) newest.set(placeOf(gateway), gateway);
    for (const gateway of this.#all) {
      const isReplaced = newest.get(placeOf(gateway)) !== gateway;
      gateway.tick(isReplaced ? REPLACED_SILENCE_MS_MAX : SILENCE_MS_MAX);
    }
  }

  #countWaits(now: ElapsedMs): void {
    const { bus, isInTouch } = this.#options;
    const reachableMs = this.#reachable.tick(now, bus.isConnected && isInTouch?.() !== false);
    const due = this.#waits.filter(({ ms }) => ms <= reachableMs);
    this.#waits = this.#waits.filter(({ ms }) => ms > reachableMs);
    for (const { run } of due) run();
  }

  #beat(): void {
    const { bus, cluster, node, term, timing, lastRecord } = this.#options;
    if (!this.#isAccepting) return;
    this.#beatAtMs = timing.elapsed();
    bus.publish(beatSubject(cluster), writeBeat({ node, term, sequence: lastRecord() }));
  }
}

/** Returns why a gateway whose messages are of another version can't be one of this leader's. */
function misfitOf(version: number): string {
  const [which, remedy] =
    version > BUS_VERSION
      ? ["new", "Upgrade the node that leads"]
      : ["old", "Upgrade the gateways of that machine"];
  return (
    `is too ${which} for the leader: it speaks version ${version} on the bus, ` +
    `and the leader version ${BUS_VERSION}. ${remedy}`
  );
}

function placeOf({ opening }: BusConnection): string {
  return `${opening?.number} ${opening?.node}`;
}
