import type { RoomEvent } from "../../chat-server/event.ts";
import type { StoredChange } from "../../chat-server/takeover/follow.ts";
import { decodeAccountChanges } from "../accounts/user-record.ts";
import { eraseText, formatStoredEvent, parseStoredEvent } from "../history/stored-event.ts";
import { decodePersonChange } from "../snapshot/people-file.ts";
import type { LoggedChange } from "./logged-changes.ts";

/**
 * Returns an event as the log of records has it: the line of its history's file, with its "\n". On a server that writes no
 * history the texts of messages are left out: the log lies on the same disk.
 */
export function formatRecordedEvent(event: RoomEvent, hasHistory: boolean): string {
  const line = formatStoredEvent(event);
  return hasHistory || (event.kind !== "said" && event.kind !== "edited") ? line : eraseText(line);
}

/**
 * Checks a change of the log, and returns it as a server follows it; account changes one by one. `null`: it is damaged, or
 * of a kind that this version doesn't know. A message whose text was left out comes with an empty text.
 */
export function decodeRecordedChange(change: LoggedChange): readonly StoredChange[] | null {
  switch (change.kind) {
    case "event": {
      const stored = parseStoredEvent(change.stored, change.conversation);
      return stored.kind === "event" ? [{ kind: "event", event: stored.event }] : null;
    }
    case "person": {
      const decoded = decodePersonChange(change.change);
      return decoded === undefined ? null : [{ kind: "person", change: decoded }];
    }
    case "accounts": {
      const decoded = decodeAccountChanges(change.changes);
      return decoded?.map((each) => ({ kind: "account", change: each })) ?? null;
    }
  }
}
