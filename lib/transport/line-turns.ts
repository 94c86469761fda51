/** How long the lines of all connections together are handled in a turn of the event loop. */
const TURN_MS = 4;
/** What a connection gets of a turn at least, however many others wait. */
const SHARE_MS_MIN = 1;

/**
 * Shares the turns of the event loop between the connections of a client: several servers that send without end must
 * not hold it longer than one does, and one that says a word must be heard in between.
 *
 * @example
 * const turns = new LineTurns((action) => void setTimeout(action, 0));
 * new PacedLines({ line, pause, turns });
 */
export class LineTurns {
  readonly #later: (action: () => void) => void;
  #waiting: (() => void)[] = [];
  /** How long lines were handled of late, less the time that has passed between, and until when. */
  #spentMs = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  /** While the waiting ones run: what each may take. */
  #shareMs: number | null = null;

  /** `later` calls an action on a later turn, after other things that wait for one. */
  constructor(later: (action: () => void) => void) {
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
    });
  }

  #owedMs(nowMs: number): number {
    return Math.max(0, this.#spentMs - (nowMs - this.#untilMs));
  }
}
