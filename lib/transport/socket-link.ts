import type { Socket } from "bun";
import type { Deadlines } from "./clock.ts";
import { type Flushable, type FlushScheduler, throwLater } from "./flush-scheduler.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";

/** One connection, from our side. */
export interface Link {
  /** Never used again by another link of the same server. */
  readonly id: number;
  /** The other end's IP address. */
  readonly address: string;
  readonly secure: boolean;
  /** SHA-256 fingerprint of the other end's certificate (64 hex digits, lower case, no colons), or null. */
  readonly certificate: string | null;
  /** Bytes that wait here: for the end of the turn, and for the other end to take those before them. */
  readonly backlog: number;
  /** Queues a chunk that nobody changes any more; it leaves at the end of the turn, in one write with the rest. */
  send(chunk: Uint8Array): void;
  /**
   * Sends what is queued and `lastWords`, says that no more will come, and ends the connection,
   * by force when the other end does not do its part. Nothing is received any more. May be called twice.
   */
  close(lastWords?: Uint8Array): void;
}

/** What the owner of the links is told. Each is called on a turn of its own, never from inside `send` or `close`. */
export interface LinkHandlers {
  /** A connection is ready: for TLS, after the handshake. */
  open(link: Link): void;
  /** Bytes arrived, cut anywhere. They are valid during this call only: copy what is kept. */
  data(link: Link, bytes: Uint8Array): void;
  /** The connection is gone: once for each opened link, however it came about. `why` is a few plain words. */
  close(link: Link, why: string): void;
  /** The other end reads too slowly. The link is cut off right after this call, and `close` follows. */
  overflow?(link: Link): void;
  /** Much was queued, and all of it has left by now. */
  drained?(link: Link): void;
  /** A connection that never became a link: too many, no handshake, plain text where TLS was due. For the log. */
  refused?(address: string, why: string): void;
  /** One of these handlers threw. The link (if there was one yet) is cut off; without this handler the error is thrown on. */
  failed?(link: Link | null, error: unknown): void;
}

/** What links of one listener or client have in common, so that each link itself stays small. */
export interface LinkContext {
  readonly handlers: LinkHandlers;
  readonly turn: FlushScheduler;
  readonly outbox: OutboxLimits;
  readonly secure: boolean;
  /** Links that are closing; whoever is late is cut off. */
  readonly closing: Deadlines<SocketLink>;
  /** The link is gone for good. */
  left(link: SocketLink): void;
}

/** As much as one write takes: what is queued beyond it leaves at once, and doesn't wait for the turn's end. */
const FLUSH_AT_BYTES = 256 * 1024;

/** Below this nobody waits for a reader to catch up. */
const BEHIND_BYTES = 64 * 1024;

type State = "new" | "refused" | "fresh" | "open" | "closing" | "shut" | "gone";

/** A link over one of Bun's sockets. Idle, it owns no queue: idle links are most of what a server holds. */
export class SocketLink implements Link, Flushable {
  readonly id: number;
  readonly address: string;
  certificate: string | null = null;
  state: State = "new";
  /** Why it is gone, once that is known. */
  #why = "";
  #enrolled = false;
  #blocked = false;
  /** So much was queued that somebody may be waiting for its end. */
  #behind = false;
  #outbox: Outbox | null = null;
  readonly #socket: Socket<SocketLink>;
  readonly #around: LinkContext;

  constructor(id: number, address: string, socket: Socket<SocketLink>, around: LinkContext) {
    this.id = id;
    this.address = address;
    this.#socket = socket;
    this.#around = around;
  }

  get secure(): boolean {
    return this.#around.secure;
  }

  get backlog(): number {
    return this.#outbox?.bytes ?? 0;
  }

  send(chunk: Uint8Array): void {
    if (this.state === "fresh" || this.state === "open") this.#queue(chunk);
  }

  close(lastWords?: Uint8Array): void {
    if (this.state !== "fresh" && this.state !== "open") return;
    if (lastWords !== undefined) this.#queue(lastWords);
    this.state = "closing";
    this.#why = "Closed here";
    this.#around.closing.start(this);
    this.#enrol();
  }

  /** Ends the connection at once; what is queued is lost. `close` is told as ever. */
  cut(why: string): void {
    if (this.state === "gone") return;
    this.#why = why;
    // Bun reports a failed handshake from inside terminate(): nobody is to be told of that one.
    if (this.state === "new") this.state = "refused";
    this.#socket.terminate();
  }

