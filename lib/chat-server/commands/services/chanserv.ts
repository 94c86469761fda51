import type { AccountId } from "../../../protocol/account-id.ts";
import { fold } from "../../../protocol/names.ts";
import { formatCount } from "../../../protocol/plural.ts";
import { formatTime } from "../../../protocol/time.ts";
import { inSteps, type Outcome, type Steps, waitFor } from "../../command.ts";
import { AUTO_RANKS_MAX } from "../../limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import { grantAutoRanks, setAutoRanks } from "../../rooms/auto-ranks.ts";
import { isClosedByOperator, reopeningRefusal } from "../../rooms/closure.ts";
import { ModeDraft } from "../../rooms/mode-draft.ts";
import { MEMBERS_PER_UNIT } from "../../rooms/names-reply.ts";
import { type Room, sortRanks } from "../../rooms/room.ts";
import { pause, Slice } from "../../slices.ts";
import { audit, auditName } from "../../users/audit.ts";
import { findUser } from "../../users/users.ts";
import { PART } from "../room/join-part.ts";
import { KICK } from "../room/kick.ts";
import { MODE, RANKS_GRANTED_BY } from "../room/mode.ts";
import { MODERATION_COMMANDS } from "./chanserv-moderation.ts";
import { OVERSIGHT_COMMANDS } from "./chanserv-oversight.ts";
import {
  forRankOrOperator,
  inRoom,
  type RegisteredServiceContext,
  requireRank,
  runCommand,
  type Service,
  type ServiceCommand,
} from "./service.ts";

/** ChanServ: manages rooms by the handlers of MODE, KICK and PART, with the sender's own rights. */

const REGISTER: ServiceCommand = {
  name: "REGISTER",
  usage: "<#room>",
  help: "Makes you the founder of your room for good, even when you leave it and come back.",
  params: 1,
  handle: inRoom((context, room) => {
    const { user, reply } = context;
    if (user.accountId === null)
      return reply.say("Log in first, so that you can be recognized again");
    if (!requireRank(context, room, "q")) return;
    if (!storeAutoRanks(context, room, user.accountId, "q")) return;
    reply.say(
      `${room.name} exists as long as a user with an account is in it`,
      "You stay its founder when you leave it and come back",
    );
  }),
};

/** OP, DEOP, VOICE and DEVOICE: of oneself, or of the nicks that are given. */
function rankCommand(name: string, sign: "+" | "-", letter: string): ServiceCommand {
  const rank = letter === "o" ? "op" : "voice";
  return {
    name,
    usage: "<#room> [<nick> …]",
    help: sign === "+" ? `Gives ${rank} in a room.` : `Takes ${rank} away in a room.`,
    params: 1,
    names: (params) => params.slice(1),
    handle: inRoom((context, room) => {
      const { state, user, reply, params } = context;
      const nicks = params.slice(1);
      // A user's own auto-rank is permission enough.
      if (nicks.length === 0 && sign === "+" && user.account !== null && room.has(user)) {
        grantAutoRanks(state, room, user, reply);
        if (room.hasRank(user, letter)) return reply.say(`You have your rank in ${room.name}`);
      }
      const targets = nicks.length === 0 ? [user.nick] : nicks;
      const modes = sign + letter.repeat(targets.length);
      return runCommand(MODE, context, [room.name, modes, ...targets]);
    }),
  };
}

const AMODE: ServiceCommand = {
  name: "AMODE",
  usage: "<#room> [+|-<ranks> <account>]",
  help: "Sets the ranks (q, a, o, h, v) that an account gets when it joins. Alone: lists them.",
  params: 1,
  names: (params) => params.slice(2),
  handle: inRoom((context, room) => {
    const [, change, name] = context.params;
    if (change === undefined) return listAutoRanks(context, room);
    return changeAutoRanks(context, room, change, name ?? "");
  }),
};

function listAutoRanks({ state, user, reply }: RegisteredServiceContext, room: Room): void {
  if (!room.hasRank(user, "h")) return reply.say("Only the room's ops can see that");
  for (const [account, ranks] of room.autoRanks)
    reply.say(`${state.nameOfAccount(account)}: +${ranks}`);
  const accounts = formatCount(room.autoRanks.size, "account");
  reply.say(`${room.name} has automatic ranks for ${accounts}`);
}

