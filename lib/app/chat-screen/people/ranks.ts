/** The ranks of a room's members: which sign stands for which, and who may do what. */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import type { Words } from "../../i18n/words.ts";

/** A rank, by the key of its word. */
export type RankName = keyof Words["ranks"];

/** IRC's signs in front of a name, the highest rank first. https://modern.ircdocs.horse/#channel-membership-prefixes */
const RANKS_HIGHEST_FIRST: readonly (readonly [sign: string, rank: RankName])[] = [
  ["~", "owner"],
  ["&", "admin"],
  ["@", "moderator"],
  ["%", "helper"],
  ["+", "speaker"],
];

/** Returns a member's highest rank, of the signs "~&@%+" or a part of them; null for none. */
export function rankOf(signs: string): RankName | null {
  return RANKS_HIGHEST_FIRST.find(([sign]) => signs.includes(sign))?.[1] ?? null;
}

/** Returns 0 for the highest rank, and the largest number for a member without one. */
export function rankIndex(signs: string): number {
  const index = RANKS_HIGHEST_FIRST.findIndex(([sign]) => signs.includes(sign));
  return index < 0 ? RANKS_HIGHEST_FIRST.length : index;
}

/** Returns whether a member with these signs has this rank or a higher one. */
export function isAtLeast(signs: string, rank: RankName): boolean {
  const index = RANKS_HIGHEST_FIRST.findIndex(([, candidate]) => candidate === rank);
  return rankIndex(signs) <= index;
}

/** Returns the user's own signs in a room; "" elsewhere. */
export function ownRanks({ me, fold }: ClientState, { members }: ClientConversation): string {
  return members.get(fold(me.nick))?.ranks ?? "";
}

/** The mode letters that give and take ranks, as in "+o". */
const LETTERS: Readonly<Record<RankName, string>> = {
  owner: "q",
  admin: "a",
  moderator: "o",
  helper: "h",
  speaker: "v",
};

/** Returns the mode letter of a rank. */
export function letterOfRank(rank: RankName): string {
  return LETTERS[rank];
}

/** Returns the rank that a mode such as "+o" gives; null for any other text. */
export function rankOfMode(mode: string): RankName | null {
  return RANKS_HIGHEST_FIRST.find(([, rank]) => mode === `+${LETTERS[rank]}`)?.[1] ?? null;
}