  /** The connection is ready to talk. */
  opened(certificate: string | null): void {
    this.certificate = certificate;
    this.state = "fresh";
    this.#tell(() => this.#around.handlers.open(this));
  }

  /** Bytes arrived. */
  received(bytes: Uint8Array): void {
    if (this.state === "fresh") this.state = "open";
    if (this.state !== "open") return;
    try {
      this.#around.handlers.data(this, bytes);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The socket can take more. Told more often than needed. */
  drained(): void {
    this.#blocked = false;
    if (this.#outbox === null && this.state !== "closing") return;
    if (this.#around.turn.holding) return this.#enrol();
    this.flush();
    this.#tellIfCaughtUp();
  }

  /** The socket is gone. */
  ended(error: Error | undefined): void {
    if (this.state === "gone") return;
    const wasOpen = this.state !== "new" && this.state !== "refused";
    const why = this.#why || (error === undefined ? "Connection closed" : "Connection lost");
    this.state = "gone";
    this.#outbox = null;
    this.#around.closing.done(this);
    this.#around.left(this);
    if (wasOpen) this.#tell(() => this.#around.handlers.close(this, why));
  }

  seal(): void {
    this.#enrolled = false;
    if (this.#around.turn.canHold) this.#outbox?.seal();
  }

  flush(): number {
    const outbox = this.#outbox;
    let left = 0;
    if (outbox !== null && !this.#blocked) {
      const before = outbox.bytes;
      const chunks = outbox.chunks;
      const { coalescer } = this.#around.turn;
      const state = outbox.flush((bytes) => this.#socket.write(bytes), coalescer);
      left = chunks - outbox.chunks;
      this.#blocked = state === "blocked";
      if (outbox.bytes === 0 && !outbox.isOverLimit) this.#outbox = null;
      if (outbox.bytes < before && this.state === "closing") this.#around.closing.start(this);
    }
    if (this.state === "closing" && this.#outbox === null) {
      // Not end(): it was seen to lose bytes that the kernel had already taken.
      this.state = "shut";
      this.#socket.shutdown();
    }
    return left;
  }

  flushed(): void {
    this.#tellIfCaughtUp();
    if (this.#outbox?.isOverLimit !== true) return;
    const overfull = this.#around.handlers.overflow;
    if (overfull !== undefined && this.state !== "closing") {
      this.#tell(() => this.#around.handlers.overflow?.(this));
    }
    this.cut("Reads too slowly");
  }

  #queue(chunk: Uint8Array): void {
    if (this.#outbox === null) {
      this.#outbox = new Outbox(this.#around.outbox);
      if (this.#around.turn.canHold) this.#outbox.seal();
    }
    this.#outbox.push(chunk);
    if (this.#outbox.bytes > BEHIND_BYTES) this.#behind = true;
    this.#enrol();
    // A large answer gains nothing by company, and its reader's pace is known only once it was offered.
    const { turn } = this.#around;
    if (this.#outbox.bytes > FLUSH_AT_BYTES && !this.#blocked && !turn.canHold) this.flush();
  }

  #tellIfCaughtUp(): void {
    if (!this.#behind || this.#outbox !== null || this.state !== "open") return;
    this.#behind = false;
    this.#tell(() => this.#around.handlers.drained?.(this));
  }

  #enrol(): void {
    if (this.#enrolled) return;
    this.#enrolled = true;
    this.#around.turn.schedule(this);
  }

  #tell(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** An error in a handler costs this one link, not the server. */
  #failed(error: unknown): void {
    this.cut("Error here");
    reportFailure(this.#around.handlers, this, error);
  }
}

/** Tells the owner of an error in a handler; an owner who doesn't want to know is ended by it. */
export function reportFailure(handlers: LinkHandlers, link: Link | null, error: unknown): void {
  if (handlers.failed === undefined) throwLater(error);
  else handlers.failed(link, error);
}

/** Bun writes fingerprints as `AB:CD:…`; we write them as 64 hex digits in lower case. */
export function fingerprintOf(socket: Socket<unknown>): string | null {
  const certificate = socket.getPeerCertificate() as { fingerprint256?: string } | undefined;
  const fingerprint = certificate?.fingerprint256;
  return fingerprint === undefined ? null : fingerprint.replaceAll(":", "").toLowerCase();
}
