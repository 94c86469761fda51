import type { AccountId } from "../../../protocol/account-id.ts";
import { fold } from "../../../protocol/names.ts";
import type { ListEntry } from "../../../protocol/room-fields.ts";
import { formatDuration, parseDuration } from "../../../protocol/time.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { KICK_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import { ModeDraft } from "../../rooms/mode-draft.ts";
import type { Room } from "../../rooms/room.ts";
import {
  bansOrMutes,
  isMuteMask,
  maskOf,
  type NamedMask,
  nameMask,
  parseMask,
} from "../../users/ban-masks.ts";
import type { User } from "../../users/user.ts";
import { KICK } from "../room/kick.ts";
import { MODE, outrankingMember } from "../room/mode.ts";
import {
  inRoom,
  type RegisteredServiceContext,
  requireRank,
  runCommand,
  type ServiceCommand,
} from "./service.ts";

/** ChanServ's BAN, MUTE, KICK and LIST: bans with a time and a reason, of people and not of masks. */

const REASON_FILLER = "No reason given";

/** Who is banned or muted: the mask, and the user if it is one who is known. */
interface Target {
  readonly mask: NamedMask;
  readonly user: User | null;
}

/** BAN and MUTE: `BAN #tea jun 2h shouting`. */
function banCommand(name: "BAN" | "MUTE"): ServiceCommand {
  const isMute = name === "MUTE";
  return {
    name,
    usage: "<#room> <nick or mask> [<time>] [<reason>]",
    help: isMute
      ? "Lets somebody read but not talk, for a time such as 30m, 2h or 7d, or for good."
      : "Removes somebody and keeps them out, for a time such as 30m, 2h or 7d, or for good.",
    params: 2,
    names: ([, who = ""]) => [who],
    handle: inRoom((context, room) => {
      if (!requireRank(context, room, "h")) return;
      const [, who = "", ...rest] = context.params;
      const durationMs = rest[0] === undefined ? null : parseDuration(rest[0], 60_000);
      const words = durationMs === null ? rest : rest.slice(1);
      const target = findTarget(context, who, isMute);
      if (target === null) return context.reply.say("That is not a valid nick or mask");
      const reason = cutUtf8(words.join(" ").normalize("NFC"), KICK_BYTES_MAX);
      return ban(context, room, target, durationMs || null, reason);
    }),
  };
}

/** Returns whom a word means: a user by nick, an account by name, or whom a mask matches. */
function findTarget(
  { state }: RegisteredServiceContext,
  word: string,
  isMute: boolean,
): Target | null {
  const user = state.users.byNick(fold(word));
  if (user !== null) return { mask: maskOf(user.identity, isMute), user };
  const account = state.accounts.account(fold(word));
  if (account !== null) {
    const known = state.users.byAccount(account.id);
    const identity = { account: account.name, accountId: account.id, host: "" };
    return { mask: maskOf(identity, isMute), user: known };
  }
  const mask = parseMask(word);
  if (mask === null) return null;
  const isMuted = isMuteMask(mask);
  const text = isMute && !isMuted ? `~m:${mask}` : mask;
  return { mask: nameMask(state.accounts, text, true), user: null };
}

function ban(
  context: RegisteredServiceContext,
  room: Room,
  { mask, user: target }: Target,
  durationMs: number | null,
  reason: string,
): void {
  const { state, user, reply } = context;
  if (target === user) return reply.say("You can't do that to yourself");
  const superior = outrankingMember(room, user, mask) ?? absentSuperior(room, user, target);
  if (superior !== null) return reply.say(`${superior.nick} has a higher rank than you`);
  const isMute = isMuteMask(mask.mask);
  const draft = new ModeDraft(room);
  // Whoever has a rank talks in spite of a mute.
  if (isMute && target !== null && room.hasRank(target, "h")) {
    return reply.say(`${target.nick} is an op, whom no mute holds: take the rank away first`);
  }
  if (isMute && target !== null) draft.setRank("v", target, false);
  const terms = {
    ...(durationMs !== null && { until: state.now + durationMs }),
    ...(reason !== "" && { reason }),
  };
  const nameOf = (id: AccountId) => state.accounts.byId(id)?.name ?? null;
  if (!draft.setMask("b", mask, true, terms, nameOf)) {
    return reply.say("The list of bans is full (+b)");
  }
  const { changes } = draft;
  const isStored =
    changes.length === 0 ||
    state.commit(room, user.identity, { kind: "mode", changes }, reply) !== null;
  if (!isStored) return notStored(reply, "CHANSERV", room.name);
  if (!isMute && target !== null && room.has(target)) {
    const kicked = { kind: "kicked", whom: target.identity, reason: reason || "Banned" } as const;
    state.commit(room, user.identity, kicked, reply);
  }
  const name = target?.nick ?? mask.mask;
  const end = durationMs === null ? "for good" : `for ${formatDuration(durationMs)}`;
  reply.say(`${name} is ${isMute ? "muted" : "banned"} in ${room.name} ${end}`);
}

/** Returns the target if the room makes them founder or admin when they join, which the user isn't. */
function absentSuperior(room: Room, user: User, target: User | null): User | null {
  const ranks = (target?.accountId && room.autoRanks.get(target.accountId)) || "";
  if (ranks.includes("q")) return room.hasRank(user, "q") ? null : target;
  return ranks.includes("a") && !room.hasRank(user, "a") ? target : null;
}

