import { INVITATIONS_MAX, invitationProblem } from "../../member-server/invitation-codes.ts";
import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import { query, type Steps } from "../command.ts";
import type { ConversationId } from "../event.ts";
import { REPORTS_MAX, ROOMS_MAX } from "../limits.ts";
import { foundedRooms, Room } from "../rooms/room.ts";
import type { State } from "../state.ts";
import { SERVER_BANS_MAX } from "../users/server-bans.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
} from "./admin-handler.ts";

/** The console's commands about rooms and what they take. */

export const ROOM_HANDLERS = {
  rooms: ({ state, words: [name] }) => {
    if (name === undefined) return listOf(state.rooms.all(), roomRow);
    // A shell takes "#tea" without quotes for a comment.
    const room = state.rooms.byName(name) ?? state.rooms.byName(`#${name}`);
    return room === null ? { refused: ["noSuchRoom", name] } : { facts: roomFacts(room) };
  },
  quotas,
} satisfies AdminHandlers;

function roomRow(room: Room): AdminRow {
  const { name, members, createdAt, lastMessageAt } = room;
  return {
    ...{ room: name, members: members.size, online: countOnline(room) },
    messages: countMessages(room),
    ...{ createdAt, lastMessageAt: lastMessageAt || null },
  };
}

function roomFacts(room: Room): AdminRow {
  const { name, id, members, createdAt, lastMessageAt, topic, modes } = room;
  return {
    ...{ room: name, id, createdAt, lastMessageAt: lastMessageAt || null },
    ...{ messages: countMessages(room), topic: topic?.text ?? "" },
    // A room's key is a secret of its members.
    modes: [...modes.keys()].join(""),
    ...{
      online: countOnline(room),
      members: [...members.keys()].map(({ nick }) => nick).join(" "),
    },
  };
}

function countOnline({ members }: Room): number {
  let online = 0;
  for (const { sessions } of members.keys()) if (sessions.length > 0) online += 1;
  return online;
}

function countMessages({ messagesByDay }: Room): number {
  let messages = 0;
  for (const count of messagesByDay.values()) messages += count;
  return messages;
}

/** What has a limit, and then the disk space of each room, the largest first. */
function* quotas({ state }: AdminContext): Steps<AdminResult> {
  const { bytes } = yield* query({ kind: "disk-usage" });
  if (bytes === null) return { refused: ["unreadable"] };
  const invitations = [...state.accounts.invitations()].filter(
    (invitation) => invitationProblem(invitation, state.now) === null,
  );
  const mostRooms = [...state.users.all()].reduce((most, user) => {
    return Math.max(most, foundedRooms(user));
  }, 0);
  const limits = [
    {
      what: "bans",
      now: state.bans.all(state.now).length,
      limit: SERVER_BANS_MAX,
      diskBytes: null,
    },
    { what: "invitations", now: invitations.length, limit: INVITATIONS_MAX, diskBytes: null },
    { what: "rooms", now: state.rooms.size, limit: ROOMS_MAX, diskBytes: null },
    { what: "reports", now: state.reports.size, limit: REPORTS_MAX, diskBytes: null },
    {
      ...{ what: "rooms-per-account", now: mostRooms, limit: state.options.roomsPerAccount },
      diskBytes: null,
    },
  ];
  return listOf([...limits, ...spaceByRoom(state, bytes)], (row) => row);
}

/** Direct messages are one sum: who writes how much to whom is nobody's business. */
function spaceByRoom(state: State, bytes: ReadonlyMap<ConversationId, number>): AdminRow[] {
  const sums = new Map<string, number>();
  for (const [id, size] of bytes) {
    const conversation = state.rooms.byId(id);
    const closed = conversation === null ? "(closed rooms)" : "(direct messages)";
    const what = conversation instanceof Room ? conversation.name : closed;
    sums.set(what, (sums.get(what) ?? 0) + size);
  }
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .map(([what, diskBytes]) => ({ what, now: null, limit: null, diskBytes }));
}
