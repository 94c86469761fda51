import type { ConversationId, RoomEventOf } from "../event.ts";
import type { UserEvent } from "../relay/user-event.ts";
import type { Conversation, Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { User } from "../users/user.ts";
import type { SessionNote } from "./session-note.ts";

/** An event about a user as it was told: for sessions that may have missed it. */
export interface ToldUserEvent {
  readonly event: UserEvent;
  /** The `User.key`s of the user, and of those who were told without a shared room. */
  readonly user: string;
  readonly partners: readonly string[];
  readonly rooms: readonly ConversationId[];
  readonly toOwnSessions: boolean;
  /** How many events and person changes were stored before it since the last record. */
  readonly after: number;
}

/** A message that nothing stores, as it was told: one from or to a guest, or that a word filter hides. */
export interface ToldMessage {
  readonly message: RoomEventOf<"said">;
  readonly target: string;
  /** The `User.key`s of those who were told, and of the sender. */
  readonly users: readonly string[];
  /** See {@link ToldUserEvent}. */
  readonly after: number;
}

/** A session that has registered, and was sent its greeting. */
interface ToldGreeting {
  /** The `User.key` of its user. */
  readonly greeted: string;
  /** When it was opened, in ms since 1970, which tells it from others of its user. */
  readonly openedAt: number;
  /** See {@link ToldUserEvent}. */
  readonly after: number;
}

/** What was told and is nowhere stored. */
export type ToldEvent = ToldUserEvent | ToldMessage | ToldGreeting;

/**
 * Notes whose soft state has changed since it was last taken: what is in memory alone, and would be lost with the server.
 * Every place that changes such state outside of the session's own command tells it here; see docs/takeover.md. While
 * nobody takes it, nothing is noted.
 */
export class SoftChanges {
  /** Sessions that ran a line, were changed by others, or closed. */
  readonly sessions = new Set<Session>();
  /** Notes of those that have begun another line in the same turn, as of before it. */
  readonly settled = new Map<Session, SessionNote>();
  readonly users = new Set<User>();
  /** Users who have gone, whose parts are to be deleted. */
  readonly goneUsers = new Set<User>();
  /** Rooms whose slow mode, join throttle or former name has changed, or which are gone. */
  readonly rooms = new Set<Room>();
  /** Conversations whose read receipts have changed. */
  readonly receipts = new Set<Conversation>();
  #isOn = false;
  #told: ToldEvent[] = [];
  readonly #countStores: () => number;
  #storesBefore = 0;

  /** @param countStores returns how many events and person changes were stored so far */
  constructor(countStores: () => number) {
    this.#countStores = countStores;
  }

  /** From now on changes are noted. */
  begin(): void {
    this.#isOn = true;
  }

  noteSession(session: Session): void {
    if (!this.#isOn) return;
    this.sessions.add(session);
    if (session.user !== null) this.users.add(session.user);
  }

  noteUserEvent(
    event: UserEvent,
    { key, rooms }: User,
    partners: Iterable<User>,
    toOwnSessions: boolean,
  ): void {
    if (!this.#isOn) return;
    this.#told.push({
      ...{ event, user: key, toOwnSessions },
      partners: Array.from(partners, (partner) => partner.key),
      rooms: Array.from(rooms, ({ id }) => id),
      after: this.#countStores() - this.#storesBefore,
    });
  }

  noteMessage(message: RoomEventOf<"said">, target: string, users: Iterable<User>): void {
    if (!this.#isOn) return;
    this.#told.push({
      ...{ message, target, users: Array.from(users, ({ key }) => key) },
      after: this.#countStores() - this.#storesBefore,
    });
  }

  noteGreeting({ openedAt }: Session, { key: greeted }: User): void {
    if (!this.#isOn) return;
    this.#told.push({ greeted, openedAt, after: this.#countStores() - this.#storesBefore });
  }

  /** Returns what was told and is nowhere stored, since the last call, oldest first. */
  takeTold(): readonly ToldEvent[] {
    const events = this.#told;
    if (events.length > 0) this.#told = [];
    this.#storesBefore = this.#countStores();
    return events;
  }

  noteUser(user: User): void {
    if (this.#isOn) this.users.add(user);
  }

  noteUserGone(user: User): void {
    if (this.#isOn) this.goneUsers.add(user);
  }

  noteRoom(room: Room): void {
    if (this.#isOn) this.rooms.add(room);
  }

  noteReceipts(conversation: Conversation): void {
    if (this.#isOn) this.receipts.add(conversation);
  }
}