function changeAutoRanks(
  context: RegisteredServiceContext,
  room: Room,
  change: string,
  name: string,
): void {
  const { state, user, reply } = context;
  const [, sign = "", letters = ""] = /^([+-])([qaohv]+)$/.exec(change) ?? [];
  if (sign === "") return reply.say("Give + or -, and ranks out of q, a, o, h and v, such as +o");
  const ownRanks = room.members.get(user)?.ranks ?? "";
  const grantable = room.hasRank(user, "a") ? (RANKS_GRANTED_BY[ownRanks.charAt(0)] ?? "") : "";
  const account = state.accountOfNick(name) ?? state.accounts.account(fold(name))?.id ?? null;
  if (account === null) return reply.say(`There is no account ${name}`);
  const before = room.autoRanks.get(account) ?? "";
  const isOwn = account === user.accountId && sign === "-";
  if (!isOwn && ![...letters, ...before].every((letter) => grantable.includes(letter))) {
    return reply.say("You can't give or take that rank in this room");
  }
  const remaining = [...before].filter((letter) => !letters.includes(letter)).join("");
  const after = sortRanks(sign === "+" ? remaining + letters : remaining);
  if (!storeAutoRanks(context, room, account, after)) return;
  const accountName = state.nameOfAccount(account);
  reply.say(
    after === ""
      ? `${accountName} has no automatic rank any more`
      : `${accountName} gets +${after} when joining`,
  );
  // A member gets a new rank at once. A removed auto-rank stays with the member until they leave.
  const member = state.users.byAccount(account);
  if (sign === "+" && member !== null && room.has(member)) {
    grantAutoRanks(state, room, member, reply);
  }
}

/** Stores an account's automatic ranks in a room, "" for none. Answers and returns `false` if it can't. */
function storeAutoRanks(
  { state, user, reply }: RegisteredServiceContext,
  room: Room,
  account: AccountId,
  ranks: string,
): boolean {
  const isNew = ranks !== "" && !room.autoRanks.has(account);
  if (isNew && room.autoRanks.size >= AUTO_RANKS_MAX) {
    reply.say("The room has too many automatic ranks");
    return false;
  }
  const isStored = setAutoRanks(state, room, user, account, ranks);
  if (!isStored) notStored(reply, "CHANSERV", room.name);
  return isStored;
}

const TRANSFER: ServiceCommand = {
  name: "TRANSFER",
  usage: "<#room> <nick>",
  help: "Makes another member the founder in your place. You stay an op.",
  params: 2,
  names: (params) => params.slice(1),
  handle: inRoom((context, room) => {
    const { state, user, reply, params } = context;
    if (!requireRank(context, room, "q")) return;
    const newFounder = findUser(state, params[1] ?? "");
    const isPossible = newFounder !== null && room.has(newFounder) && newFounder !== user;
    if (!isPossible || newFounder.accountId === null) {
      return reply.say("The new founder must be another member with an account");
    }
    const draft = new ModeDraft(room);
    draft.setRank("q", newFounder, true);
    draft.setRank("o", user, true);
    draft.setRank("q", user, false);
    if (!storeAutoRanks(context, room, newFounder.accountId, "q")) return;
    if (user.accountId !== null && room.autoRanks.has(user.accountId)) {
      storeAutoRanks(context, room, user.accountId, "o");
    }
    const body = { kind: "mode", changes: draft.changes } as const;
    if (state.commit(room, user.identity, body, reply) === null) {
      return notStored(reply, "CHANSERV", room.name);
    }
    reply.say(`${newFounder.nick} is now the founder of ${room.name}`);
  }),
};

const CLEAR: ServiceCommand = {
  name: "CLEAR",
  usage: "<#room> USERS [<reason>]",
  help: "Kicks everybody whom you can kick out of the room.",
  params: 2,
  handle: inRoom((context, room) => {
    const { user, reply, params } = context;
    const [, subject = "", ...words] = params;
    if (subject.toUpperCase() !== "USERS") return reply.say("Only USERS can be cleared");
    return kickEverybody(context, room, words.join(" ") || `Cleared by ${user.nick}`);
  }),
};

