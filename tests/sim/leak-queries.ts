import { factsOf, offerLine } from "../file-plays.ts";

/** What a query is about: names that the secret has, and ids of messages. */
export interface LeakSubject {
  /** The room whose existence, members or messages are secret. */
  readonly room: string;
  /** A person who takes part in the secret. */
  readonly nick: string;
  /** The msgid of a secret message. */
  readonly msgid: string;
}

type Queries = (subject: LeakSubject) => readonly string[];

const ALL_TIME = "timestamp=1970-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z";
const NONE: Queries = () => [];

/**
 * Of each command: all its uses that could tell a secret, as answer or as refusal. None of them changes anything if
 * the room or message doesn't exist, since it must be the same whether it does.
 */
export const LEAK_QUERIES: Readonly<Record<string, Queries>> = {
  // Of oneself alone, or of the server as a whole.
  ...Object.fromEntries(
    "CAP PASS NICK USER QUIT PONG AUTHENTICATE REGISTER VERIFY AWAY SETNAME DEOPER OPER"
      .split(" ")
      .map((verb) => [verb, NONE]),
  ),
  ...Object.fromEntries(
    "MOTD LUSERS VERSION ISUPPORT TIME INFO LINKS ADMIN HELP HELPOP"
      .split(" ")
      .map((verb) => [verb, () => [verb]]),
  ),
  PING: () => ["PING :x"],
  ACCOUNT: ({ nick }) => ["ACCOUNT DATA", `ACCOUNT CHECK ${nick}`],
  INVITATION: () => ["INVITATION LIST", "INVITATION WITHDRAW x"],
  NICKSERV: ({ nick }) => [`NICKSERV INFO ${nick}`],
  NS: ({ nick }) => [`NS INFO ${nick}`, `NS GHOST ${nick}`],
  PRIVMSG: ({ room }) => [`PRIVMSG ${room} :x`, `PRIVMSG @${room} :x`, `PRIVMSG +${room} :x`],
  NOTICE: ({ room }) => [`NOTICE ${room} :x`],
  TAGMSG: ({ room }) => [
    `@+typing=active TAGMSG ${room}`,
    `@+reply=x;+draft/react=x TAGMSG ${room}`,
  ],
  BATCH: ({ room }) => [
    `BATCH +b draft/multiline ${room}`,
    `@batch=b PRIVMSG ${room} :x`,
    "BATCH -b",
  ],
  REDACT: ({ room, nick, msgid }) => [
    `REDACT ${room} ${msgid}`,
    `REDACT ${nick} ${msgid}`,
    `REDACT #tea ${msgid}`,
  ],
  EDIT: ({ room, nick, msgid }) => [
    `EDIT ${room} ${msgid} :x`,
    `EDIT ${nick} ${msgid} :x`,
    `EDIT #tea ${msgid} :x`,
  ],
  CHATHISTORY: ({ room, nick, msgid }) => [
    ...[room, nick, "#tea"].flatMap((target) => [
      `CHATHISTORY LATEST ${target} * 50`,
      `CHATHISTORY BEFORE ${target} msgid=${msgid} 50`,
      `CHATHISTORY AFTER ${target} msgid=${msgid} 50`,
      `CHATHISTORY AROUND ${target} msgid=${msgid} 50`,
      `CHATHISTORY BETWEEN ${target} ${ALL_TIME} 50`,
    ]),
    `CHATHISTORY TARGETS ${ALL_TIME} 50`,
  ],
  HISTORY: ({ room, nick }) => [`HISTORY ${room}`, `HISTORY ${nick}`, "HISTORY #tea"],
  MARKREAD: ({ room, nick }) => [`MARKREAD ${room}`, `MARKREAD ${nick}`, "MARKREAD #tea"],
  SEARCH: ({ room, nick }) => [
    "SEARCH text=hidden",
    `SEARCH in=${room};text=hidden`,
    `SEARCH from=${nick}`,
    `SEARCH in=${nick};text=hidden`,
  ],
  FILE: ({ room, nick, msgid }) => [
    ...[room, nick, "#tea"].flatMap((target) => [
      offerLine(target, factsOf("bytes")),
      `FILE LIST ${target} 50`,
    ]),
    ...["FETCH", "CANCEL"].map((subcommand) => `FILE ${subcommand} ${msgid}`),
  ],
  JOIN: NONE,
  PART: ({ room }) => [`PART ${room}`],
  TOPIC: ({ room }) => [`TOPIC ${room}`, `TOPIC ${room} :x`, "TOPIC #tea"],
  NAMES: ({ room }) => ["NAMES", `NAMES ${room}`, "NAMES #tea"],
  LIST: ({ room }) => ["LIST", `LIST ${room}`, "LIST *", "LIST >0", "LIST T<60", "LIST C<60"],
  INVITE: ({ room, nick }) => ["INVITE", `INVITE ${nick} ${room}`, `INVITE nobody ${room}`],
  UNINVITE: ({ room, nick }) => [`UNINVITE ${nick} ${room}`],
  KNOCK: ({ room }) => [`KNOCK ${room}`],
  KICK: ({ room, nick }) => [`KICK ${room} ${nick}`],
  RENAME: ({ room }) => [`RENAME ${room} #elsewhere`],
  MODE: ({ room, nick }) => [
    ...["", " b", " e", " I", " g", " +o x", " +k"].map((rest) => `MODE ${room}${rest}`),
    `MODE ${nick}`,
    "MODE #tea",
    "MODE #tea b",
  ],
  CHANSERV: ({ room }) => [`CHANSERV INFO ${room}`],
  CS: ({ room, nick, msgid }) => [
    ...[
      "INFO",
      "LIST",
      "LOG",
      "REQUESTS",
      "AMODE",
      "REGISTER",
      "OP",
      "CLOSE",
      "REOPEN",
      "TAKE",
    ].map((name) => `CS ${name} ${room}`),
    ...["KICK", "BAN", "MUTE", "UNBAN", "APPROVE", "TRANSFER"].map(
      (name) => `CS ${name} ${room} ${nick}`,
    ),
    `CS REPORT ${room} ${nick} rude`,
    `CS REPORT ${room} ${msgid} rude`,
    "CS REPORTS",
  ],
  REPORT: ({ room, nick, msgid }) => [
    `REPORT ${room} ${msgid}`,
    `REPORT ${nick} ${msgid}`,
    `REPORT #tea ${msgid}`,
  ],
  REPORTS: () => ["REPORTS", "REPORTS DONE x"],
  AUDIT: ({ room }) => [`AUDIT ${room}`, "AUDIT #tea"],
  WHO: ({ room, nick }) => [
    "WHO *",
    `WHO ${room}`,
    `WHO ${nick}`,
    `WHO ${nick} %tcuhnfdlaor,7`,
    "WHO #tea",
  ],
  WHOIS: ({ nick }) => [`WHOIS ${nick}`, `WHOIS ${nick} ${nick}`],
  WHOWAS: ({ nick }) => [`WHOWAS ${nick}`, "WHOWAS gone"],
  ISON: ({ nick }) => [`ISON ${nick} gone`],
  USERHOST: ({ nick }) => [`USERHOST ${nick}`],
  MONITOR: ({ nick }) => [`MONITOR + ${nick}`, "MONITOR S", "MONITOR L"],
  METADATA: ({ room, nick }) =>
    [room, nick, "#tea"]
      .flatMap((target) => ["LIST", "GET mood", "SYNC"].map((what) => `METADATA ${target} ${what}`))
      .concat(`METADATA ${room} SET mood :x`, `METADATA ${room} CLEAR`),
  SILENCE: () => ["SILENCE"],
  PREFERENCE: ({ room, nick }) => [`PREFERENCE ${room} level all`, `PREFERENCE ${nick} level`],
  ACCEPT: () => ["ACCEPT *"],
  STATS: () => ["u", "m", "o", "k", "d", "l"].map((letter) => `STATS ${letter}`),
  WALLOPS: () => ["WALLOPS :x"],
  KILL: ({ nick }) => [`KILL ${nick} :x`],
  REHASH: () => ["REHASH"],
  KLINE: () => ["KLINE x!*@* :x"],
  UNKLINE: () => ["UNKLINE bad!*@*"],
  DLINE: () => ["DLINE 203.0.113.9 :x"],
  UNDLINE: () => ["UNDLINE 203.0.113.9"],
};
