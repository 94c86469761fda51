import { formatTime, parseTime } from "../time.ts";

/** A place in a conversation that somebody asks from: the newest end, a message, or a moment. */
export type HistoryPoint =
  | { kind: "latest" }
  | { kind: "msgid"; msgid: string }
  /** ms since 1970 */
  | { kind: "time"; time: number };

/** Reads `*`, `msgid=…` or `timestamp=…`; `null` for anything else. chathistory, "Message reference types" */
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

/** What `parseHistoryPoint` reads. */
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
