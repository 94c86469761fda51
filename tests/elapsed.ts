import type { ElapsedMs } from "../lib/protocol/time.ts";

/** Returns a reading of a monotonic clock, for code that is handed one. */
export function elapsedMs(ms: number): ElapsedMs {
  return ms as ElapsedMs;
}
