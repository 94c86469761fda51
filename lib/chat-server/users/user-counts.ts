import type { User } from "./user.ts";

/**
 * Owns the counts of online users, in total and by user mode. Every greeting shows them: counting anew for
 * each of 10,000 users who reconnect at once would take 8 s. Changed by monitor-notices.ts, operators.ts and
 * the MODE command.
 */
export class UserCounts {
  readonly #online = new Set<User>();
  readonly #modes = new Map<string, number>();
  #peak = 0;

  /** How many users are online. */
  get size(): number {
    return this.#online.size;
  }

  /** The most users who were online at once since the server started. */
  get peak(): number {
    return this.#peak;
  }

  /** Sets the peak that another server had seen. */
  restorePeak(peak: number): void {
    this.#peak = Math.max(this.#peak, peak);
  }

  /** Returns how many online users have a mode; see `User.modes`. */
  count(letter: string): number {
    return this.#modes.get(letter) ?? 0;
  }

  /** Counts a user as online. */
  connected(user: User): void {
    if (this.#online.has(user)) return;
    this.#online.add(user);
    this.#peak = Math.max(this.#peak, this.#online.size);
    for (const letter of user.modes) this.#add(letter, 1);
  }

  /** Counts a user as offline. */
  disconnected(user: User): void {
    if (!this.#online.delete(user)) return;
    for (const letter of user.modes) this.#add(letter, -1);
  }

  /** Updates the count of a mode. Call it before the letter is added to `user.modes` or removed. */
  modeWillChange(user: User, letter: string, on: boolean): void {
    if (this.#online.has(user) && user.modes.has(letter) !== on) this.#add(letter, on ? 1 : -1);
  }

  #add(letter: string, by: number): void {
    this.#modes.set(letter, this.count(letter) + by);
  }
}
