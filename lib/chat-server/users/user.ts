import type { AccountId } from "../../protocol/account-id.ts";
import type { AccountName, Folded, Nick } from "../../protocol/names.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { ConversationId, UserIdentity } from "../event.ts";
import type { GuestMessage } from "../history/guest-messages.ts";
import type { Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { SoftChanges } from "../takeover/soft-changes.ts";
import type { ReadState } from "../unread/unread-counts.ts";
import type { Caller } from "./caller-notices.ts";
import { MaskList } from "./mask-list.ts";
import type { OperatorRole } from "./operators.ts";
import type { RoomInvitation } from "./room-invitations.ts";

/** The away message of a user without a session, or with AWAY * on all of them. */
const DISCONNECTED = "disconnected";

/**
 * One user: an account with any number of sessions, or none, or a guest with exactly one. `rooms` is changed
 * by `apply` and `restore`, `sessions` by attach-session.ts (a log-in and a deletion of the account empty
 * it), the nick by `Users`; the other fields by the commands that they belong to.
 */
export class User {
  /** The account; `null` for a guest. Never changes. */
  readonly accountId: AccountId | null;
  /** Identifies the user whatever the nick: the account's id, or `guest 12`. */
  readonly key: string;
  readonly sessions: Session[] = [];
  readonly rooms = new Set<Room>();
  /** Read markers: the time up to which everything was read, by conversation, ms since 1970. */
  readonly markers = new Map<ConversationId, number>();
  /** Read markers of conversations that are not stored, by name: see ephemeral-read-markers.ts. */
  readonly ephemeralMarkers = new Map<Folded, number>();
  /** Read states by conversation; none of a guest. One without an entry is unread from its start. */
  readonly readStates = new Map<ConversationId, ReadState>();
  /** Masks set by SILENCE: see block-list.ts. */
  readonly blocked = new MaskList();
  /** Rooms that the user is invited to, the newest invitation last: see room-invitations.ts. */
  readonly invitations = new Map<ConversationId, RoomInvitation>();
  readonly metadata = new Map<string, string>();
  /** What the account has set for itself, by `preferenceKey`; none of a guest. Changed by account-preferences.ts. */
  readonly preferences = new Map<string, string>();
  /** Whether others may see what this user has read: see read-receipts.ts. */
  sharesReadReceipts = false;
  /** The users set by ACCEPT, by `acceptKey`, with the nick that was accepted: see block-list.ts. */
  readonly accepted = new Map<AccountId | User, string>();
  /** When this user was last notified of a message that +g held back. */
  callerToldElapsedMs = Number.NEGATIVE_INFINITY;
  /** Those who tried to write while +g was set and no session was connected, by `acceptKey`. */
  readonly callersWaiting = new Map<AccountId | User, Caller>();
  /** When this user last used KNOCK. */
  knockedElapsedMs = Number.NEGATIVE_INFINITY;
  /** A guest's direct messages, oldest first. */
  guestMessages: readonly GuestMessage[] = [];
  /** Bytes that they take in memory, with their tags. */
  guestMessageBytes = 0;
  /** The guests who have direct messages with this user: see guest-messages.ts. */
  readonly guestContacts = new Set<User>();
  /** The message set by AWAY. */
  away: string | null = null;
  /** Whether SETNAME set the real name: then that of USER is ignored. */
  choseRealname = false;
  /** Modes but `B` and `Z`: see user-modes.ts. */
  readonly modes = new Set<string>();
  /** What the user may do beyond others; `null`: nothing. Changed by operators.ts, as are the next two. */
  role: OperatorRole | null = null;
  /** The name that the user gave to OPER, and the hash of the password; `null` if they did not. */
  oper: { readonly name: string; readonly passwordHash: string } | null = null;
  /** Whether the user gave up what their account makes them, by DEOPER. */
  hasResigned = false;
  /** Of a bot: the account that made it, as bans see it, since a ban of it holds for its bots. `null` for a person. */
  owner: UserIdentity | null = null;
  /** When the last session of an account's user ended, in ms since 1970; 0 if that isn't known. */
  seenAt = 0;
  /** When this user last sent a message; for WHOIS and WHO. */
  lastMessageElapsedMs: ElapsedMs;
  /** Where changes of the user are noted; set by `Users`. */
  changes: SoftChanges | null = null;
  #identity: UserIdentity;
  #source: string;

  /** @param guestKey the key of a guest: see `Users.nextGuestKey` */
  constructor(identity: UserIdentity, elapsedMs: ElapsedMs, guestKey = "") {
    this.accountId = identity.accountId;
    this.key = identity.accountId ?? guestKey;
    this.#identity = identity;
    this.#source = sourceOf(identity);
    this.lastMessageElapsedMs = elapsedMs;
  }

  get nick(): Nick {
    return this.#identity.nick;
  }

  /** The account's present name, for display; `null` for a guest. */
  get account(): AccountName | null {
    return this.#identity.account;
  }

  /** The user as events carry them. A new object after each change. */
  get identity(): UserIdentity {
    return this.#identity;
  }

  /** nick!user@host */
  get source(): string {
    return this.#source;
  }

  /** Whether the user is away, by AWAY or for lack of a session. */
  get isAway(): boolean {
    return this.awayText !== null;
  }

  /** The away message that others see; `null` if the user is not away. */
  get awayText(): string | null {
    return this.away ?? (this.sessions.every(({ awayStar }) => awayStar) ? DISCONNECTED : null);
  }

  /** Notes that somebody else's command has changed what only the memory has of this user. */
  noteChange(): void {
    this.changes?.noteUser(this);
  }

  /** Changes parts of the identity. A nick is changed by `Users.rename`, which calls this. */
  updateIdentity(change: Partial<Omit<UserIdentity, "accountId">>): void {
    this.#identity = { ...this.#identity, ...change };
    this.#source = sourceOf(this.#identity);
    this.noteChange();
  }
}

/** Returns an identity's nick!user@host. */
export function sourceOf({ nick, user, host }: UserIdentity): string {
  return `${nick}!${user}@${host}`;
}
