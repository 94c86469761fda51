import type { WireLine } from "../protocol/wire/lines.ts";
import { elapsed } from "./clock.ts";
import type { LineTurns } from "./line-turns.ts";
import { ReadingPace } from "./reading-pace.ts";

/** How long lines are handled at a stretch: less than a frame, so that keys and signals are heard in between. */
const SLICE_MS = 8;

/** What {@link PacedLines} needs. */
export interface PacedLinesPorts {
  /** Handles one line. It may close the connection. */
  line(line: WireLine): void;
  /** Stops reading from the socket, or goes on. */
  pause(isPaused: boolean): void;
  /** Returns a reading of the monotonic clock, in ms. */
  elapsed(): number;
  /** Calls `action` on a later turn of the event loop, after other things that wait for one. */
  later(action: () => void): void;
  /** The turns that it shares with other connections; left out: it has its own. */
  readonly turns?: LineTurns;
}

/**
 * Hands out lines in slices, so that a server that sends without end can't hold the process: while lines wait, nothing
 * more is read, and its writes block. Holds at most what one read of the socket brought. A busy connection rests between
 * two reads.
 */
export class PacedLines {
  readonly #ports: PacedLinesPorts;
  /** Lines that wait, from `#next` on. */
  #lines: WireLine[] = [];
  #next = 0;
  #isScheduled = false;
  #isHeld = false;
  #isResting = false;
  readonly #pace = new ReadingPace();
  #onEmpty: (() => void) | null = null;

  constructor(ports: Omit<PacedLinesPorts, "elapsed" | "later"> & Partial<PacedLinesPorts>) {
    this.#ports = { elapsed, later: (action) => void setTimeout(action, 0), ...ports };
  }

  push(lines: readonly WireLine[]): void {
    if (this.#isEmpty) [this.#lines, this.#next] = [[...lines], 0];
    else for (const line of lines) this.#lines.push(line);
    this.#pace.noteRead(lines.length, this.#ports.elapsed());
    if (!this.#isScheduled) this.#run();
  }

  /** Hands out nothing, and reads nothing, until it is called with `false`. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#ports.pause(true);
    else if (!this.#isScheduled) this.#schedule();
  }

  /** Reads at once what comes next: somebody waits for an answer. */
  expectAnswer(): void {
    this.#pace.reset();
    this.#endRest();
  }

  /** Calls `action` once every line was handed out: at once if none waits. */
  whenEmpty(action: () => void): void {
    if (this.#isEmpty) action();
    else this.#onEmpty = action;
  }

  /** Drops the lines that wait. */
  clear(): void {
    this.#isHeld = false;
    [this.#lines, this.#next] = [[], 0];
  }

  get #isEmpty(): boolean {
    return this.#next >= this.#lines.length;
  }

  #run(): void {
    const { turns } = this.#ports;
    const startElapsedMs = this.#ports.elapsed();
    const sliceMs = turns?.leftMs(startElapsedMs) ?? SLICE_MS;
    while (!this.#isEmpty && !this.#isHeld && sliceMs > 0) {
      const line = this.#lines[this.#next] as WireLine;
      this.#next += 1;
      this.#ports.line(line);
      if (this.#ports.elapsed() >= startElapsedMs + sliceMs) break;
    }
    turns?.spend(startElapsedMs, this.#ports.elapsed());
    if (this.#isHeld) return;
    if (!this.#isEmpty) {
      this.#ports.pause(true);
      return this.#schedule();
    }
    this.clear();
    if (turns !== undefined && this.#pace.rests) this.#rest(turns);
    else this.#ports.pause(false);
    const onEmpty = this.#onEmpty;
    this.#onEmpty = null;
    onEmpty?.();
  }

  #rest(turns: LineTurns): void {
    this.#ports.pause(true);
    if (this.#isResting) return;
    this.#isResting = true;
    turns.rest(() => this.#endRest());
  }

  #endRest(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    if (this.#isEmpty && !this.#isHeld) this.#ports.pause(false);
  }

  #schedule(): void {
    this.#isScheduled = true;
    const run = (): void => {
      this.#isScheduled = false;
      this.#run();
    };
    if (this.#ports.turns === undefined) this.#ports.later(run);
    else this.#ports.turns.wait(run);
  }
}
