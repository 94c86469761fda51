import type { Target } from "./load.ts";

/** The input of a scenario: a server that accepts connections, and facts about it. */
export interface Subject {
  readonly name: string;
  readonly target: Target;
  /** The server's process on this machine; without it CPU and memory stay unknown. */
  readonly pid: number | null;
  /** The folder of the server's files; `null` for a server that was started elsewhere. */
  readonly folder: string | null;
  /** More lines than these in one write wait, or are lost; a scenario with more is left out. */
  readonly burstMax: number;
  /** How many links `idle-links` opens. */
  readonly links: number;
  /** Resolves when each process of the server has collected its garbage; `null` where that can't be asked for. */
  readonly collectGarbage: (() => Promise<void>) | null;
  /**
   * Restarts the same server on its folder, and resolves to the time until the first finished
   * handshake; null for a server that was started elsewhere.
   */
  readonly startAgainMs: (() => Promise<number>) | null;
}