/** UNBAN and UNMUTE remove every ban or mute that applies to a user, whoever set it. */
function unbanCommand(name: "UNBAN" | "UNMUTE"): ServiceCommand {
  const isMute = name === "UNMUTE";
  return {
    name,
    usage: "<#room> <nick or mask>",
    help: isMute ? "Lets somebody talk again." : "Lets somebody in again.",
    params: 2,
    names: ([, who = ""]) => [who],
    handle: inRoom((context, room) => {
      if (!requireRank(context, room, "h")) return;
      const [, who = ""] = context.params;
      const masks = masksOf(context, room, who, isMute);
      const subject = isMute ? "muted" : "banned";
      if (masks.length === 0) return context.reply.say(`${who} isn't ${subject} in ${room.name}`);
      const draft = new ModeDraft(room);
      for (const mask of masks) draft.setMask("b", mask, false);
      const { state, user, reply } = context;
      const body = { kind: "mode", changes: draft.changes } as const;
      if (state.commit(room, user.identity, body, reply) === null) {
        return notStored(reply, "CHANSERV", room.name);
      }
      reply.say(`${who} isn't ${subject} in ${room.name} any more`);
    }),
  };
}

/** Returns the masks of a room's bans, or mutes, that mean a user, an account or just this mask. */
function masksOf(
  context: RegisteredServiceContext,
  room: Room,
  who: string,
  isMute: boolean,
): NamedMask[] {
  const target = findTarget(context, who, isMute);
  if (target === null) return [];
  const { mask, user } = target;
  return (room.lists.get("b") ?? []).filter((entry) => {
    if (isMuteMask(entry.mask) !== isMute) return false;
    const isSame = fold(entry.mask) === fold(mask.mask);
    return isSame || (user !== null && bansOrMutes(entry, user.identity));
  });
}

const KICK_COMMAND: ServiceCommand = {
  name: "KICK",
  usage: "<#room> <nick> [<reason>]",
  help: "Removes somebody from a room. They can come back: see BAN.",
  params: 2,
  names: ([, nick = ""]) => [nick],
  handle: inRoom((context, room) => {
    const [, nick = "", ...words] = context.params;
    return runCommand(KICK, context, [room.name, nick, words.join(" ")]);
  }),
};

const LIST: ServiceCommand = {
  name: "LIST",
  usage: "<#room>",
  help: "Lists who is banned or muted, for how much longer, by whom and why.",
  params: 1,
  handle: inRoom((context, room) => {
    if (!requireRank(context, room, "h")) return;
    const { state, reply } = context;
    const entries = room.lists.get("b") ?? [];
    for (const entry of entries) reply.say(describeBan(entry, state.now));
    if (entries.length === 0) reply.say(`Nobody is banned or muted in ${room.name}`);
  }),
};

function describeBan({ mask, by, until, reason }: ListEntry, now: number): string {
  const isMute = isMuteMask(mask);
  const who = isMute ? mask.slice("~m:".length) : mask;
  const rest = until === undefined ? "for good" : `for another ${formatDuration(until - now)}`;
  const verb = isMute ? "muted" : "banned";
  return `${who} is ${verb} ${rest}, by ${by}: ${reason || REASON_FILLER}`;
}

const SLOW: ServiceCommand = {
  name: "SLOW",
  usage: "<#room> <seconds or OFF>",
  help: "Lets people without a rank talk only once in so many seconds.",
  params: 2,
  handle: inRoom((context, room) => {
    const [, seconds = ""] = context.params;
    const isOff = /^(?:off|0)$/i.test(seconds);
    return runCommand(MODE, context, isOff ? [room.name, "-W"] : [room.name, "+W", seconds]);
  }),
};

const FILTER: ServiceCommand = {
  name: "FILTER",
  usage: "<#room> [+<word> | -<word>] [HIDE | REPLACE]",
  help: "Refuses messages with a word, shows them to ops alone, or replaces the word.",
  params: 1,
  handle: inRoom((context, room) => {
    const { reply, params } = context;
    const [, change, ...words] = params;
    if (!requireRank(context, room, "h")) return;
    if (change === undefined) {
      const filters = (room.lists.get("g") ?? []).map(({ mask }) => mask);
      return reply.say(...(filters.length === 0 ? ["Nothing is filtered"] : filters));
    }
    const action = words.at(-1)?.toUpperCase();
    const prefix = action === "HIDE" ? "~h:" : action === "REPLACE" ? "~r:" : "";
    const [sign, ...phrase] = [change.slice(0, 1), change.slice(1), ...words];
    if (sign !== "+" && sign !== "-") return reply.say("Give + or - before the word");
    // A mode's value has no spaces: the sign for any letter stands in for them.
    const filter = (prefix === "" ? phrase : phrase.slice(0, -1)).join("?");
    return runCommand(MODE, context, [room.name, `${sign}g`, prefix + filter]);
  }),
};

/** The commands about people who disturb a room. */
export const MODERATION_COMMANDS: readonly ServiceCommand[] = [
  banCommand("BAN"),
  unbanCommand("UNBAN"),
  banCommand("MUTE"),
  unbanCommand("UNMUTE"),
  KICK_COMMAND,
  LIST,
  SLOW,
  FILTER,
];
