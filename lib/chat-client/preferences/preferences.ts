/**
 * What a person has set of one server: whom they have blocked, which words they are told about or spared, and when which
 * conversation notifies them. On our servers it belongs to the account and comes from the server (sodam.chat/preferences
 * and SILENCE); elsewhere, and for guests, the app stores it. Pure; the ClientStore owns it.
 */
import type { FoldName } from "../../protocol/case-mapping.ts";
import { type Folded, fold as foldAsOurs } from "../../protocol/names.ts";
import { WordList } from "./word-list.ts";

/** What a conversation notifies the user of. */
export type NotificationLevel = "all" | "mentions" | "nothing";

/** Why a message is folded away. */
export type FoldReason = "blocked" | "spared";

/** The name of a preference: see "sodam.chat/preferences" in docs/protocol.md. `blocked` is only stored by the app. */
export type PreferenceKey =
  | "level"
  | "order"
  | "draft"
  | "highlight"
  | "spare"
  | "blocked"
  | "receipts";

/** Where a preference holds: in a conversation, or with "*" everywhere on the server. */
export type PreferencePlace = Folded | "*";

/** A place and a key, as the app stores them. */
export type PreferenceName = `${string} ${PreferenceKey}`;

/** The parts of a {@link PreferenceName}. */
interface ParsedName {
  readonly place: PreferencePlace;
  readonly key: PreferenceKey;
}

const LEVELS: readonly string[] = ["all", "mentions", "nothing"];
const KEYS: readonly string[] = [
  "level",
  "order",
  "draft",
  "highlight",
  "spare",
  "blocked",
  "receipts",
];
/** More than any server of ours stores. A server can't make it grow without end. */
const CONVERSATIONS_MAX = 1_000;
/** Masks on the block list of a server of ours, at most. */
const BLOCKED_MAX = 100;

/** Somebody who said or did something, as far as the server tells. */
export interface Sender {
  readonly nick: string;
  /** null of a guest, and where the server tells no accounts. */
  readonly account: string | null;
  /** The id of the account, which stays when it is renamed (sodam.chat/account-id); null where it isn't told. */
  readonly accountId: string | null;
}

/** Whom the block list means, by how one server folds names. */
interface BlockedNames {
  readonly fold: FoldName;
  /** Accounts by name, with their ids; null among them: the id isn't known. */
  readonly accounts: ReadonlyMap<Folded, ReadonlySet<string | null>>;
  readonly ids: ReadonlySet<string>;
  readonly nicks: ReadonlySet<Folded>;
}

/** A conversation's preferences as texts. */
type Values = ReadonlyMap<PreferenceKey, string>;

const NONE: Values = new Map();

/** Owns what the user has set; see the top of this file. */
export class Preferences {
  readonly #byPlace = new Map<PreferencePlace, Map<PreferenceKey, string>>();
  /** Each mask with the id of the account that it means; null where the server doesn't tell. */
  readonly #masks = new Map<string, string | null>();
  /** The names that the masks mean, folded; null: not computed since they changed. */
  #blockedNames: BlockedNames | null = null;
  #highlights = new WordList("");
  #spared = new WordList("");
  /** What the server has told on an earlier connection, and not yet on this one. */
  readonly #untold = { names: new Set<PreferenceName>(), masks: new Set<string>() };

