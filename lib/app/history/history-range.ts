import { parseTime } from "../../protocol/time.ts";

/** Both ends in ms since 1970; `until` is the first moment that is too late. */
export interface Range {
  readonly since: number;
  readonly until: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * The range that `--from` and `--to` name: days like 2026-11-23 or times like 2026-11-23T09:30Z, in
 * UTC. A last day, minute or second belongs to it as a whole. Null when nothing can be between.
 */
export function readRange(from: string | null, to: string | null): Range | null {
  const since = from === null ? 0 : (momentOf(from)?.start ?? null);
  const last = to === null ? null : momentOf(to);
  if (since === null || (to !== null && last === null)) return null;
  const until = last === null ? Number.POSITIVE_INFINITY : last.start + last.lasts;
  return since < until ? { since, until } : null;
}

function momentOf(text: string): { readonly start: number; readonly lasts: number } | null {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?Z?)?$/.exec(
    text,
  );
  if (parts === null) return null;
  const [, day = "", minute, second, fraction] = parts;
  const whole = `${day}T${minute ?? "00:00"}:${second ?? "00"}.${(fraction ?? "").padEnd(3, "0")}Z`;
  const start = parseTime(whole);
  if (start === null) return null;
  const lasts =
    fraction !== undefined
      ? 1
      : second !== undefined
        ? 1000
        : minute !== undefined
          ? MINUTE_MS
          : DAY_MS;
  return { start, lasts };
}
