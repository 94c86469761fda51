/** When to send a PING, when a silent connection counts as dead, and when to connect again. */

import type { ElapsedMs } from "../protocol/time.ts";
import type { ClientState } from "./client-state.ts";
import type { SessionPorts } from "./session-interface.ts";

/** Between two PINGs. Shorter than the two minutes after which home routers drop a connection. */
const PING_EVERY_MS = 30_000;
/** Silence after which the connection counts as dead: two PINGs without an answer, and some. */
export const SILENCE_MS_MAX = 75_000;
/** The first delay. Short: most breaks are a laptop that woke up. */
export const FIRST_DELAY_MS = 500;
/** The longest delay. A user still waits for it, and a thousand clients don't overload a starting server. */
export const DELAY_MS_MAX = 60_000;

/**
 * When the time of day has gone ahead of the monotonic clock by more than this, the machine slept, or its
 * clock was set. When so much has passed between two ticks, this program was stopped.
 */
const SLEPT_MS = 5_000;
/**
 * How long a connection may stay silent after that. One that died while the machine slept is found by then.
 */
const WAKE_ANSWER_MS = 10_000;
/** An answer that took longer is asked for again soon: the time that is shown must not be that of a hiccup for long. */
const SLOW_MS = 1_000;
const SLOW_PING_EVERY_MS = 5_000;
/** What has waited so long makes us ask whether the server answers at all. */
const DOUBT_MS = 4_000;

/** The two clocks of {@link SessionPorts}. */
type Clocks = Pick<SessionPorts, "now" | "elapsed">;

/** What of `ClientState` tells whether the server answers. */
export type Silence = Pick<ClientState, "unansweredElapsedMs" | "isChecking">;

/** Owns the time of the last received line, and which PINGs have no answer yet. */
export class KeepAlive {
  readonly #send: (verb: string, params: readonly string[]) => void;
  /** When the connection counts as dead, unless a line comes before. */
  #deadElapsedMs = 0;
  #lastPingElapsedMs = 0;
  #nextPingElapsedMs = 0;
  /** The last one that has an answer. */
  #answeredPingElapsedMs = 0;
  #awaitsPong = false;
  #lastTickElapsedMs = 0;
  #lastReceivedElapsedMs = 0;
  /** When the first PING was sent that has no answer yet; null for none. */
  #unansweredPingElapsedMs: ElapsedMs | null = null;
  #isChecking = false;
  /** By how much the time of day was ahead of the monotonic clock at the last tick. */
  #clockOffsetMs = 0;

  constructor(send: (verb: string, params: readonly string[]) => void) {
    this.#send = send;
  }

  /** Starts over on a new connection. */
  start(clocks: Clocks): void {
    const elapsedMs = clocks.elapsed();
    this.noteReceived(elapsedMs);
    this.#lastPingElapsedMs = elapsedMs;
    this.#nextPingElapsedMs = elapsedMs + PING_EVERY_MS;
    this.#answeredPingElapsedMs = elapsedMs;
    this.#awaitsPong = false;
    this.#unansweredPingElapsedMs = null;
    this.#lastTickElapsedMs = elapsedMs;
    this.#clockOffsetMs = clocks.now() - elapsedMs;
  }

  /** When the latest PING was sent that has an answer. */
  get answeredPingElapsedMs(): number {
    return this.#answeredPingElapsedMs;
  }

  /**
   * Returns since when the server owes an answer: to what was sent, or any line after a PING.
   *
   * @param waitingSince when the oldest thing was sent that it hasn't answered; null for none
   */
  silence(waitingSince: ElapsedMs | null): Silence {
    const isChecking = this.#isChecking;
    const ping = this.#unansweredPingElapsedMs;
    // It says something, and so lives.
    const isAlive = ping === null || ping <= this.#lastReceivedElapsedMs;
    if (isAlive || (waitingSince !== null && waitingSince < ping)) {
      return { unansweredElapsedMs: waitingSince, isChecking };
    }
    return { unansweredElapsedMs: ping, isChecking };
  }

  /** Call it for every line from the server. */
  noteReceived(elapsedMs: ElapsedMs): void {
    this.#isChecking = false;
    this.#lastReceivedElapsedMs = elapsedMs;
    this.#deadElapsedMs = elapsedMs + SILENCE_MS_MAX;
  }

