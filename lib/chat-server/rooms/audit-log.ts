import type { RoomAuditEntry } from "../../protocol/room-fields.ts";
import type { EventHeader, ModeChange, RoomEvent, UserIdentity } from "../event.ts";
import { AUDIT_ENTRIES_MAX } from "../limits.ts";
import type { Room } from "./room.ts";

/*
 * A room's audit log: who moderated what, and when. It is derived from the room's own events, by `apply`
 * alone, and from changes of its auto-ranks, so that it can't lack an act or hold one that has not happened.
 */

/** Adds the moderation of an event, if it is any, to the room's audit log; drops the oldest of too many. */
export function auditEvent(room: Room, event: RoomEvent): void {
  const entries = entriesOf(event);
  if (entries.length === 0) return;
  for (const entry of entries) addEntry(room, entry);
}

/** Adds a change of the auto-ranks to the room's audit log. Adding one twice makes no difference. */
export function auditAutoRank(room: Room, entry: RoomAuditEntry): void {
  if (!room.auditLog.some((each) => isSameAct(each, entry))) addEntry(room, entry);
}

/**
 * Adds an entry in the order of time. A restart applies changes of auto-ranks behind the events, so at the same time
 * theirs come first: the order must not depend on which was applied first.
 */
function addEntry(room: Room, entry: RoomAuditEntry): void {
  const before = room.auditLog.findLastIndex(
    (each) => each.time <= entry.time && !comesFirst(entry, each),
  );
  // A new array: a snapshot may hold the previous one.
  room.auditLog = room.auditLog.toSpliced(before + 1, 0, entry).slice(-AUDIT_ENTRIES_MAX);
}

function comesFirst(entry: RoomAuditEntry, each: RoomAuditEntry): boolean {
  return entry.time === each.time && entry.act === "auto-rank" && each.act !== "auto-rank";
}

function isSameAct(one: RoomAuditEntry, other: RoomAuditEntry): boolean {
  return (
    one.time === other.time &&
    one.act === other.act &&
    one.by === other.by &&
    one.target === other.target &&
    one.detail === other.detail
  );
}

type Act = Omit<RoomAuditEntry, "time" | "by" | "account">;

function entriesOf(event: RoomEvent): RoomAuditEntry[] {
  return actsOf(event).map((act) => ({ ...signature(event), ...act }));
}

function signature({ time, by }: EventHeader): Pick<RoomAuditEntry, "time" | "by" | "account"> {
  return { time, by: by.nick, account: by.accountId };
}

function actsOf(event: RoomEvent): Act[] {
  switch (event.kind) {
    case "kicked":
      return [{ act: "kick", target: event.whom.nick, detail: event.reason }];
    case "mode":
      return event.changes.filter((change) => !isAutoRank(change, event.by)).map(modeAct);
    case "topic":
      return [{ act: "topic", target: "", detail: event.text }];
    case "renamed":
      return [{ act: "rename", target: event.name, detail: event.reason }];
    case "redacted":
      // Without an author it is the author's own redaction, which moderates nobody.
      if (event.author === undefined) return [];
      return [{ act: "redact", target: event.author, detail: event.reason }];
    case "answered":
      if (event.answer === "withdrawn") return [];
      return [
        {
          act: event.answer === "approved" ? "approve" : "decline",
          target: event.name,
          detail: "",
        },
      ];
    case "set":
      if (event.field !== "closure") return [];
      return event.value === null
        ? [{ act: "reopen", target: "", detail: "" }]
        : [{ act: "close", target: "", detail: event.value.reason }];
    case "created":
    case "said":
    case "joined":
    case "left":
    case "edited":
    case "requested":
    case "forgotten":
    case "dropped":
      return [];
  }
}

/** Ranks that ChanServ gives at each join say nothing that AMODE has not said. */
function isAutoRank(change: ModeChange, by: UserIdentity): boolean {
  return change.kind === "rank" && by.user === "services";
}

function modeAct(change: ModeChange): Act {
  const target = (change.add ? "+" : "-") + change.letter;
  switch (change.kind) {
    case "rank":
      return { act: "mode", target, detail: change.whom.nick };
    case "setting":
      // The key is a secret of those who are in the room; the log outlives it.
      return { act: "mode", target, detail: change.letter === "k" ? "" : (change.value ?? "") };
    case "list": {
      const { mask, reason, until } = change;
      const detail = reason === undefined || reason === "" ? mask : `${mask} ${reason}`;
      return { act: "mode", target, detail, ...(until !== undefined && { until }) };
    }
  }
}