  /** The masks of the block list, as SILENCE has them: `~a:ACCOUNT`, or `NICK!*@*`. */
  get blocked(): ReadonlySet<string> {
    return new Set(this.#masks.keys());
  }

  /** The words that count as a mention. */
  get highlights(): readonly string[] {
    return this.#highlights.words;
  }

  /** The words whose messages are folded away. */
  get spared(): readonly string[] {
    return this.#spared.words;
  }

  get(place: PreferencePlace, key: PreferenceKey): string | null {
    return this.#of(place).get(key) ?? null;
  }

  /** Returns what a conversation notifies of; null if the user has not chosen. */
  level(place: Folded): NotificationLevel | null {
    const level = this.#of(place).get("level") ?? "";
    return LEVELS.includes(level) ? (level as NotificationLevel) : null;
  }

  /** Returns a conversation's place in the list; null if the user has not moved it. */
  order(place: Folded): number | null {
    const order = Number(this.#of(place).get("order") ?? Number.NaN);
    return Number.isFinite(order) ? order : null;
  }

  /** Sets one, or with "" removes it. Returns whether that changes which messages are folded away or mention the user. */
  set(place: PreferencePlace, key: PreferenceKey, value: string): boolean {
    const values = this.#byPlace.get(place) ?? new Map<PreferenceKey, string>();
    this.#untold.names.delete(`${place} ${key}`);
    if (!this.#byPlace.has(place) && this.#byPlace.size >= CONVERSATIONS_MAX) return false;
    if (value === "") values.delete(key);
    else values.set(key, value);
    if (values.size === 0) this.#byPlace.delete(place);
    else this.#byPlace.set(place, values);
    if (place !== "*") return false;
    if (key === "highlight") this.#highlights = new WordList(value);
    if (key === "spare") this.#spared = new WordList(value);
    if (key === "blocked") {
      this.#masks.clear();
      this.#blockedNames = null;
      for (const mask of value.split(" ")) if (mask !== "") this.setBlocked(mask, true);
    }
    return key === "spare" || key === "blocked" || key === "highlight";
  }

  /**
   * Puts a mask on the block list, or takes it off.
   *
   * @param accountId of the account that the mask means, where the server tells it
   */
  setBlocked(mask: string, on: boolean, accountId: string | null = null): void {
    const listed = this.#masks.keys().find((other) => foldAsOurs(other) === foldAsOurs(mask));
    this.#blockedNames = null;
    if (listed !== undefined) {
      this.#masks.delete(listed);
      this.#untold.masks.delete(listed);
    }
    if (on && this.#masks.size < BLOCKED_MAX) this.#masks.set(mask, accountId);
  }

  /** Gives a conversation's preferences to its new key. */
  move(was: Folded, key: Folded): void {
    const values = this.#byPlace.get(was);
    if (values === undefined) return;
    this.#byPlace.delete(was);
    this.#byPlace.set(key, values);
    const { names } = this.#untold;
    for (const name of values.keys()) {
      if (names.delete(`${was} ${name}`)) names.add(`${key} ${name}`);
    }
  }

  /**
   * Expects the server to tell everything anew. Until it has, all holds as it was: else what blocked people said would be
   * on the screen for a moment.
   *
   * @param isOwn whether a preference is one of this device alone
   */
  expectAnew(isOwn: (name: PreferenceName) => boolean): void {
    for (const [name] of this.entries()) if (!isOwn(name)) this.#untold.names.add(name);
    for (const mask of this.#masks.keys()) this.#untold.masks.add(mask);
  }

  /**
   * Takes what the server has not told anew, since another device has taken it back: takes such masks off the block list
   * and returns whether there were any, and which preferences are to be removed.
   */
  takeUntold(): { readonly wereMasks: boolean; readonly names: readonly ParsedName[] } {
    const masks = [...this.#untold.masks];
    const names = [...this.#untold.names].flatMap((name) => parsePreferenceName(name) ?? []);
    for (const mask of masks) this.setBlocked(mask, false);
    return { wereMasks: masks.length > 0, names };
  }

  /** Returns whether the user has blocked somebody, by the account or else by the nick. */
  isBlocked(sender: Sender, fold: FoldName): boolean {
    if (this.#masks.size === 0) return false;
    if (this.#blockedNames?.fold !== fold) this.#blockedNames = namesOf(this.#masks, fold);
    return isAmong(this.#blockedNames, sender);
  }

  /** Returns the masks of the block list that mean somebody. */
  masksOf(sender: Sender, fold: FoldName): string[] {
    const masks = [...this.#masks].filter((entry) => isAmong(namesOf([entry], fold), sender));
    return masks.map(([mask]) => mask);
  }

  /** Returns why a message of another person is folded away; null if it isn't. */
  foldReason(message: Sender & { readonly text: string }, fold: FoldName): FoldReason | null {
    if (this.isBlocked(message, fold)) return "blocked";
    return this.#spared.occursIn(message.text) ? "spared" : null;
  }

  /** The list of the words that count as a mention; replaced when they change. */
  get highlightList(): WordList {
    return this.#highlights;
  }

  /** Yields everything, as the app stores it. */
  *entries(): Iterable<readonly [PreferenceName, string]> {
    for (const [place, values] of this.#byPlace) {
      for (const [key, value] of values) yield [`${place} ${key}`, value];
    }
  }

  #of(place: PreferencePlace): Values {
    return this.#byPlace.get(place) ?? NONE;
  }
}

/**
 * Whether somebody is blocked. An account is known by its id, where both have one: its name may have changed, and may be
 * somebody else's by now.
 */
function isAmong({ fold, accounts, ids, nicks }: BlockedNames, sender: Sender): boolean {
  const { nick, account, accountId } = sender;
  if (nick !== "" && nicks.has(fold(nick))) return true;
  if (accountId !== null && ids.has(accountId)) return true;
  const idsOfName = account === null ? undefined : accounts.get(fold(account));
  return idsOfName !== undefined && (accountId === null || idsOfName.has(null));
}

/** Parses what {@link Preferences.entries} gives; null for anything else. */
export function parsePreferenceName(name: string): ParsedName | null {
  const space = name.lastIndexOf(" ");
  const key = name.slice(space + 1);
  return space > 0 && isPreferenceKey(key) ? { place: name.slice(0, space) as Folded, key } : null;
}

/** Whether this client knows a key. Others may be of a newer one. */
export function isPreferenceKey(key: string): key is PreferenceKey {
  return KEYS.includes(key);
}

/** Returns the names in masks: `~a:ACCOUNT`, `NICK!*@*` or a nick. Others, with wildcards, mean nobody here. */
function namesOf(
  masks: Iterable<readonly [mask: string, accountId: string | null]>,
  fold: FoldName,
): BlockedNames {
  const accounts = new Map<Folded, Set<string | null>>();
  const ids = new Set<string>();
  const nicks = new Set<Folded>();
  for (const [mask, id] of masks) {
    const [, account] = /^~a:(.+)$/i.exec(mask) ?? [];
    if (account !== undefined) {
      const name = fold(account);
      accounts.set(name, (accounts.get(name) ?? new Set()).add(id));
      if (id !== null) ids.add(id);
      continue;
    }
    const [, nick] = /^([^!@*?]+)(?:!\*@\*)?$/.exec(mask) ?? [];
    if (nick !== undefined) nicks.add(fold(nick));
  }
  return { fold, accounts, ids, nicks };
}
