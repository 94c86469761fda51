import { type AccountName, fold, type RoomName } from "../../protocol/names.ts";
import { ROOM_MODES } from "../../protocol/wire/modes.ts";
import type { ConversationId, RoomEvent, UserIdentity } from "../event.ts";
import { RECENT_EVENTS_MAX } from "../limits.ts";
import type { ListEntry } from "../snapshot/snapshot.ts";
import type { User } from "../users/user.ts";

/**
 * What a room and two people's direct messages have in common: a name for ever, a position, and the newest
 * events in memory. Changed by `apply` alone.
 */
export class Conversation {
  readonly id: ConversationId;
  /** Position and time of the newest event. */
  position = 0;
  time = 0;
  createdAt = 0;
  /** When something was last said; 0 for never. */
  lastMessageAt = 0;
  /** How many messages of each UTC day (since 1970) are there still; what unread counts are made of. */
  readonly messagesByDay = new Map<number, number>();
  /** How often something was taken back or edited: who counts messages for a while looks at it again. */
  rewriteCount = 0;
  /** Oldest first, with edits and redactions carried out. */
  readonly recentEvents: RoomEvent[] = [];

  constructor(id: ConversationId) {
    this.id = id;
  }

  addRecentEvent(event: RoomEvent): void {
    this.recentEvents.push(event);
    // Cut in large steps: an array that loses its head with every message is copied with every message.
    if (this.recentEvents.length >= RECENT_EVENTS_MAX * 2)
      this.recentEvents.splice(0, RECENT_EVENTS_MAX);
  }
}

/** Two accounts' direct messages. */
export class DirectConversation extends Conversation {
  readonly accounts: readonly [AccountName, AccountName];

  constructor(id: ConversationId, pair: readonly [AccountName, AccountName]) {
    super(id);
    this.accounts = pair;
  }

  /** The other one of the two; in a talk with oneself, oneself. */
  peerOf(account: AccountName): AccountName {
    const [one, other] = this.accounts;
    return fold(one) === fold(account) ? other : one;
  }
}

/** A user in a room. */
export interface Member {
  readonly user: User;
  /** Mode letters of the ranks, highest first: "qo"; "" for none. */
  ranks: string;
  readonly joinedPosition: number;
  readonly joinedTime: number;
}

/** What a list says of somebody: named by a mask, by a mute alone, or not at all. */
export type MaskVerdict = "named" | "muted" | "no";

/** A new room: only members talk (+n), and topics are set by ops (+t). */
const NEW_ROOM_MODES: readonly (readonly [string, string])[] = [
  ["n", ""],
  ["t", ""],
];

/** Ranks from high to low, by mode letter. */
const RANK_LETTERS = ROOM_MODES.rank;

/** A room with its people, and everything that its ops may set. */
export class Room extends Conversation {
  name: RoomName;
  topic: { readonly text: string; readonly by: string; readonly time: number } | null = null;
  /** Letter → argument ("" where the mode has none). */
  readonly modes = new Map<string, string>(NEW_ROOM_MODES);
  readonly lists = new Map<string, ListEntry[]>();
  readonly members = new Map<User, Member>();
  /** Who may come in once, past +i, +k, +l and bans: that person, whoever has their name later. Not kept. */
  readonly invited = new Set<User>();
  readonly metadata = new Map<string, string>();
  /** Ranks that the room gives accounts when they come in: see auto-ranks.ts. */
  readonly autoRanks = new Map<AccountName, string>();
  /** Whom the masks of a list mean: masks.ts remembers it here, for as long as neither changes. */
  readonly maskVerdicts = new WeakMap<readonly ListEntry[], WeakMap<UserIdentity, MaskVerdict>>();

  constructor(id: ConversationId, name: RoomName) {
    super(id);
    this.name = name;
  }

  /** Whether the member stands at least as high as this rank letter. */
  hasRank(user: User, letter: string): boolean {
    const ranks = this.members.get(user)?.ranks ?? "";
    return ranks !== "" && RANK_LETTERS.indexOf(ranks.charAt(0)) <= RANK_LETTERS.indexOf(letter);
  }

  /** Whether one member may use a rank's power over another: nobody is kicked from below. */
  outranks(user: User, other: User): boolean {
    return height(this, user) <= height(this, other);
  }

  has(user: User): boolean {
    return this.members.has(user);
  }

  hasMode(letter: string): boolean {
    return this.modes.has(letter);
  }
}

function height(room: Room, user: User): number {
  const ranks = room.members.get(user)?.ranks ?? "";
  return ranks === "" ? RANK_LETTERS.length : RANK_LETTERS.indexOf(ranks.charAt(0));
}

/** Rank letters in their order, each once. */
export function sortRanks(letters: string): string {
  return [...RANK_LETTERS].filter((letter) => letters.includes(letter)).join("");
}
