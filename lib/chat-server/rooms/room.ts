import type { AccountId } from "../../protocol/account-id.ts";
import type { RoomName } from "../../protocol/names.ts";
import { type ListEntry, ROOM_FIELDS, type RoomFields } from "../../protocol/room-fields.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { ROOM_MODES } from "../../protocol/wire/modes.ts";
import type { ConversationId, RoomEvent, UserIdentity } from "../event.ts";
import { RECENT_EVENTS_MAX, RECENT_LETTERS_MAX } from "../limits.ts";
import type { User } from "../users/user.ts";

/** Ranks from high to low, by mode letter. */
const RANK_LETTERS = ROOM_MODES.rank;

/** Readable in a listing, and far below what any file system allows for a name with the id behind it. */
const READABLE_ID_BYTES_MAX = 60;

/**
 * What a room and a direct conversation have in common: the id, the newest position, and the recent events in
 * memory. Changed by `apply`, by `restore` at the start, and by retention, which drops old events and counts.
 */
export class Conversation {
  readonly id: ConversationId;
  /** Position and time (ms) of the newest event. */
  position = 0;
  time = 0;
  /** Time of the first event, in ms. */
  createdAt = 0;
  /** Time of the newest message, in ms; 0 for none. */
  lastMessageAt = 0;
  /** UTC day (days since 1970) → number of messages that still exist; the base of unread counts. */
  readonly messagesByDay = new Map<number, number>();
  /** Number of edits, redactions and erasures. Code that counts messages over several turns compares it. */
  rewriteCount = 0;
  /** The newest events, oldest first, with edits and redactions applied. */
  readonly recentEvents: RoomEvent[] = [];

  constructor(id: ConversationId) {
    this.id = id;
  }

  /** Appends an event to the recent events, and drops the oldest of too many. */
  addRecentEvent(event: RoomEvent): void {
    this.recentEvents.push(event);
    // Cut in large steps: removing the first entry at each message would copy the array each time.
    if (this.recentEvents.length >= RECENT_EVENTS_MAX * 2)
      this.recentEvents.splice(0, RECENT_EVENTS_MAX);
    // As many shorter ones are within the limit.
    if (lettersOf(event) * RECENT_EVENTS_MAX * 2 > RECENT_LETTERS_MAX) this.#dropLetters();
  }

  /** Replaces the recent events by those of the files, at the start. */
  setRecentEvents(events: readonly RoomEvent[]): void {
    this.recentEvents.splice(0, Infinity, ...events);
    this.#dropLetters();
  }

  /** Drops the oldest recent events while they have too many letters. The newest one stays. */
  #dropLetters(): void {
    let letters = 0;
    const tooMany = this.recentEvents.findLastIndex((event, index) => {
      letters += lettersOf(event);
      return letters > RECENT_LETTERS_MAX && index < this.recentEvents.length - 1;
    });
    this.recentEvents.splice(0, tooMany + 1);
  }
}

/** Returns the letters of an event's text and tags: what can be long of it. */
function lettersOf(event: RoomEvent): number {
  const tags = event.kind === "said" ? Object.values(event.tags) : [];
  const text = "text" in event ? (event.text ?? "") : "";
  return tags.reduce((sum, value) => sum + value.length, text.length);
}

/** Two accounts' direct messages. */
export class DirectConversation extends Conversation {
  readonly accounts: readonly [AccountId, AccountId];
  /** Account → time (ms) of its newest message that is withheld from the other; `lastMessageAt` leaves those out. */
  readonly withheldAt = new Map<AccountId, number>();

  constructor(id: ConversationId, pair: readonly [AccountId, AccountId]) {
    super(id);
    this.accounts = pair;
  }

  /** Returns the other account of the two; in a conversation with oneself, the same account. */
  peerOf(account: AccountId): AccountId {
    const [first, second] = this.accounts;
    return first === account ? second : first;
  }
}

/** A user in a room. */
export interface Member {
  readonly user: User;
  /** Mode letters of the ranks, highest first: "qo"; "" for none. */
  ranks: string;
  /** Position of the event by which the user joined. */
  readonly joinedPosition: number;
  /** Time of that event, in ms. */
  readonly joinedTime: number;
}

/** How a list matches a user: by a mask, only by a mute, or not at all. */
export type MaskVerdict = "named" | "muted" | "no";

