import type { PasswordPlace } from "../../member-server/account-ports.ts";

/** After so many members one stranger has a turn: a member at a new address is a stranger as well. */
const MEMBERS_PER_STRANGER = 3;

/** A password that waits. */
interface Waiting {
  readonly from: string;
  /** Called once: with whether it may be worked on, or was put out. */
  readonly start: (hasTurn: boolean) => void;
}

/**
 * The order in which passwords are worked on. Members go first, and half of the places are theirs alone. When the
 * strangers' places are taken, whoever has fewest of them gets one from whoever has most.
 */
export class WaitingPasswords {
  readonly #max: number;
  readonly #members: Waiting[] = [];
  readonly #strangers: Waiting[] = [];
  readonly #later: Waiting[] = [];
  #membersInARow = 0;

  /** @param max how many places there are */
  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves to `true` when it is this password's turn, and to `false` when it has no place. */
  wait({ priority, from = "" }: PasswordPlace): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { from, start: resolve };
    if (!this.#takePlace(waiting, priority)) resolve(false);
    return promise;
  }

  /** Gives the next one its turn, and returns whether there is one. */
  startNext(): boolean {
    const isStrangersTurn = this.#membersInARow >= MEMBERS_PER_STRANGER;
    const members = isStrangersTurn && this.#strangers.length > 0 ? undefined : this.#members;
    const next = members?.shift() ?? this.#strangers.shift() ?? this.#later.shift();
    this.#membersInARow = members === undefined || next === undefined ? 0 : this.#membersInARow + 1;
    next?.start(true);
    return next !== undefined;
  }

  get #count(): number {
    return this.#members.length + this.#strangers.length + this.#later.length;
  }

  #takePlace(waiting: Waiting, priority: PasswordPlace["priority"]): boolean {
    switch (priority) {
      case "member":
        if (this.#count >= this.#max && !this.#putOut(this.#later, "")) return false;
        this.#members.push(waiting);
        return true;
      case "stranger": {
        const othersCount = this.#strangers.length + this.#later.length;
        const isFull = this.#count >= this.#max || othersCount >= Math.ceil(this.#max / 2);
        if (isFull && !this.#putOut(this.#later, "") && !this.#makeRoomFor(waiting.from)) {
          return false;
        }
        this.#strangers.push(waiting);
        return true;
      }
      case "nobody":
        if (this.#count * 4 >= this.#max) return false;
        this.#later.push(waiting);
        return true;
    }
  }

  /** Puts out the newest password of the address with the most, if that has at least two more than `from`. */
  #makeRoomFor(from: string): boolean {
    const counts = new Map<string, number>();
    for (const stranger of this.#strangers) {
      counts.set(stranger.from, (counts.get(stranger.from) ?? 0) + 1);
    }
    const [most, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
    if (count < (counts.get(from) ?? 0) + 2) return false;
    return this.#putOut(this.#strangers, most);
  }

  #putOut(list: Waiting[], from: string): boolean {
    const index = list.findLastIndex((waiting) => waiting.from === from);
    const [waiting] = index === -1 ? [] : list.splice(index, 1);
    waiting?.start(false);
    return waiting !== undefined;
  }
}
