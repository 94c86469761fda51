import { type AccountName, fold } from "../../../protocol/names.ts";
import { formatTime } from "../../../protocol/time.ts";
import type { Outcome, RegisteredContext } from "../../command.ts";
import { AUTO_RANKS_MAX } from "../../limits.ts";
import { findRoom, notStored } from "../../relay/error-replies.ts";
import { grantAutoRanks, setAutoRanks } from "../../rooms/auto-ranks.ts";
import { ModeDraft } from "../../rooms/mode-draft.ts";
import { type Room, sortRanks } from "../../rooms/room.ts";
import { findUser } from "../../users/presence.ts";
import { ROOM } from "../room/join-part.ts";
import { MODE, RANKS_GRANTED_BY } from "../room/mode.ts";
import {
  commandOf,
  registeredContext,
  runCommand,
  type Service,
  type ServiceCommand,
  type ServiceContext,
} from "./service.ts";

/** ChanServ: rooms, by the handlers of MODE and KICK, with the rights that one has in the room. */

type RoomContext = RegisteredContext & ServiceContext;

/** The room that the first word names, if the asker may know of it. */
function inRoom(handle: (context: RoomContext, room: Room) => Outcome): ServiceCommand["handle"] {
  return (asked) => {
    const context = registeredContext(asked);
    const room = context === null ? null : findRoom(context, context.params[0] ?? "");
    if (context !== null && room !== null) return handle(context, room);
  };
}

function isFounder(context: RoomContext, room: Room): boolean {
  if (room.hasRank(context.user, "q")) return true;
  context.reply.say("Only the room's founder may do that");
  return false;
}

const REGISTER: ServiceCommand = {
  name: "REGISTER",
  usage: "<#room>",
  help: "Keeps you the founder of your room, even when you leave it and come back.",
  params: 1,
  handle: inRoom((context, room) => {
    const { user, reply } = context;
    if (user.account === null) return reply.say("Log in first, so that you can be told again");
    if (!isFounder(context, room)) return;
    if (!keep(context, room, user.account, "q")) return;
    reply.say(
      `${room.name} is kept for as long as somebody with an account is in it`,
      "You are its founder, also when you leave it and come back",
    );
  }),
};

/** OP, DEOP, VOICE and DEVOICE: of oneself, or of those who are named. */
function rankCommand(name: string, sign: "+" | "-", letter: string): ServiceCommand {
  const rank = letter === "o" ? "an op" : "voice";
  return {
    name,
    usage: "<#room> [<nick> …]",
    help: sign === "+" ? `Gives ${rank} in a room.` : `Takes ${rank} in a room away.`,
    params: 1,
    handle: inRoom((context, room) => {
      const { state, user, reply, params } = context;
      const nicks = params.slice(1);
      // One's own kept rank needs nobody else's word.
      if (nicks.length === 0 && sign === "+" && user.account !== null && room.has(user)) {
        grantAutoRanks(state, room, user, reply);
        if (room.hasRank(user, letter)) return reply.say(`You have your rank in ${room.name}`);
      }
      const whom = nicks.length === 0 ? [user.nick] : nicks;
      const letters = sign + letter.repeat(whom.length);
      return runCommand(commandOf(MODE, "MODE"), context, [room.name, letters, ...whom]);
    }),
  };
}

const AMODE: ServiceCommand = {
  name: "AMODE",
  usage: "<#room> [+|-<ranks> <account>]",
  help: "Ranks (q, a, o, h, v) that the room gives an account whenever it comes in. Alone: lists them.",
  params: 1,
  handle: inRoom((context, room) => {
    const [, change, name] = context.params;
    if (change === undefined) return listKept(context, room);
    return changeKept(context, room, change, name ?? "");
  }),
};

function listKept({ user, reply }: RoomContext, room: Room): void {
  if (!room.hasRank(user, "h")) return reply.say("Only the room's ops see that");
  for (const [account, ranks] of room.autoRanks) reply.say(`${account}: +${ranks}`);
  reply.say(`${room.name} keeps ranks of ${room.autoRanks.size} accounts`);
}

function changeKept(context: RoomContext, room: Room, change: string, name: string): void {
  const { state, user, reply } = context;
  const [, sign = "", letters = ""] = /^([+-])([qaohv]+)$/.exec(change) ?? [];
  if (sign === "") return reply.say("Say + or -, and ranks out of q, a, o, h and v: +o");
  const own = room.members.get(user)?.ranks ?? "";
  const gives = room.hasRank(user, "a") ? (RANKS_GRANTED_BY[own.charAt(0)] ?? "") : "";
  const known = state.accountOfNick(name);
  const account = known ?? state.accounts.account(fold(name))?.name ?? null;
  if (account === null) return reply.say(`Nobody has signed up as ${name}`);
  const before = room.autoRanks.get(account) ?? "";
  const isOwn = account === user.account && sign === "-";
  if (!isOwn && ![...letters, ...before].every((letter) => gives.includes(letter))) {
    return reply.say("That rank isn't yours to give or take here");
  }
  const others = [...before].filter((letter) => !letters.includes(letter)).join("");
  const after = sortRanks(sign === "+" ? others + letters : others);
  if (!keep(context, room, account, after)) return;
  reply.say(after === "" ? `${account} keeps no rank` : `${account} keeps +${after}`);
  // Who is there has it at once; what is taken from them here, they have until they leave.
  const present = state.users.byAccount(account);
  if (sign === "+" && present !== null && room.has(present)) {
    grantAutoRanks(state, room, present, reply);
  }
}

