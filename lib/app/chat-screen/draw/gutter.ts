/** What stands to the left of every message: time, mark, name, and a bar where one is named. */
export interface Gutter {
  /** All of it, the bar included. */
  readonly cells: number;
  readonly name: number;
  readonly bar: number;
  /** The name has a row of its own; only the bar is left of the text. */
  readonly stacked: boolean;
}

/** Narrower, and the gutter would take more room than the text. */
const STACKED_BELOW = 50;

/** `width`: the cells that the conversation has. */
export function gutterFor(width: number): Gutter {
  if (width < STACKED_BELOW) return { cells: 1, name: 0, bar: 1, stacked: true };
  const name = width < 90 ? 8 : width < 120 ? 10 : 14;
  // "09:41 ✓  민수     ┃ "
  return { cells: 5 + 1 + 2 + 1 + name + 2, name, bar: 2, stacked: false };
}
