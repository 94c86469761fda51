import type { RoomEvent } from "../../chat-server/event.ts";
import type { StoredChange } from "../../chat-server/takeover/follow.ts";
import { isJsonObject } from "../../protocol/json-decoder.ts";
import { UnreadableRecord } from "../../protocol/unreadable-record.ts";
import { decodeAccountChanges, isAccountChangeKind } from "../accounts/user-record.ts";
import { eraseText, formatStoredEvent, parseStoredEvent } from "../history/stored-event.ts";
import { decodePersonChange, isPersonChangeKind } from "../snapshot/people-file.ts";
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
 * Checks a change of the log, and returns it as a server follows it; account changes one by one. A message whose text was
 * left out comes with an empty text. Throws {@link UnreadableRecord}: all who follow a log read its changes by this, and
 * must not go on without one of them.
 */
export function readRecordedChange(change: LoggedChange): readonly StoredChange[] {
  switch (change.kind) {
    case "event": {
      const stored = parseStoredEvent(change.stored, change.conversation);
      if (stored.kind === "event") return [{ kind: "event", event: stored.event }];
      const newer = stored.kind === "unknown" ? stored.kindName : null;
      throw unreadable(`an event of ${change.conversation}`, newer);
    }
    case "person": {
      const decoded = decodePersonChange(change.change);
      if (decoded !== undefined) return [{ kind: "person", change: decoded }];
      throw unreadable(`change ${change.number} of people`, newerKind(change.change, isPerson));
    }
    case "accounts": {
      const decoded = decodeAccountChanges(change.changes);
      if (decoded !== undefined) return decoded.map((each) => ({ kind: "account", change: each }));
      const kinds = Array.isArray(change.changes) ? (change.changes as unknown[]) : [];
      const newer = kinds.map((each) => newerKind(each, isAccount)).find((kind) => kind !== null);
      throw unreadable(`change ${change.number} of accounts`, newer ?? null);
    }
  }
}

/**
 * Returns how long a change is in the log. Throws if it couldn't be read there: nobody could start, or go on, behind it, so it
 * must fail while it can cost the command alone that makes it.
 */
export function readableLength(change: LoggedChange): number {
  const written = JSON.stringify(change);
  readRecordedChange(JSON.parse(written) as LoggedChange);
  return written.length;
}

const isPerson = isPersonChangeKind;
const isAccount = isAccountChangeKind;

/** Returns the kind of a change that only a newer version knows, or `null`. */
function newerKind(value: unknown, isKnown: (kind: string) => boolean): string | null {
  const kind = isJsonObject(value) ? value["kind"] : undefined;
  return typeof kind === "string" && !isKnown(kind) ? kind : null;
}

function unreadable(what: string, newer: string | null): UnreadableRecord {
  return newer === null
    ? new UnreadableRecord(`The log has ${what} that can't be read.`)
    : new UnreadableRecord(
        `The log has ${what} of a kind that this version doesn't know (${newer}): a newer one wrote it.`,
        true,
      );
}
