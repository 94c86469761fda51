import { fold } from "../../protocol/names.ts";
import type { ListEntry } from "../../protocol/room-fields.ts";
import type { ModeChange } from "../event.ts";
import { FILTERS_MAX, LIST_ENTRIES_MAX } from "../limits.ts";
import type { User } from "../users/user.ts";
import { type Room, sortRanks } from "./room.ts";

/** Until when an entry of a list is in force (ms since 1970; left out for ever), and why. */
export type EntryTerms = Pick<ListEntry, "until" | "reason">;

/** Returns how many entries a list of this letter may have. */
export function listEntriesMax(letter: string): number {
  return letter === "g" ? FILTERS_MAX : LIST_ENTRIES_MAX;
}

/**
 * Collects the mode changes of one command, and leaves out those that change nothing after the changes before
 * them. The room itself is unchanged until `changes` are committed as a "mode" event.
 *
 * @example
 * const draft = new ModeDraft(room);
 * draft.setMode("m", "");
 * draft.setRank("o", user, true);
 * state.commit(room, by, { kind: "mode", changes: draft.changes }, reply);
 */
export class ModeDraft {
  /** The effective changes so far, in the order in which they were asked for. */
  readonly changes: ModeChange[] = [];
  readonly #room: Room;
  readonly #modes: Map<string, string>;
  readonly #masks = new Map<string, Set<string>>();
  readonly #ranks = new Map<User, string>();

  constructor(room: Room) {
    this.#room = room;
    this.#modes = new Map(room.modes);
  }

  /** Sets a mode to a value ("" when it takes none), or unsets it (`null`). */
  setMode(letter: string, value: string | null): void {
    const previousValue = this.#modes.get(letter);
    if (value === null) {
      if (!this.#modes.delete(letter)) return;
      // -k takes an argument as well. It is relayed as "*", since no client needs the former key.
      this.changes.push({
        kind: "setting",
        add: false,
        letter,
        value: letter === "k" ? "*" : null,
      });
    } else if (previousValue !== value) {
      this.#modes.set(letter, value);
      this.changes.push({ kind: "setting", add: true, letter, value: value === "" ? null : value });
    }
  }

  /**
   * Adds a mask to a list or removes it. Returns `false` when the list is full. An entry that is there is
   * replaced if the new one has another end or reason.
   */
  setMask(letter: string, mask: string, add: boolean, terms: EntryTerms = {}): boolean {
    const masks = this.#masks.get(letter) ?? this.#masksOf(letter);
    this.#masks.set(letter, masks);
    const key = fold(mask);
    if (masks.has(key) === add && !(add && this.#changesTerms(letter, key, terms))) return true;
    const isNew = add && !masks.has(key);
    if (isNew && masks.size >= listEntriesMax(letter)) return false;
    if (add) masks.add(key);
    else masks.delete(key);
    this.changes.push({ kind: "list", add, letter, mask, ...(add && terms) });
    return true;
  }

  /** Gives a member a rank or takes it away. */
  setRank(letter: string, user: User, add: boolean): void {
    const ranks = this.ranksOf(user);
    if (ranks.includes(letter) === add) return;
    this.#ranks.set(user, add ? sortRanks(ranks + letter) : ranks.replace(letter, ""));
    this.changes.push({ kind: "rank", add, letter, whom: user.identity });
  }

  /** Returns a user's rank letters, highest first, as they are after the changes so far. */
  ranksOf(user: User): string {
    return this.#ranks.get(user) ?? this.#room.members.get(user)?.ranks ?? "";
  }

  #changesTerms(letter: string, key: string, { until, reason }: EntryTerms): boolean {
    const entry = this.#room.lists.get(letter)?.find(({ mask }) => fold(mask) === key);
    return (
      entry !== undefined &&
      (entry.until !== until || (reason !== undefined && reason !== (entry.reason ?? "")))
    );
  }

  #masksOf(letter: string): Set<string> {
    return new Set(this.#room.lists.get(letter)?.map(({ mask }) => fold(mask)));
  }
}