/** Keeps ranks, or says why not. */
function keep(context: RoomContext, room: Room, account: AccountName, ranks: string): boolean {
  const { state, reply } = context;
  const isNew = ranks !== "" && !room.autoRanks.has(account);
  if (isNew && room.autoRanks.size >= AUTO_RANKS_MAX) {
    reply.say("The room keeps too many ranks already");
    return false;
  }
  const kept = setAutoRanks(state, room, account, ranks);
  if (!kept) notStored(reply, "CHANSERV", room.name);
  return kept;
}

const TRANSFER: ServiceCommand = {
  name: "TRANSFER",
  usage: "<#room> <nick>",
  help: "Makes somebody in the room its founder in your place. You stay an op.",
  params: 2,
  handle: inRoom((context, room) => {
    const { state, user, reply, params } = context;
    if (!isFounder(context, room)) return;
    const heir = findUser(state, params[1] ?? "");
    if (heir === null || heir.account === null || !room.has(heir) || heir === user) {
      return reply.say("That has to be somebody else in the room, with an account");
    }
    const draft = new ModeDraft(room);
    draft.rank("q", heir, true);
    draft.rank("o", user, true);
    draft.rank("q", user, false);
    const happening = { kind: "mode", changes: draft.changes } as const;
    if (!keep(context, room, heir.account, "q")) return;
    if (user.account !== null && room.autoRanks.has(user.account)) {
      keep(context, room, user.account, "o");
    }
    if (state.commit(room, user.identity, happening, reply) === null) {
      return notStored(reply, "CHANSERV", room.name);
    }
    reply.say(`${heir.nick} is the founder of ${room.name} now`);
  }),
};

const CLEAR: ServiceCommand = {
  name: "CLEAR",
  usage: "<#room> USERS [<why>]",
  help: "Puts everybody out of the room whom you may put out.",
  params: 2,
  handle: inRoom((context, room) => {
    const { user, reply, params } = context;
    const [, what = "", ...words] = params;
    if (what.toUpperCase() !== "USERS") return reply.say("Only USERS can be cleared");
    return clear(context, room, words.join(" ") || `Cleared by ${user.nick}`);
  }),
};

function clear(context: RoomContext, room: Room, reason: string): Outcome {
  const { user, reply } = context;
  const others = [...room.members.keys()].filter((one) => one !== user && room.outranks(user, one));
  if (others.length === 0) return reply.say("There is nobody to put out");
  const nicks = others.map(({ nick }) => nick).join(",");
  return runCommand(commandOf(ROOM, "KICK"), context, [room.name, nicks, reason]);
}

const DROP: ServiceCommand = {
  name: "DROP",
  usage: "<#room> YES",
  help: "Puts everybody out and gives the room up. Nobody can read its history any more.",
  params: 1,
  handle: inRoom((context, room) => {
    const { reply, params } = context;
    if (!isFounder(context, room)) return;
    if (params[1] !== "YES") {
      const sentence = "Everybody is put out, and its history can be read by nobody any more.";
      return reply.say(sentence, `If you want that: /msg ChanServ DROP ${room.name} YES`);
    }
    const others = room.members.size > 1;
    if (others) clear(context, room, "The room was given up");
    if (room.members.size > 1) return reply.say("Not everybody could be put out. Try again");
    runCommand(commandOf(ROOM, "PART"), context, [room.name]);
    reply.say(`${room.name} is no more`);
  }),
};

const INFO: ServiceCommand = {
  name: "INFO",
  usage: "<#room>",
  help: "What is known of a room.",
  params: 1,
  handle: inRoom(({ reply }, room) => {
    const founders = [...room.members.values()].filter(({ ranks }) => ranks.includes("q"));
    const kept = [...room.autoRanks].filter(([, ranks]) => ranks.includes("q"));
    const names = new Set([...founders.map(({ user }) => user.account ?? user.nick)]);
    for (const [account] of kept) names.add(account);
    reply.say(
      `${room.name} has been there since ${formatTime(room.createdAt)}`,
      `Founder: ${[...names].join(", ") || "nobody"}`,
      `Members: ${room.members.size}`,
    );
    if (room.topic !== null) reply.say(`Topic: ${room.topic.text}`);
  }),
};

export const CHANSERV: Service = {
  name: "ChanServ",
  about: "ChanServ looks after rooms. A room belongs to whoever opened it.",
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
  ],
  aliases: { UNREGISTER: "DROP", ACCESS: "AMODE", FLAGS: "AMODE" },
};
