/**
 * Bans and mutes as a room's lists have them: masks, in the spellings of our server and of others. There is no common
 * way to mute one person: some servers have a list for it, others a kind of ban, and many have none.
 */
import type { FoldName } from "../protocol/case-mapping.ts";
import { matchesMask } from "../protocol/glob-mask.ts";
import type { ClientState } from "./client-state.ts";

/** How a server keeps a list of people: by this mode, with this in front of each mask. */
export interface ListMode {
  readonly letter: "b" | "q";
  readonly prefix: string;
}

/** Who is banned: every server has it. */
export const BANS: ListMode = { letter: "b", prefix: "" };

/** `~m:` of our server, `m:` of InspIRCd and Ergo, `$m:` of ircd-hybrid, `~q:` of UnrealIRCd. */
const MUTE = /^[~$]?(?:m|q|mute|quiet):(?=.)/;
/** `~a:` of our server and UnrealIRCd, `$a:` of Solanum, `R:` of InspIRCd. */
const ACCOUNT = /^(?:[~$]?(?:a|account)|R):(?=.)/;

/** Returns the mode list in which a server keeps a room's mutes; null if it can't mute a single person. */
export function mutesOf({ isupport }: Pick<ClientState, "isupport">): ListMode | null {
  const { list, rank } = isupport.roomModes;
  // As a rank it is the owner's.
  if (list.includes("q") && !rank.includes("q")) return { letter: "q", prefix: "" };
  const [sign = "", kinds = ""] = (isupport.get("EXTBAN") ?? "").split(",");
  // UnrealIRCd's `~m:` is about what a message may be.
  if (sign === "~" && kinds.includes("q")) return { letter: "b", prefix: "~q:" };
  return kinds.includes("m") ? { letter: "b", prefix: `${sign}m:` } : null;
}

/** Returns whether an entry of the ban list mutes, and whom it is about: an account, a nick, an address, or else the mask. */
export function readMask(entry: string): { isMute: boolean; who: string } {
  const who = entry
    .replace(MUTE, "")
    .replace(ACCOUNT, "")
    .replace(/^([^*?!@]+)!\*@\*$/, "$1")
    .replace(/^\*!(?=[^*?]+$)/, "");
  return { isMute: MUTE.test(entry), who };
}

/** Returns whether a text is a mask, and no name. */
export function isMask(text: string): boolean {
  return /[!@*?~$:]/.test(text);
}

/**
 * Returns whether an entry of a list is about somebody.
 *
 * @param address nick!user@host
 * @param fold as the server compares names: to many `[jun]` and `{jun}` are one
 */
export function isMaskOf(
  entry: string,
  { account, address }: { readonly account: string | null; readonly address: string },
  fold: FoldName,
): boolean {
  const matches = (mask: string, name: string) => matchesMask(fold(mask), fold(name));
  const mask = entry.replace(MUTE, "");
  if (ACCOUNT.test(mask)) return account !== null && matches(mask.replace(ACCOUNT, ""), account);
  // Such a mask is of everybody, and ends for nobody alone.
  return mask !== "*!*@*" && matches(mask, address);
}
