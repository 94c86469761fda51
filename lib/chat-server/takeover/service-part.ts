import type { ElapsedMs } from "../../protocol/time.ts";
import type { CounterValues } from "../metrics/server-counters.ts";
import type { State } from "../state.ts";

/**
 * Returns a time of this process's monotonic clock as one of the service's: in ms since the service started. All servers
 * that follow each other have that clock in common. It stands still while none of them runs.
 */
export function serviceTime({ startedElapsedMs }: State, elapsedMs: number): number {
  return elapsedMs - startedElapsedMs;
}

/** Returns a time of the service's clock as one of this process's. */
export function elapsedTime({ startedElapsedMs }: State, serviceMs: number): ElapsedMs {
  return (startedElapsedMs + serviceMs) as ElapsedMs;
}

/** What the whole service has in memory alone and rarely changes: JSON. */
export interface ServicePart {
  readonly startedAt: number;
  /** The number in the key of the last guest. */
  readonly lastGuest: number;
  readonly knownOperators: readonly string[];
}

/** Its counts, which change with every line: JSON. */
export interface CountsPart {
  readonly counters: CounterValues;
  readonly commands: readonly (readonly [verb: string, count: number])[];
  /** The most users who were online at once. */
  readonly peak: number;
}

export function servicePart(state: State): ServicePart {
  return {
    startedAt: state.startedAt,
    lastGuest: state.users.lastGuest,
    knownOperators: [...state.knownOperators],
  };
}

/** Sets what `servicePart` of another server returned. */
export function fillService(state: State, part: ServicePart): void {
  state.startedAt = part.startedAt;
  state.users.lastGuest = Math.max(state.users.lastGuest, part.lastGuest);
  for (const digest of part.knownOperators) state.knownOperators.add(digest);
}

export function countsPart({ counters, commandCounts, userCounts }: State): CountsPart {
  return { counters: counters.toJson(), commands: [...commandCounts], peak: userCounts.peak };
}

/** Sets what `countsPart` of another server returned. */
export function fillCounts(state: State, { counters, commands, peak }: CountsPart): void {
  state.counters.restore(counters);
  for (const [verb, count] of commands) state.commandCounts.set(verb, count);
  state.userCounts.restorePeak(peak);
}
