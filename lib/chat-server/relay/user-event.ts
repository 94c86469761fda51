import { capMask } from "../../protocol/wire/caps.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import type { UserIdentity } from "../event.ts";
import { canSeeMember } from "../rooms/access.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { Monitors } from "../users/monitors.ts";
import { sourceOf, type User } from "../users/user.ts";
import { type EncodedLine, tagsOf } from "./encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "./fan-out.ts";
import type { Reply } from "./reply.ts";

/**
 * A change to a user rather than to a room. `by` is the user as they were before it; `time` is ms since
 * 1970. It is relayed once to each session that shares a room with them, and to their own sessions.
 */
export type UserEvent = { readonly by: UserIdentity; readonly time: number } & (
  | { readonly kind: "nick"; readonly nick: string }
  | { readonly kind: "away"; readonly message: string | null }
  | { readonly kind: "account"; readonly account: string | null }
  | { readonly kind: "setname"; readonly realname: string }
  | { readonly kind: "chghost"; readonly user: string; readonly host: string }
  | { readonly kind: "quit"; readonly reason: string }
);

/** The capability that a session needs to receive an event of this kind; 0: none. */
const REQUIRED_CAPS = {
  nick: 0,
  away: capMask("away-notify"),
  account: capMask("account-notify"),
  setname: capMask("setname"),
  chghost: capMask("chghost"),
  quit: 0,
} as const satisfies Record<UserEvent["kind"], number>;

/**
 * Relays a user event to every session that shares a visible room with the user, each once.
 *
 * @param asker the reply to the command that caused it: its session gets its copy there
 * @param toOwnSessions whether the user's own sessions receive it as well
 * @param monitors sessions that MONITOR the nick and have `extended-monitor` receive it without a shared room.
 *   `null` for a nick or a quit, which MONITOR announces by its own numerics.
 * @param partners users who receive it without a shared room as well. A new nick goes to those with whom
 *   the user has direct messages: otherwise whoever takes the old one would get the answers.
 */
export function relayUserEvent(
  event: UserEvent,
  user: User,
  asker: Reply | null,
  toOwnSessions: boolean,
  monitors: Monitors | null = null,
  partners: Iterable<User> = [],
): void {
  user.changes?.noteUserEvent(event, user, partners, toOwnSessions);
  const send = broadcastUserEvent(event, asker);
  // A mark on the session: a set of all that were visited costs several times as much in rooms with many members.
  const visit = (session: Session) => {
    if (session.lastUserEvent === event) return;
    session.lastUserEvent = event;
    send(session);
  };
  for (const session of user.sessions) {
    if (toOwnSessions) visit(session);
    else session.lastUserEvent = event;
  }
  let members = 0;
  // All sessions have the same meter; a user who quits has no session any more.
  let work = user.sessions[0]?.work ?? asker?.session.work;
  for (const room of user.rooms) {
    members += room.members.size;
    const isHiding = room.hasMode("u");
    for (const member of room.members.keys()) {
      if (isHiding && !canSeeMember(room, member, user)) continue;
      for (const session of member.sessions) {
        work ??= session.work;
        visit(session);
      }
    }
  }
  if (work !== undefined) work.rows += members;
  for (const partner of partners) partner.sessions.forEach(visit);
  for (const session of monitors?.watchersOf(user.nick) ?? []) {
    if (session.has("extended-monitor")) visit(session);
  }
}

/** Sends a user event to the sessions that MONITOR a nick and have `extended-monitor`. */
export function relayToMonitors(event: UserEvent, nick: string, monitors: Monitors): void {
  const send = broadcastUserEvent(event, null);
  for (const session of monitors.watchersOf(nick))
    if (session.has("extended-monitor")) send(session);
}

/** Sends a user event to the other members of one room. */
export function relayToRoom(event: UserEvent, room: Room, user: User): void {
  const send = broadcastUserEvent(event, null);
  for (const member of room.members.keys()) {
    if (member !== user && canSeeMember(room, member, user)) member.sessions.forEach(send);
  }
}

/** Returns a function that sends a user event to one session after the other: see `broadcast`. */
export function broadcastUserEvent(
  event: UserEvent,
  asker: Reply | null,
): (session: Session) => void {
  const mask = REQUIRED_CAPS[event.kind] | USER_EVENT_TAGS;
  return broadcast((dialect) => encodeUserEvent(event, dialect), mask, asker);
}

function encodeUserEvent(event: UserEvent, dialect: number): EncodedLine[] {
  const required = REQUIRED_CAPS[event.kind];
  if ((dialect & required) !== required) return [];
  return [{ tags: tagsOf({ ...event, msgid: "" }, dialect), body: bodyOf(event) }];
}

function bodyOf(event: UserEvent): string {
  const source = sourceOf(event.by);
  switch (event.kind) {
    case "nick":
      return formatMessage("NICK", [event.nick], source);
    case "away":
      return event.message === null
        ? formatMessage("AWAY", [], source)
        : `:${source} AWAY :${event.message}`;
    case "account":
      return formatMessage("ACCOUNT", [event.account ?? "*"], source);
    case "setname":
      return `:${source} SETNAME :${event.realname}`;
    case "chghost":
      return formatMessage("CHGHOST", [event.user, event.host], source);
    case "quit":
      return `:${source} QUIT :${event.reason}`;
  }
}
