import { matchesMask } from "../../../protocol/mask.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { noSuchServer } from "../../relay/error-replies.ts";
import { sendIsupport } from "../../sessions/isupport-tokens.ts";
import { sendMotd, sendUserCounts } from "../../sessions/motd-lusers.ts";

/** What the server says of itself. */

const MOTD: Command = {
  verb: "MOTD",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    if (isThisServer(context)) sendMotd(context.state, context.reply);
  },
};

const LUSERS: Command = {
  verb: "LUSERS",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: ({ state, reply }) => {
    const visitors = [...state.sessions].filter(({ user }) => user === null).length;
    sendUserCounts(state, reply, visitors);
  },
};

const VERSION: Command = {
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

const TIME: Command = {
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

const INFO_COMMAND: Command = {
  verb: "INFO",
  params: 0,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const { state, reply } = context;
    if (!isThisServer(context)) return;
    const { network, version } = state.options;
    reply.numeric(NUMERIC.RPL_INFO, `${network} runs Sodam ${version}: chat for the terminal.`);
    reply.numeric(
      NUMERIC.RPL_INFO,
      "It speaks IRCv3 over TLS, and keeps what was said in plain files.",
    );
    reply.numeric(NUMERIC.RPL_INFO, `It has been up since ${formatTime(state.startedAt)}.`);
    reply.numeric(NUMERIC.RPL_INFO, "HELP tells what can be asked of it.");
    reply.numeric(NUMERIC.RPL_ENDOFINFO, "End of the information");
  },
};

const LINKS: Command = {
  verb: "LINKS",
  params: 0,
  phase: "registered",
  handle: ({ state, reply }) => {
    const { name, network } = state.options;
    reply.numeric(NUMERIC.RPL_LINKS, name, name, `0 ${network}`);
    reply.numeric(NUMERIC.RPL_ENDOFLINKS, "*", "End of the list");
  },
};

const ADMIN: Command = {
  verb: "ADMIN",
  params: 0,
  phase: "registered",
  handle: (context) => {
    const { state, reply } = context;
    if (!isThisServer(context)) return;
    // The owners are named by their accounts: no address of theirs is told to strangers.
    const owners = [...state.accounts.accounts()].filter((account) => account.owner);
    const [first] = owners;
    if (first === undefined) {
      const sentence = "This server has no owner yet";
      return reply.numeric(NUMERIC.ERR_NOADMININFO, state.options.name, sentence);
    }
    const names = owners.map((account) => account.name).slice(0, OWNERS_NAMED_MAX);
    reply.numeric(NUMERIC.RPL_ADMINME, state.options.name, "Who looks after this server");
    reply.numeric(NUMERIC.RPL_ADMINLOC1, state.options.network);
    reply.numeric(NUMERIC.RPL_ADMINLOC2, `Owned by ${names.join(", ")}`);
    reply.numeric(NUMERIC.RPL_ADMINEMAIL, `Write to ${first.name} here: /msg ${first.name}`);
  },
};

/** They have to fit in a line. */
const OWNERS_NAMED_MAX = 8;

/** These commands may name a server, by a mask or by who is on it; there is no other than this one. */
function isThisServer({ state, reply, params: [server] }: RegisteredContext): boolean {
  if (server === undefined || server === "") return true;
  if (matchesMask(server, state.options.name) || state.onlineUser(server) !== null) return true;
  noSuchServer(reply, server);
  return false;
}

export const INFO: readonly Command[] = [MOTD, LUSERS, VERSION, TIME, INFO_COMMAND, LINKS, ADMIN];
