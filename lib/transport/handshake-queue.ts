import { widerNetworkOf } from "../protocol/address.ts";

/** How many TLS handshakes begin in one slot. One takes 0.2 to 0.5 ms, so they have a quarter of a core at most. */
const HANDSHAKES_PER_SLOT = 3;
/** The length of a slot in milliseconds. */
const SLOT_MS = 5;

/** A connection whose handshake has to wait: meanwhile it is not read from. */
interface WaitingConnection {
  readonly address: string;
  setReading(on: boolean): void;
}

/** The clock and timer of a {@link HandshakeQueue}. Replaced in tests. */
interface SlotTiming {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls `run` in `ms` milliseconds. */
  after(ms: number, run: () => void): void;
}

const REAL_TIME: SlotTiming = {
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, ms),
};

/**
 * Spreads handshakes that come together: a thousand of them in one turn of the event loop would hold up everybody
 * for half a second. Those from addresses where members have logged in begin first; the other networks take turns,
 * so that one which opens many connections delays its own.
 */
export class HandshakeQueue {
  readonly #isMembers: (address: string) => boolean;
  readonly #timing: SlotTiming;
  readonly #members = new Set<WaitingConnection>();
  /** Those of strangers by network, in the order of their turns. */
  readonly #strangers = new Map<string, Set<WaitingConnection>>();
  #slotEndsAtMs = 0;
  #begunInSlot = 0;
  #isArmed = false;

  /** @param isMembers whether a member has logged in from an address */
  constructor(isMembers: (address: string) => boolean, timing = REAL_TIME) {
    this.#isMembers = isMembers;
    this.#timing = timing;
  }

  /** Returns whether a handshake may begin at once. Otherwise it must wait: see {@link wait}. */
  mayBegin(): boolean {
    if (this.#isArmed) return false;
    const now = this.#timing.now();
    if (now >= this.#slotEndsAtMs) {
      this.#slotEndsAtMs = now + SLOT_MS;
      this.#begunInSlot = 0;
    }
    this.#begunInSlot += 1;
    return this.#begunInSlot <= HANDSHAKES_PER_SLOT;
  }

  /** How many wait. */
  get size(): number {
    let size = this.#members.size;
    for (const waiting of this.#strangers.values()) size += waiting.size;
    return size;
  }

  /** Stops reading from a connection until its turn has come. */
  wait(connection: WaitingConnection): void {
    connection.setReading(false);
    const { address } = connection;
    if (this.#isMembers(address)) this.#members.add(connection);
    else {
      const network = widerNetworkOf(address);
      const waiting = this.#strangers.get(network);
      if (waiting === undefined) this.#strangers.set(network, new Set([connection]));
      else waiting.add(connection);
    }
    this.#arm();
  }

  /** Forgets a connection that has ended. */
  leave(connection: WaitingConnection): void {
    if (this.#members.delete(connection)) return;
    const network = widerNetworkOf(connection.address);
    const waiting = this.#strangers.get(network);
    if (waiting?.delete(connection) === true && waiting.size === 0) {
      this.#strangers.delete(network);
    }
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#timing.after(SLOT_MS, this.#runSlot);
  }

  #runSlot = (): void => {
    this.#isArmed = false;
    for (let n = 0; n < HANDSHAKES_PER_SLOT; n += 1) this.#next()?.setReading(true);
    if (this.#members.size > 0 || this.#strangers.size > 0) this.#arm();
  };

  #next(): WaitingConnection | undefined {
    const [member] = this.#members;
    if (member !== undefined) {
      this.#members.delete(member);
      return member;
    }
    const [first] = this.#strangers;
    if (first === undefined) return undefined;
    const [network, waiting] = first;
    const [connection] = waiting;
    if (connection !== undefined) waiting.delete(connection);
    this.#strangers.delete(network);
    if (waiting.size > 0) this.#strangers.set(network, waiting);
    return connection;
  }
}
