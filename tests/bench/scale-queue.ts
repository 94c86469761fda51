import { sum } from "./scale-world.ts";

const MINUTE = 60;

/** Work that waits for a core, or for several. */
export class Queue {
  /** The longest that something waited, in seconds. */
  worst = 0;
  /** The work that waits. */
  owed = 0;
  /** The share of what waited that was done in the last second. */
  doneShare = 1;
  readonly #minute: number[] = [];
  #busiest = 0;

  /** Adds a second's work, of which `capacity` is done in it. `beside` was done before it. */
  take(work: number, capacity: number, beside = 0): void {
    const before = this.owed + work;
    this.owed = Math.max(0, before - capacity);
    this.doneShare = before === 0 ? 1 : (before - this.owed) / before;
    if (capacity > 0) this.worst = Math.max(this.worst, this.owed / capacity);
    this.#minute.push(work + beside);
    if (this.#minute.length > MINUTE) this.#minute.shift();
    if (this.#minute.length < MINUTE) return;
    this.#busiest = Math.max(this.#busiest, sum(this.#minute, (share) => share) / MINUTE);
  }

  /** The work that came in the fullest sixty seconds, for each second. */
  get busiestMinute(): number {
    return this.#busiest;
  }
}

/** What waits while many people log in. */
export class Storm {
  readonly leader = new Queue();
  readonly passwords = new Queue();
  readonly handshakes = new Queue();
  readonly directory = new Queue();
  readonly standbys = new Queue();
  #waiting = 0;

  /** Takes log-ins, and returns how many the leaders got to: others hear of those alone. */
  serve(logIns: number): number {
    this.#waiting += logIns;
    const served = this.#waiting * this.leader.doneShare;
    this.#waiting -= served;
    return served;
  }
}
