import { isLoopback } from "../../protocol/address.ts";
import { parseAddress } from "../../protocol/server-link.ts";
import { formatIsupport } from "../../protocol/wire/isupport.ts";
import { RANKS, ROOM_MODES } from "../../protocol/wire/modes.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import {
  AWAY_BYTES_MAX,
  HOST_BYTES_MAX,
  KEY_BYTES_MAX,
  KICK_BYTES_MAX,
  MODES_MAX,
  NICK_BYTES_MAX,
  REALNAME_BYTES_MAX,
  ROOM_BYTES_MAX,
  TOPIC_BYTES_MAX,
  USER_BYTES_MAX,
} from "../../protocol/wire/wire-limits.ts";
import {
  ACCEPTED_MAX,
  BLOCKED_MAX,
  HISTORY_LIMIT_MAX,
  MONITOR_MAX,
  QUERY_TARGETS_MAX,
  ROOMS_PER_USER_MAX,
  TARGETS_MAX,
} from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import { listEntriesMax } from "../rooms/mode-draft.ts";
import type { State } from "../state.ts";

/** The most targets of one command in a comma list; nothing behind the colon: as many as fit in a line. */
const TARGMAX = [
  ...["JOIN", "PART", "KICK", "LIST", "ACCEPT", "MONITOR"].map((verb) => `${verb}:`),
  ...["NAMES", "WHOIS", "WHOWAS"].map((verb) => `${verb}:${QUERY_TARGETS_MAX}`),
  ...["PRIVMSG", "NOTICE", "TAGMSG"].map((verb) => `${verb}:${TARGETS_MAX}`),
].join(",");

/** Sends RPL_ISUPPORT, in a batch for sessions with `draft/extended-isupport`. */
export function sendIsupport(state: State, reply: Reply): void {
  // The same for all sessions until the settings change. Formatting it was a third of a greeting's cost.
  state.isupport ??= formatLines(isupportTokens(state));
  const own = ownMachineTokens(state, reply);
  sendLines(reply, own.size === 0 ? state.isupport : [...state.isupport, ...formatLines(own)]);
}

/**
 * Returns the address by which others reach the server, for a client on the server's own machine: it
 * connected to "localhost", which is of no use in the links that it makes.
 */
function ownMachineTokens({ options }: State, { session }: Reply): ReadonlyMap<string, string> {
  const { publicAddress, localAddress = null } = options;
  const isWanted =
    publicAddress === null &&
    localAddress !== null &&
    !isLoopback(parseAddress(localAddress)?.host ?? "");
  return isWanted && isLoopback(session.link.address)
    ? new Map([["sodam.chat/ADDRESS", localAddress]])
    : new Map();
}

/** Returns what follows the nick in each line. */
function formatLines(tokens: ReadonlyMap<string, string>): string[] {
  return formatIsupport(tokens).map((words) => `${words.join(" ")} :are supported by this server`);
}

function sendLines(reply: Reply, texts: readonly string[]): void {
  const start = `:${reply.server} ${NUMERIC.RPL_ISUPPORT} ${reply.session.nickOrStar} `;
  const sendAll = () => {
    for (const text of texts) reply.add({ tags: "", body: start + text });
  };
  if (reply.session.has("draft/extended-isupport")) reply.batch("draft/isupport", [], sendAll);
  else sendAll();
}

/**
 * Sends the tokens that changed since `before` to every session that was sent those. A token that was withdrawn
 * has a minus. Call it after the settings changed.
 */
export function notifyIsupportChanges(state: State, before: ReadonlyMap<string, string>): void {
  const now = isupportTokens(state);
  const changes = new Map([...now].filter(([name, value]) => before.get(name) !== value));
  for (const name of before.keys()) if (!now.has(name)) changes.set(`-${name}`, "");
  if (changes.size === 0) return;
  const texts = formatLines(changes);
  for (const session of state.sessions) {
    const hasTokens = session.phase === "registered" || session.has("draft/extended-isupport");
    if (hasTokens) sendLines(state.unsolicitedReply(session), texts);
  }
}

/** Returns the ISUPPORT tokens by name, "" for those without a value. Only what works completely is announced. */
export function isupportTokens(state: State): ReadonlyMap<string, string> {
  const { list, always, onSet, never, rank } = ROOM_MODES;
  const { network, networkIcon, publicAddress } = state.options;
  return new Map([
    ["NETWORK", network],
    // https://ircv3.net/specs/extensions/network-icon
    ...(networkIcon === null ? [] : [["draft/ICON", networkIcon] as const]),
    // For links to this server; see docs/protocol.md.
    ...(publicAddress === null ? [] : [["sodam.chat/ADDRESS", publicAddress] as const]),
    ...(state.options.guests ? [] : [["draft/ACCOUNTREQUIRED", ""] as const]),
    // Names are folded by Unicode. No token can say so, and for ASCII names it is the same.
    ["CASEMAPPING", "ascii"],
    ["UTF8ONLY", ""],
    ["CHANTYPES", "#"],
    ["PREFIX", `(${rank})${RANKS.join("")}`],
    ["STATUSMSG", RANKS.join("")],
    ["CHANMODES", [list, always, onSet, never].join(",")],
    ["CHANLIMIT", `#:${ROOMS_PER_USER_MAX}`],
    ["CHANNELLEN", String(ROOM_BYTES_MAX)],
    ["NICKLEN", String(NICK_BYTES_MAX)],
    ["TOPICLEN", String(TOPIC_BYTES_MAX)],
    ["AWAYLEN", String(AWAY_BYTES_MAX)],
    ["KICKLEN", String(KICK_BYTES_MAX)],
    ["KEYLEN", String(KEY_BYTES_MAX)],
    ["MODES", String(MODES_MAX)],
    ["MAXLIST", [...list].map((letter) => `${letter}:${listEntriesMax(letter)}`).join(",")],
    ["MAXTARGETS", String(TARGETS_MAX)],
    ["TARGMAX", TARGMAX],
    ["ELIST", "CMNTU"],
    ["SAFELIST", ""],
    ["EXCEPTS", "e"],
    ["INVEX", "I"],
    // An account (~a:mina), a mute (~m:mina!*@*, ~m:~a:mina), a time (~t:2h:mina): see ban-masks.ts.
    ["EXTBAN", "~,amt"],
    ["ACCOUNTEXTBAN", "a"],
    ["SILENCE", String(BLOCKED_MAX)],
    ["CALLERID", "g"],
    ["ACCEPT", String(ACCEPTED_MAX)],
    ["KNOCK", ""],
    ["BOT", "B"],
    ["WHOX", ""],
    ["MONITOR", String(MONITOR_MAX)],
    ["NAMELEN", String(REALNAME_BYTES_MAX)],
    ["USERLEN", String(USER_BYTES_MAX)],
    ["HOSTLEN", String(HOST_BYTES_MAX)],
    ["CHATHISTORY", String(HISTORY_LIMIT_MAX)],
    ["MSGREFTYPES", "msgid,timestamp"],
  ]);
}
