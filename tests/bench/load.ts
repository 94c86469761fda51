import type { Socket, SocketHandler } from "bun";
import { DeliveryCounter } from "./delivery-counter.ts";

/** A server to measure, as seen from outside: nothing here knows which one it is. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** The address to connect from, one of this machine's; without it the system chooses. */
  readonly localAddress?: string;
  /** The client's certificate, over TLS. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** The callbacks for each delivery, for the code that counts them. */
export interface Audience {
  /** The size of the messages' texts, by which the time stamp is found. */
  readonly textBytes: number;
  delivered(peer: Peer, count: number): void;
}

/** One of the generator's connections: as little of an IRC client as measuring needs. */
export class Peer {
  readonly nick: string;
  readonly counter = new DeliveryCounter();
  audience: Audience | null = null;
  /** Takes time stamps (µs) of this peer's deliveries, when it is one of the sampled. */
  onStamp: ((us: number) => void) | null = null;
  /** Sees every line that is no delivery. */
  watch: ((line: string) => void) | null = null;
  /** Why the connection ended; null while it is open. */
  ended: string | null = null;
  /** Messages that this peer has sent since it was last asked; its owner counts. */
  sent = 0;

  #socket: Socket<Peer> | null = null;
  #unsent: Buffer | null = null;
  #waiting: { wanted: (line: string) => boolean; found: (line: string | null) => void }[] = [];
  #opened: (ok: boolean) => void = () => {};
  #closed: () => void = () => {};
  readonly opened: Promise<boolean>;
  readonly closed: Promise<void>;

  constructor(nick: string) {
    this.nick = nick;
    this.opened = new Promise((resolve) => {
      this.#opened = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#closed = resolve;
    });
  }

  /** Sends whole lines, CR LF included. Bytes that the kernel refuses are sent when it takes more. */
  send(lines: string): void {
    const bytes = Buffer.from(lines);
    this.#unsent = this.#unsent === null ? bytes : Buffer.concat([this.#unsent, bytes]);
    this.drain();
  }

