import { matchesMask } from "../protocol/mask.ts";
import { utf8Bytes } from "../protocol/text.ts";
import type { Room } from "./room.ts";
import type { User } from "./user.ts";

/**
 * The masks on a room's lists: nick!user@host, `~a:account` (`~a` for anybody with an account), and
 * `~m:mask` for a mute, which lets people in and keeps them quiet.
 */

/** The longest nick, user and host with room for a prefix or two. */
export const MASK_BYTES_MAX = 150;

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
  const entries = room.lists.get(letter);
  if (entries === undefined) return false;
  return entries.some(({ mask }) => {
    if (!mask.startsWith(MUTE)) return matchesUser(mask, user);
    return mutes && matchesUser(mask.slice(MUTE.length), user);
  });
}

function matchesUser(mask: string, user: User): boolean {
  if (mask === "~a") return user.account !== null;
  if (!mask.startsWith("~a:")) return matchesMask(mask, user.source);
  return user.account !== null && matchesMask(mask.slice(3), user.account);
}
