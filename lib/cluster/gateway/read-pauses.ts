import type { Link } from "../../chat-server/server-ports.ts";

/** Which connections of a gateway are not read from: those that the leader named, and those that wait until it reads again. */
export class ReadPauses {
  readonly #stopped = new Set<Link>();
  readonly #held = new Set<Link>();

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

  /** Reads again from those that were held, but for those of which the leader wants no more. */
  releaseHeld(): void {
    for (const link of this.#held) if (!this.#stopped.has(link)) link.setReading?.(true);
    this.#held.clear();
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
