import type { Link } from "../../chat-server/server-ports.ts";
import type { GatewayLink } from "./gateway-link.ts";

/**
 * While there is no leader, a connection is not read from when so much of it waits, and none is when so much of all does.
 * A stranger who gives more than 32 KB at once is closed by the next leader.
 */
const WAITING_BYTES_MAX = 4 * 1024;
const ALL_WAITING_BYTES_MAX = 32 << 20;
/**
 * More than this doesn't wait for a leader, nor for one that takes nothing. Nobody is read from long before, but who
 * connects then may bring something with its TLS handshake: it is closed.
 */
const NEWCOMERS_WAITING_BYTES_MAX = 48 << 20;

/** What is said to who is closed then. */
export const TOO_MUCH_WAITS = new TextEncoder().encode(
  "ERROR :The server can't answer at the moment, and too much waits for it: connect again later\r\n",
);

/** Returns whether so much waits for a leader that who brings more is to be closed. */
export function isOverfull(allWaitingBytes: number): boolean {
  return allWaitingBytes > NEWCOMERS_WAITING_BYTES_MAX;
}

/** Returns whether so much waits for a leader that nobody is to be read from. */
export function isFull(allWaitingBytes: number): boolean {
  return allWaitingBytes > ALL_WAITING_BYTES_MAX;
}

/** Which connections of a gateway are not read from: those that the leader named, and those that wait until it reads again. */
export class ReadPauses {
  readonly #stopped = new Set<Link>();
  readonly #held = new Set<Link>();
  #areAllHeld = false;

  /** Whether nobody is read from. */
  get areAllHeld(): boolean {
    return this.#areAllHeld;
  }

  /** The leader wants to hear no more of a connection, or wants to again. */
  setReading(link: Link, isOn: boolean): void {
    if (isOn) this.#stopped.delete(link);
    else this.#stopped.add(link);
    link.setReading?.(isOn && !this.#held.has(link));
  }

  /** Reads no more from a connection until {@link releaseHeld}. */
  hold(link: Link): void {
    this.#held.add(link);
    link.setReading?.(false);
  }

  /** The same, when so many of its bytes wait that no more are to. */
  holdIfFull(link: Link, waitingBytes: number): void {
    if (waitingBytes > WAITING_BYTES_MAX) this.hold(link);
  }

  /**
   * The same for all that there are, and those that come. From one that is being closed, only its end is awaited, and of one
   * that carries a file no more is read than its leader asks for.
   */
  holdAll(all: Iterable<Pick<GatewayLink, "link" | "isClosing" | "isRaw">>): void {
    if (this.#areAllHeld) return;
    this.#areAllHeld = true;
    for (const { link, isClosing, isRaw } of all) if (!isClosing && !isRaw) this.hold(link);
  }

  /** A connection has come. */
  opened(link: Link): void {
    if (this.#areAllHeld) this.hold(link);
  }

  /** Reads again from those that were held, but for those of which the leader wants no more. */
  releaseHeld(): void {
    for (const link of this.#held) if (!this.#stopped.has(link)) link.setReading?.(true);
    this.#held.clear();
    this.#areAllHeld = false;
  }

  /** Another leader has stopped none. */
  releaseStopped(): void {
    for (const link of this.#stopped) if (!this.#held.has(link)) link.setReading?.(true);
    this.#stopped.clear();
  }

  /** A connection has ended. */
  forget(link: Link): void {
    this.#stopped.delete(link);
    this.#held.delete(link);
  }
}
