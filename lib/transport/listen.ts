import type { Socket, SocketHandler, TCPSocketListener } from "bun";
import { plainAddress } from "../protocol/address.ts";
import { closeWhenQuiet } from "./close-when-quiet.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { type ConnectionPlaces, REJECTIONS, type Rejection } from "./connection-places.ts";
import { CLOSE_MS, Deadlines } from "./deadlines.ts";
import type { FlushScheduler } from "./flush-scheduler.ts";
import { HandshakeQueue } from "./handshake-queue.ts";
import { ListenError, listenCauseOf, listenProblemOf } from "./listen-error.ts";
import { OUTBOX_BYTES_MAX, type OutboxLimits } from "./outbox.ts";
import type { OwedBytes } from "./owed-bytes.ts";
import { readProxyHeader } from "./proxy-header.ts";
import type { RefusalReserve } from "./refusal-reserve.ts";
import {
  fingerprintOf,
  type LinkContext,
  type LinkHandlers,
  reportFailure,
  SocketLink,
  validityOf,
} from "./socket-link.ts";
import {
  chainOf,
  HANDSHAKE_MS,
  handshakeProblemOf,
  isTlsHello,
  peerProblemOf,
} from "./tls-handshake.ts";
import { SERVER_TLS } from "./tls-options.ts";
import type { Traffic } from "./traffic.ts";

/** How long `stop` waits for all links to close by themselves. In ms, as is the next. */
export const STOP_MS = 5_000;

/** How long `stop` waits for peers to hang up when all of them have been sent everything. */
const HANG_UP_MS = 150;

const ENCODER = new TextEncoder();
const TLS_ON_PLAIN = ENCODER.encode(
  "ERROR :This port speaks plain text: connect without TLS, or to the server's TLS port\r\n",
);
/** Certificate chain and private key, as PEM text. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Where and how to {@link listen}. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Without it the port takes plain text. */
  readonly tls?: CertificatePair;
  /**
   * Takes connections only from proxies, whose addresses this accepts: they end TLS, and begin with a PROXY header.
   */
  readonly isProxy?: (address: string) => boolean;
  /** Whether other processes listen on the same port, and the system shares its connections out. */
  readonly isShared?: boolean;
  /** Shared by the listeners of one server. Without it this listener has its own. */
  readonly limits?: ConnectionLimits;
  /** Counts what is read and written. */
  readonly traffic?: Traffic;
  /** Returns `Link.host` for an IP address. Without it, that is the address. */
  readonly hostOf?: (address: string) => string;
  /** The most bytes that may wait for a reader. */
  readonly outboxBytesMax?: number;
  /** Time for a TLS handshake, or a proxy's header. */
  readonly handshakeMs?: number;
  /** How long a closing link may make no progress. */
  readonly closeMs?: number;
  /** How long `stop` waits for links to close by themselves. */
  readonly stopMs?: number;
}

/** An open port. */
export interface Listener {
  readonly port: number;
  readonly hostname: string;
  /** How many connections there are, those in the handshake included. */
  readonly links: number;
  /**
   * Shows this certificate to new connections; existing ones stay. Returns `null`, or why the pair can't be used
   * (then the old one stays). Throws a `ListenError` when another program takes the port in that very moment.
   */
  swapCertificate(pair: CertificatePair): string | null;
  /** Accepts no more connections, and keeps those that there are. Resolves when the port is closed. */
  stopAccepting(): Promise<void>;
  /** Accepts no more connections, closes every link, and resolves when all are gone: after `stopMs` by force. */
  stop(): Promise<void>;
}

/**
 * Opens a port and accepts connections, with TLS 1.2 or newer if there is a certificate. Clients may show a
 * certificate but need not: see `Link.certificate`. Throws a `ListenError` when the port can't be opened.
 */
export function listen(options: ListenOptions, handlers: LinkHandlers): Listener {
  return new PortListener(options, handlers);
}

/** Owns the links of one port. */
class PortListener implements Listener, LinkContext {
  readonly handlers: LinkHandlers;
  readonly flushScheduler: FlushScheduler;
  readonly outboxLimits: OutboxLimits;
  readonly owedBytes: OwedBytes | null;
  readonly secure: boolean;
  readonly closeDeadlines: Deadlines<SocketLink>;
  readonly traffic: Traffic | undefined;
  readonly places: ConnectionPlaces;
  readonly #refusals: RefusalReserve;
  /** What was received of headers that are not complete. */
  readonly #partialHeaders = new Map<SocketLink, Buffer>();
  readonly #options: ListenOptions;
  readonly #links = new Set<SocketLink>();
  readonly #handshakeDeadlines: Deadlines<SocketLink>;
  readonly #handshakes: HandshakeQueue;
  readonly #socketHandlers: SocketHandler<SocketLink>;
  #listener: TCPSocketListener<SocketLink>;
  #admittedCount = 0;
  /** Called when the last link is gone, while `stop` waits for that. */
  #onEmpty: (() => void) | null = null;

