import type { AccountId } from "../../protocol/account-id.ts";
import { type Folded, fold, type RoomName, type Skeleton, skeleton } from "../../protocol/names.ts";
import type { ConversationId } from "../event.ts";
import { FileIndex } from "../files/file-index.ts";
import { type Conversation, DirectConversation, type Room } from "./room.ts";

/**
 * How long JOIN of a room's former name leads to the room: a user who was away over a long weekend still
 * finds it. Later the name is free.
 */
export const FORMER_NAME_MS_MAX = 7 * 86_400_000;

/** A room that had another name until `until` (ms). */
export interface FormerRoomName {
  readonly room: Room;
  readonly until: number;
}

/**
 * Owns every conversation: rooms by name, direct conversations by their two accounts, and both by id. Changed
 * by `apply`, by `restore` at the start, and by `forgetAccount` when an account is deleted.
 */
export class Rooms {
  /** The files that were sent in conversations. */
  readonly files = new FileIndex();
  readonly #byId = new Map<ConversationId, Conversation>();
  readonly #byName = new Map<Folded, Room>();
  /** By the look of their name. Rooms that were made under earlier rules may look alike. */
  readonly #byLook = new Map<Skeleton, Set<Room>>();
  /** Former name → room. Of each room only the last former name, which `#formerNames` holds. */
  readonly #byFormerName = new Map<Folded, FormerRoomName>();
  readonly #formerNames = new Map<Room, Folded>();
  readonly #byPair = new Map<string, DirectConversation>();
  readonly #directsOf = new Map<AccountId, Set<DirectConversation>>();
  /** When the first timed list entry of a room ends (ms); only rooms that have one. See list-expiry.ts. */
  readonly #firstExpiry = new Map<Room, number>();
  /** Those with +s, whose number nobody but their members may know. */
  readonly #secret = new Set<Room>();

  /** The number of rooms that have a name, so that users can join them. */
  get size(): number {
    return this.#byName.size;
  }

  /** The number of rooms whose existence everybody may know. */
  get listedSize(): number {
    return this.#byName.size - this.#secret.size;
  }

  /** Returns the rooms that have a name, so that users can join them. */
  all(): IterableIterator<Room> {
    return this.#byName.values();
  }

  /** Returns every conversation, rooms and direct conversations. */
  conversations(): IterableIterator<Conversation> {
    return this.#byId.values();
  }

  /** Returns the conversation of an id, or `null`. */
  byId(id: ConversationId): Conversation | null {
    return this.#byId.get(id) ?? null;
  }

  /** Returns the room of a name in any case, or `null`. */
  byName(name: string): Room | null {
    return this.#byName.get(fold(name)) ?? null;
  }

  /** Returns whether the name of a room other than `room` looks like this one, or is the same. */
  hasLookalike(name: RoomName, room: Room | null): boolean {
    const rooms = this.#byLook.get(skeleton(name));
    if (rooms === undefined) return false;
    return rooms.size > 1 || room === null || !rooms.has(room);
  }

  /**
   * Returns the room that had this name until some moment after `since` (ms), or `null` when there is none or
   * another room has the name now. Former names are not in the snapshot: a restart loses those from before
   * it.
   */
  byFormerName(name: string, since: number): FormerRoomName | null {
    const former = this.#byFormerName.get(fold(name));
    return former !== undefined && former.until > since ? former : null;
  }

  /** Returns the former name of a room and until when it had it, or `null`. */
  formerNameOf(room: Room): readonly [Folded, number] | null {
    const name = this.#formerNames.get(room);
    const former = name === undefined ? undefined : this.#byFormerName.get(name);
    return name === undefined || former?.room !== room ? null : [name, former.until];
  }

