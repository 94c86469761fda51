import { parseTime } from "../../protocol/time.ts";

/** A range of time in ms since 1970. `until` is excluded, and may be infinite. */
export interface TimeRange {
  readonly since: number;
  readonly until: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

const DAY_OR_TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?Z?)?$/;

/**
 * Parses the range of `--from` and `--to`: days like 2026-11-23 or times like 2026-11-23T09:30Z, in UTC. The day,
 * minute or second that `to` names is included as a whole. Null when either isn't valid or the range is empty.
 */
export function parseTimeRange(from: string | null, to: string | null): TimeRange | null {
  const since = from === null ? 0 : (parseMoment(from)?.start ?? null);
  const last = to === null ? null : parseMoment(to);
  if (since === null || (to !== null && last === null)) return null;
  const until = last === null ? Number.POSITIVE_INFINITY : last.start + last.durationMs;
  return since < until ? { since, until } : null;
}

function parseMoment(text: string): { readonly start: number; readonly durationMs: number } | null {
  const parts = DAY_OR_TIME.exec(text);
  if (parts === null) return null;
  const [, day = "", minute, second, fraction] = parts;
  const time = `${day}T${minute ?? "00:00"}:${second ?? "00"}.${(fraction ?? "").padEnd(3, "0")}Z`;
  const start = parseTime(time);
  if (start === null) return null;
  const durationMs =
    fraction !== undefined
      ? 1
      : second !== undefined
        ? SECOND_MS
        : minute !== undefined
          ? MINUTE_MS
          : DAY_MS;
  return { start, durationMs };
}