  constructor(options: ListenOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.handlers = handlers;
    const limits = options.limits ?? new ConnectionLimits();
    this.places = limits.places;
    this.#refusals = limits.refusals;
    this.flushScheduler = limits.flushScheduler;
    this.#handshakes = new HandshakeQueue((address) => this.places.isMembers(address));
    this.owedBytes = limits.owedBytes;
    this.outboxLimits = { bytesMax: options.outboxBytesMax ?? OUTBOX_BYTES_MAX };
    this.secure = options.tls !== undefined || options.isProxy !== undefined;
    this.traffic = options.traffic;
    const cutOff = (link: SocketLink): void => link.cut("Closed here");
    this.closeDeadlines = new Deadlines(options.closeMs ?? CLOSE_MS, cutOff, limits.later);
    const awaited = options.isProxy === undefined ? "TLS handshake" : "PROXY header";
    const refuse = (link: SocketLink): void => {
      this.#reportRefused(link, `no ${awaited} in time`);
      link.cut("");
    };
    const handshakeMs = options.handshakeMs ?? HANDSHAKE_MS;
    this.#handshakeDeadlines = new Deadlines(handshakeMs, refuse, limits.later);
    if (options.isProxy !== undefined) this.#socketHandlers = this.#proxyHandlers(options.isProxy);
    else this.#socketHandlers = this.secure ? this.#tlsHandlers() : this.#plainHandlers();
    this.#listener = this.#listen(options.port, options.tls);
  }

  get port(): number {
    return this.#listener.port;
  }

  get hostname(): string {
    return this.#listener.hostname;
  }

  get links(): number {
    return this.#links.size;
  }

  hostOf(address: string): string {
    return this.#options.hostOf?.(address) ?? address;
  }

