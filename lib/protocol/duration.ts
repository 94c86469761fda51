const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** A hundred years: later is never. */
const DURATION_MS_MAX = 100 * 365 * 86_400_000;

/**
 * Reads `90s`, `30m`, `2h`, `1d12h`, `1w` as milliseconds; a bare number counts in `unitMs`. `null` when it
 * is no duration.
 */
export function parseDuration(text: string, unitMs: number): number | null {
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * unitMs, DURATION_MS_MAX);
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) return null;
  let ms = 0;
  for (const [, count, unit = ""] of text.matchAll(/(\d+)([smhdw])/g)) {
    ms += Number(count) * (UNITS[unit] ?? 0);
  }
  return Math.min(ms, DURATION_MS_MAX);
}
