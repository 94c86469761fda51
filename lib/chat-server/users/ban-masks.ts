import type { AccountStore } from "../../member-server/account-store.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { maskMatcher } from "../../protocol/glob-mask.ts";
import { type Folded, fold } from "../../protocol/names.ts";
import type { ListEntry } from "../../protocol/room-fields.ts";
import { parseDuration } from "../../protocol/time.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { UserIdentity } from "../event.ts";
import type { MaskVerdict, Room } from "../rooms/room.ts";
import { sourceOf, type User } from "./user.ts";

/** The longest nick, user and host with room for a prefix or two. */
const MASK_BYTES_MAX = 150;

/** Prefix of a mask that mutes. */
const MUTE = "~m:";

/** A mask in its stored form, and the account that it means: see `ListEntry.account`. */
export type NamedMask = Pick<ListEntry, "mask" | "account">;

/** A mask that was asked for, and for how long (ms); `null` without an end. */
interface TimedMask {
  readonly mask: string;
  readonly durationMs: number | null;
}

/**
 * Parses a mask with a time in front, as other servers have it: `~t:2h:mask`, or `~t:120:mask` in minutes. The
 * time is no part of the stored mask, so that -b finds the entry without it.
 */
export function parseTimedMask(text: string): TimedMask | null {
  const [, duration, rest] = /^~(?:t|time|timed):([^:]*):(.*)$/.exec(text) ?? [];
  if (duration === undefined || rest === undefined) {
    const mask = parseMask(text);
    return mask === null ? null : { mask, durationMs: null };
  }
  const durationMs = parseDuration(duration, 60_000);
  const mask = parseMask(rest);
  if (mask === null || durationMs === null) return null;
  return { mask, durationMs: durationMs === 0 ? null : durationMs };
}

/**
 * Returns the mask that means one user, however they call themselves: their account, or the host of a guest,
 * who can come back under any nick.
 */
export function maskOf(
  { account, accountId, host }: Pick<UserIdentity, "account" | "accountId" | "host">,
  isMute: boolean,
): NamedMask {
  const prefix = isMute ? MUTE : "";
  if (accountId === null) return { mask: `${prefix}*!*@${host}` };
  return { mask: `${prefix}~a:${account}`, account: accountId };
}

/**
 * Whether a mask matches everybody, or every account, as in a lock-down: it then means nobody in particular. One with
 * `?` means nicks of a length.
 */
export function isBroadMask(mask: string): boolean {
  return mask === "~a" || /^(?:~m:)?(?:~a:)?[*!@]*$/.test(mask) || mask === "~m:~a";
}

/**
 * Parses a mask and returns it in its stored form, or `null` if it is invalid. The forms are nick!user@host
 * (`mina` becomes `mina!*@*`), `~a:account` (`~a` matches anybody with an account), and `~m:mask` for a mute:
 * users whom it matches may join but not speak. Other servers' spellings (`$a:`, `~account:`, `m:`, `~q:`)
 * are converted.
 */
export function parseMask(text: string): string | null {
  const mask = normalize(text.normalize("NFC"));
  return mask === null || utf8Bytes(mask) > MASK_BYTES_MAX ? null : mask;
}

function normalize(text: string): string | null {
  if (text === "" || /[\p{C}\p{Z},]/u.test(text) || text.startsWith(":")) return null;
  const mute = /^(?:[~$]?[mq]|~mute|~quiet):(.*)$/.exec(text);
  if (mute !== null) {
    const muted = normalize(mute[1] ?? "");
    return muted === null || muted.startsWith(MUTE) ? null : MUTE + muted;
  }
  const account = /^[~$](?:a|account)(?::(.+))?$/.exec(text);
  if (account !== null) return account[1] === undefined ? "~a" : `~a:${account[1]}`;
  if (/^[~$]/.test(text)) return null;
  if (text.includes("!")) return text.includes("@") ? text : `${text}@*`;
  return text.includes("@") ? `*!${text}` : `${text}!*@*`;
}

/**
 * Finds the account that a mask names (`~a:mina`, or a mute of it), also by a former name that rests, so that whoever gets
 * the name later isn't meant. Without such an account it is `null`, which matches nobody; with `byName` the mask then
 * matches whoever has the name, as a ban does. Masks that name no single account are returned as they are.
 */
export function nameMask(accounts: AccountStore, mask: string, byName: boolean): NamedMask {
  const name = /^(?:~m:)?~a:([^*?]+)$/.exec(mask)?.[1];
  if (name === undefined) return { mask };
  const account = accounts.accountForLogIn(fold(name))?.id ?? null;
  return account === null && byName ? { mask } : { mask, account };
}

/**
 * Returns whether a mask on a room's list matches a user. Mutes count only with `mutes`. Bans and mutes of an account
 * match the bots that it made: otherwise it would come back as one of them.
 */
export function isListed(room: Room, letter: string, user: User, mutes = false): boolean {
  const { identity, owner } = user;
  if (isHit(cachedVerdict(room, letter, identity), mutes)) return true;
  return letter === "b" && owner !== null && isHit(cachedVerdict(room, letter, owner), mutes);
}

function isHit(verdict: MaskVerdict, mutes: boolean): boolean {
  return verdict === "named" || (mutes && verdict === "muted");
}

