import { X509Certificate } from "node:crypto";
import type { Socket, SocketHandler, TCPSocketListener } from "bun";
import { plainAddress } from "../protocol/address.ts";
import { Deadlines } from "./clock.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { codeOf } from "./error-code.ts";
import { OUTBOX_BYTES_MAX } from "./outbox.ts";
import {
  fingerprintOf,
  type LinkContext,
  type LinkHandlers,
  reportFailure,
  SocketLink,
} from "./socket-link.ts";

export type { Link, LinkHandlers } from "./socket-link.ts";

/** A TLS handshake takes two round trips; who needs longer than this is not on the way. */
const HANDSHAKE_MS = 10_000;

/** How long a closing link may make no progress before it is cut off. */
export const CLOSE_MS = 2_000;

/** How long `stop` waits for all links to close by themselves. */
export const STOP_MS = 5_000;

/** Who has everything, and was told that no more will come, has this long to hang up before `stop` does. */
const HANG_UP_MS = 150;

const ENCODER = new TextEncoder();
const TLS_ON_PLAIN = ENCODER.encode(
  "ERROR :This port speaks plain text: connect without TLS, or to the server's TLS port\r\n",
);
const FULL = ENCODER.encode("ERROR :The server is full: try again later\r\n");
const ADDRESS_FULL = ENCODER.encode("ERROR :Too many connections from your address\r\n");

/** Certificate chain and private key, as PEM text. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  readonly hostname: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Without it the port speaks plain text. */
  readonly tls?: CertificatePair;
  /** Listeners of one server share a gate; without one this listener makes its own. */
  readonly gate?: ConnectionLimits;
  readonly outboxBytesMax?: number;
  readonly handshakeMs?: number;
  readonly closeMs?: number;
  readonly stopMs?: number;
}

export interface Listener {
  readonly port: number;
  readonly hostname: string;
  /** Links here now. */
  readonly links: number;
  /**
   * New connections are shown this certificate; those here stay. Null, or why it can't be used (the
   * old one stays). Throws a `ListenError` when another program takes the port in that very moment.
   */
  swapCertificate(pair: CertificatePair): string | null;
  /** Takes nobody new, closes every link, and resolves when all are gone: after `stopMs` by force. */
  stop(): Promise<void>;
}

export type ListenProblem =
  | "in-use"
  | "not-allowed"
  | "no-such-address"
  | "bad-certificate"
  | "other";

/** Listening failed; `kind` says why, and `cause` is the system's own error. */
export class ListenError extends Error {
  readonly kind: ListenProblem;
  readonly hostname: string;
  readonly port: number;
  constructor(kind: ListenProblem, { hostname, port }: ListenOptions, cause: unknown) {
    super(`can't listen on ${hostname} port ${port}: ${kind}`, { cause });
    this.kind = kind;
    this.hostname = hostname;
    this.port = port;
  }
}

/**
 * Accepts connections, with TLS 1.2 or newer when there is a certificate. A client certificate is
 * asked for and never demanded: `link.certificate` says which one came.
 * Throws a `ListenError` when the port can't be had.
 */
export function listen(options: ListenOptions, handlers: LinkHandlers): Listener {
  return new Port(options, handlers);
}

class Port implements Listener, LinkContext {
  readonly handlers: LinkHandlers;
  readonly turn: ConnectionLimits["flushScheduler"];
  readonly outbox: { readonly bytesMax: number };
  readonly secure: boolean;
  readonly closing: Deadlines<SocketLink>;
  readonly #gate: ConnectionLimits;
  readonly #options: ListenOptions;
  readonly #links = new Set<SocketLink>();
  readonly #handshakes: Deadlines<SocketLink>;
  readonly #socketHandlers: SocketHandler<SocketLink>;
  #listener: TCPSocketListener<SocketLink>;
  #emptied: (() => void) | null = null;

