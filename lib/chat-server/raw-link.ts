/** Takes the bytes of a connection that carries a file, after its first line. */
export interface RawReceiver {
  /** Bytes arrived, split anywhere. They are valid during this call only: copy what must stay. */
  data(bytes: Uint8Array): void;
  /** The peer has taken some of what was sent: {@link RawLink.backlog} tells how much is left. */
  drained(): void;
  /** The connection has ended. Called once, before its session hears of it. `why` is a few plain words. */
  closed(why: string): void;
}

/**
 * A connection that carries a file: see `Link.takeRaw`. Who sends keeps `backlog` below a window, and who receives stops
 * reading while as much waits for the disk: so that neither end holds more of a file than that in memory.
 */
export interface RawLink {
  /** Bytes that were sent and that the peer hasn't taken yet, as far as is known. */
  readonly backlog: number;
  /** Queues bytes, which must not change before they have left, as `backlog` tells. */
  send(bytes: Uint8Array): void;
  /** Stops reading from the peer, or goes on. What is on its way may still arrive. */
  setReading(on: boolean): void;
  /** Drops what is queued and ends the connection at once. */
  drop(): void;
}
