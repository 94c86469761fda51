import type { Socket, SocketHandler } from "bun";
import type { Target } from "../bench/load.ts";

/** What an attack did, as the attackers counted it. */
export interface AttackCounts {
  opened: number;
  /** Connections that the server ended. */
  closed: number;
  /** Connections that were never opened. */
  refused: number;
  bytesSent: number;
}

/** What a hostile connection does. */
export interface Behaviour {
  /** The connection is ready: over TLS, after the handshake. */
  opened?(connection: HostileConnection): void;
  /** Called ten times a second. */
  tick?(connection: HostileConnection, tickCount: number): void;
  /** Text arrived, cut anywhere. */
  received?(connection: HostileConnection, text: string): void;
  /** Whether it stops reading once it is ready. */
  readonly stopsReading?: boolean;
}

/** One hostile connection. It writes without waiting for anything; what the kernel refuses is lost. */
export class HostileConnection {
  readonly behaviour: Behaviour;
  readonly counts: AttackCounts;
  isOpen = false;
  /** What it counts for itself. */
  step = 0;
  readonly #ended: () => void;
  #socket: Socket<HostileConnection> | null = null;

  constructor(behaviour: Behaviour, counts: AttackCounts, ended: () => void) {
    this.behaviour = behaviour;
    this.counts = counts;
    this.#ended = ended;
  }

  send(bytes: string | Uint8Array): void {
    if (!this.isOpen) return;
    const written = this.#socket?.write(bytes) ?? 0;
    if (written > 0) this.counts.bytesSent += written;
  }

  close(): void {
    this.#socket?.terminate();
  }

  // The following methods are called only by the shared socket handlers.

  ready(socket: Socket<HostileConnection>): void {
    this.#socket = socket;
    this.isOpen = true;
    this.counts.opened += 1;
    this.behaviour.opened?.(this);
    if (this.behaviour.stopsReading === true) socket.pause();
  }

  received(bytes: Buffer): void {
    this.behaviour.received?.(this, bytes.toString("latin1"));
  }

  ended(): void {
    if (this.isOpen) this.counts.closed += 1;
    else this.counts.refused += 1;
    this.isOpen = false;
    this.#socket = null;
    this.#ended();
  }
}

/** Opens a hostile connection. It ends by itself when it is refused. */
export function openHostile(target: Target, connection: HostileConnection): void {
  const { host, port, localAddress, certificate } = target;
  const from = localAddress === undefined ? {} : { localAddress };
  const where = { hostname: host, port, data: connection, ...from };
  const tls = { rejectUnauthorized: false, ...certificate };
  const opening = target.tls
    ? Bun.connect<HostileConnection>({ ...where, tls, socket: SECURE })
    : Bun.connect<HostileConnection>({ ...where, socket: PLAIN });
  // `connectError` has told the connection.
  opening.catch(() => {});
}

const SHARED = {
  data: (socket, bytes) => socket.data.received(bytes),
  close: (socket) => socket.data.ended(),
  error: (socket) => void socket.terminate(),
  connectError: (socket) => socket.data.ended(),
} as const satisfies SocketHandler<HostileConnection>;

const PLAIN: SocketHandler<HostileConnection> = {
  ...SHARED,
  open: (socket) => socket.data.ready(socket),
};

const SECURE: SocketHandler<HostileConnection> = {
  ...SHARED,
  // A self-signed certificate makes `ok` false, and a refused connection is closed anyway.
  handshake: (socket) => socket.data.ready(socket),
};
