import { fold } from "../../protocol/names.ts";
import type { ModeChange } from "../event.ts";
import { LIST_ENTRIES_MAX } from "../limits.ts";
import type { User } from "../users/user.ts";
import { type Room, sortRanks } from "./room.ts";

/**
 * A room's modes as they will be when the changes that one command asks for are made. It says which changes
 * change anything; the room itself is changed later, by their event.
 */
export class ModeDraft {
  readonly changes: ModeChange[] = [];
  readonly #room: Room;
  readonly #settings: Map<string, string>;
  readonly #lists = new Map<string, Set<string>>();
  readonly #ranks = new Map<User, string>();

  constructor(room: Room) {
    this.#room = room;
    this.#settings = new Map(room.modes);
  }

  /** Sets a mode (to "" when it takes no value), or takes it away. */
  setting(letter: string, value: string | null): void {
    const before = this.#settings.get(letter);
    if (value === null) {
      if (!this.#settings.delete(letter)) return;
      // A key is written behind -k as well, and nobody needs to read it there.
      this.changes.push({
        kind: "setting",
        add: false,
        letter,
        value: letter === "k" ? "*" : null,
      });
    } else if (before !== value) {
      this.#settings.set(letter, value);
      this.changes.push({ kind: "setting", add: true, letter, value: value === "" ? null : value });
    }
  }

  /** Puts a mask on a list or takes it off. Answers `false` when the list is full. */
  list(letter: string, mask: string, add: boolean): boolean {
    const masks = this.#lists.get(letter) ?? this.#masksOf(letter);
    this.#lists.set(letter, masks);
    const key = fold(mask);
    if (masks.has(key) === add) return true;
    if (add && masks.size >= LIST_ENTRIES_MAX) return false;
    if (add) masks.add(key);
    else masks.delete(key);
    this.changes.push({ kind: "list", add, letter, mask });
    return true;
  }

  /** Gives a rank to a member or takes it. */
  rank(letter: string, user: User, add: boolean): void {
    const ranks = this.ranksOf(user);
    if (ranks.includes(letter) === add) return;
    this.#ranks.set(user, add ? sortRanks(ranks + letter) : ranks.replace(letter, ""));
    this.changes.push({ kind: "rank", add, letter, whom: user.identity });
  }

  ranksOf(user: User): string {
    return this.#ranks.get(user) ?? this.#room.members.get(user)?.ranks ?? "";
  }

  #masksOf(letter: string): Set<string> {
    return new Set(this.#room.lists.get(letter)?.map(({ mask }) => fold(mask)));
  }
}
