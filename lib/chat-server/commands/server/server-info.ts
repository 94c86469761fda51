import { matchesMask } from "../../../protocol/glob-mask.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { noSuchServer } from "../../relay/error-replies.ts";
import { sendIsupport } from "../../sessions/isupport-tokens.ts";
import { sendMotd, sendUserCounts } from "../../sessions/motd-lusers.ts";

/** MOTD, LUSERS, VERSION, ISUPPORT, TIME, INFO, LINKS and ADMIN: facts about the server. */

/** Owners that ADMIN names: they have to fit in a line. */
const OWNERS_NAMED_MAX = 8;

/** Sends the message of the day. */
export const MOTD: Command = {
  verb: "MOTD",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    if (isThisServer(context)) sendMotd(context.state, context.reply);
  },
};

/** Sends how many users, rooms and connections there are. */
export const LUSERS: Command = {
  verb: "LUSERS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: ({ state, session, user, reply }) => {
    const unregistered = [...state.sessions].filter((other) => other.user === null).length;
    session.work.rows += state.sessions.size + user.rooms.size;
    sendUserCounts(state, user, reply, unregistered);
  },
};

/** Sends the version, and the 005 tokens. */
export const VERSION: Command = {
  verb: "VERSION",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const { state, reply } = context;
    if (!isThisServer(context)) return;
    const { version, name } = state.options;
    reply.numeric(NUMERIC.RPL_VERSION, `sodam-${version}`, name, "IRCv3 over TLS");
    sendIsupport(state, reply);
  },
};

/** Sends the 005 tokens, before registration too. https://ircv3.net/specs/extensions/extended-isupport */
export const ISUPPORT: Command = {
  verb: "ISUPPORT",
  params: 0,
  phase: "any",
  requiredCap: "draft/extended-isupport",
  handle: ({ state, reply }) => sendIsupport(state, reply),
};

/** Sends the server's time, in seconds since 1970 and as text. */
export const TIME: Command = {
  verb: "TIME",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const { state, reply } = context;
    if (!isThisServer(context)) return;
    const seconds = String(Math.floor(state.now / 1000));
    reply.numeric(NUMERIC.RPL_TIME, state.options.name, seconds, "0", formatTime(state.now));
  },
};

/** Sends the server's software, version and start time. */
export const INFO: Command = {
  verb: "INFO",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { state, reply } = context;
    if (!isThisServer(context)) return;
    const { network, description, version } = state.options;
    for (const line of [
      ...(description === null ? [] : [description]),
      `${network} runs Sodam ${version}: chat for the terminal.`,
      "It speaks IRCv3 over TLS, and stores messages in plain files.",
      `It has been up since ${formatTime(state.startedAt)}.`,
      "HELP lists the commands.",
    ]) {
      reply.numeric(NUMERIC.RPL_INFO, line);
    }
    reply.numeric(NUMERIC.RPL_ENDOFINFO, "End of the information");
  },
};

/** Lists the servers of the network, which is this one. */
export const LINKS: Command = {
  verb: "LINKS",
  params: 0,
  phase: "registered",
  handle: ({ state, reply }) => {
    const { name, network, description } = state.options;
    reply.numeric(NUMERIC.RPL_LINKS, name, name, `0 ${description ?? network}`);
    reply.numeric(NUMERIC.RPL_ENDOFLINKS, "*", "End of the list");
  },
};

/** Names the server's owners by their accounts. Their e-mail addresses are not shown. */
export const ADMIN: Command = {
  verb: "ADMIN",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const { state, reply } = context;
    if (!isThisServer(context)) return;
    const owners = [...state.accounts.accounts()].filter((account) => account.owner);
    const [firstOwner] = owners;
    if (firstOwner === undefined) {
      const sentence = "This server has no owner yet";
      return reply.numeric(NUMERIC.ERR_NOADMININFO, state.options.name, sentence);
    }
    const names = owners.map((account) => account.name).slice(0, OWNERS_NAMED_MAX);
    reply.numeric(NUMERIC.RPL_ADMINME, state.options.name, "Who runs this server");
    reply.numeric(NUMERIC.RPL_ADMINLOC1, state.options.network);
    reply.numeric(NUMERIC.RPL_ADMINLOC2, `Owned by ${names.join(", ")}`);
    const contact = `Write to ${firstOwner.name} here: /msg ${firstOwner.name}`;
    reply.numeric(NUMERIC.RPL_ADMINEMAIL, contact);
  },
};

/**
 * Returns whether the optional parameter, a mask or the nick of an online user, means this server, and
 * answers if not. There is no other server.
 */
function isThisServer({ state, reply, params: [server] }: RegisteredContext): boolean {
  if (server === undefined || server === "") return true;
  if (matchesMask(server, state.options.name) || state.onlineUser(server) !== null) return true;
  noSuchServer(reply, server);
  return false;
}
