import type { AccountName, Folded, Nick } from "../../protocol/names.ts";
import type { ConversationId, UserIdentity } from "../event.ts";
import type { GuestMessage } from "../history/guest-messages.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { ReadState } from "../unread/unread-counts.ts";

/**
 * One person: an account with any number of sessions, none included, or a guest with exactly one. Rooms,
 * sessions and nick are changed by `Users`, `apply` and the functions of presence.ts alone.
 */
export class User {
  readonly account: AccountName | null;
  readonly sessions: Session[] = [];
  readonly rooms = new Set<Room>();
  /** Up to when everything has been read, by conversation. */
  readonly markers = new Map<ConversationId, number>();
  /** The same of what isn't kept, by name: see ephemeral-read-markers.ts. */
  readonly ephemeralMarkers = new Map<Folded, number>();
  /** How much of it has been read, in numbers. A conversation without a tally has been read from its start. */
  readonly readStates = new Map<ConversationId, ReadState>();
  /** Masks of people whose direct messages this person does not want. */
  readonly blocked = new Set<string>();
  readonly metadata = new Map<string, string>();
  /** Others may know how far this person has read: see read-receipts.ts. */
  sharesReadReceipts = false;
  /** Who may write to this person past +g and +R (see block-list.ts), with the nick they were accepted by. */
  readonly accepted = new Map<Folded, string>();
  /** When this person was last told that somebody wants to write to them past +g, and last knocked. */
  callerToldAt = 0;
  knockedAt = 0;
  /** A guest's direct messages, oldest first. */
  guestMessages: readonly GuestMessage[] = [];
  away: string | null = null;
  /** SETNAME said the real name: what devices say on connecting changes it no more. */
  choseRealname = false;
  /** Letters that somebody set on themselves, or that OPER gave: see user-modes.ts. */
  readonly modes = new Set<string>();
  /** When somebody of this person last said something; for WHOIS and WHO. */
  lastMessageAt: number;
  readonly signedOnAt: number;
  #who: UserIdentity;
  #source: string;

  constructor(who: UserIdentity, now: number) {
    this.account = who.account;
    this.#who = who;
    this.#source = sourceOf(who);
    this.lastMessageAt = now;
    this.signedOnAt = now;
  }

  get nick(): Nick {
    return this.#who.nick;
  }

  /** As events carry this person. A new value whenever something in it changes. */
  get identity(): UserIdentity {
    return this.#who;
  }

  /** nick!user@host */
  get source(): string {
    return this.#source;
  }

  get isAway(): boolean {
    return this.awayText !== null;
  }

  /** What others are told of a person who is away; `null` for one who is there. */
  get awayText(): string | null {
    return this.away ?? (this.sessions.every(({ awayStar }) => awayStar) ? DISCONNECTED : null);
  }

  /** Takes on a new nick, real name or host. The nick table is changed by `Users.rename`, which calls this. */
  updateIdentity(change: Partial<Omit<UserIdentity, "account">>): void {
    this.#who = { ...this.#who, ...change };
    this.#source = sourceOf(this.#who);
  }
}

/** Said of who has no device here, or none with anybody before it. */
const DISCONNECTED = "disconnected";

/** nick!user@host */
export function sourceOf(who: UserIdentity): string {
  return `${who.nick}!${who.user}@${who.host}`;
}
