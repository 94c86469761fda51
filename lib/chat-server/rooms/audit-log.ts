import type { AuditEntry } from "../../protocol/room-fields.ts";
import type { EventHeader, ModeChange, RoomEvent, UserIdentity } from "../event.ts";
import { AUDIT_ENTRIES_MAX } from "../limits.ts";
import type { Room } from "./room.ts";

/*
 * A room's audit log: who moderated what, and when. It is derived from the room's own events, by `apply`
 * alone, so that it can't lack an act or hold one that has not happened.
 */

/** Adds the moderation of an event, if it is any, to the room's audit log; drops the oldest of too many. */
export function auditEvent(room: Room, event: RoomEvent): void {
  const entries = entriesOf(event);
  if (entries.length === 0) return;
  // A new array: a snapshot may hold the previous one.
  room.auditLog = [...room.auditLog, ...entries].slice(-AUDIT_ENTRIES_MAX);
}

type Act = Omit<AuditEntry, "time" | "by" | "account">;

function entriesOf(event: RoomEvent): AuditEntry[] {
  return actsOf(event).map((act) => ({ ...signature(event), ...act }));
}

function signature({ time, by }: EventHeader): Pick<AuditEntry, "time" | "by" | "account"> {
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
