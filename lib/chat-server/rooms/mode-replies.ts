import { ROOM_MODES } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Reply } from "../relay/reply.ts";
import type { User } from "../users/user.ts";
import type { Room } from "./room.ts";

/* Replies of MODE when it changes nothing: a room's modes, or one of its lists. */

const LIST_NUMERICS: Readonly<Record<string, { readonly entry: string; readonly end: string }>> = {
  b: { entry: NUMERIC.RPL_BANLIST, end: NUMERIC.RPL_ENDOFBANLIST },
  e: { entry: NUMERIC.RPL_EXCEPTLIST, end: NUMERIC.RPL_ENDOFEXCEPTLIST },
  g: { entry: NUMERIC.RPL_SPAMFILTER, end: NUMERIC.RPL_ENDOFSPAMFILTER },
  I: { entry: NUMERIC.RPL_INVEXLIST, end: NUMERIC.RPL_ENDOFINVEXLIST },
};

/** Whether a mode letter stands for a list of masks. */
export function isListLetter(letter: string): boolean {
  return ROOM_MODES.list.includes(letter);
}

/**
 * Sends the entries of a list mode, with who added each and when (seconds), and to sessions with
 * sodam.chat/report also until when (seconds, or "*"), and to members why. Other letters send nothing.
 */
export function sendModeList(reply: Reply, room: Room, letter: string): void {
  const numerics = LIST_NUMERICS[letter];
  if (numerics === undefined) return;
  const seconds = (ms: number): string => String(Math.floor(ms / 1000));
  const { user } = reply.session;
  const isMember = user !== null && room.has(user);
  for (const { mask, by, time, until, reason = "" } of room.lists.get(letter) ?? []) {
    const entry = [room.name, mask, by, seconds(time)];
    if (reply.session.has("sodam.chat/report")) {
      entry.push(until === undefined ? "*" : seconds(until), isMember ? reason : "");
    }
    reply.numeric(numerics.entry, ...entry);
  }
  reply.numeric(numerics.end, room.name, "End of the list");
}

/** Sends the modes that are set and when the room was created. Non-members see "*" for the key. */
export function sendModes(reply: Reply, room: Room, viewer: User): void {
  let letters = "+";
  const values: string[] = [];
  for (const letter of [...room.modes.keys()].sort()) {
    const value = room.modes.get(letter) ?? "";
    letters += letter;
    if (value !== "") values.push(letter === "k" && !room.has(viewer) ? "*" : value);
  }
  reply.numeric(NUMERIC.RPL_CHANNELMODEIS, room.name, letters, ...values);
  const seconds = String(Math.floor(room.createdAt / 1000));
  reply.numeric(NUMERIC.RPL_CREATIONTIME, room.name, seconds);
}