/**
 * A room with its members and settings. Its name is changed only by `Rooms`, its members and the fields of
 * room-fields.ts by events (`apply`), metadata and auto-ranks by METADATA and ChanServ. At the start
 * `restore` sets all of them.
 */
export class Room extends Conversation implements RoomFields {
  name: RoomName;
  topic = ROOM_FIELDS.topic.initial();
  modes = ROOM_FIELDS.modes.initial();
  lists = ROOM_FIELDS.lists.initial();
  metadata = ROOM_FIELDS.metadata.initial();
  autoRanks = ROOM_FIELDS.autoRanks.initial();
  joinRequests = ROOM_FIELDS.joinRequests.initial();
  auditLog = ROOM_FIELDS.auditLog.initial();
  closure = ROOM_FIELDS.closure.initial();
  readonly members = new Map<User, Member>();
  /** Which users each list matches. A cache of ban-masks.ts, valid as long as neither side changes. */
  readonly maskVerdicts = new WeakMap<readonly ListEntry[], WeakMap<UserIdentity, MaskVerdict>>();
  /** When each user (`User.key`) last talked in slow mode (+W). Leaving and coming back changes nothing. */
  readonly spokeElapsedMs = new Map<string, ElapsedMs>();
  /** Who joined lately and when, oldest first, for the join throttle (+j). */
  recentJoins: readonly { readonly who: string; readonly elapsedMs: ElapsedMs }[] = [];

  constructor(id: ConversationId, name: RoomName) {
    super(id);
    this.name = name;
  }

  /** Whether a user is a member with this rank letter or a higher one. */
  hasRank(user: User, letter: string): boolean {
    const ranks = this.members.get(user)?.ranks ?? "";
    return ranks !== "" && RANK_LETTERS.indexOf(ranks.charAt(0)) <= RANK_LETTERS.indexOf(letter);
  }

  /** Whether a user's highest rank is at least that of `target`, so that they may kick them, for example. */
  outranks(user: User, target: User): boolean {
    return rankIndex(this, user) <= rankIndex(this, target);
  }

  /** Whether a user is a member. */
  has(user: User): boolean {
    return this.members.has(user);
  }

  /** Whether a mode that is neither a rank nor a list is set. */
  hasMode(letter: string): boolean {
    return this.modes.has(letter);
  }
}

/** Returns a room's members and one more user, who nearly always is a member: then nothing is copied. */
export function membersAnd(room: Room, extraUser: User | null): Iterable<User> {
  const members = room.members.keys();
  return extraUser === null || room.has(extraUser) ? members : [...members, extraUser];
}

/** Returns the index of a user's highest rank, 0 for founders. Users without a rank come last. */
function rankIndex(room: Room, user: User): number {
  const ranks = room.members.get(user)?.ranks ?? "";
  return ranks === "" ? RANK_LETTERS.length : RANK_LETTERS.indexOf(ranks.charAt(0));
}

/** Sorts rank letters from high to low, each once. */
export function sortRanks(letters: string): string {
  return [...RANK_LETTERS].filter((letter) => letters.includes(letter)).join("");
}

/**
 * Makes the permanent id of a new room: `room.수다방.<id>`. The name in it is for administrators who look into
 * the data folder. A renamed room keeps its id, and the unique `id` keeps later rooms of the same name apart.
 */
export function roomId(name: RoomName, id: string): ConversationId {
  return `room.${readablePart(name.slice(1))}.${id}` as ConversationId;
}

/** Makes the permanent id of a new direct conversation of two accounts: `dm.민수+서연.<id>`. */
export function directConversationId(names: readonly [string, string], id: string): ConversationId {
  return `dm.${readablePart(names[0])}+${readablePart(names[1])}.${id}` as ConversationId;
}

/** Keeps only letters, digits and "-": nothing that has a meaning in a file system or a shell. */
function readablePart(name: string): string {
  const cleaned = name.toLowerCase().replace(/[^\p{L}\p{M}\p{N}-]/gu, "_");
  return cutUtf8(cleaned, READABLE_ID_BYTES_MAX / 2);
}

/** Returns of how many rooms a user is the founder, or for a guest the op who created it. */
export function foundedRooms(user: User): number {
  const rank = user.accountId === null ? "o" : "q";
  return [...user.rooms].filter((room) => room.members.get(user)?.ranks.includes(rank)).length;
}