  ended(link: SocketLink): void {
    this.places.leave(link);
    this.#refusals.leave(link);
    this.#partialHeaders.delete(link);
    this.#handshakeDeadlines.done(link);
    this.#handshakes.leave(link);
    this.#links.delete(link);
    if (this.#links.size === 0) this.#onEmpty?.();
  }

  /**
   * Bun accepts a new certificate for a listener but ignores it, so the port is closed and opened again. The pair
   * is tried on a free port first, so that a bad one can't cost the port.
   */
  swapCertificate(pair: CertificatePair): string | null {
    if (this.#options.tls === undefined) return "this port speaks plain text";
    const port = this.port;
    try {
      this.#listen(0, pair).stop(true);
    } catch (error) {
      return listenCauseOf(error);
    }
    const before = this.#listener;
    // A port that is shared stays open all the time.
    if (this.#options.isShared !== true) before.stop(false);
    this.#listener = this.#listen(port, pair);
    if (this.#options.isShared === true) void closeWhenQuiet(before, () => this.#admittedCount);
    return null;
  }

  stopAccepting(): Promise<void> {
    return closeWhenQuiet(this.#listener, () => this.#admittedCount);
  }

  async stop(): Promise<void> {
    this.#listener.stop(false);
    if (this.#links.size === 0) return;
    const allGone = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const link of [...this.#links]) {
      if (link.state === "new") link.cut("");
      else link.close();
    }
    const cutAll = () => {
      for (const link of [...this.#links]) link.cut("Closed here");
    };
    const stopTimer = setTimeout(cutAll, this.#options.stopMs ?? STOP_MS);
    // Cut off the second time that all are shut: the peers had at least one interval to hang up.
    let wereAllShut = false;
    const hangUpTimer = setInterval(() => {
      if (wereAllShut) cutAll();
      wereAllShut = [...this.#links].every((link) => link.state === "shut");
    }, HANG_UP_MS);
    if (this.#links.size > 0) await allGone;
    clearInterval(hangUpTimer);
    clearTimeout(stopTimer);
  }

  #listen(port: number, tls: CertificatePair | undefined): TCPSocketListener<SocketLink> {
    // Bun accepts an empty key, and then every handshake fails.
    if (tls !== undefined && (tls.cert.trim() === "" || tls.key.trim() === "")) {
      throw new ListenError("bad-certificate", this.#options, "empty certificate or key");
    }
    const { hostname, isShared = false } = this.#options;
    const socket = this.#socketHandlers;
    // The option is missing in Bun's types.
    const place = { hostname, port, ...(isShared && { reusePort: true }) };
    try {
      if (tls === undefined) return Bun.listen({ ...place, socket });
      const { cert, key } = tls;
      return Bun.listen({
        ...place,
        tls: {
          ...{ cert: chainOf(cert), key, requestCert: true, rejectUnauthorized: false },
          ...SERVER_TLS,
        },
        socket,
      });
    } catch (error) {
      throw new ListenError(listenProblemOf(error), this.#options, error);
    }
  }

  #tlsHandlers(): SocketHandler<SocketLink> {
    return {
      open: (socket) => {
        // Nothing can be sent before the handshake: of the connections too many most are cut off without a reason.
        const link = this.#admit(socket, false, this.#refusals);
        if (typeof link === "string") return void socket.terminate();
        this.#handshakeDeadlines.start(link);
        if (!this.places.isThrottled || this.#handshakes.mayBegin()) return;
        this.#handshakes.wait(link);
      },
      handshake: (socket, ok, error) => {
        const link = socket.data;
        if (link === undefined || link.state !== "new") return;
        this.#handshakeDeadlines.done(link);
        const rejection = this.#refusals.rejectionOf(link);
        if (ok && rejection !== null) return link.refuse(REJECTIONS[rejection].line);
        if (ok) return link.opened(fingerprintOf(socket), validityOf(socket));
        this.#reportRefused(link, handshakeProblemOf(error));
        link.cut("");
      },
      ...this.#sharedHandlers(),
    };
  }

  #plainHandlers(): SocketHandler<SocketLink> {
    const shared = this.#sharedHandlers();
    return {
      ...shared,
      open: (socket) => {
        const link = this.#admit(socket);
        if (typeof link !== "string") {
          link.opened(null);
          return;
        }
        socket.write(REJECTIONS[link].line);
        socket.end();
      },
      data: (socket, bytes) => this.#receivedPlain(socket.data, bytes),
    };
  }

  /** The links of proxies: plain text behind a header, until which nobody knows whose connection it is. */
  #proxyHandlers(isProxy: (address: string) => boolean): SocketHandler<SocketLink> {
    return {
      ...this.#sharedHandlers(),
      open: (socket) => {
        const link = this.#admit(socket, true);
        if (typeof link === "string") return void socket.terminate();
        if (isProxy(link.address)) return this.#handshakeDeadlines.start(link);
        this.#reportRefused(link, "not one of the trusted proxies");
        link.cut("");
      },
      data: (socket, bytes) => {
        const link = socket.data;
        if (link?.state === "new") this.#receivedHeader(link, socket, bytes);
        else this.#receivedPlain(link, bytes);
      },
    };
  }

  #receivedHeader(link: SocketLink, socket: Socket<SocketLink>, bytes: Buffer): void {
    const before = this.#partialHeaders.get(link);
    // A copy: the socket's own bytes are valid during this call only.
    const received = Buffer.concat(before === undefined ? [bytes] : [before, bytes]);
    const header = readProxyHeader(received);
    if (header.kind === "more") return void this.#partialHeaders.set(link, received);
    this.#partialHeaders.delete(link);
    this.#handshakeDeadlines.done(link);
    if (header.kind === "malformed") {
      this.#reportRefused(link, header.why);
      return link.cut("");
    }
    if (header.address !== null) {
      this.places.leave(link);
      link.address = plainAddress(header.address);
      const admission = this.#takePlace(link, false);
      if (admission !== "in") {
        socket.write(REJECTIONS[admission].line);
        socket.end();
        return;
      }
    }
    link.opened(null);
    const rest = received.subarray(header.bytes);
    if (rest.length > 0) this.#receivedPlain(link, rest);
  }

  #receivedPlain(link: SocketLink | undefined, bytes: Buffer): void {
    if (link?.state === "fresh" && isTlsHello(bytes)) {
      this.#reportRefused(link, "TLS on the plain-text port");
      link.close(TLS_ON_PLAIN);
    } else link?.received(bytes);
  }

  #sharedHandlers() {
    return {
      data: (socket: Socket<SocketLink>, bytes: Buffer) => socket.data?.received(bytes),
      drain: (socket: Socket<SocketLink>) => socket.data?.drained(),
      close: (socket: Socket<SocketLink>, error?: Error) => socket.data?.ended(error),
      // Errors of the owner's handlers are caught in SocketLink, so this one is the peer's, or our own.
      error: (socket: Socket<SocketLink>, error: Error) => {
        socket.terminate();
        const problem = peerProblemOf(error);
        const address = socket.data?.address ?? "";
        if (problem === null) reportFailure(this.handlers, socket.data ?? null, error);
        else this.handlers.broken?.(address, problem);
      },
    };
  }

  /**
   * @param isProxy whether the number of connections from its address is not limited
   * @param refusals takes some of those that are refused
   */
  #admit(
    socket: Socket<SocketLink>,
    isProxy = false,
    refusals: RefusalReserve | null = null,
  ): SocketLink | Rejection {
    this.#admittedCount += 1;
    // A socket that has closed already has no address.
    const address = plainAddress(socket.remoteAddress ?? "");
    const link = new SocketLink(address, socket, this);
    const admission = this.#takePlace(link, isProxy);
    if (admission !== "in" && refusals?.take(link, admission) !== true) return admission;
    socket.data = link;
    this.#links.add(link);
    return link;
  }

  #takePlace(link: SocketLink, isProxy: boolean): Rejection | "in" {
    const admission = isProxy ? this.places.admit(link, true) : this.places.admit(link);
    if (admission !== "in") this.#reportRefused(link, REJECTIONS[admission].why);
    return admission;
  }

  /** Reports a connection that doesn't become a link, once. */
  #reportRefused(link: SocketLink, why: string): void {
    if (this.#refusals.rejectionOf(link) !== null) return;
    this.traffic?.refuse(why);
    this.handlers.refused?.(link.address, why);
  }
}