  /** Sets the former name of a room, unless another room has it by now. */
  setFormerName(room: Room, name: Folded, until: number): void {
    if (this.#byName.has(name)) return;
    this.#byFormerName.set(name, { room, until });
    this.#formerNames.set(room, name);
  }

  /** Returns the direct conversation of two accounts, in either order; `null` if they never wrote. */
  directConversation(account: AccountId, peer: AccountId): DirectConversation | null {
    return this.#byPair.get(pairKey(account, peer)) ?? null;
  }

  /** Returns all direct conversations of an account. */
  directConversationsOf(account: AccountId): Iterable<DirectConversation> {
    return this.#directsOf.get(account) ?? [];
  }

  /** Returns the number of direct conversations of an account. */
  countDirectConversations(account: AccountId): number {
    return this.#directsOf.get(account)?.size ?? 0;
  }

  /** Adds a conversation by its id, and a direct conversation by its accounts. For rooms see `addName`. */
  add(conversation: Conversation): void {
    this.#byId.set(conversation.id, conversation);
    if (conversation instanceof DirectConversation) this.#addDirect(conversation);
  }

  /** Makes a room reachable by its name, which must be free. */
  addName(room: Room): void {
    this.#byFormerName.delete(fold(room.name));
    const replaced = this.#byName.get(fold(room.name));
    if (replaced !== undefined) {
      this.#removeLook(replaced);
      this.#secret.delete(replaced);
    }
    this.#byName.set(fold(room.name), room);
    const look = skeleton(room.name);
    const rooms = this.#byLook.get(look);
    if (rooms === undefined) this.#byLook.set(look, new Set([room]));
    else rooms.add(room);
  }

  /** Renames a room. Its previous name becomes its former name; see `byFormerName`. */
  rename(room: Room, name: RoomName): void {
    const previousName = fold(room.name);
    const isSameName = previousName === fold(name);
    if (isSameName) this.#removeLook(room);
    else this.#removeNames(room);
    room.name = name;
    this.addName(room);
    if (isSameName) return;
    this.#byFormerName.set(previousName, { room, until: room.time });
    this.#formerNames.set(room, previousName);
  }

  /** Notices whether a room is secret (+s), after its modes have changed or were restored. */
  noteModeChange(room: Room): void {
    if (room.hasMode("s") && this.#byName.get(fold(room.name)) === room) this.#secret.add(room);
    else this.#secret.delete(room);
  }

  /** Notices the ends of a room's timed list entries, after a list has changed or was restored. */
  noteListChange(room: Room): void {
    let first = Infinity;
    for (const entries of room.lists.values()) {
      for (const { until = Infinity } of entries) first = Math.min(first, until);
    }
    if (first === Infinity) this.#firstExpiry.delete(room);
    else this.#firstExpiry.set(room, first);
  }

  /** Returns the rooms in which a timed list entry has ended by `now` (ms). */
  withExpiredEntries(now: number): Room[] {
    const rooms: Room[] = [];
    for (const [room, until] of this.#firstExpiry) if (until <= now) rooms.push(room);
    return rooms;
  }

  /** Removes a room. Its name becomes free, and its history unreachable. */
  drop(room: Room): void {
    this.#removeNames(room);
    this.#firstExpiry.delete(room);
    this.#secret.delete(room);
    this.#byId.delete(room.id);
    this.files.removeConversation(room.id);
  }

  /**
   * Removes a room's name and former name, unless another room has taken the name: after a restart, events of
   * two rooms in the same millisecond may be replayed in either order.
   */
  #removeNames(room: Room): void {
    const formerName = this.#formerNames.get(room);
    if (formerName !== undefined && this.#byFormerName.get(formerName)?.room === room) {
      this.#byFormerName.delete(formerName);
    }
    this.#formerNames.delete(room);
    if (this.#byName.get(fold(room.name)) === room) this.#byName.delete(fold(room.name));
    this.#removeLook(room);
  }

  #removeLook(room: Room): void {
    const look = skeleton(room.name);
    const rooms = this.#byLook.get(look);
    rooms?.delete(room);
    if (rooms?.size === 0) this.#byLook.delete(look);
  }

  /**
   * Removes a deleted account's direct conversations, auto-ranks and requests to join: nobody can reach them any
   * more.
   */
  forgetAccount(account: AccountId): void {
    for (const room of this.all()) {
      room.autoRanks.delete(account);
      if (room.joinRequests.length === 0) continue;
      room.joinRequests = room.joinRequests.filter((request) => request.account !== account);
    }
    for (const conversation of [...this.directConversationsOf(account)]) {
      this.#byPair.delete(pairKey(...conversation.accounts));
      this.#byId.delete(conversation.id);
      this.files.removeConversation(conversation.id);
      for (const each of conversation.accounts) this.#directsOf.get(each)?.delete(conversation);
    }
    this.#directsOf.delete(account);
  }

  #addDirect(conversation: DirectConversation): void {
    this.#byPair.set(pairKey(...conversation.accounts), conversation);
    for (const account of conversation.accounts) {
      const conversations = this.#directsOf.get(account) ?? new Set<DirectConversation>();
      conversations.add(conversation);
      this.#directsOf.set(account, conversations);
    }
  }
}

/** Returns the same key for two accounts in either order. Ids hold no spaces. */
function pairKey(account: AccountId, peer: AccountId): string {
  return account < peer ? `${account} ${peer}` : `${peer} ${account}`;
}
