import { type AccountName, type Folded, fold, type RoomName } from "../../protocol/names.ts";
import type { ConversationId } from "../event.ts";
import type { Conversation, Room } from "./room.ts";
import { DirectConversation } from "./room.ts";

/** Whoever was away over a long weekend is led to a room by its former name; later the name is free. */
export const FORMER_NAME_MS_MAX = 7 * 86_400_000;

/** A room that was called otherwise, until then (ms). */
export interface FormerRoomName {
  readonly room: Room;
  readonly until: number;
}

/**
 * Owns every conversation: rooms by name, direct messages by their two accounts, and both by the id under
 * which their history is kept. Changed by `apply` alone.
 */
export class Rooms {
  readonly #byId = new Map<ConversationId, Conversation>();
  readonly #byName = new Map<Folded, Room>();
  /** What rooms were called before, one name each, and when that ended. */
  readonly #formerly = new Map<Folded, FormerRoomName>();
  readonly #formerNames = new Map<Room, Folded>();
  readonly #byPair = new Map<string, DirectConversation>();
  readonly #talksOf = new Map<Folded, Set<DirectConversation>>();

  get size(): number {
    return this.#byName.size;
  }

  /** Rooms that people can join. */
  all(): IterableIterator<Room> {
    return this.#byName.values();
  }

  conversations(): IterableIterator<Conversation> {
    return this.#byId.values();
  }

  byId(id: ConversationId): Conversation | null {
    return this.#byId.get(id) ?? null;
  }

  byName(name: string): Room | null {
    return this.#byName.get(fold(name)) ?? null;
  }

  /** The room that was called this after `since`, while no other is called so. A restart may forget it. */
  byFormerName(name: string, since: number): FormerRoomName | null {
    const former = this.#formerly.get(fold(name));
    return former !== undefined && former.until > since ? former : null;
  }

  directConversation(one: AccountName, other: AccountName): DirectConversation | null {
    return this.#byPair.get(pairKey(one, other)) ?? null;
  }

  directConversationsOf(account: AccountName): Iterable<DirectConversation> {
    return this.#talksOf.get(fold(account)) ?? [];
  }

  countDirectConversations(account: AccountName): number {
    return this.#talksOf.get(fold(account))?.size ?? 0;
  }

  add(conversation: Conversation): void {
    this.#byId.set(conversation.id, conversation);
    if (conversation instanceof DirectConversation) this.#addTalk(conversation);
  }

  /** Makes a room reachable by its name, which must be free. */
  addName(room: Room): void {
    this.#formerly.delete(fold(room.name));
    this.#byName.set(fold(room.name), room);
  }

  /** What the room is called until then leads to it for a while. */
  rename(room: Room, name: RoomName): void {
    const before = fold(room.name);
    const isOther = before !== fold(name);
    if (isOther) this.#unname(room);
    room.name = name;
    this.addName(room);
    if (!isOther) return;
    this.#formerly.set(before, { room, until: room.time });
    this.#formerNames.set(room, before);
  }

  /** The name becomes free; the history stays reachable to nobody. */
  drop(room: Room): void {
    this.#unname(room);
    this.#byId.delete(room.id);
  }

  /** Unless the name is another room's by now: two things that happened in one millisecond come in any order. */
  #unname(room: Room): void {
    const former = this.#formerNames.get(room);
    if (former !== undefined && this.#formerly.get(former)?.room === room) {
      this.#formerly.delete(former);
    }
    this.#formerNames.delete(room);
    if (this.#byName.get(fold(room.name)) === room) this.#byName.delete(fold(room.name));
  }

  /** An account is gone for good: whoever takes its name later must not find its messages. */
  forgetAccount(account: AccountName): void {
    for (const room of this.all()) room.autoRanks.delete(account);
    for (const talk of [...this.directConversationsOf(account)]) {
      this.#byPair.delete(pairKey(...talk.accounts));
      this.#byId.delete(talk.id);
      for (const name of talk.accounts) this.#talksOf.get(fold(name))?.delete(talk);
    }
    this.#talksOf.delete(fold(account));
  }

  #addTalk(talk: DirectConversation): void {
    this.#byPair.set(pairKey(...talk.accounts), talk);
    for (const account of talk.accounts) {
      const key = fold(account);
      const talks = this.#talksOf.get(key) ?? new Set<DirectConversation>();
      talks.add(talk);
      this.#talksOf.set(key, talks);
    }
  }
}

/** One key for two accounts, whichever comes first. Names hold no spaces. */
function pairKey(one: AccountName, other: AccountName): string {
  const [a, b] = [fold(one), fold(other)];
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
