import type { RoomEvent } from "../event.ts";
import type { AuthoredLines, AuthoredRange, MentioningMessage } from "../server-ports.ts";

/** Whether an event is one of those that an account said: a message, a reaction, or an edit. */
export function isAuthoredBy(event: RoomEvent, { account, since, upTo }: AuthoredRange): boolean {
  if (event.kind !== "said" && event.kind !== "edited") return false;
  return event.by.account === account && event.position <= upTo && event.time >= since;
}

/** What counts of all that somebody said. Whom an edited message names is read off its text. */
export function collectAuthoredLines(events: readonly RoomEvent[]): AuthoredLines {
  const times: number[] = [];
  const naming: MentioningMessage[] = [];
  for (const event of events) {
    if (event.kind !== "said" || event.verb === "TAGMSG") continue;
    const { time, text, named, editedAt } = event;
    times.push(time);
    if (editedAt !== undefined) naming.push({ time, text });
    else if (named !== undefined && named.length > 0) naming.push({ time, named });
  }
  return { lines: events.length, times, naming };
}
