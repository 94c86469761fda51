import type { PasswordPlace } from "../../member-server/account-ports.ts";

/** After so many members one stranger has a turn: a member at a new address is a stranger as well. */
const MEMBERS_PER_STRANGER = 3;

/** Called once: with whether the password may be worked on, or has no place. */
type Start = (hasTurn: boolean) => void;

/**
 * The order in which passwords are worked on. Members go first, and half of the places are theirs alone. Within
 * members and strangers, addresses take turns; when all places are taken, an address with few passwords gets one
 * from the address with most.
 */
export class WaitingPasswords {
  readonly #max: number;
  readonly #members = new AddressQueues();
  readonly #strangers = new AddressQueues();
  readonly #later = new AddressQueues();
  #membersInARow = 0;

  /** @param max how many places there are */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many passwords wait. */
  get size(): number {
    return this.#members.size + this.#strangers.size + this.#later.size;
  }

  /** Resolves to `true` when it is this password's turn, and to `false` when it has no place. */
  wait({ priority, from = "" }: PasswordPlace): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const queues = this.#placeFor(priority, from);
    if (queues === null) resolve(false);
    else queues.push(from, resolve);
    return promise;
  }

  /** Gives the next one its turn, and returns whether there is one. */
  startNext(): boolean {
    const isStrangersTurn = this.#membersInARow >= MEMBERS_PER_STRANGER && this.#strangers.size > 0;
    const member = isStrangersTurn ? null : this.#members.shift();
    this.#membersInARow = member === null ? 0 : this.#membersInARow + 1;
    const next = member ?? this.#strangers.shift() ?? this.#later.shift();
    next?.(true);
    return next !== null;
  }

  /** Returns the queues that have a place for one more, if need be that of another; `null` without one. */
  #placeFor(priority: PasswordPlace["priority"], from: string): AddressQueues | null {
    const count = this.#members.size + this.#strangers.size + this.#later.size;
    switch (priority) {
      case "member": {
        const hasPlace =
          count < this.#max || this.#later.putOut(null) || this.#members.putOut(from);
        return hasPlace ? this.#members : null;
      }
      case "stranger": {
        const othersCount = this.#strangers.size + this.#later.size;
        const isFull = count >= this.#max || othersCount >= Math.ceil(this.#max / 2);
        const hasPlace = !isFull || this.#later.putOut(null) || this.#strangers.putOut(from);
        return hasPlace ? this.#strangers : null;
      }
      case "nobody":
        return count * 4 < this.#max ? this.#later : null;
    }
  }
}

/** Passwords that wait, by the addresses that they come from. The addresses take turns. */
class AddressQueues {
  /** The address whose turn it is comes first. None is empty. */
  readonly #byAddress = new Map<string, Start[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(from: string, start: Start): void {
    const queue = this.#byAddress.get(from);
    if (queue === undefined) this.#byAddress.set(from, [start]);
    else queue.push(start);
    this.#size += 1;
  }

  shift(): Start | null {
    const [entry] = this.#byAddress;
    if (entry === undefined) return null;
    const [from, queue] = entry;
    const start = queue.shift() ?? null;
    this.#byAddress.delete(from);
    if (queue.length > 0) this.#byAddress.set(from, queue);
    this.#size -= 1;
    return start;
  }

  /**
   * Puts out the newest password of the address with most, if `forAddress` still has fewer with one more; for
   * `null`, whatever there is. Returns whether it did.
   */
  putOut(forAddress: string | null): boolean {
    let longest: readonly [string, Start[]] | null = null;
    for (const entry of this.#byAddress) {
      if (longest === null || entry[1].length > longest[1].length) longest = entry;
    }
    if (longest === null) return false;
    const [from, queue] = longest;
    const own = forAddress === null ? 0 : (this.#byAddress.get(forAddress)?.length ?? 0);
    if (forAddress !== null && queue.length < own + 2) return false;
    const start = queue.pop();
    if (queue.length === 0) this.#byAddress.delete(from);
    this.#size -= 1;
    start?.(false);
    return true;
  }
}
