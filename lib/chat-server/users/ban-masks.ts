import { maskMatcher } from "../../protocol/glob-mask.ts";
import { type Folded, fold } from "../../protocol/names.ts";
import type { ListEntry } from "../../protocol/room-fields.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { UserIdentity } from "../event.ts";
import type { MaskVerdict, Room } from "../rooms/room.ts";
import { sourceOf, type User } from "./user.ts";

/** The longest nick, user and host with room for a prefix or two. */
const MASK_BYTES_MAX = 150;

/** Prefix of a mask that mutes. */
const MUTE = "~m:";

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

/** Returns whether a mask on a room's list matches a user. Mutes count only with `mutes`. */
export function isListed(room: Room, letter: string, user: User, mutes = false): boolean {
  const verdict = cachedVerdict(room, letter, user.identity);
  return verdict === "named" || (mutes && verdict === "muted");
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
  for (const { mask } of entries) {
    const isMute = mask.startsWith(MUTE);
    if (!banMaskMatcher(isMute ? mask.slice(MUTE.length) : mask)(folded)) continue;
    if (!isMute) return "named";
    isMuted = true;
  }
  return isMuted ? "muted" : "no";
}

/** Returns whether a mask, as {@link parseMask} returns it, mutes. */
export function isMuteMask(mask: string): boolean {
  return mask.startsWith(MUTE);
}

/** What masks are matched against. Folded once for all of them. */
interface FoldedIdentity {
  readonly source: Folded;
  readonly account: Folded | null;
}

/** Folds an identity, to match it against many masks. */
export function foldIdentity(identity: UserIdentity): FoldedIdentity {
  const { account } = identity;
  return { source: fold(sourceOf(identity)), account: account === null ? null : fold(account) };
}

/**
 * Returns a function that matches a mask, as {@link parseMask} returns it, against identities. A mute never
 * matches.
 */
export function banMaskMatcher(mask: string): (identity: FoldedIdentity) => boolean {
  if (mask === "~a") return ({ account }) => account !== null;
  const matches = maskMatcher(mask.startsWith("~a:") ? mask.slice(3) : mask);
  if (!mask.startsWith("~a:")) return ({ source }) => matches(source);
  return ({ account }) => account !== null && matches(account);
}

/** Returns whether a mask, as {@link parseMask} returns it, matches an identity. A mute never does. */
export function matchesBanMask(mask: string, identity: UserIdentity): boolean {
  return banMaskMatcher(mask)(foldIdentity(identity));
}
