import type { Socket, SocketHandler } from "bun";
import type { Link } from "../chat-server/server-ports.ts";
import { plainAddress } from "../protocol/address.ts";
import { CLOSE_MS, Deadlines } from "./deadlines.ts";
import { FlushScheduler } from "./flush-scheduler.ts";
import { OUTBOX_BYTES_MAX } from "./outbox.ts";
import {
  errorCodeOf,
  fingerprintOf,
  type LinkContext,
  type LinkHandlers,
  reportFailure,
  SocketLink,
} from "./socket-link.ts";
import { clientTls } from "./tls-options.ts";

/** Time for name look-up, connection and handshake together. After this a person thinks that the server is down. */
const CONNECT_MS = 15_000;

/** Where and how to {@link connect}. */
export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  /** Plain text in place of TLS, which everybody on the way can read: only where the user wants that. */
  readonly plain?: boolean;
  /** Client certificate for a log-in without a password. PEM text. It is shown by TLS 1.3 only. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Certificate authorities to trust in place of the usual ones. PEM text. */
  readonly ca?: string;
  readonly timeoutMs?: number;
  readonly outboxBytesMax?: number;
  readonly closeMs?: number;
  /**
   * Returns whether to trust the server. Called once, after the handshake and before a byte is sent, but not for
   * plain text. On `false` the server never sees a finished handshake. `fingerprint` is written as
   * `Link.certificate` is; `authorised` is whether a trusted authority vouches for this host.
   */
  decide(fingerprint: string, authorised: boolean): boolean;
}

/** A connection that is ready. */
export interface Connected {
  readonly kind: "connected";
  readonly link: Link;
  /** Whether a trusted authority vouches for the host. */
  readonly authorised: boolean;
  /** Stops reading what the server sends, or goes on. While it is stopped, the end of the connection goes unnoticed. */
  pauseReading(isPaused: boolean): void;
}

/** Why a connection failed. */
export type ConnectFailure =
  | {
      readonly kind: "refused" | "unreachable" | "timeout" | "no-such-host" | "not-tls" | "closed";
      /** The cause, for a log. */
      readonly detail: string;
    }
  | {
      /** `decide` returned `false`. */
      readonly kind: "untrusted";
      readonly detail: string;
      readonly fingerprint: string;
      readonly authorised: boolean;
    };

/**
 * Connects to a server. `handlers.open` is called before the promise resolves. A failure before that is a value, and
 * `handlers.close` is not called for it. Rejects only when an option can't be used at all: an unreadable
 * `certificate` or `ca`, an impossible port.
 */
export async function connect(
  options: ConnectOptions,
  handlers: LinkHandlers,
): Promise<Connected | ConnectFailure> {
  const outcome = await attempt(options, handlers);
  if (outcome.kind !== "not-tls" || options.certificate === undefined) return outcome;
  // It may be a server of TLS 1.2 alone, which gets no certificate.
  const { certificate, ...withoutCertificate } = options;
  return attempt(withoutCertificate, handlers);
}

function attempt(
  options: ConnectOptions,
  handlers: LinkHandlers,
): Promise<Connected | ConnectFailure> {
  return new Promise((resolve, reject) => {
    new ConnectionAttempt(options, handlers, { resolve, reject }).start();
  });
}

/** The two ends of the promise of {@link connect}. */
interface Settlement {
  resolve(outcome: Connected | ConnectFailure): void;
  reject(error: unknown): void;
}

/** One attempt to connect: from the look-up of the name to an open link, or to the first failure. */
class ConnectionAttempt {
  readonly #options: ConnectOptions;
  readonly #handlers: LinkHandlers;
  readonly #promise: Settlement;
  readonly #context: LinkContext;
  readonly #timer: Timer;
  #link: SocketLink | null = null;
  #isSettled = false;

