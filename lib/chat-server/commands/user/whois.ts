import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { WHOWAS_MAX } from "../../limits.ts";
import { noSuchNick, noSuchServer } from "../../relay/error-replies.ts";
import { sendWordList } from "../../relay/pack-words.ts";
import { prefixOf } from "../../rooms/names-reply.ts";
import { isOnline, visibleRooms } from "../../rooms/visibility.ts";
import { knowsMetadata } from "../../users/metadata-values.ts";
import { isOperator } from "../../users/operators.ts";
import { ensureUser } from "../../users/presence.ts";
import type { User } from "../../users/user.ts";
import { hasUserMode, userModes } from "../../users/user-modes.ts";

/** All that others may know of one person, and of who had a name before. */

export const WHOIS: Command = {
  verb: "WHOIS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { reply, params } = context;
    // With two parameters, the first says which server is to answer: a name of ours, or of anybody here.
    const [first = "", second] = params;
    const asked = second ?? first;
    const [nick = ""] = asked.split(",");
    if (nick === "") return reply.numeric(NUMERIC.ERR_NONICKNAMEGIVEN, "No nick given");
    if (second !== undefined && !isHere(context, first)) {
      noSuchServer(reply, first);
    } else describeOne(context, nick);
    reply.numeric(NUMERIC.RPL_ENDOFWHOIS, asked, "End of what is known");
  },
};

function describeOne(context: RegisteredContext, nick: string): void {
  const { state } = context;
  const account = state.accounts.account(fold(nick));
  const user =
    state.users.byNick(fold(nick)) ?? (account === null ? null : ensureUser(state, account.name));
  if (user === null) noSuchNick(context, nick);
  else describe(context, user);
}

function isHere({ state }: RegisteredContext, target: string): boolean {
  return fold(target) === fold(state.options.name) || state.users.byNick(fold(target)) !== null;
}

function describe(context: RegisteredContext, user: User): void {
  const { state, reply } = context;
  const { nick, identity } = user;
  const isSelf = user === context.user;
  reply.numeric(NUMERIC.RPL_WHOISUSER, nick, identity.user, identity.host, "*", identity.realname);
  sendWordList(reply, NUMERIC.RPL_WHOISCHANNELS, [nick], roomsOf(context, user));
  reply.numeric(NUMERIC.RPL_WHOISSERVER, nick, state.options.name, state.options.network);
  if (hasUserMode(user, "o")) {
    reply.numeric(NUMERIC.RPL_WHOISOPERATOR, nick, "looks after this server");
  }
  if (user.account !== null) {
    reply.numeric(NUMERIC.RPL_WHOISACCOUNT, nick, user.account, "is logged in as");
  }
  if (identity.bot) reply.numeric(NUMERIC.RPL_WHOISBOT, nick, "is a bot");
  if (hasUserMode(user, "Z")) {
    reply.numeric(NUMERIC.RPL_WHOISSECURE, nick, "is using a secure connection");
  }
  if (knowsMetadata(context.session)) {
    for (const [key, value] of user.metadata) {
      reply.numeric(NUMERIC.RPL_WHOISKEYVALUE, nick, key, "*", value);
    }
  }
  if (isSelf || isOperator(context.user)) describeConnections(context, user);
  describePresence(context, user);
}

/** From where somebody is connected, and how: their own business, and the operators'. */
function describeConnections({ reply }: RegisteredContext, user: User): void {
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

function describePresence({ state, reply }: RegisteredContext, user: User): void {
  const { nick } = user;
  if (!isOnline(user)) {
    return reply.numeric(
      NUMERIC.RPL_AWAY,
      nick,
      user.away ?? "disconnected: reads it on coming back",
    );
  }
  const idle = seconds(state.now - user.lastMessageAt);
  const since = Math.min(...user.sessions.map((session) => session.openedAt));
  reply.numeric(NUMERIC.RPL_WHOISIDLE, nick, idle, seconds(since), "seconds idle, signon time");
  const { awayText } = user;
  if (awayText !== null) reply.numeric(NUMERIC.RPL_AWAY, nick, awayText);
}

function roomsOf({ session, user: viewer }: RegisteredContext, user: User): string[] {
  const all = session.has("multi-prefix");
  return [...visibleRooms(viewer, user)].map(
    (room) => prefixOf(room.members.get(user)?.ranks ?? "", all) + room.name,
  );
}

function seconds(ms: number): string {
  return String(Math.max(0, Math.floor(ms / 1000)));
}

export const WHOWAS: Command = {
  verb: "WHOWAS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: ({ state, reply, params: [asked = "", count = ""] }) => {
    if (asked === "") return reply.numeric(NUMERIC.ERR_NONICKNAMEGIVEN, "No nick given");
    const limit = /^[1-9]\d{0,3}$/.test(count) ? Number(count) : WHOWAS_MAX;
    const found = state.whowas.find(asked, limit);
    for (const { identity, until } of found) {
      const { nick, user, host, realname } = identity;
      reply.numeric(NUMERIC.RPL_WHOWASUSER, nick, user, host, "*", realname);
      const { name } = state.options;
      reply.numeric(NUMERIC.RPL_WHOISSERVER, nick, name, new Date(until).toUTCString());
    }
    if (found.length === 0) {
      reply.numeric(NUMERIC.ERR_WASNOSUCHNICK, asked, "Nobody had that name lately");
    }
    reply.numeric(NUMERIC.RPL_ENDOFWHOWAS, asked, "End of what is known");
  },
};
