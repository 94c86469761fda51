/**
 * Moves dates of the future into the time before `now`, all by the same span, so that their distances stay:
 * the latest one becomes `now`. Nothing becomes older than the oldest date that is right.
 */
export class MovedTimes {
  readonly now: number;
  readonly #byMs: number;
  readonly #oldest: number;

  /** @param dates all dates of the data folder, in ms since 1970 */
  constructor(now: number, dates: Iterable<number>) {
    this.now = now;
    let latest = now;
    let oldest = now;
    for (const time of dates) {
      latest = Math.max(latest, time);
      // 0 stands for none.
      if (time > 0) oldest = Math.min(oldest, time);
    }
    this.#byMs = latest - now;
    // Without a date that is right there is no such bound.
    this.#oldest = oldest === now ? 0 : oldest;
  }

  /** Returns the new time of a date; a date that isn't in the future stays. */
  of(time: number): number {
    return time > this.now ? Math.max(time - this.#byMs, this.#oldest) : time;
  }
}

/** Moves the dates of one conversation in the same way. Its lines keep their order and stay distinct. */
export class MovedLineTimes {
  readonly #all: MovedTimes;
  /** Time of the last line before the first one that moved. */
  #before = 0;
  #last = 0;
  /** Old and new times of the lines from the first moved one on. */
  readonly #old: number[] = [];
  readonly #new: number[] = [];

  constructor(all: MovedTimes) {
    this.#all = all;
  }

  get hasMoved(): boolean {
    return this.#old.length > 0;
  }

  /** The new time of the first line that moved; meaningless while none has. */
  get firstNew(): number {
    return this.#new[0] ?? this.#all.now;
  }

  /** Adds the next line, in the order of positions, by its time. Returns its new time. */
  add(time: number): number {
    if (!this.hasMoved && time <= this.#all.now) {
      this.#before = Math.max(this.#before, time);
      this.#last = this.#before;
      return time;
    }
    // Once a line has moved, those behind it stay behind it.
    const moved = Math.max(this.#all.of(time), this.#last + 1);
    this.#last = moved;
    this.#old.push(time);
    this.#new.push(moved);
    return moved;
  }

  /** Returns the new time of a date that refers to lines, such as a read marker: it stays between its two. */
  of(time: number): number {
    const [first] = this.#new;
    if (first === undefined || time <= this.#before) return this.#all.of(time);
    let low = 0;
    let high = this.#old.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#old[middle] ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    if (low > 0) return this.#new[low - 1] ?? first;
    // Before the first line that moved, and so it stays before it.
    return Math.max(this.#before, Math.min(this.#all.of(time), first - 1));
  }
}