  constructor(options: ConnectOptions, handlers: LinkHandlers, promise: Settlement) {
    this.#options = options;
    this.#handlers = handlers;
    this.#promise = promise;
    this.#context = {
      handlers,
      flushScheduler: new FlushScheduler(),
      owedBytes: null,
      outboxLimits: { bytesMax: options.outboxBytesMax ?? OUTBOX_BYTES_MAX },
      secure: options.plain !== true,
      closeDeadlines: new Deadlines(options.closeMs ?? CLOSE_MS, (link) => link.cut("Closed here")),
      hostOf: (address) => address,
      ended: () => {},
    };
    const timeout = { kind: "timeout", detail: "no answer in time" } as const;
    this.#timer = setTimeout(() => this.#settle(timeout), options.timeoutMs ?? CONNECT_MS);
  }

  start(): void {
    const options = this.#options;
    const address = { hostname: options.host, port: options.port, socket: this.#socketHandler() };
    const tls = { ...clientTls(options.certificate), ...caOf(options) };
    Promise.try(() => Bun.connect(this.#context.secure ? { ...address, tls } : address)).catch(
      (error) => {
        if (isBadOption(error)) this.#fail(error);
        else this.#settle(connectFailureOf(error));
      },
    );
  }

  #socketHandler(): SocketHandler<SocketLink> {
    return {
      open: (socket) => this.#opened(socket),
      handshake: (socket, ok, error) => this.#handshakeDone(socket, ok, error),
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
      connectError: (_, error) => this.#settle(connectFailureOf(error)),
    };
  }

  #opened(socket: Socket<SocketLink>): void {
    const address = plainAddress(socket.remoteAddress ?? "");
    const link = new SocketLink(address, socket, this.#context);
    this.#link = link;
    socket.data = link;
    if (this.#isSettled) link.cut("");
    else if (!this.#context.secure) this.#ready(link, null, false);
  }

  #handshakeDone(socket: Socket<SocketLink>, ok: boolean, error: Error | null): void {
    const link = this.#link;
    if (this.#isSettled || link === null) return;
    const failure = ok ? null : handshakeFailureOf(error);
    if (failure !== null) return this.#settle(failure);
    const fingerprint = fingerprintOf(socket);
    if (fingerprint === null) return this.#settle({ kind: "not-tls", detail: "no certificate" });
    const authorised = ok && error === null && socket.authorized;
    if (this.#isTrusted(fingerprint, authorised)) this.#ready(link, fingerprint, authorised);
    else this.#settle({ kind: "untrusted", detail: "not trusted", fingerprint, authorised });
  }

  #isTrusted(fingerprint: string, authorised: boolean): boolean {
    try {
      return this.#options.decide(fingerprint, authorised);
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #ready(link: SocketLink, certificate: string | null, authorised: boolean): void {
    link.opened(certificate);
    this.#settle({
      ...{ kind: "connected", link, authorised },
      pauseReading: (isPaused) => link.setReading(!isPaused),
    });
  }

  #settle(outcome: Connected | ConnectFailure): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    if (outcome.kind !== "connected") this.#link?.cut("");
    this.#promise.resolve(outcome);
  }

  /** Rejects the promise: an option is wrong, or `decide` threw. */
  #fail(error: unknown): void {
    clearTimeout(this.#timer);
    this.#promise.reject(error);
  }
}

function caOf(options: ConnectOptions): { ca?: string } {
  return options.ca === undefined ? {} : { ca: options.ca };
}

/** Returns why a handshake failed, or `null` if only the certificate's authority or name is not trusted. */
function handshakeFailureOf(error: Error | null): ConnectFailure | null {
  const code = errorCodeOf(error);
  const detail = error?.message ?? "TLS handshake failed";
  if (code === "EPROTO") return { kind: "not-tls", detail };
  if (code === "ECONNRESET" || error === null) return { kind: "closed", detail };
  return null;
}

function connectFailureOf(error: unknown): ConnectFailure {
  const code = errorCodeOf(error) ?? "";
  const detail = error instanceof Error ? error.message : String(error);
  if (code === "ECONNREFUSED") return { kind: "refused", detail };
  if (code === "ETIMEDOUT") return { kind: "timeout", detail };
  if (code === "ENOTFOUND" || code.startsWith("EAI_") || code.startsWith("DNS_")) {
    return { kind: "no-such-host", detail };
  }
  return { kind: "unreachable", detail };
}

/** Returns whether an error is about our options, such as an unreadable certificate, and not from the network. */
function isBadOption(error: unknown): boolean {
  return errorCodeOf(error)?.startsWith("ERR_") === true;
}
