import type { Socket, SocketHandler } from "bun";
import { isLoopback, plainAddress } from "../protocol/address.ts";
import { Deadlines } from "./clock.ts";
import { codeOf } from "./error-code.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import { CLOSE_MS } from "./listen.ts";
import { OUTBOX_BYTES_MAX } from "./outbox.ts";
import {
  fingerprintOf,
  type Link,
  type LinkContext,
  type LinkHandlers,
  reportFailure,
  SocketLink,
} from "./socket-link.ts";

/** Name look-up, connection and handshake together; beyond it a person takes the server for gone. */
const CONNECT_MS = 15_000;

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** Plain text: loopback only, everything else is refused. */
  readonly plain?: boolean;
  /** Shown to the server when it asks: log-in without a password. PEM text. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Authorities to trust in place of the usual ones. PEM text. */
  readonly ca?: string;
  readonly timeoutMs?: number;
  readonly outboxBytesMax?: number;
  readonly closeMs?: number;
  /** The link's number, for an owner of several. */
  readonly id?: number;
  /**
   * Is this the server that was meant? Asked once, after the handshake and before a byte is sent;
   * on `false` the server never sees a finished handshake. `fingerprint` is written as
   * `Link.certificate` is; `authorised` says that a known authority vouches for this very host.
   * Not asked for plain text.
   */
  decide(fingerprint: string, authorised: boolean): boolean;
}

export interface Connected {
  readonly kind: "connected";
  readonly link: Link;
  /** A known authority vouches for the host. */
  readonly authorised: boolean;
}

export type ConnectFailure =
  | {
      readonly kind:
        | "refused"
        | "unreachable"
        | "timeout"
        | "no-such-host"
        | "not-tls"
        | "closed"
        | "not-loopback";
      /** The cause, for a log. */
      readonly detail: string;
    }
  | {
      /** `decide` said no. */
      readonly kind: "untrusted";
      readonly detail: string;
      readonly fingerprint: string;
      readonly authorised: boolean;
    };

/**
 * Connects to a server. `handlers.open` is called before the promise resolves; what went wrong
 * before that is a value, and `handlers.close` is not called for it. Rejects only when
 * `options.certificate` or `options.ca` can't be used at all.
 */
export function connect(
  options: ConnectOptions,
  handlers: LinkHandlers,
): Promise<Connected | ConnectFailure> {
  if (options.plain === true && !isLoopback(options.host)) {
    const detail = `${options.host} is another machine`;
    return Promise.resolve({ kind: "not-loopback", detail });
  }
  return new Promise((resolve, reject) => {
    new Dial(options, handlers, { resolve, reject }).start();
  });
}

interface Settle {
  resolve(outcome: Connected | ConnectFailure): void;
  reject(error: unknown): void;
}

/** One attempt: from the first packet to a link that stands, or to the first thing that went wrong. */
class Dial {
  readonly #options: ConnectOptions;
  readonly #handlers: LinkHandlers;
  readonly #promise: Settle;
  readonly #around: LinkContext;
  readonly #timer: Timer;
  #link: SocketLink | null = null;
  #settled = false;