  ping(elapsedMs: ElapsedMs): void {
    this.#lastPingElapsedMs = elapsedMs;
    this.#nextPingElapsedMs = elapsedMs + PING_EVERY_MS;
    this.#awaitsPong = true;
    this.#unansweredPingElapsedMs ??= elapsedMs;
    this.#send("PING", [`${elapsedMs}`]);
  }

  /** Sends a PING unless one has no answer yet. Returns when it was sent, or `null`. */
  pingOnce(elapsedMs: ElapsedMs): ElapsedMs | null {
    if (this.#awaitsPong) return null;
    this.ping(elapsedMs);
    return elapsedMs;
  }

  /**
   * Returns the round trip in ms; null for a PONG that answers no PING of ours.
   *
   * @param token the one of the PING: when it was sent
   */
  notePong(token: string, elapsedMs: ElapsedMs): number | null {
    const sentElapsedMs = Number(token);
    const isOurs =
      sentElapsedMs >= this.#answeredPingElapsedMs && sentElapsedMs <= this.#lastPingElapsedMs;
    if (!this.#awaitsPong || !isOurs) return null;
    this.#answeredPingElapsedMs = sentElapsedMs;
    this.#awaitsPong = sentElapsedMs < this.#lastPingElapsedMs;
    this.#unansweredPingElapsedMs = this.#awaitsPong
      ? (this.#lastPingElapsedMs as ElapsedMs)
      : null;
    const tookMs = elapsedMs - sentElapsedMs;
    if (tookMs > SLOW_MS) {
      const soon = elapsedMs + SLOW_PING_EVERY_MS;
      this.#nextPingElapsedMs = Math.min(this.#nextPingElapsedMs, soon);
    }
    return tookMs;
  }

  /** Whether the server has answered all PINGs, or one that was sent later than something else: it answers in order. */
  isPast(sentElapsedMs: ElapsedMs): boolean {
    return !this.#awaitsPong || sentElapsedMs < this.#answeredPingElapsedMs;
  }

  /** Whether the server has answered a PING that was sent later than something else, which it then has passed over. */
  hasPassed(sentElapsedMs: ElapsedMs): boolean {
    return sentElapsedMs < this.#answeredPingElapsedMs;
  }

  /**
   * Sends a PING if one is due and `canPing`: after the machine slept, at once, and soon when something else has no
   * answer. Returns true once when the connection has been silent for too long.
   *
   * @param waitingSince when the oldest thing was sent that the server hasn't answered; null for none
   */
  tick(clocks: Clocks, canPing: boolean, waitingSince: ElapsedMs | null = null): boolean {
    const elapsedMs = clocks.elapsed();
    const hasSlept = this.#hasSlept(elapsedMs, clocks.now() - elapsedMs);
    if (canPing && hasSlept && !this.#isChecking) {
      this.#isChecking = true;
      // What the server has sent meanwhile may wait to be read. A clock that was only set costs one PING.
      const deadElapsedMs = elapsedMs + WAKE_ANSWER_MS;
      const isOverdue = this.#deadElapsedMs <= elapsedMs;
      this.#deadElapsedMs = isOverdue
        ? deadElapsedMs
        : Math.min(this.#deadElapsedMs, deadElapsedMs);
    }
    if (elapsedMs >= this.#deadElapsedMs) {
      this.noteReceived(elapsedMs);
      return true;
    }
    if (!canPing) return false;
    const isInDoubt =
      waitingSince !== null && !this.#awaitsPong && elapsedMs - waitingSince >= DOUBT_MS;
    const isDue = elapsedMs >= this.#nextPingElapsedMs;
    if (hasSlept || isInDoubt || isDue) this.ping(elapsedMs);
    return false;
  }

  #hasSlept(elapsedMs: ElapsedMs, offsetMs: number): boolean {
    const aheadMs = offsetMs - this.#clockOffsetMs;
    const gapMs = elapsedMs - this.#lastTickElapsedMs;
    this.#clockOffsetMs = offsetMs;
    this.#lastTickElapsedMs = elapsedMs;
    return aheadMs > SLEPT_MS || gapMs > SLEPT_MS;
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