  constructor(options: ListenOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.handlers = handlers;
    this.#gate = options.gate ?? new ConnectionLimits();
    this.turn = this.#gate.flushScheduler;
    this.outbox = { bytesMax: options.outboxBytesMax ?? OUTBOX_BYTES_MAX };
    this.secure = options.tls !== undefined;
    this.closing = new Deadlines(options.closeMs ?? CLOSE_MS, (link) => link.cut("Closed here"));
    this.#handshakes = new Deadlines(options.handshakeMs ?? HANDSHAKE_MS, (link) => {
      this.#refused(link.address, "no TLS handshake in time");
      link.cut("");
    });
    this.#socketHandlers = this.secure ? this.#tlsHandlers() : this.#plainHandlers();
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

  left(link: SocketLink): void {
    this.#gate.leave(link.address);
    this.#handshakes.done(link);
    this.#links.delete(link);
    if (this.#links.size === 0) this.#emptied?.();
  }

  /**
   * Bun accepts a new certificate for a listener and ignores it, so the port is given back and
   * taken again. The pair is tried on a free port first: the only port must not be lost to a typo.
   */
  swapCertificate(pair: CertificatePair): string | null {
    if (!this.secure) return "this port speaks plain text";
    const port = this.port;
    try {
      this.#listen(0, pair).stop(true);
    } catch (error) {
      const cause = error instanceof ListenError ? error.cause : error;
      return cause instanceof Error ? cause.message : String(cause);
    }
    this.#listener.stop(false);
    this.#listener = this.#listen(port, pair);
    return null;
  }

  async stop(): Promise<void> {
    this.#listener.stop(false);
    if (this.#links.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    for (const link of [...this.#links]) {
      if (link.state === "new") link.cut("");
      else link.close();
    }
    const cutAll = () => {
      for (const link of [...this.#links]) link.cut("Closed here");
    };
    const late = setTimeout(cutAll, this.#options.stopMs ?? STOP_MS);
    let allShut = false;
    const looking = setInterval(() => {
      if (allShut) cutAll();
      allShut = [...this.#links].every((link) => link.state === "shut");
    }, HANG_UP_MS);
    if (this.#links.size > 0) await gone;
    clearInterval(looking);
    clearTimeout(late);
  }

  #listen(port: number, tls: CertificatePair | undefined): TCPSocketListener<SocketLink> {
    // An empty key would be accepted in silence, and every handshake would fail.
    if (tls !== undefined && (tls.cert.trim() === "" || tls.key.trim() === "")) {
      throw new ListenError("bad-certificate", this.#options, "empty certificate or key");
    }
    const { hostname } = this.#options;
    const socket = this.#socketHandlers;
    try {
      if (tls === undefined) return Bun.listen({ hostname, port, socket });
      const { cert, key } = tls;
      return Bun.listen({
        hostname,
        port,
        tls: { cert: chainOf(cert), key, requestCert: true, rejectUnauthorized: false },
        socket,
      });
    } catch (error) {
      throw new ListenError(problemOf(error), this.#options, error);
    }
  }

  #tlsHandlers(): SocketHandler<SocketLink> {
    return {
      open: (socket) => {
        // Before the handshake: nothing can be sent yet, so one too many is simply cut off.
        const link = this.#enter(socket);
        if (typeof link === "string") socket.terminate();
        else this.#handshakes.start(link);
      },
      handshake: (socket, ok, error) => {
        const link = socket.data;
        if (link === undefined || link.state !== "new") return;
        this.#handshakes.done(link);
        if (ok) {
          link.opened(fingerprintOf(socket));
          return;
        }
        this.#refused(link.address, handshakeProblem(error));
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
        const link = this.#enter(socket);
        if (typeof link !== "string") {
          link.opened(null);
          return;
        }
        socket.write(link === "full" ? FULL : ADDRESS_FULL);
        socket.end();
      },
      data: (socket, bytes) => {
        const link = socket.data;
        if (link?.state === "fresh" && bytes[0] === 22 && (bytes[1] ?? 3) === 3) {
          this.#refused(link.address, "TLS on the plain-text port");
          link.close(TLS_ON_PLAIN);
        } else link?.received(bytes);
      },
    };
  }

  #sharedHandlers() {
    return {
      data: (socket: Socket<SocketLink>, bytes: Buffer) => socket.data?.received(bytes),
      drain: (socket: Socket<SocketLink>) => socket.data?.drained(),
      close: (socket: Socket<SocketLink>, error?: Error) => socket.data?.ended(error),
      // The owner's errors are caught where they are called; what is left is ours.
      error: (socket: Socket<SocketLink>, error: Error) => {
        socket.terminate();
        reportFailure(this.handlers, socket.data ?? null, error);
      },
    };
  }

  #enter(socket: Socket<SocketLink>): SocketLink | "full" | "address-full" {
    // A socket that is gone by the time we are told of it has no address any more.
    const address = plainAddress(socket.remoteAddress ?? "");
    const entered = this.#gate.admit(address);
    if (entered !== "in") {
      this.#refused(address, entered === "full" ? "the server is full" : "too many connections");
      return entered;
    }
    const link = new SocketLink(this.#gate.nextId(), address, socket, this);
    socket.data = link;
    this.#links.add(link);
    return link;
  }

  #refused(address: string, why: string): void {
    this.handlers.refused?.(address, why);
  }
}

/**
 * At each handshake a certificate that comes alone is looked up among the system's authorities, in four files:
 * 60 of a connection's 440 µs. One that signed itself is its own issuer, and so the rest of its chain.
 */
function chainOf(cert: string): string {
  const { subject, issuer } = new X509Certificate(cert);
  return subject === issuer ? `${cert.trimEnd()}\n${cert}` : cert;
}

function handshakeProblem(error: Error | null): string {
  const message = error?.message ?? "";
  if (message.includes("WRONG_VERSION_NUMBER")) return "plain text on the TLS port";
  if (message.includes("HTTP_REQUEST")) return "a web browser's plain text on the TLS port";
  if (message.includes("disconnected before")) return "left during the TLS handshake";
  return `TLS handshake failed: ${message}`;
}

function problemOf(error: unknown): ListenProblem {
  const code = codeOf(error);
  if (code === "EADDRINUSE") return "in-use";
  if (code === "EACCES" || code === "EPERM") return "not-allowed";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "no-such-address";
  if (code?.startsWith("ERR_OSSL")) return "bad-certificate";
  // A host name that nobody knows comes without a code.
  return code === undefined ? "no-such-address" : "other";
}
