import { fold } from "./names.ts";

declare const brand: unique symbol;

/**
 * Identifies an account permanently: 12 letters of [a-z0-9], never used again. A name can change, and can
 * belong to another account later; so everything that means an account holds its id, and names are for
 * display and for looking an account up.
 *
 * A *legacy id* stands for an account in what was stored before there were ids: see {@link legacyAccountId}.
 */
export type AccountId = string & { readonly [brand]: true };

const ID_LETTERS = 12;
/** No name has this character, so a legacy id is neither an id nor a name. */
const LEGACY = "@";
const HOST_END = ".account";

/** Makes an account's id of a random id, whose last letters are random whatever it begins with. */
export function makeAccountId(randomId: string): AccountId {
  return randomId.slice(-ID_LETTERS) as AccountId;
}

/** Parses the id of an account; `null` for anything else, a legacy id included. */
export function parseAccountId(text: string): AccountId | null {
  return /^[a-z0-9]{12,16}$/.test(text) ? (text as AccountId) : null;
}

/**
 * Returns the legacy id of an account's name. It is what a line means that was stored before there were ids: the
 * account that had the name at that time, which `AccountStore.resolve` finds.
 *
 * @example legacyAccountId("Mina") // "@Mina"
 */
export function legacyAccountId(name: string): AccountId {
  return `${LEGACY}${name}` as AccountId;
}

/** Returns the name that a legacy id is made of, or `null` for an id. */
export function legacyNameOf(id: AccountId): string | null {
  return isLegacyAccountId(id) ? id.slice(LEGACY.length) : null;
}

/** Returns whether an id is a legacy one. */
export function isLegacyAccountId(id: AccountId): boolean {
  return id.startsWith(LEGACY);
}

/**
 * Returns the host of an account's nick!user@host. It is the same for every session and every name of the
 * account, so that a ban by host means the account, and reveals nothing about where a user is.
 */
export function accountHost(id: AccountId): string {
  return id + HOST_END;
}

/** Returns the host that an account had before there were ids: a hash (FNV-1a) of its name. */
export function legacyAccountHost(name: string): string {
  let hash = 0x811c9dc5;
  for (const letter of fold(name)) {
    hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return `${hash.toString(36).padStart(7, "0")}${HOST_END}`;
}

/** Returns the host of the time before ids with which a mask ends, or `null`. */
export function legacyHostIn(mask: string): string | null {
  return /(?<![0-9a-z])[0-9a-z]{7}\.account$/.exec(mask)?.[0] ?? null;
}

/** Returns the id of the account that has a host (see {@link accountHost}), or `null` for any other host. */
export function accountIdOfHost(host: string): AccountId | null {
  return host.endsWith(HOST_END) ? parseAccountId(host.slice(0, -HOST_END.length)) : null;
}

/** By which ids lines are an account's. */
export interface Author {
  readonly account: AccountId;
  /** The legacy id that older lines have for the account; left out if there are none of it. */
  readonly legacyAccount?: AccountId;
  /** ms since 1970. Older lines with a legacy id are another account's, which had the name before. */
  readonly since: number;
}

/** Returns by which ids lines are an account's, which may be a deleted one. */
export function authorOf(account: {
  readonly id: AccountId;
  readonly legacyName?: string;
  readonly createdAt: number;
}): Author {
  const { id, legacyName, createdAt } = account;
  if (legacyName === undefined) return { account: id, since: 0 };
  return { account: id, legacyAccount: legacyAccountId(legacyName), since: createdAt };
}

/** Returns whether an author wrote a line that has this account's id and time (ms). */
export function isAuthor(author: Author, id: AccountId | null, time: number): boolean {
  if (id === null || !isLegacyAccountId(id)) return id === author.account;
  const isSame = (own: AccountId | undefined) => own !== undefined && fold(own) === fold(id);
  return time >= author.since && (isSame(author.account) || isSame(author.legacyAccount));
}
