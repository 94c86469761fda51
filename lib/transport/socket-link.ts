import type { Socket } from "bun";
import type { RawLink, RawReceiver } from "../chat-server/raw-link.ts";
import type { Link, Standing } from "../chat-server/server-ports.ts";
import type { ConnectionPlaces, PlaceHolder } from "./connection-places.ts";
import type { Deadlines } from "./deadlines.ts";
import { noteFileBytes } from "./file-garbage.ts";
import { type Flushable, type FlushScheduler, throwLater } from "./flush-scheduler.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import type { OwedBytes } from "./owed-bytes.ts";
import type { Traffic } from "./traffic.ts";

/** A link flushes at once when more than this is queued: as much as one write takes. */
const FLUSH_AT_BYTES = 256 * 1024;

/** Only a link on which more than this was queued reports when it is drained. */
const DRAINED_BYTES_MIN = 64 * 1024;

type CertificateValidity = NonNullable<Link["certificateValidity"]>;

/** The callbacks of a link's owner. Each is called on its own turn, never from inside `send` or `close`. */
export interface LinkHandlers {
  /** A connection is ready: for TLS, after the handshake. */
  open(link: Link): void;
  /**
   * Another server had the connection, and this one goes on with its session, of which that server has written `note`.
   *
   * @param isInLine whether the bytes to come begin within a line that was too long
   * @param unheard bytes that the other server has taken, while the peer may not have got the answers to their lines
   */
  takeUp?(link: Link, note: unknown, isInLine: boolean, unheard: Uint8Array): void;
  /** Returns how many of the lines of a link are done: see {@link Link.noteLine}. */
  linesDone?(link: Link): number;
  /** Whether everything that arrived was run, as far as it can be. */
  isIdle?(link: Link): boolean;
  /** Bytes arrived, split anywhere. They are valid during this call only: copy what must stay. */
  data(link: Link, bytes: Uint8Array): void;
  /** A link that was opened has ended, for whatever reason; called once. `why` is a few plain words. */
  close(link: Link, why: string): void;
  /** The link has to go, since somebody else needs its place. The reason is for the peer, and `close` follows. */
  evict?(link: Link, reason: string): void;
  /** The peer reads too slowly. The link is cut off right after this call, and `close` follows. */
  overflow?(link: Link): void;
  /** More than 64 KB were queued, and all of it has left. */
  drained?(link: Link): void;
  /** A connection never became a link: too many, no handshake, plain text in place of TLS. For the log. */
  refused?(address: string, why: string): void;
  /** A link was cut off, since its peer broke TLS or its network failed. For the log; `close` is called as well. */
  broken?(address: string, why: string): void;
  /**
   * One of these handlers threw. The link, if there was one yet, is cut off. Without this handler the error ends
   * the process.
   */
  failed?(link: Link | null, error: unknown): void;
}

/** The shared state of all links of one listener or client, so that a link itself stays small. */
export interface LinkContext {
  readonly handlers: LinkHandlers;
  readonly flushScheduler: FlushScheduler;
  readonly outboxLimits: OutboxLimits;
  /** Whether its links use TLS. */
  readonly secure: boolean;
  /** Watches links that are closing, and cuts off those that take too long. */
  readonly closeDeadlines: Deadlines<SocketLink>;
  /** Counts what is read and written; absent where nobody looks at it. */
  readonly traffic?: Traffic | undefined;
  /** Counts what the links of a server owe in all; `null` for a client. */
  readonly owedBytes: OwedBytes | null;
  /** Returns `Link.host` for an address. */
  hostOf(address: string): string;
  /** The places that the links have. */
  readonly places?: ConnectionPlaces;
  /** Called once when a link's socket is gone. */
  ended(link: SocketLink): void;
}

/**
 * - new: connected, but not ready (for TLS: in the handshake)
 * - refused: cut off while it was new
 * - fresh: ready, nothing received yet
 * - open: something was received
 * - closing: `close` was called, and bytes are still queued
 * - shut: everything was sent, and our side of the connection is shut down (FIN)
 * - gone: the socket is closed
 */
type LinkState = "new" | "refused" | "fresh" | "open" | "closing" | "shut" | "gone";

/** A {@link Link} over one of Bun's sockets. It has no outbox while idle, as most links of a server are. */
export class SocketLink implements Link, RawLink, Flushable, PlaceHolder {
  /** Changed only while the link is new: by the header of a proxy. */
  address: string;
  certificate: string | null = null;
  certificateValidity: CertificateValidity | null = null;
  state: LinkState = "new";
  inputBytes = 0;
  #host: string | null = null;
  /** Why it ended, once that is known. */
  #why = "";
  #isScheduled = false;
  #isPaused = false;
  #isRefused = false;
  /** Whether the kernel refused bytes and has not asked for more yet. */
  #isBlocked = false;
  /** Whether so much was queued that `drained` must be called. */
  #reportsDrained = false;
  #outbox: Outbox | null = null;
  /** Takes what arrives in place of the owner; `null` while it is lines. */
  #rawReceiver: RawReceiver | null = null;
  /** What it owed after the last flush. */
  #owedBytes = 0;
  readonly #socket: Socket<SocketLink>;
  readonly #context: LinkContext;

