import type { Socket, SocketHandler } from "bun";
import { isLoopback, plainAddress } from "../protocol/address.ts";
import { codeOf } from "./error-code.ts";
import {
  fingerprintOf,
  type Handlers,
  type Link,
  reportFailure,
  SocketLink,
  type Surroundings,
} from "./link.ts";
import { CLOSE_MS } from "./listen.ts";
import { OUTBOX_BYTES_MAX } from "./outbox.ts";
import { Deadlines } from "./timers.ts";
import { Turn } from "./turn.ts";

/** Name look-up, connection and handshake together; beyond it a person takes the server for gone. */
export const CONNECT_MS = 15_000;

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
  handlers: Handlers,
): Promise<Connected | ConnectFailure> {
  if (options.plain === true && !isLoopback(options.host)) {
    const detail = `${options.host} is another machine`;
    return Promise.resolve({ kind: "not-loopback", detail });
  }
  return new Promise((resolve, reject) => dial(options, handlers, resolve, reject));
}

function dial(
  options: ConnectOptions,
  handlers: Handlers,
  resolve: (outcome: Connected | ConnectFailure) => void,
  reject: (error: unknown) => void,
): void {
  const closeMs = options.closeMs ?? CLOSE_MS;
  const around: Surroundings = {
    handlers,
    turn: new Turn(),
    outbox: { bytesMax: options.outboxBytesMax ?? OUTBOX_BYTES_MAX },
    secure: options.plain !== true,
    closing: new Deadlines(closeMs, (link) => link.cut("Closed here")),
    left: () => {},
  };
  let settled = false;
  let link: SocketLink | null = null;
  const timer = setTimeout(
    () => settle({ kind: "timeout", detail: "no answer in time" }),
    options.timeoutMs ?? CONNECT_MS,
  );
  const settle = (outcome: Connected | ConnectFailure): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    if (outcome.kind !== "connected") link?.cut("");
    resolve(outcome);
  };
  const ready = (socket: SocketLink, certificate: string | null, authorised: boolean): void => {
    socket.opened(certificate);
    settle({ kind: "connected", link: socket, authorised });
  };

  const socket: SocketHandler<SocketLink> = {
    open(socket) {
      link = new SocketLink(
        options.id ?? 1,
        plainAddress(socket.remoteAddress ?? ""),
        socket,
        around,
      );
      socket.data = link;
      if (settled) link.cut("");
      else if (!around.secure) ready(link, null, false);
    },
    handshake(socket, ok, error) {
      if (settled || link === null) return;
      const problem = ok ? null : handshakeProblem(error);
      const fingerprint = problem === null ? fingerprintOf(socket) : null;
      if (problem !== null) settle(problem);
      else if (fingerprint === null) settle({ kind: "not-tls", detail: "no certificate" });
      else {
        const authorised = ok && error === null && socket.authorized;
        if (decided(fingerprint, authorised)) ready(link, fingerprint, authorised);
        else settle({ kind: "untrusted", detail: "not trusted", fingerprint, authorised });
      }
    },
    data: (socket, bytes) => socket.data.received(bytes),
    drain: (socket) => socket.data.drained(),
    close(socket, error) {
      settle({ kind: "closed", detail: error?.message ?? "closed before the handshake" });
      socket.data?.ended(error);
    },
    error(socket: Socket<SocketLink>, error) {
      socket.terminate();
      reportFailure(handlers, link, error);
    },
    connectError: (_, error) => settle(connectProblem(error)),
  };
  const decided = (fingerprint: string, authorised: boolean): boolean => {
    try {
      return options.decide(fingerprint, authorised);
    } catch (error) {
      clearTimeout(timer);
      reject(error);
      return false;
    }
  };

  const address = { hostname: options.host, port: options.port, socket };
  // TLS 1.2 is Bun's own minimum. Everything is let through here, because `decide` decides.
  const tls = { rejectUnauthorized: false, ...options.certificate, ...caOf(options) };
  Promise.try(() => Bun.connect(around.secure ? { ...address, tls } : address)).catch((error) => {
    if (isOwnMistake(error)) {
      clearTimeout(timer);
      reject(error);
    } else settle(connectProblem(error));
  });
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
