import type { ElapsedMs } from "../../protocol/time.ts";
import { elapsed, startTicks } from "../../transport/clock.ts";

/** Between two ticks of a connection: so long may bytes wait for their acknowledgement. */
export const TICK_MS = 50;

/** What happens later, on the bus. Tests have their own. */
export interface BusTiming {
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** Calls `tick` every {@link TICK_MS}, until the returned function is called. */
  startTicks(tick: () => void): () => void;
  /** Calls a function when this turn is over. */
  atTurnEnd(run: () => void): void;
}

/** Returns the timing of this process. */
export function systemBusTiming(): BusTiming {
  return {
    elapsed,
    startTicks(tick) {
      const ticks = startTicks(TICK_MS, tick);
      return () => ticks.stop();
    },
    atTurnEnd: (run) => void setImmediate(run),
  };
}