function kickEverybody(context: RegisteredServiceContext, room: Room, reason: string): Outcome {
  const { user, reply } = context;
  const kickable = [...room.members.keys()].filter(
    (member) => member !== user && room.outranks(user, member),
  );
  if (kickable.length === 0) return reply.say("There is nobody to kick");
  const nicks = kickable.map(({ nick }) => nick).join(",");
  return runCommand(KICK, context, [room.name, nicks, reason]);
}

const DROP: ServiceCommand = {
  name: "DROP",
  usage: "<#room> YES [<reason>]",
  help: "Kicks everybody and gives up the room. Nobody can read its history any more.",
  params: 1,
  handle: forRankOrOperator(
    "q",
    "CHANSERV DROP",
    inSteps(function* (context: RegisteredServiceContext, room: Room) {
      const { user, reply, params } = context;
      const [, confirmation, ...words] = params;
      const refusal = reopeningRefusal(room, user);
      if (refusal !== null) return reply.say(refusal);
      if (confirmation !== "YES") {
        return reply.say(
          "Everybody will be kicked, and nobody can read the room's history any more.",
          `To confirm: /msg ChanServ DROP ${room.name} YES`,
        );
      }
      const reason = words.join(" ") || "The room was dropped";
      const isOperators = !room.hasRank(user, "q") || isClosedByOperator(room);
      if (isOperators) yield* removeEverybody(context, room, reason);
      else if (room.members.size > 1) yield* waitFor(kickEverybody(context, room, reason));
      if (room.members.size > 1) return reply.say("Not everybody could be kicked. Try again");
      if (room.has(user)) yield* waitFor(runCommand(PART, context, [room.name]));
      reply.say(`${room.name} was dropped`);
    }),
  ),
};

/** Removes all members on behalf of an operator, who has no rank among them, and drops the room. */
function* removeEverybody(context: RegisteredServiceContext, room: Room, reason: string): Steps {
  const { state, user, reply } = context;
  const slice = new Slice(reply);
  for (const { user: member } of [...room.members.values()]) {
    if (slice.isOver(room.members.size / MEMBERS_PER_UNIT)) yield* pause();
    if (!room.has(member)) continue;
    const body = { kind: "kicked", whom: member.identity, reason } as const;
    if (state.commit(room, user.identity, body, reply) === null) {
      return notStored(reply, "CHANSERV", room.name);
    }
  }
  if (room.members.size === 0) state.commitUnstored(room, user.identity, { kind: "dropped" });
  state.ports.note("info", `${user.source} dropped ${room.name}: ${reason}`);
  audit(state, { by: auditName(user), act: "drop-room", target: room.name, reason });
}

const INFO: ServiceCommand = {
  name: "INFO",
  usage: "<#room>",
  help: "Shows what is known about a room.",
  params: 1,
  handle: inRoom(({ state, reply }, room) => {
    const names = new Set<string>();
    for (const { user, ranks } of room.members.values()) {
      if (ranks.includes("q")) names.add(user.account ?? user.nick);
    }
    for (const [account, ranks] of room.autoRanks) {
      if (ranks.includes("q")) names.add(state.nameOfAccount(account));
    }
    reply.say(
      `${room.name} was created at ${formatTime(room.createdAt)}`,
      `Founder: ${[...names].join(", ") || "nobody"}`,
      `Members: ${room.members.size}`,
    );
    if (room.topic !== null) reply.say(`Topic: ${room.topic.text}`);
  }),
};

/** ChanServ and its commands. */
export const CHANSERV_SERVICE: Service = {
  name: "ChanServ",
  about: "ChanServ manages rooms. A room belongs to its creator.",
  commands: [
    REGISTER,
    INFO,
    rankCommand("OP", "+", "o"),
    rankCommand("DEOP", "-", "o"),
    rankCommand("VOICE", "+", "v"),
    rankCommand("DEVOICE", "-", "v"),
    AMODE,
    TRANSFER,
    CLEAR,
    DROP,
    ...MODERATION_COMMANDS,
    ...OVERSIGHT_COMMANDS,
  ],
  aliases: {
    UNREGISTER: "DROP",
    ACCESS: "AMODE",
    FLAGS: "AMODE",
    KICKBAN: "BAN",
    KB: "BAN",
    QUIET: "MUTE",
    UNQUIET: "UNMUTE",
  },
};