/** Returns as whom a user can be banned: as themselves, and a bot as the account that made it. */
export function identitiesOf({ identity, owner }: User): readonly UserIdentity[] {
  return owner === null ? [identity] : [identity, owner];
}

/** Returns whether a mask that was set on a room's list after a time (ms) matches a user. Mutes don't count. */
export function isListedSince(room: Room, letter: string, user: User, time: number): boolean {
  const later = (room.lists.get(letter) ?? []).filter((entry) => entry.time > time);
  return identitiesOf(user).some((identity) => computeVerdict(later, identity) === "named");
}

/**
 * Returns which masks of a list match. Every message needs this, and 100 masks take 90 µs, so it is cached per
 * list and identity: both are immutable values that are replaced on a change.
 */
function cachedVerdict(room: Room, letter: string, identity: UserIdentity): MaskVerdict {
  const entries = room.lists.get(letter);
  if (entries === undefined || entries.length === 0) return "no";
  let verdicts = room.maskVerdicts.get(entries);
  if (verdicts === undefined) {
    verdicts = new WeakMap();
    room.maskVerdicts.set(entries, verdicts);
  }
  const verdict = verdicts.get(identity) ?? computeVerdict(entries, identity);
  verdicts.set(identity, verdict);
  return verdict;
}

function computeVerdict(entries: readonly ListEntry[], identity: UserIdentity): MaskVerdict {
  const folded = foldIdentity(identity);
  let isMuted = false;
  for (const { isMute, matches } of matchersOf(entries)) {
    if (!matches(folded)) continue;
    if (!isMute) return "named";
    isMuted = true;
  }
  return isMuted ? "muted" : "no";
}

/** A mask of a room's list, ready to be matched. */
interface ListMatcher {
  readonly isMute: boolean;
  readonly matches: (identity: FoldedIdentity) => boolean;
}

/** Matchers by list, which never changes in place: whoever changes their nick is matched against the lists of all their rooms. */
const matchersByList = new WeakMap<readonly ListEntry[], readonly ListMatcher[]>();

function matchersOf(entries: readonly ListEntry[]): readonly ListMatcher[] {
  const existing = matchersByList.get(entries);
  if (existing !== undefined) return existing;
  const matchers = entries.map((entry) => {
    const isMute = isMuteMask(entry.mask);
    const named = isMute ? { ...entry, mask: entry.mask.slice(MUTE.length) } : entry;
    return { isMute, matches: banMaskMatcher(named) };
  });
  matchersByList.set(entries, matchers);
  return matchers;
}

/** Returns whether a mask, as {@link parseMask} returns it, mutes. */
export function isMuteMask(mask: string): boolean {
  return mask.startsWith(MUTE);
}

/** Returns whether a mask, as {@link nameMask} returns it, bans or mutes an identity. */
export function bansOrMutes(entry: NamedMask, identity: UserIdentity): boolean {
  const isMute = isMuteMask(entry.mask);
  return matchesBanMask(
    isMute ? { ...entry, mask: entry.mask.slice(MUTE.length) } : entry,
    identity,
  );
}

/** What masks are matched against. Folded once for all of them. */
interface FoldedIdentity {
  readonly source: Folded;
  readonly account: Folded | null;
  readonly accountId: AccountId | null;
}

/** Folds an identity, to match it against many masks. */
export function foldIdentity(identity: UserIdentity): FoldedIdentity {
  const { account, accountId } = identity;
  const foldedAccount = account === null ? null : fold(account);
  return { source: fold(sourceOf(identity)), account: foldedAccount, accountId };
}

/**
 * Returns a function that matches a mask, as {@link nameMask} returns it, against identities. A mute never
 * matches.
 */
export function banMaskMatcher({
  mask,
  account: named,
}: NamedMask): (identity: FoldedIdentity) => boolean {
  if (mask === "~a") return ({ accountId }) => accountId !== null;
  if (!mask.startsWith("~a:")) {
    const matches = maskMatcher(mask);
    return ({ source }) => matches(source);
  }
  if (named !== undefined) return ({ accountId }) => accountId !== null && accountId === named;
  const matches = maskMatcher(mask.slice(3));
  return ({ account }) => account !== null && matches(account);
}

/** Returns whether a mask, as {@link nameMask} returns it, matches an identity. A mute never does. */
export function matchesBanMask(mask: NamedMask, identity: UserIdentity): boolean {
  return banMaskMatcher(mask)(foldIdentity(identity));
}

/**
 * Returns a listed mask of an account under its present name, if somebody else has the name by which it is listed and a
 * mask of that one takes its place; else `null`. Lists know their entries by the text.
 *
 * @param nameOf returns the present name of an account, `null` if there is none
 */
export function renamedMask<Listed extends NamedMask>(
  nameOf: (account: AccountId) => string | null,
  listed: Listed | null | undefined,
  { account }: Pick<NamedMask, "account">,
): Listed | null {
  if (listed?.account == null || listed.account === account) return null;
  const name = nameOf(listed.account);
  if (name === null) return null;
  return { ...listed, mask: `${isMuteMask(listed.mask) ? MUTE : ""}~a:${name}` };
}
