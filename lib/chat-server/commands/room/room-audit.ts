import type { RoomAuditEntry } from "../../../protocol/room-fields.ts";
import { formatTime } from "../../../protocol/time.ts";
import type { Command } from "../../command.ts";
import { AUDIT_ENTRIES_MAX } from "../../limits.ts";
import { chanOpNeeded } from "../../relay/error-replies.ts";
import { findRoom } from "../../rooms/access.ts";
import { mayPass } from "../../users/operator-doors.ts";

/** AUDIT <#room> [count] lists the newest acts of a room's audit log, oldest first. For the room's ops. */
export const AUDIT: Command = {
  verb: "AUDIT",
  params: 1,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [name = "", countText = "50"] = params;
    const isOper = mayPass(user, "AUDIT");
    const room = (isOper ? state.rooms.byName(name) : null) ?? findRoom(context, name);
    if (room === null) return;
    if (!isOper && !room.hasRank(user, "h")) return chanOpNeeded(context, room);
    const count = /^[1-9]\d{0,3}$/.test(countText) ? Number(countText) : AUDIT_ENTRIES_MAX;
    for (const { time, by, act, target, detail, until } of room.auditLog.slice(-count)) {
      const end = until === undefined ? "*" : formatTime(until);
      const details = [room.name, formatTime(time), by, act, target || "*", end];
      reply.note("AUDIT", "ENTRY", details, detail);
    }
    reply.note("AUDIT", "END", [room.name], "End of the audit log");
  },
};

/** Returns an act of moderation as a line for people: `2026-11-22T00:30:00.000Z mina: kick jun spam`. */
export function describeAct({ time, by, act, target, detail, until }: RoomAuditEntry): string {
  const end = until === undefined ? "" : ` until ${formatTime(until)}`;
  const words = [act, target, detail].filter((word) => word !== "").join(" ");
  return `${formatTime(time)} ${by}: ${words}${end}`;
}
