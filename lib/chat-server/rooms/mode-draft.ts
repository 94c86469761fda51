import type { AccountId } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";
import type { ListEntry } from "../../protocol/room-fields.ts";
import type { ModeChange } from "../event.ts";
import { FILTERS_MAX, LIST_ENTRIES_MAX } from "../limits.ts";
import { isMuteMask, type NamedMask, renamedMask } from "../users/ban-masks.ts";
import type { User } from "../users/user.ts";
import { type Room, sortRanks } from "./room.ts";

/** Until when an entry of a list is in force (ms since 1970; left out for ever), and why. */
export type EntryTerms = Pick<ListEntry, "until" | "reason">;

type ListedMask = NamedMask & EntryTerms;

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
  /** Letter → folded mask → the mask as it is listed after the changes so far. */
  readonly #masks = new Map<string, Map<string, ListedMask>>();
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
   * Adds a mask to a list or removes it. A mask that means the same account under another name counts as the
   * same. An entry that is there is replaced if the new one has another end or reason, or its account is gone; one of an
   * account that has another name now is listed under that first. Returns `false` when the list is full.
   *
   * @param nameOf returns the present name of an account, `null` if there is none
   */
  setMask(
    letter: string,
    named: NamedMask,
    add: boolean,
    terms: EntryTerms = {},
    nameOf: (account: AccountId) => string | null = () => null,
  ): boolean {
    const masks = this.#masks.get(letter) ?? this.#masksOf(letter);
    this.#masks.set(letter, masks);
    const own = listedAs(masks.values(), named);
    const sameText = masks.get(fold(named.mask));
    if (!add) {
      const listed = own ?? sameText;
      const asTyped = listed === sameText ? { mask: named.mask } : {};
      this.#unlist(letter, masks, listed && { ...listed, ...asTyped });
      return true;
    }
    const renamed = renamedMask(nameOf, sameText, named);
    const listed = own ?? (renamed === null ? sameText : undefined);
    if (listed !== undefined && isSameEntry(listed, named, terms)) return true;
    if (listed === undefined && masks.size >= listEntriesMax(letter)) return false;
    if (own !== undefined && own !== sameText) this.#unlist(letter, masks, own);
    if (renamed !== null) {
      this.#unlist(letter, masks, sameText);
      this.#list(letter, masks, renamed);
    }
    this.#list(letter, masks, { mask: named.mask, ...accountOf(named), ...terms });
    return true;
  }

  #list(letter: string, masks: Map<string, ListedMask>, entry: ListedMask): void {
    const { mask, until, reason } = entry;
    const terms = { ...(until !== undefined && { until }), ...(reason && { reason }) };
    masks.set(fold(mask), entry);
    this.changes.push({ kind: "list", add: true, letter, mask, ...accountOf(entry), ...terms });
  }

  /** The list knows an entry by its text, so that is what is removed. */
  #unlist(letter: string, masks: Map<string, ListedMask>, entry: ListedMask | undefined): void {
    if (entry === undefined) return;
    const { mask } = entry;
    masks.delete(fold(mask));
    this.changes.push({ kind: "list", add: false, letter, mask, ...accountOf(entry) });
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

  #masksOf(letter: string): Map<string, ListedMask> {
    return new Map(this.#room.lists.get(letter)?.map((entry) => [fold(entry.mask), entry]));
  }
}

/** Returns the account that a mask means as a field, if it names one. */
function accountOf({ account }: NamedMask): Pick<NamedMask, "account"> {
  return account === undefined ? {} : { account };
}

/** Returns the listed mask that means the same account as `named`, and mutes if that does. */
function listedAs(
  masks: Iterable<ListedMask>,
  { mask, account }: NamedMask,
): ListedMask | undefined {
  if (account === undefined || account === null) return undefined;
  const isSame = (listed: ListedMask) =>
    listed.account === account && isMuteMask(listed.mask) === isMuteMask(mask);
  for (const listed of masks) if (isSame(listed)) return listed;
  return undefined;
}

/** Returns whether an entry stays as it is if it is set again. Without a reason the one that it has stays. */
function isSameEntry(
  listed: ListedMask,
  { account }: NamedMask,
  { until, reason }: EntryTerms,
): boolean {
  const isSameReason = reason === undefined || reason === (listed.reason ?? "");
  return listed.account === account && listed.until === until && isSameReason;
}
