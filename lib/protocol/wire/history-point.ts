import { formatTime, parseTime } from "../time.ts";

/** Where a page of history begins: at the newest end, a message, or a time. */
export type HistoryPoint =
  | { kind: "latest" }
  | { kind: "msgid"; msgid: string }
  /** Milliseconds since 1970. */
  | { kind: "time"; time: number };

/**
 * Parses `*`, `msgid=…` or `timestamp=…`; `null` for anything else. chathistory, "Message reference
 * types"
 */
export function parseHistoryPoint(text: string): HistoryPoint | null {
  if (text === "*") return { kind: "latest" };
  if (text.startsWith("msgid=")) {
    const msgid = text.slice("msgid=".length);
    return msgid === "" ? null : { kind: "msgid", msgid };
  }
  if (text.startsWith("timestamp=")) {
    const time = parseTime(text.slice("timestamp=".length));
    return time === null ? null : { kind: "time", time };
  }
  return null;
}

/** Formats a point as CHATHISTORY takes it: `*`, `msgid=…` or `timestamp=…`. Inverse of {@link parseHistoryPoint}. */
export function formatHistoryPoint(point: HistoryPoint): string {
  switch (point.kind) {
    case "latest":
      return "*";
    case "msgid":
      return `msgid=${point.msgid}`;
    case "time":
      return `timestamp=${formatTime(point.time)}`;
  }
}
