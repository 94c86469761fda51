/**
 * Names on the server that a session is connected to. Our servers take letters of any language by rules of their own
 * (protocol/names.ts); others say their limits by ISUPPORT, or not at all.
 */
import {
  type NameProblem,
  nickProblem as ownNickProblem,
  parseExistingNick,
  parseRoomName,
  roomNameProblem,
} from "../protocol/names.ts";
import { utf8Bytes } from "../protocol/utf8.ts";
import type { ClientState } from "./client-state.ts";

/** Why a name can't be one on this server. `bytesMax`: the server's limit, which the name exceeds. */
export type ServerNameProblem =
  | { readonly kind: "own-rule"; readonly problem: NameProblem }
  | { readonly kind: "too-long"; readonly bytesMax: number }
  | { readonly kind: "letters" };

type Server = Pick<ClientState, "caps" | "isupport" | "conversations" | "phase">;

/** A nick by RFC 2812; most servers have no limit of nine letters any more. */
const NICK = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]*$/;
/** What no server takes: a nick with these could not be told from a room, a mask or a rank. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const NICK_NEVER = /^[#&+!@%~:$0-9/-]|[\x00-\x20,*?!@:]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const ROOM_NEVER = /[\x00-\x07\x0a\x0d ,]/;
/** Case mappings of servers whose names are ASCII, as a rule. */
const ASCII_MAPPINGS: ReadonlySet<string> = new Set([
  "ascii",
  "rfc1459",
  "strict-rfc1459",
  "rfc1459-strict",
]);

/** Returns whether the server is a Sodam server. Known once its capabilities are. */
export function isSodam({ caps }: Pick<ClientState, "caps">): boolean {
  return caps.has("sodam.chat/unread");
}

/** Returns whether the server stores what the user sets: it belongs to an account of a server of ours. */
export function keepsPreferences({ caps, me }: Pick<ClientState, "caps" | "me">): boolean {
  return caps.has("sodam.chat/preferences") && me.account !== null;
}

/** Returns why a nick can't be taken on this server, as far as it is known; null if nothing speaks against it. */
export function nickProblemOn(server: Server, nick: string): ServerNameProblem | null {
  if (isSodam(server)) return ownRule(ownNickProblem(nick));
  if (nick === "") return { kind: "own-rule", problem: "empty" };
  if (NICK_NEVER.test(nick) || (isAscii(server) && !NICK.test(nick))) return { kind: "letters" };
  return tooLong(server, "NICKLEN", nick) ?? tooLong(server, "MAXNICKLEN", nick);
}

/** Returns whether a text may be the nick of somebody to write to: also a service's, or a bouncer's *status. */
export function mayBeRecipient({ caps }: Pick<ClientState, "caps">, nick: string): boolean {
  if (parseExistingNick(nick) !== null) return true;
  return !isSodam({ caps }) && nick !== "" && !NICK_NEVER.test(nick.replace(/^\*/, ""));
}

/** Returns a room's name as it was typed, with a "#" where it had no sign of a room (CHANTYPES). */
export function roomNameOn({ isupport }: Pick<ClientState, "isupport">, text: string): string {
  const types = isupport.get("CHANTYPES") ?? "#";
  return text !== "" && types.includes(text.charAt(0)) ? text : `#${text}`;
}

/** Returns why a room can't have this name (with its sign) on this server; null if nothing speaks against it. */
export function roomProblemOn(server: Server, room: string): ServerNameProblem | null {
  if (isSodam(server)) {
    return parseRoomName(room) === null ? ownRule(roomNameProblem(room) ?? "letters") : null;
  }
  if (room.length < 2) return { kind: "own-rule", problem: "empty" };
  return ROOM_NEVER.test(room) ? { kind: "letters" } : tooLong(server, "CHANNELLEN", room);
}

/**
 * Returns how many bytes more a text has than the server takes: of a topic (TOPICLEN), an away text (AWAYLEN) or the
 * reason of a kick (KICKLEN). It would be cut in silence. `null`: it fits.
 */
export function textLimitExceeded(
  { isupport }: Pick<ClientState, "isupport">,
  token: "TOPICLEN" | "AWAYLEN" | "KICKLEN",
  text: string,
): number | null {
  const bytesMax = isupport.limit(token);
  return utf8Bytes(text.normalize("NFC")) > bytesMax ? bytesMax : null;
}

/** Returns a nick that any server accepts, with as much of this one as fits. */
export function asciiNick(nick: string): string {
  return nick.replace(/[^A-Za-z0-9_]/g, "").replace(/^[0-9_]+/, "") || "guest";
}

/** Returns a nick of at most nine letters that is likely to be free. */
export function shortNick(base: string, id: string): string {
  return `${asciiNick(base).slice(0, 5)}${id.replace(/[^A-Za-z0-9]/g, "").slice(-4)}`;
}

/** Makes a user name that old servers accept: ASCII letters and digits, at most ten. */
export function usernameOf(nick: string): string {
  const ascii = nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10);
  return ascii === "" ? "sodam" : ascii;
}

function ownRule(problem: NameProblem | null): ServerNameProblem | null {
  return problem === null ? null : { kind: "own-rule", problem };
}

function tooLong({ isupport }: Server, token: string, name: string): ServerNameProblem | null {
  const bytesMax = isupport.limit(token);
  return utf8Bytes(name) > bytesMax ? { kind: "too-long", bytesMax } : null;
}

/** Whether names are ASCII here: the server says so, and nobody on it has another one. */
function isAscii({ isupport, conversations }: Server): boolean {
  if (!ASCII_MAPPINGS.has(isupport.get("CASEMAPPING") ?? "")) return false;
  if (isupport.has("UTF8MAPPING") || isupport.has("UTF8ONLY")) return false;
  for (const { members } of conversations.values()) {
    for (const nick of members.keys()) if (!NICK.test(nick)) return false;
  }
  return true;
}
