import { matchesMask } from "../../protocol/glob-mask.ts";
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
  { account, host }: Pick<UserIdentity, "account" | "host">,
  isMute: boolean,
): string {
  return (isMute ? MUTE : "") + (account === null ? `*!*@${host}` : `~a:${account}`);
}

/** Whether a mask matches nearly everybody, as in a lock-down: it then means nobody in particular. */
export function isBroadMask(mask: string): boolean {
  return mask === "~a" || /^(?:~m:)?(?:~a:)?[*?!@]*$/.test(mask) || mask === "~m:~a";
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
  const source = sourceOf(identity);
  let isMuted = false;
  for (const { mask } of entries) {
    const isMute = mask.startsWith(MUTE);
    if (!matches(isMute ? mask.slice(MUTE.length) : mask, identity, source)) continue;
    if (!isMute) return "named";
    isMuted = true;
  }
  return isMuted ? "muted" : "no";
}

/** Returns whether a mask, as {@link parseMask} returns it, mutes. */
export function isMuteMask(mask: string): boolean {
  return mask.startsWith(MUTE);
}

/** Returns whether a mask, as {@link parseMask} returns it, bans or mutes an identity. */
export function bansOrMutes(mask: string, identity: UserIdentity): boolean {
  return matchesBanMask(isMuteMask(mask) ? mask.slice(MUTE.length) : mask, identity);
}

/** Returns whether a mask, as {@link parseMask} returns it, matches an identity. A mute never does. */
export function matchesBanMask(mask: string, identity: UserIdentity): boolean {
  return matches(mask, identity, sourceOf(identity));
}

function matches(mask: string, { account }: UserIdentity, source: string): boolean {
  if (mask === "~a") return account !== null;
  if (!mask.startsWith("~a:")) return matchesMask(mask, source);
  return account !== null && matchesMask(mask.slice(3), account);
}
