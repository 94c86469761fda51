import { formatIsupport } from "../protocol/isupport.ts";
import {
  AWAY_BYTES_MAX,
  KEY_BYTES_MAX,
  KICK_BYTES_MAX,
  MODES_MAX,
  NICK_BYTES_MAX,
  REALNAME_BYTES_MAX,
  ROOM_BYTES_MAX,
  TOPIC_BYTES_MAX,
} from "../protocol/limits.ts";
import { ROOM_MODES } from "../protocol/modes.ts";
import { NUMERIC } from "../protocol/numerics.ts";
import { formatTime } from "../protocol/time.ts";
import { sendMotd, sendUserCounts } from "./commands/info.ts";
import { joinBody, tagsOf } from "./encode.ts";
import {
  HISTORY_LIMIT_MAX,
  LIST_ENTRIES_MAX,
  MONITOR_MAX,
  ROOMS_PER_USER_MAX,
  TARGETS_MAX,
} from "./limits.ts";
import type { Reply } from "./reply.ts";
import { sendRoomState } from "./room-state.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";
import { tellUnreadTalks } from "./unread.ts";
import type { User } from "./user.ts";
import { USER_MODES } from "./user-modes.ts";

/**
 * The welcome of a session that is here now, and the rooms in which its person already is.
 *
 * @param afterWelcome called when the numerics are out: a client takes nothing before 001
 */
export function greet(
  state: State,
  session: Session,
  user: User,
  reply: Reply,
  afterWelcome: () => void,
): void {
  const { name, network, version } = state.options;
  const rooms = ROOM_MODES;
  const letters = rooms.list + rooms.always + rooms.onSet + rooms.never + rooms.rank;
  reply.numeric(NUMERIC.RPL_WELCOME, `Welcome to ${network}, ${user.nick}`);
  reply.numeric(NUMERIC.RPL_YOURHOST, `You are talking to ${name}, sodam ${version}`);
  reply.numeric(NUMERIC.RPL_CREATED, `It has been up since ${formatTime(state.startedAt)}`);
  reply.numeric(
    NUMERIC.RPL_MYINFO,
    name,
    `sodam-${version}`,
    USER_MODES,
    [...letters].sort().join(""),
    [...(rooms.list + rooms.always + rooms.onSet + rooms.rank)].sort().join(""),
  );
  sendIsupport(state, reply);
  sendUserCounts(state, reply);
  sendMotd(state, reply);
  afterWelcome();
  greetRooms(state, session, user, reply);
}

/** The rooms in which a session's person already is, and the direct messages that wait. */
export function greetRooms(state: State, session: Session, user: User, reply: Reply): void {
  for (const room of user.rooms) {
    const extended = session.has("extended-join");
    const joined = {
      time: room.members.get(user)?.joinedTime ?? state.now,
      msgid: "",
      by: user.who,
    };
    reply.add({
      tags: tagsOf(joined, session.dialect),
      body: joinBody(user.who, room.name, extended),
    });
    sendRoomState(state, reply, room, user);
  }
  tellUnreadTalks(state, reply, user);
}

/** What this server can do, as 005. */
export function sendIsupport(state: State, reply: Reply): void {
  for (const tokens of formatIsupport(isupportTokens(state))) {
    reply.numeric(NUMERIC.RPL_ISUPPORT, ...tokens, "are supported by this server");
  }
}

/** Only what works whole is announced. */
export function isupportTokens(state: State): ReadonlyMap<string, string> {
  const { list, always, onSet, never } = ROOM_MODES;
  return new Map([
    ["NETWORK", state.options.network],
    // Names fold by Unicode; for ASCII names that is the same, and a client can know no more.
    ["CASEMAPPING", "ascii"],
    ["UTF8ONLY", ""],
    ["CHANTYPES", "#"],
    ["PREFIX", "(qaohv)~&@%+"],
    ["CHANMODES", [list, always, onSet, never].join(",")],
    ["CHANLIMIT", `#:${ROOMS_PER_USER_MAX}`],
    ["CHANNELLEN", String(ROOM_BYTES_MAX)],
    ["NICKLEN", String(NICK_BYTES_MAX)],
    ["TOPICLEN", String(TOPIC_BYTES_MAX)],
    ["AWAYLEN", String(AWAY_BYTES_MAX)],
    ["KICKLEN", String(KICK_BYTES_MAX)],
    ["KEYLEN", String(KEY_BYTES_MAX)],
    ["MODES", String(MODES_MAX)],
    ["MAXLIST", `${list}:${LIST_ENTRIES_MAX}`],
    ["MAXTARGETS", String(TARGETS_MAX)],
    ["TARGMAX", `JOIN:,PART:,KICK:,NAMES:1,WHOIS:1,PRIVMSG:${TARGETS_MAX},NOTICE:${TARGETS_MAX}`],
    ["EXCEPTS", "e"],
    ["INVEX", "I"],
    // An account (~a:mina), and a mute (~m:mina!*@*, ~m:~a:mina): see masks.ts.
    ["EXTBAN", "~,am"],
    ["ACCOUNTEXTBAN", "a"],
    ["BOT", "B"],
    ["WHOX", ""],
    ["MONITOR", String(MONITOR_MAX)],
    ["NAMELEN", String(REALNAME_BYTES_MAX)],
    ["CHATHISTORY", String(HISTORY_LIMIT_MAX)],
    ["MSGREFTYPES", "msgid,timestamp"],
  ]);
}