  constructor(options: ConnectOptions, handlers: LinkHandlers, promise: Settle) {
    this.#options = options;
    this.#handlers = handlers;
    this.#promise = promise;
    this.#around = {
      handlers,
      turn: new FlushScheduler(),
      outbox: { bytesMax: options.outboxBytesMax ?? OUTBOX_BYTES_MAX },
      secure: options.plain !== true,
      closing: new Deadlines(options.closeMs ?? CLOSE_MS, (link) => link.cut("Closed here")),
      left: () => {},
    };
    const late = { kind: "timeout", detail: "no answer in time" } as const;
    this.#timer = setTimeout(() => this.#settle(late), options.timeoutMs ?? CONNECT_MS);
  }

  start(): void {
    const options = this.#options;
    const address = { hostname: options.host, port: options.port, socket: this.#socketHandler() };
    // TLS 1.2 is Bun's own minimum. Everything is let through here, because `decide` decides.
    const tls = { rejectUnauthorized: false, ...options.certificate, ...caOf(options) };
    Promise.try(() => Bun.connect(this.#around.secure ? { ...address, tls } : address)).catch(
      (error) => {
        if (isOwnMistake(error)) this.#fail(error);
        else this.#settle(connectProblem(error));
      },
    );
  }

  #socketHandler(): SocketHandler<SocketLink> {
    return {
      open: (socket) => this.#opened(socket),
      handshake: (socket, ok, error) => this.#shookHands(socket, ok, error),
      data: (socket, bytes) => socket.data.received(bytes),
      drain: (socket) => socket.data.drained(),
      close: (socket, error) => {
        this.#settle({ kind: "closed", detail: error?.message ?? "closed before the handshake" });
        socket.data?.ended(error);
      },
      error: (socket: Socket<SocketLink>, error) => {
        socket.terminate();
        reportFailure(this.#handlers, this.#link, error);
      },
      connectError: (_, error) => this.#settle(connectProblem(error)),
    };
  }

  #opened(socket: Socket<SocketLink>): void {
    const address = plainAddress(socket.remoteAddress ?? "");
    const link = new SocketLink(this.#options.id ?? 1, address, socket, this.#around);
    this.#link = link;
    socket.data = link;
    if (this.#settled) link.cut("");
    else if (!this.#around.secure) this.#ready(link, null, false);
  }

  #shookHands(socket: Socket<SocketLink>, ok: boolean, error: Error | null): void {
    const link = this.#link;
    if (this.#settled || link === null) return;
    const problem = ok ? null : handshakeProblem(error);
    if (problem !== null) return this.#settle(problem);
    const fingerprint = fingerprintOf(socket);
    if (fingerprint === null) return this.#settle({ kind: "not-tls", detail: "no certificate" });
    const authorised = ok && error === null && socket.authorized;
    if (this.#decided(fingerprint, authorised)) this.#ready(link, fingerprint, authorised);
    else this.#settle({ kind: "untrusted", detail: "not trusted", fingerprint, authorised });
  }

  #decided(fingerprint: string, authorised: boolean): boolean {
    try {
      return this.#options.decide(fingerprint, authorised);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #ready(link: SocketLink, certificate: string | null, authorised: boolean): void {
    link.opened(certificate);
    this.#settle({ kind: "connected", link, authorised });
  }

  #settle(outcome: Connected | ConnectFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    if (outcome.kind !== "connected") this.#link?.cut("");
    this.#promise.resolve(outcome);
  }

  /** We are wrong, and not the network: the promise is rejected. */
  #fail(error: unknown): void {
    clearTimeout(this.#timer);
    this.#promise.reject(error);
  }
}

function caOf(options: ConnectOptions): { ca?: string } {
  return options.ca === undefined ? {} : { ca: options.ca };
}

/** Null when the handshake was finished and only the certificate is of an unknown or other name. */
function handshakeProblem(error: Error | null): ConnectFailure | null {
  const code = codeOf(error);
  const detail = error?.message ?? "TLS handshake failed";
  if (code === "EPROTO") return { kind: "not-tls", detail };
  if (code === "ECONNRESET" || error === null) return { kind: "closed", detail };
  return null;
}

function connectProblem(error: unknown): ConnectFailure {
  const code = codeOf(error) ?? "";
  const detail = error instanceof Error ? error.message : String(error);
  if (code === "ECONNREFUSED") return { kind: "refused", detail };
  if (code === "ETIMEDOUT") return { kind: "timeout", detail };
  if (code === "ENOTFOUND" || code.startsWith("EAI_") || code.startsWith("DNS_")) {
    return { kind: "no-such-host", detail };
  }
  return { kind: "unreachable", detail };
}

/** A certificate that can't be read, a port that can't be: nothing that the network did. */
function isOwnMistake(error: unknown): boolean {
  return codeOf(error)?.startsWith("ERR_") === true;
}
