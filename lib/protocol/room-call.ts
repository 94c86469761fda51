import { maskAddresses } from "./mention.ts";
import { fold } from "./names.ts";

/** Calls to a whole room in a text: one rule for the server, which counts, and for the screen, which highlights. */

/** Whom a call means: all members of the room, or those of them who are here and not away. */
export type RoomCall = "everyone" | "here";

/**
 * Members of a room that a call reaches. In a larger one it is only a word: whom a message mentions is stored with it,
 * and a list of a thousand accounts takes as much as the longest message.
 */
export const CALLED_MEMBERS_MAX = 1_000;

/** Behind a Korean word a title or a particle may follow at once (`@모두들`, `@여기요`), behind an English one no letter. */
const CALL = /(?<![\p{L}\p{N}_.@＠-])[@＠](?:(everyone|모두)|(here|여기))(?![a-z0-9_-])/gu;

/**
 * Returns whom a text calls; `null` for nobody. A text that calls both calls everyone. Whether it counts is decided by
 * its author's rank.
 *
 * @example roomCall("@here the build is broken") // "here"
 */
export function roomCall(text: string): RoomCall | null {
  return findRoomCall(text)?.call ?? null;
}

/** Returns whom a text calls, and the word for it: `@here` or `@여기`; `null` for nobody. */
export function findRoomCall(
  text: string,
): { readonly call: RoomCall; readonly word: string } | null {
  if (!/[@＠]/.test(text)) return null;
  let hereWord: string | null = null;
  for (const [word, everyone] of maskAddresses(fold(text)).matchAll(CALL)) {
    if (everyone !== undefined) return { call: "everyone", word };
    hereWord ??= word;
  }
  return hereWord === null ? null : { call: "here", word: hereWord };
}
