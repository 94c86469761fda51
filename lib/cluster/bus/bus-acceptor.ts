import type { ElapsedMs } from "../../protocol/time.ts";
import { ReachableTime } from "../awake-time.ts";
import type { FrameBus } from "../engine.ts";
import type {
  FrameListener,
  GatewayOpening,
  LeaderFrameHandlers,
} from "../frames/frame-connection.ts";
import { fingerprintOf } from "../leader/gateway-admission.ts";
import { BusConnection } from "./bus-connection.ts";
import {
  BUS_VERSION,
  type BusConnectionNumbers,
  type BusMessage,
  gatewaySubject,
  leaderSubject,
  readBusMessage,
} from "./bus-message.ts";
import {
  isProven,
  type OfferedConnection,
  offerConnection,
  type ReadOpening,
  readOpening,
  writeOpened,
  writeRefusal,
  writeUnknown,
} from "./bus-opening.ts";
import type { BusTiming } from "./bus-timing.ts";
import { FolderSecret } from "./folder-secret.ts";
import { ForgedMessages } from "./forged-messages.ts";
import { type FrameSecret, FrameSecrets } from "./frame-secret.ts";
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
/** A gateway that was offered a connection takes it at once, or asks again. */
const OFFER_MS = 15_000;
const OFFERS_MAX = 1000;

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
  /** Writes a line to the server's log. */
  note(text: string): void;
}

/** A connection that its gateway may have. */
interface Offer extends OfferedConnection {
  readonly numbers: BusConnectionNumbers;
  readonly opening: GatewayOpening;
  untilMs: number;
}

/** Lets gateways of all machines connect to the leader of a term, and says that it leads, until it is stopped. */
export function acceptOverBus(
  options: BusAcceptorOptions,
  handlers: LeaderFrameHandlers,
): FrameListener {
  return new BusAcceptor(options, handlers);
}

/** Owns the leader's connections over the bus, by the numbers that the gateways drew. */
class BusAcceptor implements FrameListener {
  readonly #options: BusAcceptorOptions;
  readonly #handlers: LeaderFrameHandlers;
  readonly #secrets: FrameSecrets;
  /** Gateways may have a renewed certificate before the owner has told the leader. */
  readonly #renewed: FolderSecret;
  readonly #forged: ForgedMessages;
  readonly #gateways = new Map<number, BusConnection>();
  readonly #offers = new Map<number, Offer>();
  readonly #closing: (() => void)[];
  #lastAcceptor = 0;
  readonly #beganAtMs: ElapsedMs;
  #beatAtMs: ElapsedMs;
  #isAccepting = true;
  /** How long gateways have been able to reach this leader, and what waits for it. */
  readonly #reachable: ReachableTime;
  #waits: { readonly ms: number; readonly run: () => void }[] = [];
  #isStopped = false;

