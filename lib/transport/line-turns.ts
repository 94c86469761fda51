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
  #spentMs = 0;
  /** While the waiting ones run: what each may take. */
  #shareMs: number | null = null;
  #isScheduled = false;

  /** `later` calls an action on a later turn, after other things that wait for one. */
  constructor(later: (action: () => void) => void) {
    this.#later = later;
  }

  /** How long a connection may handle lines now, in ms; 0: it has to wait for a turn. */
  get leftMs(): number {
    if (this.#shareMs !== null) return this.#shareMs;
    return this.#waiting.length > 0 ? 0 : Math.max(0, TURN_MS - this.#spentMs);
  }

  /** Notes how long a connection took. */
  spend(ms: number): void {
    this.#spentMs += ms;
    this.#schedule();
  }

  /** Calls `action` in the next turn, with a share of it. */
  wait(action: () => void): void {
    this.#waiting.push(action);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#later(() => {
      this.#isScheduled = false;
      this.#spentMs = 0;
      const due = this.#waiting;
      this.#waiting = [];
      this.#shareMs = Math.max(SHARE_MS_MIN, TURN_MS / Math.max(1, due.length));
      try {
        for (const action of due) action();
      } finally {
        this.#shareMs = null;
      }
    });
  }
}
