/** What can be done with a person in a conversation: the entries of their menu, and the commands behind them. */

import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { mutesOf } from "../../../chat-client/mask-lists.ts";
import { isPersonBlocked } from "../../../chat-client/preferences/attention.ts";
import type { PersonStep } from "../ui-state.ts";
import { isAtLeast, letterOfRank, ownRanks, type RankName, rankIndex, rankOf } from "./ranks.ts";

/** An entry of a person's menu. Each is a key of `Words["person"]["acts"]`. */
export type PersonAct =
  | "message"
  | "mention"
  | "about"
  | "block"
  | "unblock"
  | "mute"
  | "unmute"
  | "kick"
  | "ban"
  | "makeAdmin"
  | "makeModerator"
  | "makeHelper"
  | "makeSpeaker"
  | "takeRank";

/** How long somebody is muted or kept out, as the commands take it; "0" is for good. */
export const DURATIONS: Readonly<Record<"mute" | "ban", readonly string[]>> = {
  mute: ["10m", "1h", "1d", "0"],
  ban: ["1h", "1d", "1w", "0"],
};

const RANK_OF_ACT = {
  makeAdmin: "admin",
  makeModerator: "moderator",
  makeHelper: "helper",
  makeSpeaker: "speaker",
} as const;
/** Which rank may give and take which, at our server and at most others. */
const GIVER: Readonly<Record<RankName, RankName>> = {
  owner: "owner",
  admin: "owner",
  moderator: "moderator",
  helper: "moderator",
  speaker: "helper",
};

/**
 * Returns the entries of a person's menu, as far as the user's rank allows: what everybody needs, then
 * moderation. `isMuted`: whether the room's list mutes
 * them, who then can be let talk again instead.
 */
export function personActs(
  nick: string,
  conversation: ClientConversation,
  state: ClientState,
  isMuted: boolean,
): PersonAct[] {
  const acts: PersonAct[] = ["message", "mention", "about"];
  if (state.fold(nick) === state.fold(state.me.nick)) return acts;
  const block = isPersonBlocked(state, nick, conversation) ? "unblock" : "block";
  return [...acts, block, ...moderationActs(nick, conversation, state, isMuted)];
}

/** Whether the user may mute, remove and ban in a room. */
export function isModeratorOf(conversation: ClientConversation, state: ClientState): boolean {
  return conversation.kind === "room" && isAtLeast(ownRanks(state, conversation), "helper");
}

function moderationActs(
  nick: string,
  conversation: ClientConversation,
  state: ClientState,
  isMuted: boolean,
): PersonAct[] {
  const acts: PersonAct[] = [];
  const own = ownRanks(state, conversation);
  const member = conversation.members.get(state.fold(nick));
  const theirs = member?.ranks ?? "";
  const isBelow = rankIndex(own) > rankIndex(theirs);
  if (!isModeratorOf(conversation, state) || isBelow) return acts;
  // Whoever has such a rank talks in spite of a mute.
  if (!isAtLeast(theirs, "helper") && mutesOf(state) !== null) {
    acts.push(isMuted ? "unmute" : "mute");
  }
  acts.push(...(member === undefined ? [] : (["kick"] as const)), "ban");
  if (member === undefined) return acts;
  for (const act of ["makeAdmin", "makeModerator", "makeHelper", "makeSpeaker"] as const) {
    const rank = RANK_OF_ACT[act];
    const hasRank = state.isupport.prefixes.has(letterOfRank(rank));
    if (hasRank && isAtLeast(own, GIVER[rank]) && !isAtLeast(theirs, rank)) acts.push(act);
  }
  const rank = rankOf(theirs);
  const mayTake = rank !== null && isAtLeast(own, GIVER[rank]);
  return mayTake ? [...acts, "takeRank"] : acts;
}

/** Returns the step that follows an act: for how long, why, or null when nothing else is asked. */
export function stepAfter(act: PersonAct, { caps }: ClientState): "duration" | "reason" | null {
  // Other servers' bans have neither a time nor a reason.
  const hasTerms = caps.has("sodam.chat/report");
  if (act === "mute" || act === "ban") return hasTerms ? "duration" : null;
  return act === "kick" ? "reason" : null;
}

/** Returns the command of an act that asks nothing else; null for one without a command. */
export function commandOf(
  act: PersonAct,
  nick: string,
  { members }: ClientConversation,
  fold: ClientState["fold"],
): string | null {
  switch (act) {
    case "message":
      return `/msg ${nick}`;
    case "mention":
    case "about":
      return null;
    case "block":
    case "unblock":
      return `/${act} ${nick}`;
    case "mute":
    case "unmute":
    case "kick":
    case "ban":
      return `/${act} @${nick}`;
    case "makeAdmin":
    case "makeModerator":
    case "makeHelper":
    case "makeSpeaker":
      return `/mode +${letterOfRank(RANK_OF_ACT[act])} ${nick}`;
    case "takeRank": {
      const rank = rankOf(members.get(fold(nick))?.ranks ?? "");
      return rank === null ? null : `/mode -${letterOfRank(rank)} ${nick}`;
    }
  }
}

/** Returns the command of an act with its duration and its reason, which may be "". */
export function commandWithReason(
  nick: string,
  { act, duration }: Extract<PersonStep, { kind: "reason" }>,
  reason: string,
): string {
  const terms = [duration, reason.replace(/\s+/g, " ").trim()].filter((term) => term !== "");
  return [`/${act} @${nick}`, ...terms].join(" ");
}
