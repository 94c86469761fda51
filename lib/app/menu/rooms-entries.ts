/** The entries of the rooms menu, by what they stand for. */
import type { Folded } from "../../protocol/names.ts";

/** What an entry stands for. `server`: the id of another server than the menu's. */
export type RoomsEntry =
  | "find"
  | "create"
  | "direct"
  | "invite"
  | "profile"
  | "servers"
  | "log-out"
  | "quit"
  | { readonly to: Folded; readonly server?: string }
  | { readonly join: string };

/** Rooms and people whose values are remembered; more than the menu has at a time. */
const VALUES_MAX = 10_000;

/** Gives each room the same value in every version of the menu, so that the selection finds its choice again. */
export class EntryValues {
  readonly #to = new Map<string, RoomsEntry>();
  readonly #join = new Map<string, RoomsEntry>();

  /** `server`: the id of another server than the menu's. */
  to(key: Folded, server?: string): RoomsEntry {
    if (this.#to.size >= VALUES_MAX) this.#to.clear();
    return this.#to.getOrInsertComputed(`${server ?? ""} ${key}`, () => ({
      to: key,
      ...(server !== undefined && { server }),
    }));
  }

  /** By the name as it is spelt: servers differ in which names are the same. */
  join(room: string): RoomsEntry {
    if (this.#join.size >= VALUES_MAX) this.#join.clear();
    return this.#join.getOrInsertComputed(room, () => ({ join: room }));
  }
}