  /** @param address the peer's IP address */
  constructor(address: string, socket: Socket<SocketLink>, context: LinkContext) {
    this.address = address;
    this.#socket = socket;
    this.#context = context;
  }

  get host(): string {
    this.#host ??= this.#context.hostOf(this.address);
    return this.#host;
  }

  get secure(): boolean {
    return this.#context.secure;
  }

  get pressure(): number {
    return this.#context.places?.pressureOn(this) ?? 0;
  }

  get isUnlimited(): boolean {
    return this.#context.places?.isUnlimited(this) ?? false;
  }

  /** Files wait for what is said, whoever sends them. */
  get isMembers(): boolean {
    if (this.#rawReceiver !== null) return false;
    return this.#context.places?.goesFirst(this) ?? false;
  }

  get isFiles(): boolean {
    return this.#rawReceiver !== null;
  }

  setStanding(standing: Standing): boolean {
    return this.#context.places?.setStanding(this, standing) ?? true;
  }

  evict(sentence: string, isPatient: boolean): void {
    const { handlers } = this.#context;
    const isOpen = this.state === "fresh" || this.state === "open";
    if (isOpen && handlers.evict !== undefined) this.#call(() => handlers.evict?.(this, sentence));
    if (!isPatient || this.state === "new") this.cut("The server was full");
    else this.close();
  }

  get backlog(): number {
    return this.#outbox?.bytes ?? 0;
  }

  send(chunk: Uint8Array): void {
    if (this.state === "fresh" || this.state === "open") this.#queue(chunk);
  }

  takeRaw(receiver: RawReceiver): RawLink | null {
    if (this.state !== "fresh" && this.state !== "open") return null;
    this.#rawReceiver = receiver;
    this.#context.places?.liftLimits(this);
    this.setReading(true);
    return this;
  }

  close(lastWords?: Uint8Array): void {
    if (this.state !== "fresh" && this.state !== "open") return;
    // Behind a part of a file they would be taken for the next bytes of it.
    if (lastWords !== undefined && this.#rawReceiver === null) this.#queue(lastWords);
    this.state = "closing";
    this.#why = "Closed here";
    this.#context.closeDeadlines.start(this);
    this.#schedule();
  }

  setReading(on: boolean): void {
    if (this.state === "gone" || on === !this.#isPaused) return;
    this.#isPaused = !on;
    if (on) this.#socket.resume();
    else this.#socket.pause();
  }

  drop(): void {
    this.cut("Too much waited");
  }

  /** Ends the connection at once, and drops queued bytes. The owner's `close` is called as usual. */
  cut(why: string): void {
    if (this.state === "gone") return;
    this.#why = why;
    // Bun reports a failed handshake from inside terminate(): that one must not be reported.
    if (this.state === "new") this.state = "refused";
    this.#socket.terminate();
  }

  /** The connection is ready. */
  opened(certificate: string | null, validity: CertificateValidity | null = null): void {
    this.certificate = certificate;
    this.certificateValidity = validity;
    this.state = "fresh";
    this.#call(() => this.#context.handlers.open(this));
  }

  /** Tells a connection that is ready why it can't stay, and closes it: its owner never hears of it. */
  refuse(lastWords: Uint8Array): void {
    this.#isRefused = true;
    this.state = "fresh";
    this.close(lastWords);
  }

  /** Bytes arrived. */
  received(bytes: Uint8Array): void {
    if (this.state === "fresh") this.state = "open";
    if (this.state !== "open") return;
    const { traffic } = this.#context;
    if (traffic !== undefined) traffic.bytesIn += bytes.length;
    try {
      if (this.#rawReceiver === null) return this.#context.handlers.data(this, bytes);
      this.#rawReceiver.data(bytes);
      noteFileBytes(bytes.length);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The socket can take more. Bun calls this more often than needed. */
  drained(): void {
    this.#isBlocked = false;
    if (this.#outbox === null && this.state !== "closing") return;
    if (this.#context.flushScheduler.isHolding) return this.#schedule();
    this.flush();
    this.#reportIfDrained();
  }

  /** The socket is gone. */
  ended(error: Error | undefined): void {
    if (this.state === "gone") return;
    const wasOpened = this.state !== "new" && this.state !== "refused" && !this.#isRefused;
    const why = this.#why || (error === undefined ? "Connection closed" : "Connection lost");
    this.state = "gone";
    this.#outbox = null;
    this.#countOwed();
    this.#context.closeDeadlines.done(this);
    this.#context.ended(this);
    this.#call(() => this.#rawReceiver?.closed(why));
    if (wasOpened) this.#call(() => this.#context.handlers.close(this, why));
  }

  seal(): void {
    this.#isScheduled = false;
    if (this.#context.flushScheduler.canHold) this.#outbox?.seal();
  }

  flush(): number {
    const outbox = this.#outbox;
    let flushedChunks = 0;
    if (outbox !== null && !this.#isBlocked) {
      const { bytes, chunks } = outbox;
      const { coalescer } = this.#context.flushScheduler;
      const result = outbox.flush((piece) => this.#write(piece), coalescer);
      flushedChunks = chunks - outbox.chunks;
      this.#isBlocked = result === "blocked";
      if (outbox.bytes === 0 && !outbox.isOverLimit) this.#outbox = null;
      if (outbox.bytes < bytes && this.state === "closing") {
        this.#context.closeDeadlines.start(this);
      }
    }
    this.#countOwed();
    if (this.state === "closing" && this.#outbox === null) {
      // Not end(): it was seen to lose bytes that the kernel had already taken.
      this.state = "shut";
      this.#socket.shutdown();
    }
    return flushedChunks;
  }

  #write(piece: Uint8Array): number {
    const taken = this.#socket.write(piece);
    this.#context.traffic?.sent(piece, taken);
    return taken;
  }

  flushed(): void {
    this.#reportIfDrained();
    if (this.#outbox?.isOverLimit !== true) return;
    const { handlers } = this.#context;
    if (handlers.overflow !== undefined && this.state !== "closing") {
      this.#call(() => handlers.overflow?.(this));
    }
    this.cut("Reads too slowly");
  }

  #queue(chunk: Uint8Array): void {
    const { flushScheduler, outboxLimits } = this.#context;
    if (this.#outbox === null) {
      this.#outbox = new Outbox(outboxLimits);
      if (flushScheduler.canHold) this.#outbox.seal();
    }
    this.#outbox.push(chunk);
    if (this.#outbox.bytes > DRAINED_BYTES_MIN) this.#reportsDrained = true;
    this.#schedule();
    // A large answer gains nothing by gathering, and only a write shows how fast its reader is.
    if (this.#outbox.bytes > FLUSH_AT_BYTES && !this.#isBlocked && !flushScheduler.canHold) {
      this.flush();
    }
  }

  #countOwed(): void {
    const bytes = this.#outbox?.bytes ?? 0;
    if (bytes === this.#owedBytes) return;
    this.#context.owedBytes?.change(bytes - this.#owedBytes);
    this.#owedBytes = bytes;
  }

  #reportIfDrained(): void {
    if (this.#rawReceiver !== null && this.state === "open") {
      return this.#call(() => this.#rawReceiver?.drained());
    }
    if (!this.#reportsDrained || this.#outbox !== null || this.state !== "open") return;
    this.#reportsDrained = false;
    this.#call(() => this.#context.handlers.drained?.(this));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#context.flushScheduler.schedule(this);
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** An error in a handler costs this one link, not the server. */
  #failed(error: unknown): void {
    this.cut("Error here");
    reportFailure(this.#context.handlers, this, error);
  }
}

/** Passes an error to the owner's `failed` handler. Without that handler it ends the process. */
export function reportFailure(handlers: LinkHandlers, link: Link | null, error: unknown): void {
  if (handlers.failed === undefined) throwLater(error);
  else handlers.failed(link, error);
}

/**
 * Returns the SHA-256 fingerprint of the peer's certificate as 64 hex digits in lower case (Bun writes
 * `AB:CD:…`), or `null` if it showed none.
 */
export function fingerprintOf(socket: Socket<unknown>): string | null {
  const certificate = socket.getPeerCertificate() as { fingerprint256?: string } | undefined;
  const fingerprint = certificate?.fingerprint256;
  return fingerprint === undefined ? null : fingerprint.replaceAll(":", "").toLowerCase();
}

/** Returns from when to when the peer's certificate is valid, or `null` if it showed none. */
export function validityOf(socket: Socket<unknown>): CertificateValidity | null {
  const certificate = socket.getPeerCertificate() as
    | { valid_from?: string; valid_to?: string }
    | undefined;
  if (certificate?.valid_to === undefined) return null;
  // A date that can't be read makes it valid at no time.
  const until = Date.parse(certificate.valid_to) || 0;
  return { from: Date.parse(certificate.valid_from ?? "") || 0, until };
}

/** Returns the system's code of an error, such as "ECONNREFUSED", or `undefined` if it has none. */
export function errorCodeOf(error: unknown): string | undefined {
  const hasCode = error instanceof Error && "code" in error;
  return hasCode && typeof error.code === "string" ? error.code : undefined;
}
