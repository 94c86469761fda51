/** Returns milliseconds since 1970. Never runs backwards. */
type Clock = () => number;

/**
 * Returns the clock of a server or client: the machine's, but it stands still while the machine's is set back.
 * Times in a conversation must not run backwards.
 */
export function makeClock(machine: Clock = Date.now): Clock {
  let latest = 0;
  return () => {
    latest = Math.max(latest, machine());
    return latest;
  };
}

/** A running interval of {@link startTicks}. */
export interface Ticks {
  stop(): void;
}

/**
 * Calls `tick` every `ms` until it is stopped. A server or client does all its waiting (pings, idle limits,
 * sweeps) on one such interval. It does not keep the process alive.
 */
export function startTicks(ms: number, tick: () => void): Ticks {
  const interval = setInterval(tick, ms);
  interval.unref();
  return { stop: () => clearInterval(interval) };
}
