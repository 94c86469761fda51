import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { WHOWAS_MAX } from "../../limits.ts";
import { noSuchNick, noSuchServer } from "../../relay/error-replies.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { repeatedList, splitQueryTargets } from "../../relay/target-list.ts";
import { isOnline, visibleRooms } from "../../rooms/access.ts";
import { prefixOf } from "../../rooms/names-reply.ts";
import { knowsMetadata } from "../../users/metadata-values.ts";
import { maySeeConnections } from "../../users/operator-doors.ts";
import type { User } from "../../users/user.ts";
import { hasUserMode, userModes } from "../../users/user-modes.ts";
import { ensureUser } from "../../users/users.ts";

/** WHOIS and WHOWAS: the public facts about a user, and the previous users of a nick. */

/** Sends everything that the sender may know about each of the users, online or not. */
export const WHOIS: Command = {
  verb: "WHOIS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { reply, params } = context;
    // With two parameters, the first names the server that answers: this one, or a nick that it knows.
    const [first = "", second] = params;
    const nickList = second ?? first;
    if (isEmptyList(nickList)) return reply.numeric(NUMERIC.ERR_NONICKNAMEGIVEN, "No nick given");
    if (second !== undefined && !isThisServer(context, first)) {
      noSuchServer(reply, first);
    } else {
      for (const nick of splitQueryTargets(context, nickList)) sendWhois(context, nick);
    }
    reply.numeric(NUMERIC.RPL_ENDOFWHOIS, repeatedList(nickList), "End of WHOIS");
  },
};

function isEmptyList(nickList: string): boolean {
  return /^,*$/.test(nickList);
}

function isThisServer({ state }: RegisteredContext, name: string): boolean {
  return fold(name) === fold(state.options.name) || state.users.byNick(fold(name)) !== null;
}

function sendWhois(context: RegisteredContext, nick: string): void {
  const { state } = context;
  const account = state.accounts.account(fold(nick));
  const user =
    state.users.byNick(fold(nick)) ?? (account === null ? null : ensureUser(state, account));
  if (user === null) noSuchNick(context, nick);
  else sendUser(context, user);
}

function sendUser(context: RegisteredContext, user: User): void {
  const { state, session, user: viewer, reply } = context;
  // Whether the viewer sees the user in each room, and its name.
  session.work.rows += 4 * user.rooms.size;
  const { nick, identity } = user;
  reply.numeric(NUMERIC.RPL_WHOISUSER, nick, identity.user, identity.host, "*", identity.realname);
  sendWordList(reply, NUMERIC.RPL_WHOISCHANNELS, [nick], roomNames(context, user));
  const { name, network, description } = state.options;
  reply.numeric(NUMERIC.RPL_WHOISSERVER, nick, name, description ?? network);
  if (hasUserMode(user, "o")) {
    const grade = user.role?.name ?? null;
    const sentence = `is an operator of this server${grade === null ? "" : ` (${grade})`}`;
    reply.numeric(NUMERIC.RPL_WHOISOPERATOR, nick, sentence);
  }
  if (user.account !== null) {
    reply.numeric(NUMERIC.RPL_WHOISACCOUNT, nick, user.account, "is logged in as");
  }
  const maker = state.accounts.byId(user.accountId)?.bot?.by;
  const made = maker === undefined ? "" : ` of ${state.nameOfAccount(maker)}`;
  if (identity.bot) reply.numeric(NUMERIC.RPL_WHOISBOT, nick, `is a bot${made}`);
  if (hasUserMode(user, "Z")) {
    reply.numeric(NUMERIC.RPL_WHOISSECURE, nick, "is using a secure connection");
  }
  if (knowsMetadata(session)) {
    for (const [key, value] of user.metadata) {
      reply.numeric(NUMERIC.RPL_WHOISKEYVALUE, nick, key, "*", value);
    }
  }
  if (maySeeConnections(viewer, user)) sendConnections(context, user);
  sendPresence(context, user);
}

/** Sends addresses, certificates and modes, which only the user and operators may see. */
function sendConnections({ reply }: RegisteredContext, user: User): void {
  const { nick } = user;
  for (const { link } of user.sessions) {
    if (link.certificate !== null) {
      const sentence = `has client certificate fingerprint ${link.certificate}`;
      reply.numeric(NUMERIC.RPL_WHOISCERTFP, nick, sentence);
    }
    reply.numeric(NUMERIC.RPL_WHOISHOST, nick, `is connecting from ${link.address}`);
  }
  reply.numeric(NUMERIC.RPL_WHOISMODES, nick, `is using modes +${userModes(user)}`);
}

/** Sends whether the user is away or not connected, and idle and connection time to who may see them. */
function sendPresence({ state, user: viewer, reply }: RegisteredContext, user: User): void {
  const { nick } = user;
  if (!isOnline(user)) {
    const sentence = user.away ?? "Offline: will read messages later";
    return reply.numeric(NUMERIC.RPL_AWAY, nick, sentence);
  }
  if (maySeeConnections(viewer, user)) {
    const idle = formatSeconds(state.elapsedMs - user.lastMessageElapsedMs);
    const openedAt = Math.min(...user.sessions.map((session) => session.openedAt));
    const labels = "seconds idle, signon time";
    reply.numeric(NUMERIC.RPL_WHOISIDLE, nick, idle, formatSeconds(openedAt), labels);
  }
  const { awayText } = user;
  if (awayText !== null) reply.numeric(NUMERIC.RPL_AWAY, nick, awayText);
}

function roomNames({ session, user: viewer }: RegisteredContext, user: User): string[] {
  const allPrefixes = session.has("multi-prefix");
  return [...visibleRooms(viewer, user)].map(
    (room) => prefixOf(room.members.get(user)?.ranks ?? "", allPrefixes) + room.name,
  );
}

function formatSeconds(ms: number): string {
  return String(Math.max(0, Math.floor(ms / 1000)));
}

/** Sends the users who had each of the nicks before, newest first. */
export const WHOWAS: Command = {
  verb: "WHOWAS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { reply, params } = context;
    const [nickList = "", count = ""] = params;
    if (isEmptyList(nickList)) return reply.numeric(NUMERIC.ERR_NONICKNAMEGIVEN, "No nick given");
    const limit = /^[1-9]\d{0,3}$/.test(count) ? Number(count) : WHOWAS_MAX;
    for (const nick of splitQueryTargets(context, nickList)) {
      sendWhowas(context, nick, limit);
    }
    reply.numeric(NUMERIC.RPL_ENDOFWHOWAS, repeatedList(nickList), "End of WHOWAS");
  },
};

function sendWhowas({ state, reply }: RegisteredContext, nick: string, limit: number): void {
  // The list is looked through for each nick.
  reply.session.work.rows += WHOWAS_MAX;
  const entries = state.whowas.find(nick, limit);
  for (const { identity, until } of entries) {
    const { nick: formerNick, user, host, realname } = identity;
    reply.numeric(NUMERIC.RPL_WHOWASUSER, formerNick, user, host, "*", realname);
    const { name } = state.options;
    reply.numeric(NUMERIC.RPL_WHOISSERVER, formerNick, name, new Date(until).toUTCString());
  }
  if (entries.length === 0) {
    reply.numeric(NUMERIC.ERR_WASNOSUCHNICK, nick, "Nobody had that nick lately");
  }
}
