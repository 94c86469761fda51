import { widerNetworkOf } from "../protocol/address.ts";

/** How many TLS handshakes begin in one slot. One takes 0.2 to 0.5 ms, so they have a quarter of a core at most. */
const HANDSHAKES_PER_SLOT = 3;
/** The length of a slot in milliseconds. */
const SLOT_MS = 5;

/** A connection whose handshake has to wait: it is not read from meanwhile. */
export interface Handshake {
  readonly address: string;
  /** Begins it, or does nothing if the connection has ended. */
  begin(): void;
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
  readonly #members: Handshake[] = [];
  /** Those of strangers by network, in the order of their turns. */
  readonly #strangers = new Map<string, Handshake[]>();
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

  /** Queues a handshake. */
  wait(handshake: Handshake): void {
    const { address } = handshake;
    if (this.#isMembers(address)) this.#members.push(handshake);
    else {
      const network = widerNetworkOf(address);
      const waiting = this.#strangers.get(network);
      if (waiting === undefined) this.#strangers.set(network, [handshake]);
      else waiting.push(handshake);
    }
    this.#arm();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#timing.after(SLOT_MS, this.#runSlot);
  }

  #runSlot = (): void => {
    this.#isArmed = false;
    for (let n = 0; n < HANDSHAKES_PER_SLOT; n += 1) this.#next()?.begin();
    if (this.#members.length > 0 || this.#strangers.size > 0) this.#arm();
  };

  #next(): Handshake | undefined {
    const member = this.#members.shift();
    if (member !== undefined) return member;
    const [first] = this.#strangers;
    if (first === undefined) return undefined;
    const [network, waiting] = first;
    const handshake = waiting.shift();
    this.#strangers.delete(network);
    if (waiting.length > 0) this.#strangers.set(network, waiting);
    return handshake;
  }
}
