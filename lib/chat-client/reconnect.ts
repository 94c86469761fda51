/** The first pause. Short: most breaks are a laptop that woke up. */
export const FIRST_DELAY_MS = 500;
/** A minute: a person still waits for it, and a thousand clients don't crowd a server that starts. */
export const DELAY_MS_MAX = 60_000;

/**
 * How long to wait (ms) before attempt number `attempt` (0 is the first after a loss). Doubles up
 * to DELAY_MS_MAX; `chance` (0 to 1) spreads it over the upper half, so that clients that lost a
 * server together don't come back together.
 */
export function reconnectDelay(attempt: number, chance: number): number {
  const whole = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** Math.min(attempt, 20));
  return Math.round(whole / 2 + (whole / 2) * chance);
}
