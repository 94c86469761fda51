import { capMask } from "../../protocol/wire/caps.ts";
import { formatMessage } from "../../protocol/wire/message.ts";
import type { UserIdentity } from "../event.ts";
import { canSeeMember } from "../rooms/access.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { Monitors } from "../users/monitors.ts";
import { sourceOf, type User } from "../users/user.ts";
import { type EncodedLine, tagsOf } from "./encode-event.ts";
import { broadcast, USER_EVENT_TAGS } from "./relay.ts";
import type { Reply } from "./reply.ts";

/**
 * What happens to a person and not to a room. Told once to everybody who shares a room with them, and to
 * their own sessions. `by` is the person as they were before.
 */
export type UserEvent = { readonly by: UserIdentity; readonly time: number } & (
  | { readonly kind: "nick"; readonly nick: string }
  | { readonly kind: "away"; readonly message: string | null }
  | { readonly kind: "account"; readonly account: string | null }
  | { readonly kind: "setname"; readonly realname: string }
  | { readonly kind: "chghost"; readonly user: string; readonly host: string }
  | { readonly kind: "quit"; readonly reason: string }
);

const NEEDED = {
  nick: 0,
  away: capMask("away-notify"),
  account: capMask("account-notify"),
  setname: capMask("setname"),
  chghost: capMask("chghost"),
  quit: 0,
} as const satisfies Record<UserEvent["kind"], number>;

/**
 * Tells a person event.
 *
 * @param asker whose command it was, for the label; their own session hears it in the answer
 * @param own whether the person's own sessions hear it as well
 * @param monitors who watches for whom: those who asked for `extended-monitor` hear it without a room in
 *   common, but for a nick or a quit, which MONITOR tells in its own way
 */
export function relayUserEvent(
  event: UserEvent,
  user: User,
  asker: Reply | null,
  own: boolean,
  monitors: Monitors | null = null,
): void {
  const encode = (dialect: number) => encodePersonEvent(event, dialect);
  const tell = broadcast(encode, dialectsOf(event));
  const told = new Set<Session>();
  const visit = (session: Session) => {
    if (told.has(session)) return;
    told.add(session);
    if (session !== asker?.session) tell(session);
    else for (const line of encode(session.dialect)) asker.add(line);
  };
  for (const session of user.sessions) {
    if (own) visit(session);
    else told.add(session);
  }
  for (const room of user.rooms) {
    for (const member of room.members.keys()) {
      if (canSeeMember(room, member, user)) member.sessions.forEach(visit);
    }
  }
  for (const session of monitors?.watchersOf(user.nick) ?? []) {
    if (session.has("extended-monitor")) visit(session);
  }
}

/** Tells a person event to those who watch for a nick, and asked to hear of more than coming and going. */
export function relayToMonitors(event: UserEvent, nick: string, monitors: Monitors): void {
  const tell = broadcast((dialect) => encodePersonEvent(event, dialect), dialectsOf(event));
  for (const session of monitors.watchersOf(nick))
    if (session.has("extended-monitor")) tell(session);
}

/** Tells a person event to the others in one room. */
export function relayToRoom(event: UserEvent, room: Room, user: User): void {
  const tell = broadcast((dialect) => encodePersonEvent(event, dialect), dialectsOf(event));
  for (const member of room.members.keys()) {
    if (member !== user && canSeeMember(room, member, user)) member.sessions.forEach(tell);
  }
}

function dialectsOf({ kind }: UserEvent): number {
  return NEEDED[kind] | USER_EVENT_TAGS;
}

function encodePersonEvent(event: UserEvent, dialect: number): EncodedLine[] {
  const needed = NEEDED[event.kind];
  if ((dialect & needed) !== needed) return [];
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
