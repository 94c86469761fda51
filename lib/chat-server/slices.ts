import { query, type Steps } from "./command.ts";
import type { Reply } from "./relay/reply.ts";

/**
 * Long answers in slices: a handler that sends many rows does some of them, lets others run, and goes on. The
 * core has no clock, so that the work is counted in units of about a microsecond.
 */

/** Work of one slice: some 1 to 2 ms, and 5 ms on a slow machine. */
export const SLICE_UNITS_MAX = 1000;

/**
 * Counts the work of one answer. Ask `isOver` before each row, and pause when it says so:
 *
 *     const slice = new Slice(reply);
 *     for (const room of state.rooms.all()) {
 *       if (slice.isOver()) yield* pause();
 *       …
 *     }
 *
 * A map or set may change during a pause: its iterator then leaves out what was removed and visits what was added.
 */
export class Slice {
  readonly #reply: Pick<Reply, "units">;
  #startUnits: number;
  #visited = 0;

  /** @param reply the answer, whose lines are work as well */
  constructor(reply: Pick<Reply, "units">) {
    this.#reply = reply;
    this.#startUnits = reply.units;
  }

  /** Counts further work. */
  add(units: number): void {
    this.#visited += units;
  }

  /** Counts further work, and returns whether the slice is used up. Then the next one begins. */
  isOver(units = 1): boolean {
    this.#visited += units;
    if (this.#visited + this.#reply.units - this.#startUnits < SLICE_UNITS_MAX) return false;
    this.#startUnits = this.#reply.units;
    this.#visited = 0;
    return true;
  }
}

/** Lets other sessions run. Rights may have changed afterwards, and the asking session may have left rooms. */
export function* pause(): Steps {
  yield* query({ kind: "pause" });
}
