/** How long the lines of all connections together are handled in a turn of the event loop. */
const TURN_MS = 4;
/** What a connection gets of a turn at least, however many others wait. */
const SHARE_MS_MIN = 1;
/** How long a busy connection rests between two reads at most. What servers send is drawn no sooner than that either. */
const REST_MS = 50;

/**
 * Shares the turns of the event loop between the connections of a client: several servers that send without end must
 * not hold it longer than one does, and one that says a word must be heard in between.
 *
 * @example
 * const turns = new LineTurns((action, ms) => void setTimeout(action, ms));
 * new PacedLines({ line, pause, turns });
 */
export class LineTurns {
  readonly #later: (action: () => void, ms: number) => void;
  #waiting: (() => void)[] = [];
  #resting: (() => void)[] = [];
  /** How long lines were handled of late, less the time that has passed between, and until when. */
  #spentMs = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** While the waiting ones run: what each may take. */
  #shareMs: number | null = null;

  /** `later` calls an action after so many ms; for 0 on a later turn, after other things that wait for one. */
  constructor(later: (action: () => void, ms: number) => void) {
    this.#later = later;
  }

  /** How long a connection may handle lines now, in ms; 0: it has to wait for a turn. */
  leftMs(nowMs: number): number {
    if (this.#shareMs !== null) return this.#shareMs;
    return this.#waiting.length > 0 ? 0 : Math.max(0, TURN_MS - this.#owedMs(nowMs));
  }

  /**
   * Notes from when to when a connection handled lines. Time that passes after that was for other things, and pays it
   * back: a timer at the end of each turn would wake a calm client twice as often.
   */
  spend(startMs: number, endMs: number): void {
    this.#spentMs = this.#owedMs(startMs) + endMs - startMs;
    this.#untilMs = endMs;
  }

  /** Calls `action` in the next turn, with a share of it. */
  wait(action: () => void): void {
    this.#waiting.push(action);
    if (this.#waiting.length > 1) return;
    this.#later(() => {
      const due = this.#waiting;
      this.#waiting = [];
      this.#shareMs = Math.max(SHARE_MS_MIN, TURN_MS / due.length);
      try {
        for (const action of due) action();
      } finally {
        this.#shareMs = null;
      }
    }, 0);
  }

  /** Calls `action` within REST_MS, at once with those of the others: they all wake the process together. */
  rest(action: () => void): void {
    this.#resting.push(action);
    if (this.#resting.length > 1) return;
    this.#later(() => {
      const due = this.#resting;
      this.#resting = [];
      for (const action of due) action();
    }, REST_MS);
  }

  #owedMs(nowMs: number): number {
    return Math.max(0, this.#spentMs - (nowMs - this.#untilMs));
  }
}
