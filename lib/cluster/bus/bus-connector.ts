import type { ElapsedMs } from "../../protocol/time.ts";
import type { CertificatePair } from "../../transport/listen.ts";
import type { FrameBus } from "../engine.ts";
import type { FrameConnection, FrameHandlers, GatewayOpening } from "../frames/frame-connection.ts";
import { certificatesDiffer, fingerprintOf, gatewayName } from "../leader/gateway-admission.ts";
import { BusConnection } from "./bus-connection.ts";
import { type BusMessage, gatewaySubject, leaderSubject, readBusMessage } from "./bus-message.ts";
import { isUnknown, readRefusal, takeConnection, writeOpening } from "./bus-opening.ts";
import type { BusTiming } from "./bus-timing.ts";
import { FolderSecret } from "./folder-secret.ts";
import { ForgedMessages } from "./forged-messages.ts";
import type { FrameCipher } from "./frame-cipher.ts";
import { drawShare, type FrameSecret, FrameSecrets, type KeyShare } from "./frame-secret.ts";
import {
  beatSubject,
  type HeardBeat,
  isLeaders,
  LEADER_BEAT_MS,
  LeaderWatch,
  readBeat,
} from "./leader-beat.ts";

/** Between two attempts to get an answer. */
const OPEN_MS = 500;
/** Nobody answers who is asked for so long. */
const UNANSWERED_MS = 4 * OPEN_MS;
/** Between two attempts at a leader that has refused: somebody has to do something first. */
const REFUSED_MS = 5000;
/** A leader whose beats can't be proven is asked as long as it says them, and the owner is told so often. */
const UNPROVEN_MS = 3 * LEADER_BEAT_MS;
const TELL_MS = 60_000;
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
  /** What the gateway says of itself, besides its certificate. */
  readonly opening: Omit<GatewayOpening, "certificate">;
  /** Returns the certificate that is in the folder now; `null` when none can be read. */
  certificate(): CertificatePair | null;
  /** Writes a line to the server's log. Why the leader doesn't take this gateway is told once. */
  note(text: string): void;
  /** Draws a number below 2^48. */
  draw(): number;
}

/** A connection that the leader hasn't answered yet. */
interface Attempt {
  readonly handlers: FrameHandlers;
  readonly term: number;
  readonly opener: number;
  readonly message: Uint8Array;
  readonly secret: FrameSecret;
  readonly share: KeyShare;
  readonly unsubscribe: () => void;
  readonly beganAtMs: ElapsedMs;
  askedAtMs: ElapsedMs;
}

/** The connection that is open. */
interface Open {
  readonly connection: BusConnection;
  readonly term: number;
  readonly secret: FrameSecret;
}

/**
 * A gateway's way to its leader over the bus. It connects to the newest leader that it has heard of, and leaves it for a
 * newer one; with an older one it doesn't speak. A leader is who has the certificate's key: by its beats, or by its answer,
 * since one of the two may have a renewed certificate first.
 */
export class BusConnector {
  readonly #options: BusConnectorOptions;
  readonly #watch = new LeaderWatch();
  readonly #secrets: FrameSecrets;
  readonly #inFolder: FolderSecret;
  readonly #forged: ForgedMessages;
  readonly #closing: (() => void)[];
  #wanted: { readonly handlers: FrameHandlers; resolve(connection: FrameConnection): void } | null =
    null;
  #attempt: Attempt | null = null;
  #open: Open | null = null;
  #isConnected: boolean;
  /** A beat that isn't proven, of a newer term than all that are. */
  #unproven: { readonly heard: HeardBeat; readonly atMs: ElapsedMs } | null = null;
  /** The term that was asked last and didn't answer. */
  #unansweredTerm = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #refusedWhy = "";
  #waitsUntilMs = 0;

