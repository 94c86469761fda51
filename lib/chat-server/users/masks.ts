import { matchesMask } from "../../protocol/mask.ts";
import type { ListEntry } from "../../protocol/room-fields.ts";
import { utf8Bytes } from "../../protocol/utf8.ts";
import type { UserIdentity } from "../event.ts";
import type { MaskVerdict, Room } from "../rooms/room.ts";
import { sourceOf, type User } from "./user.ts";

/**
 * The masks on a room's lists: nick!user@host, `~a:account` (`~a` for anybody with an account), and
 * `~m:mask` for a mute, which lets people in and keeps them quiet.
 */

/** The longest nick, user and host with room for a prefix or two. */
const MASK_BYTES_MAX = 150;

const MUTE = "~m:";

/**
 * A mask as it is kept: `mina` becomes `mina!*@*`; other servers' ways of writing an account or a mute
 * (`$a:`, `~account:`, `m:`, `~q:`) become ours. `null` when it is none.
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

/** Whether one of a list's masks means this user. Mutes count only where `mutes` says so. */
export function isListed(room: Room, letter: string, user: User, mutes = false): boolean {
  const verdict = verdictOn(room, letter, user.identity);
  return verdict === "named" || (mutes && verdict === "muted");
}

/**
 * Every message asks this, and 100 masks take 90 µs. A list is a new array with each change, and a
 * person's `who` a new value, so that what was found stays true for the pair.
 */
function verdictOn(room: Room, letter: string, who: UserIdentity): MaskVerdict {
  const entries = room.lists.get(letter);
  if (entries === undefined || entries.length === 0) return "no";
  let known = room.maskVerdicts.get(entries);
  if (known === undefined) {
    known = new WeakMap();
    room.maskVerdicts.set(entries, known);
  }
  const verdict = known.get(who) ?? findVerdict(entries, who);
  known.set(who, verdict);
  return verdict;
}

function findVerdict(entries: readonly ListEntry[], who: UserIdentity): MaskVerdict {
  const source = sourceOf(who);
  let isMuted = false;
  for (const { mask } of entries) {
    const isMute = mask.startsWith(MUTE);
    if (!means(isMute ? mask.slice(MUTE.length) : mask, who, source)) continue;
    if (!isMute) return "named";
    isMuted = true;
  }
  return isMuted ? "muted" : "no";
}

/** Whether a mask keeps people quiet and lets them in. */
export function isMuteMask(mask: string): boolean {
  return mask.startsWith(MUTE);
}

/** Whether a mask as {@link parseMask} gives it means this person. */
export function matchesBanMask(mask: string, who: UserIdentity): boolean {
  return means(mask, who, sourceOf(who));
}

function means(mask: string, { account }: UserIdentity, source: string): boolean {
  if (mask === "~a") return account !== null;
  if (!mask.startsWith("~a:")) return matchesMask(mask, source);
  return account !== null && matchesMask(mask.slice(3), account);
}