  drain(): void {
    if (this.#unsent === null || this.#socket === null) return;
    const taken = this.#socket.write(this.#unsent);
    if (taken > 0) {
      this.#unsent = taken < this.#unsent.length ? this.#unsent.subarray(taken) : null;
    }
  }

  /** Waits for a line that is no delivery. Rejects when the connection ends before it comes. */
  async until(wanted: (line: string) => boolean): Promise<string> {
    const line = await new Promise<string | null>((found) => {
      if (this.ended === null) this.#waiting.push({ wanted, found });
      else found(null);
    });
    if (line === null) throw new Error(`${this.nick}: connection ended: ${this.ended}`);
    return line;
  }

  /** Returns when the server has handled all that this peer has sent, and its answers are here. */
  async settle(): Promise<void> {
    const token = `settle-${this.nick}`;
    this.send(`PING ${token}\r\n`);
    await this.until((line) => line.includes("PONG") && line.endsWith(token));
  }

  /** Stops or resumes reading from the kernel. */
  stopReading(): void {
    this.#socket?.pause();
  }

  goOnReading(): void {
    this.#socket?.resume();
  }

  terminate(): void {
    this.#socket?.terminate();
    this.end("terminated by the generator");
  }

  // The following methods are called only by the shared socket handlers.

  ready(socket: Socket<Peer>): void {
    this.#socket = socket;
    this.#opened(true);
    this.drain();
  }

  take(bytes: Buffer): void {
    const audience = this.audience;
    const came = this.counter.push(bytes, audience?.textBytes ?? 0, this.#other, this.onStamp);
    if (came > 0) audience?.delivered(this, came);
  }

  end(why: string): void {
    if (this.ended !== null) return;
    this.ended = why;
    for (const { found } of this.#waiting.splice(0)) found(null);
    this.#opened(false);
    this.#closed();
  }

  readonly #other = (line: string): void => {
    if (line.startsWith("PING ")) this.send(`PONG ${line.slice(5)}\r\n`);
    if (line.startsWith("ERROR ")) this.lastError = line;
    this.watch?.(line);
    if (this.#waiting.length === 0) return;
    const now = this.#waiting;
    this.#waiting = [];
    for (const one of now) {
      if (one.wanted(line)) one.found(line);
      else this.#waiting.push(one);
    }
  };

  lastError: string | null = null;
}

/** Opens a connection; calls `peer.opened` when it is ready (over TLS: after the handshake). */
export async function connect(target: Target, peer: Peer): Promise<void> {
  const { host, port, localAddress, certificate } = target;
  // `localAddress` is not in Bun's types.
  const from = localAddress === undefined ? {} : { localAddress };
  const where = { hostname: host, port, data: peer, ...from };
  const tls = { ...TRUST_ALL, ...certificate };
  try {
    if (target.tls) await Bun.connect<Peer>({ ...where, tls, socket: SECURE });
    else await Bun.connect<Peer>({ ...where, socket: PLAIN });
  } catch (error) {
    peer.end(String(error));
  }
  if (!(await peer.opened)) throw new Error(`${peer.nick}: no connection: ${peer.ended}`);
}

/** Connects and registers; resolves at the end of the message of the day. */
export async function arrive(target: Target, nick: string): Promise<Peer> {
  const peer = new Peer(nick);
  await connect(target, peer);
  peer.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  const line = await peer.until((one) => END_OF_WELCOME.test(one));
  if (!ARRIVED.test(line)) throw new Error(`${nick}: not let in: ${line}`);
  return peer;
}

/**
 * The same, with further attempts: of many connections that come at once, ngIRCd closes one now and then, and of tens of
 * thousands some handshakes never end. That is not measured here.
 */
export async function arriveAtLast(target: Target, nick: string): Promise<Peer> {
  for (let tries = 1; ; tries++) {
    try {
      return await arrive(target, nick);
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

/** Joins a room; resolves when the list of names is complete. */
export async function join(peer: Peer, room: string): Promise<void> {
  peer.send(`JOIN ${room}\r\n`);
  const line = await peer.until((one) => END_OF_JOIN.test(one));
  if (!JOINED.test(line)) throw new Error(`${peer.nick}: not in ${room}: ${line}`);
}

/** Does `work` for 0 … count−1, at most `atOnce` at a time, in order of beginning. */
export async function each<T>(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
  return results;
}

/** The servers measured are this machine's own, with certificates made a moment ago. */
const TRUST_ALL = { rejectUnauthorized: false };
/** The error code of a finished handshake with a self-signed certificate. */
const DISTRUSTED = /SELF_SIGNED|ISSUER|LEAF_SIGNATURE|CERT_/;
/** 376 and 422 end the welcome; FAIL, ERROR and the 4xx of NICK and USER end the hope of one. */
const END_OF_WELCOME = /^(:\S+ (376|422|43[1-7]|46[1-5]|FAIL) |ERROR |FAIL )/;
const ARRIVED = /^:\S+ (376|422) /;
const END_OF_JOIN = /^(:\S+ (366|403|405|47[1-7]|FAIL) |FAIL )/;
const JOINED = /^:\S+ 366 /;

const shared = {
  binaryType: "buffer",
  data: (socket, bytes) => socket.data.take(bytes),
  drain: (socket) => socket.data.drain(),
  close: (socket) => socket.data.end(socket.data.lastError ?? "closed"),
  end: (socket) => {
    socket.end();
  },
  error: (socket, error) => socket.data.end(String(error)),
  connectError: (socket, error) => socket.data.end(String(error)),
} as const satisfies SocketHandler<Peer, "buffer">;

const PLAIN: SocketHandler<Peer, "buffer"> = {
  ...shared,
  open: (socket) => socket.data.ready(socket),
};

const SECURE: SocketHandler<Peer, "buffer"> = {
  ...shared,
  // Before the handshake nothing can be written, so a connection counts from here.
  // `ok` is also false when the handshake is complete and only the certificate is self-signed.
  handshake: (socket, ok, error) => {
    if (ok || DISTRUSTED.test((error as NodeJS.ErrnoException | null)?.code ?? "")) {
      socket.data.ready(socket);
    } else {
      socket.data.end(`no TLS handshake: ${error}`);
      socket.terminate();
    }
  },
};