  constructor(options: BusConnectorOptions) {
    this.#options = options;
    const { bus, cluster, timing, note } = options;
    const elapsed = (): ElapsedMs => timing.elapsed();
    this.#secrets = new FrameSecrets(cluster);
    this.#inFolder = new FolderSecret(this.#secrets, elapsed, () => options.certificate());
    this.#forged = new ForgedMessages(elapsed, note);
    this.#isConnected = bus.isConnected;
    this.#closing = [
      bus.subscribe(beatSubject(cluster), (bytes) => this.#hearBeat(bytes)),
      bus.onConnection((isConnected) => {
        this.#isConnected = isConnected;
        this.#open?.connection.connectionChanged(isConnected);
      }),
      timing.startTicks(() => this.#tick()),
    ];
  }

  /** The term of the newest leader that was heard of; `null` before. */
  get term(): number | null {
    return this.#watch.term === 0 ? null : this.#watch.term;
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
    this.#open?.connection.close();
    for (const close of this.#closing.splice(0)) close();
  }

  #hearBeat(bytes: Uint8Array): void {
    const heard = readBeat(bytes);
    if (heard === null) return this.#forged.add();
    const { term } = heard.beat;
    if (!this.#isProven((secret) => isLeaders(heard, secret))) return this.#hearUnproven(heard);
    if (!this.#watch.heard(term)) return;
    this.#waitsUntilMs = 0;
    this.#refusedWhy = "";
    this.#endAttempt();
    // Whoever owns it connects again, to this one.
    this.#open?.connection.close();
    this.#begin();
  }

  /** Whether something is proven by a certificate that was used here, or by the one that is in the folder now. */
  #isProven(isBy: (secret: FrameSecret) => boolean): boolean {
    if (this.#secrets.all.some(isBy)) return true;
    const inFolder = this.#inFolder.look();
    return inFolder !== null && isBy(inFolder);
  }

  /** Somebody without the certificate's key, or a leader with another certificate. */
  #hearUnproven(heard: HeardBeat): void {
    const { term } = heard.beat;
    // One of the two has yet to take the renewed certificate into use. Their connection keeps its keys.
    if (term === this.#watch.term && this.#open !== null) return;
    const isHeard = this.#open?.connection.isSilent === false;
    if (isHeard || term < this.#watch.term) return this.#forged.add();
    // A connection that is silent goes on if its leader comes back, so nobody else is asked.
    if (this.#open !== null) return this.#tellUnproven(heard);
    this.#unproven = { heard, atMs: this.#options.timing.elapsed() };
  }

  #tick(): void {
    this.#open?.connection.tick();
    const attempt = this.#attempt;
    if (attempt === null) return this.#begin();
    const now = this.#options.timing.elapsed();
    if (now - attempt.beganAtMs >= UNANSWERED_MS) {
      this.#unansweredTerm = attempt.term;
      this.#endAttempt();
      if (this.#unproven?.heard.beat.term === attempt.term)
        this.#tellUnproven(this.#unproven.heard);
      this.#begin();
    } else if (now - attempt.askedAtMs >= OPEN_MS) this.#ask(attempt);
  }

  /** Returns the term that is to be asked; `null` for none. */
  get #target(): number | null {
    const { heard, atMs = 0 } = this.#unproven ?? {};
    const isNew = this.#options.timing.elapsed() - atMs < UNPROVEN_MS;
    const isWithout = this.term === null || this.#unansweredTerm === this.term;
    return heard !== undefined && isNew && isWithout ? heard.beat.term : this.term;
  }

  #begin(): void {
    const { bus, cluster, timing, draw, opening } = this.#options;
    const term = this.#target;
    const isBusy = this.#attempt !== null || this.#open !== null;
    if (this.#wanted === null || term === null || isBusy) return;
    if (timing.elapsed() < this.#waitsUntilMs) return;
    const certificate = this.#options.certificate();
    if (certificate === null) return this.#wait();
    const secret = this.#secrets.of(certificate);
    const opener = draw();
    const unsubscribe = bus.subscribe(gatewaySubject(cluster, opener), (bytes) => {
      const message = readBusMessage(bytes);
      if (message?.opener === opener) this.#receive(message);
      else this.#forged.add();
    });
    const { handlers } = this.#wanted;
    const now = timing.elapsed();
    const share = drawShare();
    const said = { ...opening, certificate: fingerprintOf(certificate) };
    const message = writeOpening(said, { opener, term, share }, secret);
    const attempt = { handlers, term, opener, message, secret, share, unsubscribe };
    this.#attempt = { ...attempt, beganAtMs: now, askedAtMs: now };
    this.#ask(this.#attempt);
  }

  #ask(attempt: Attempt): void {
    const { bus, cluster, timing } = this.#options;
    attempt.askedAtMs = timing.elapsed();
    bus.publish(leaderSubject(cluster, attempt.term), attempt.message);
  }

  #receive(message: BusMessage): void {
    if (this.#attempt !== null) return this.#hearAnswer(this.#attempt, message);
    if (this.#open === null || message.acceptor !== this.#open.connection.numbers.acceptor) return;
    const { connection, term, secret } = this.#open;
    // It was asked twice.
    if (message.kind === "opened") return;
    if (message.kind !== "unknown") return connection.receive(message);
    // The leader may have forgotten the certificate with which the connection began.
    const isBy = (known: FrameSecret): boolean => isUnknown(message, term, known);
    if (isBy(secret) || this.#isProven(isBy)) connection.close();
    else this.#forged.add();
  }

  #hearAnswer(attempt: Attempt, message: BusMessage): void {
    const { term, share, secret } = attempt;
    if (message.kind === "opened") {
      const cipher = takeConnection(message, share, term, secret);
      return cipher === null ? this.#forged.add() : this.#opened(attempt, message, cipher);
    }
    const why = message.kind === "refused" ? readRefusal(message, term, secret) : null;
    if (why === null) return this.#forged.add();
    this.#watch.heard(term);
    this.#endAttempt();
    this.#wait();
    this.#tellRefused(why);
  }

  #opened(attempt: Attempt, { acceptor }: BusMessage, cipher: FrameCipher): void {
    const { bus, cluster, timing } = this.#options;
    const { handlers, opener, term, secret, unsubscribe } = attempt;
    const subject = leaderSubject(cluster, term);
    const resolve = this.#wanted?.resolve;
    this.#watch.heard(term);
    this.#wanted = null;
    this.#attempt = null;
    this.#unansweredTerm = 0;
    this.#refusedWhy = "";
    const connection = new BusConnection({
      ...{ numbers: { opener, acceptor }, cipher, timing, handlers, silenceMsMax: SILENCE_MS_MAX },
      isConnected: this.#isConnected,
      messageBytesMax: () => bus.messageBytesMax,
      publish: (message) => bus.publish(subject, message),
      forged: () => this.#forged.add(),
      closed: () => {
        this.#open = null;
        unsubscribe();
      },
    });
    this.#open = { connection, term, secret };
    // The leader waits for a word with the connection's keys.
    connection.greet();
    handlers.open?.(connection);
    resolve?.(connection);
  }

  /** Tells the owner why a leader that was heard of doesn't answer. */
  #tellUnproven(heard: HeardBeat): void {
    const { beat } = heard;
    const now = this.#options.timing.elapsed();
    if (now - this.#toldAtMs < TELL_MS) return;
    const certificate = this.#options.certificate();
    // The renewed one has come meanwhile.
    if (certificate !== null && isLeaders(heard, this.#secrets.of(certificate))) return;
    this.#toldAtMs = now;
    const shown = certificate === null ? "" : fingerprintOf(certificate);
    const { opening } = this.#options;
    const name = gatewayName(opening.number, { ...opening, certificate: shown });
    if (beat.certificate === shown) this.#forged.add();
    else this.#tellRefused(certificatesDiffer(name, shown, beat.certificate));
  }

  #tellRefused(why: string): void {
    if (why !== this.#refusedWhy) this.#options.note(why);
    this.#refusedWhy = why;
  }

  #wait(): void {
    this.#waitsUntilMs = this.#options.timing.elapsed() + REFUSED_MS;
  }

  #endAttempt(): void {
    this.#attempt?.unsubscribe();
    this.#attempt = null;
  }
}
