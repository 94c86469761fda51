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
  LIST_ENTRIES_MAX,
  MONITOR_MAX,
  ROOMS_PER_USER_MAX,
  TARGETS_MAX,
} from "../limits.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";

/** What this server can do, as 005: in a batch for those who asked for it. */
export function sendIsupport(state: State, reply: Reply): void {
  // The same for everybody until the settings change, and a third of what a greeting costs.
  state.isupport ??= textsOf(isupportTokens(state));
  send(reply, state.isupport);
}

/** What stands behind the nick in each line. */
function textsOf(tokens: ReadonlyMap<string, string>): string[] {
  return formatIsupport(tokens).map((some) => `${some.join(" ")} :are supported by this server`);
}

function send(reply: Reply, texts: readonly string[]): void {
  const start = `:${reply.server} ${NUMERIC.RPL_ISUPPORT} ${reply.session.nickOrStar} `;
  const all = () => {
    for (const text of texts) reply.add({ tags: "", body: start + text });
  };
  if (reply.session.has("draft/extended-isupport")) reply.batch("draft/isupport", [], all);
  else all();
}

/** Tells whoever was told `before` what is different now; what isn't so any more has a minus. */
export function notifyIsupportChanges(state: State, before: ReadonlyMap<string, string>): void {
  const now = isupportTokens(state);
  const changes = new Map([...now].filter(([name, value]) => before.get(name) !== value));
  for (const name of before.keys()) if (!now.has(name)) changes.set(`-${name}`, "");
  if (changes.size === 0) return;
  const texts = textsOf(changes);
  for (const session of state.sessions) {
    const isTold = session.phase === "registered" || session.has("draft/extended-isupport");
    if (isTold) send(state.unsolicitedReply(session), texts);
  }
}

/** Only what works whole is announced. */
export function isupportTokens(state: State): ReadonlyMap<string, string> {
  const { list, always, onSet, never, rank } = ROOM_MODES;
  const { network, networkIcon } = state.options;
  return new Map([
    ["NETWORK", network],
    // https://ircv3.net/specs/extensions/network-icon
    ...(networkIcon === null ? [] : [["draft/ICON", networkIcon] as const]),
    ...(state.options.guests ? [] : [["draft/ACCOUNTREQUIRED", ""] as const]),
    // Names fold by Unicode; for ASCII names that is the same, and a client can know no more.
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
    ["MAXLIST", [...list].map((letter) => `${letter}:${LIST_ENTRIES_MAX}`).join(",")],
    ["MAXTARGETS", String(TARGETS_MAX)],
    ["TARGMAX", `JOIN:,PART:,KICK:,NAMES:1,WHOIS:1,PRIVMSG:${TARGETS_MAX},NOTICE:${TARGETS_MAX}`],
    ["ELIST", "CMNTU"],
    ["SAFELIST", ""],
    ["EXCEPTS", "e"],
    ["INVEX", "I"],
    // An account (~a:mina), and a mute (~m:mina!*@*, ~m:~a:mina): see masks.ts.
    ["EXTBAN", "~,am"],
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
