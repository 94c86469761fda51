/** When to send a PING, when a silent connection counts as dead, and when to connect again. */

/** Between two PINGs. Shorter than the two minutes after which home routers drop a connection. */
const PING_EVERY_MS = 30_000;
/** Silence after which the connection counts as dead: two PINGs without an answer, and some. */
export const SILENCE_MS_MAX = 75_000;
/** The first delay. Short: most breaks are a laptop that woke up. */
export const FIRST_DELAY_MS = 500;
/** The longest delay. A user still waits for it, and a thousand clients don't overload a starting server. */
export const DELAY_MS_MAX = 60_000;

/** Owns the time of the last received line, and the PING that has no answer yet. */
export class KeepAlive {
  readonly #send: (verb: string, params: readonly string[]) => void;
  #lastReceivedMs = 0;
  #lastPingMs = 0;
  #awaitsPong = false;

  constructor(send: (verb: string, params: readonly string[]) => void) {
    this.#send = send;
  }

  /** Starts over on a new connection. */
  start(now: number): void {
    this.#lastReceivedMs = now;
    this.#lastPingMs = now;
    this.#awaitsPong = false;
  }

  /** Call it for every line from the server. */
  noteReceived(now: number): void {
    this.#lastReceivedMs = now;
  }

  ping(now: number): void {
    this.#lastPingMs = now;
    this.#awaitsPong = true;
    this.#send("PING", [`${now}`]);
  }

  /** Returns the round trip in ms; null for a PONG that answers no PING of ours. */
  notePong(now: number): number | null {
    if (!this.#awaitsPong) return null;
    this.#awaitsPong = false;
    return Math.max(0, now - this.#lastPingMs);
  }

  /**
   * Sends a PING if one is due and `canPing`. Returns true once when the connection has been silent
   * for SILENCE_MS_MAX.
   */
  tick(now: number, canPing: boolean): boolean {
    if (now - this.#lastReceivedMs >= SILENCE_MS_MAX) {
      this.#lastReceivedMs = now;
      return true;
    }
    if (canPing && now - this.#lastPingMs >= PING_EVERY_MS) this.ping(now);
    return false;
  }
}

/**
 * Returns the delay (ms) before attempt number `attempt` to connect again; 0 is the first after a
 * loss. It doubles up to DELAY_MS_MAX. `chance` (0 to 1) spreads it over the upper half, so that
 * clients that lost a server together don't come back together.
 */
export function reconnectDelay(attempt: number, chance: number): number {
  const delay = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** Math.min(attempt, 20));
  return Math.round(delay / 2 + (delay / 2) * chance);
}