  constructor(options: BusAcceptorOptions, handlers: LeaderFrameHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { bus, cluster, term, timing, note } = options;
    const elapsed = (): ElapsedMs => timing.elapsed();
    this.#secrets = new FrameSecrets(cluster);
    this.#renewed = new FolderSecret(this.#secrets, elapsed, () => handlers.renewedCertificate());
    this.#forged = new ForgedMessages(elapsed, note);
    this.#closing = [
      bus.subscribe(leaderSubject(cluster, term), (bytes) => {
        if (!this.#isStopped) this.#receive(bytes);
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

  #receive(bytes: Uint8Array): void {
    const message = readBusMessage(bytes);
    if (message === null) return this.#forged.add();
    const { opener, acceptor, kind } = message;
    if (kind === "open") return this.#open(message);
    const gateway = this.#gateways.get(opener);
    if (gateway?.numbers.acceptor === acceptor) return gateway.receive(message);
    const offer = this.#offers.get(opener);
    if (offer?.numbers.acceptor === acceptor) return this.#take(offer, message);
    // It was given up, and doesn't know it. Numbers that weren't offered yet may be another gateway's soon.
    if (kind === "closed" || acceptor > this.#lastAcceptor) return;
    this.#answer(opener, writeUnknown(message, this.#options.term, this.#knownSecrets));
  }

  #open(message: BusMessage): void {
    const { opener, version } = message;
    const opening = readOpening(message);
    if (opening === null) return this.#forged.add();
    // It is one that was said before.
    if (this.#gateways.has(opener) || !this.#isAccepting) return;
    const known = this.#offers.get(opener);
    if (known !== undefined) return this.#answer(opener, writeOpened(known));
    const misfit = version === BUS_VERSION ? null : misfitOf(version);
    const secret = this.#secretOf(opening, opener);
    if (secret === null) return this.#handlers.unproven(opening.opening, misfit);
    const { term } = this.#options;
    const why = this.#handlers.admit(opening.opening, misfit) ?? misfit;
    if (why !== null) return this.#answer(opener, writeRefusal(why, opener, term, secret));
    const numbers = { opener, acceptor: this.#lastAcceptor + 1 };
    const offered = offerConnection(opening.share, numbers, term, secret);
    if (offered === null) return;
    this.#lastAcceptor += 1;
    const untilMs = this.#options.timing.elapsed() + OFFER_MS;
    this.#offers.set(opener, { ...offered, numbers, opening: opening.opening, untilMs });
    this.#answer(opener, writeOpened(offered));
    for (const oldest of this.#offers.keys()) {
      if (this.#offers.size > OFFERS_MAX) this.#offers.delete(oldest);
    }
  }

  /** A gateway has an offer's keys: it is no earlier one's "open" that somebody has said again. */
  #take({ numbers, cipher, opening }: Offer, message: BusMessage): void {
    if (!this.#isAccepting || cipher.isLate(message)) return;
    const body = cipher.open(message);
    if (body === null) return this.#forged.add();
    const { opener } = numbers;
    this.#offers.delete(opener);
    for (const earlier of this.#all) {
      // What comes next is of its links, and may come in this turn.
      if (earlier.opening?.process === opening.process) earlier.closeNow();
    }
    const { bus, cluster, timing } = this.#options;
    const subject = gatewaySubject(cluster, opener);
    const connection = new BusConnection({
      ...{ numbers, cipher, timing, handlers: this.#handlers, opening },
      ...{ silenceMsMax: SILENCE_MS_MAX, isConnected: bus.isConnected },
      messageBytesMax: () => bus.messageBytesMax,
      publish: (bytes) => bus.publish(subject, bytes),
      forged: () => this.#forged.add(),
      closed: () => void this.#gateways.delete(opener),
    });
    this.#gateways.set(opener, connection);
    this.#handlers.open?.(connection);
    connection.take(message, body);
  }

  /** The secret of the certificate in use. */
  get #secret(): FrameSecret {
    return this.#secrets.of(this.#handlers.certificate());
  }

  /** The secrets by which gateways may have connected, first the one in use. */
  get #knownSecrets(): Set<FrameSecret> {
    const known = new Set([this.#secret]);
    if (this.#renewed.last !== null) known.add(this.#renewed.last);
    for (const secret of this.#secrets.all) known.add(secret);
    return known;
  }

  /** Returns the secret by which an "open" is proven; `null` when it isn't. */
  #secretOf(opening: ReadOpening, opener: number): FrameSecret | null {
    const { term } = this.#options;
    const isBy = (secret: FrameSecret): boolean => isProven(opening, opener, term, secret);
    const secret = this.#secret;
    if (isBy(secret)) return secret;
    const renewed = this.#renewed.look();
    return renewed !== null && isBy(renewed) ? renewed : null;
  }

  #answer(opener: number, message: Uint8Array): void {
    const { bus, cluster } = this.#options;
    bus.publish(gatewaySubject(cluster, opener), message);
  }

  #tick(): void {
    const now = this.#options.timing.elapsed();
    const isEarly = now - this.#beganAtMs < EARLY_MS;
    if (now - this.#beatAtMs >= (isEarly ? EARLY_BEAT_MS : LEADER_BEAT_MS)) this.#beat();
    this.#countWaits(now);
    for (const [opener, { untilMs }] of this.#offers) {
      if (now >= untilMs) this.#offers.delete(opener);
    }
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
    const certificate = fingerprintOf(this.#handlers.certificate());
    const beat = { node, term, sequence: lastRecord(), certificate };
    bus.publish(beatSubject(cluster), writeBeat(beat, this.#secret));
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
