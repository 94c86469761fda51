import type { User } from "./user.ts";

/**
 * Owns the count of who is connected, by mode as well: each greeting tells it, and 10,000 people who come
 * back at once would count each other for 8 s. Changed by monitor-notices.ts and user-modes.ts.
 */
export class UserCounts {
  readonly #here = new Set<User>();
  readonly #modes = new Map<string, number>();
  #most = 0;

  get size(): number {
    return this.#here.size;
  }

  /** The most people who were here at once since the server started. */
  get peak(): number {
    return this.#most;
  }

  /** How many of those here have set this mode; see `User.modes`. */
  count(letter: string): number {
    return this.#modes.get(letter) ?? 0;
  }

  connected(user: User): void {
    if (this.#here.has(user)) return;
    this.#here.add(user);
    this.#most = Math.max(this.#most, this.#here.size);
    for (const letter of user.modes) this.#add(letter, 1);
  }

  disconnected(user: User): void {
    if (!this.#here.delete(user)) return;
    for (const letter of user.modes) this.#add(letter, -1);
  }

  /** To be called before the letter is added to the user's modes, or taken from them. */
  modeWillChange(user: User, letter: string, on: boolean): void {
    if (this.#here.has(user) && user.modes.has(letter) !== on) this.#add(letter, on ? 1 : -1);
  }

  #add(letter: string, by: number): void {
    this.#modes.set(letter, this.count(letter) + by);
  }
}
