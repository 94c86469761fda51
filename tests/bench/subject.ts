import type { Target } from "./load.ts";

/** What a scenario is given: a server that takes connections, and what else is known of it. */
export interface Subject {
  readonly name: string;
  readonly target: Target;
  /** The server's process on this machine; without it CPU and memory stay unknown. */
  readonly pid: number | null;
  /** More lines than these in one write wait, or are lost; a scenario with more is left out. */
  readonly burstMax: number;
  /**
   * Starts the same server once more on its own folder, and answers how long it took to the first
   * finished handshake; null for a server that somebody else started.
   */
  readonly startAgainMs: (() => Promise<number>) | null;
}
