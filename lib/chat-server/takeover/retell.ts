import type { RoomEvent, RoomEventOf } from "../event.ts";
import { isShownTo } from "../history/withheld.ts";
import { dialectMask, encodeEvent, isSilent } from "../relay/encode-event.ts";
import { broadcast } from "../relay/fan-out.ts";
import { labelOf } from "../relay/reply.ts";
import { broadcastUserEvent } from "../relay/user-event.ts";
import { firstReadablePosition } from "../rooms/access.ts";
import { type Conversation, DirectConversation, Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";
import type { FollowedRecord } from "./follow.ts";
import type { ToldEvent, ToldMessage, ToldUserEvent } from "./soft-changes.ts";
import type { UnheardLines } from "./unheard-lines.ts";

/** What a session may have missed. */
export interface Missed {
  /** Its lines, of which the answers may be lost; `null` for none. */
  readonly lines: UnheardLines | null;
  /** Rooms that it was shown as they are, since its greeting was lost; `null` without one. */
  readonly greetedIn: ReadonlySet<Conversation> | null;
}

/**
 * Sends what a record tells to the sessions that may have missed it: room events, and between them the events about users
 * and the messages that nothing stores.
 * The audience is that of the present state, less who joined later. Who sent a message is answered under its label, if
 * their line is among the unheard ones; the other sessions of a sender have it again with `echo-message`.
 */
export function retellRecord(
  state: State,
  { changes, told = [] }: Pick<FollowedRecord, "changes" | "told">,
  sessions: ReadonlyMap<Session, Missed>,
): void {
  const events = changes.flatMap((change) => (change.kind === "event" ? [change.event] : []));
  const waiting = [...told];
  let stored = 0;
  for (const change of changes) {
    while (waiting[0] !== undefined && waiting[0].after <= stored) {
      retellTold(state, waiting.shift() as ToldEvent, sessions);
    }
    if (change.kind !== "account") stored += 1;
    if (change.kind !== "event") continue;
    attempt(state, () => retellEvent(state, change.event, events, sessions));
  }
  for (const event of waiting) retellTold(state, event, sessions);
}

function retellTold(state: State, event: ToldEvent, sessions: ReadonlyMap<Session, Missed>): void {
  attempt(state, () => {
    if ("message" in event) retellMessage(state, event, sessions);
    else if ("event" in event) retellUserEvent(state, event, sessions);
  });
}

/** What can't be told again is missed, and can be read in the history: it must not cost everybody the connection. */
function attempt(state: State, retell: () => void): void {
  try {
    retell();
  } catch (cause) {
    state.ports.note("error", "something can't be told again", cause);
  }
}

function retellMessage(
  state: State,
  { message, target, users }: ToldMessage,
  sessions: ReadonlyMap<Session, Missed>,
): void {
  const send = broadcast(
    (dialect) => encodeEvent(message, target, dialect, state.options),
    dialectMask(message.kind),
  );
  const author = state.users.find(message.by);
  for (const key of users) {
    const user = state.users.byKey(key);
    for (const session of user?.sessions ?? []) {
      if (!sessions.has(session)) continue;
      const isOwn = user === author && target !== message.by.nick;
      if (isOwn) retellOwn(state, message, target, session, sessions);
      else send(session);
    }
  }
}

function retellEvent(
  state: State,
  event: RoomEvent,
  events: readonly RoomEvent[],
  sessions: ReadonlyMap<Session, Missed>,
): void {
  const conversation = state.rooms.byId(event.conversation);
  if (conversation === null || isSilent(event)) return;
  const target = targetOf(state, conversation, event, events);
  const send = broadcast(
    (dialect) => encodeEvent(event, target, dialect, state.options),
    dialectMask(event.kind),
  );
  const author = state.users.find(event.by);
  for (const user of audienceOf(state, conversation, event)) {
    for (const session of user.sessions) {
      if (!sessions.has(session)) continue;
      if (conversation instanceof Room && session.unannouncedRooms?.has(conversation)) continue;
      if (event.kind === "said" && user === author) {
        retellOwn(state, event, target, session, sessions);
      } else if (sessions.get(session)?.greetedIn?.has(conversation) !== true) send(session);
    }
  }
}

/** Sends a message to a session of who said it: the answer to its line, or the copy for another session. */
function retellOwn(
  state: State,
  event: RoomEventOf<"said">,
  target: string,
  session: Session,
  sessions: ReadonlyMap<Session, Missed>,
): void {
  const line = sessions.get(session)?.lines?.takeSaid(target, event.text) ?? null;
  const reply = state.labelledReply(session, labelOf(session, line));
  if (session.has("echo-message")) {
    for (const echo of encodeEvent(event, target, session.dialect, state.options)) reply.add(echo);
  }
  reply.end();
}

/** The name under which the event was told: before a rename, the former one. */
function targetOf(
  state: State,
  conversation: Conversation,
  event: RoomEvent,
  events: readonly RoomEvent[],
): string {
  if (conversation instanceof Room) {
    const isRenamedLater = events.some(
      ({ kind, conversation: id, position }) =>
        kind === "renamed" && id === event.conversation && position >= event.position,
    );
    const former = isRenamedLater ? state.rooms.formerNameOf(conversation) : null;
    return former?.[0] ?? conversation.name;
  }
  if (!(conversation instanceof DirectConversation) || event.by.accountId === null) return "";
  return state.nickOfAccount(conversation.peerOf(event.by.accountId));
}

function audienceOf(state: State, conversation: Conversation, event: RoomEvent): Set<User> {
  const users = new Set<User>();
  if (conversation instanceof DirectConversation) {
    for (const account of conversation.accounts) {
      const user = isShownTo(event, account) ? state.users.byAccount(account) : null;
      if (user !== null) users.add(user);
    }
  }
  if (!(conversation instanceof Room)) return users;
  const position = event.kind === "edited" ? (event.targetPosition ?? Infinity) : Infinity;
  for (const { user, joinedPosition } of conversation.members.values()) {
    if (joinedPosition > event.position) continue;
    if (position !== Infinity && firstReadablePosition(conversation, user) > position) continue;
    users.add(user);
  }
  const subject = event.kind === "kicked" ? event.whom : event.by;
  const mover = state.users.find(subject);
  const isMove = event.kind === "joined" || event.kind === "left" || event.kind === "kicked";
  if (isMove && mover !== null && conversation.hasMode("u") && !conversation.hasRank(mover, "v")) {
    for (const user of users) if (!conversation.hasRank(user, "h")) users.delete(user);
  }
  const isTold = event.kind === "said" || event.kind === "left" || event.kind === "kicked";
  if (mover !== null && (isTold || isMove)) users.add(mover);
  return users;
}

function retellUserEvent(
  state: State,
  { event, user: key, rooms, partners, toOwnSessions }: ToldUserEvent,
  sessions: ReadonlyMap<Session, Missed>,
): void {
  const send = broadcastUserEvent(event, null);
  const user = state.users.byKey(key);
  const readers = new Set<User>();
  for (const id of rooms) {
    const room = state.rooms.byId(id);
    if (room instanceof Room) for (const member of room.members.keys()) readers.add(member);
  }
  for (const partner of partners) {
    const reader = state.users.byKey(partner);
    if (reader !== null) readers.add(reader);
  }
  if (user !== null) {
    readers.delete(user);
    if (toOwnSessions) readers.add(user);
  }
  for (const reader of readers) {
    for (const session of reader.sessions) if (sessions.has(session)) send(session);
  }
}
