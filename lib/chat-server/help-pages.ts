/** One thing to ask HELP about. Each line is short enough for a window of 80 columns. */
export type HelpPage = readonly string[];

/** What HELP alone answers, before it lists the commands. */
export const HELP_START: HelpPage = [
  "This server speaks IRC. Your client writes most commands for you.",
  "HELP <command> tells what one does. These are there:",
];

/** A page for each command: how it is written, and what comes of it. */
export const HELP_PAGES: Readonly<Record<string, HelpPage>> = {
  // Coming in
  CAP: [
    "CAP LS|LIST|REQ|END [capabilities]",
    "Agrees on extensions of the protocol. Clients do this by themselves.",
  ],
  AUTHENTICATE: [
    "AUTHENTICATE <mechanism> | AUTHENTICATE <data>",
    "Logs in by SASL: PLAIN with account and password, EXTERNAL with a certificate.",
  ],
  REGISTER: [
    "REGISTER <account or *> <e-mail or *> :<password>",
    "Makes an account. This server may ask for an invitation: send it by PASS first.",
  ],
  VERIFY: [
    "VERIFY <account> <code>",
    "Confirms a new account, on servers that ask for it. This one doesn't.",
  ],
  PASS: [
    "PASS :<password or invitation>",
    "Before NICK and USER: the server's password, an invitation, or one after the other.",
  ],
  NICK: [
    "NICK <name>",
    "Says what you want to be called. An account's name belongs to that account.",
  ],
  USER: ["USER <name> 0 * :<real name>", "Introduces a client. Only once, at the beginning."],
  QUIT: [
    "QUIT [:<why>]",
    "Ends this connection. People with an account stay in their rooms, away.",
  ],
  PING: ["PING <token>", "Asks whether the server is there; it answers PONG."],
  PONG: ["PONG <token>", "Answers the server's PING."],
  ISUPPORT: ["ISUPPORT", "Tells again what this server can do."],

  // The account
  ACCOUNT: [
    "ACCOUNT CHECK <name>: whether a name is free.",
    "ACCOUNT CONFIRM :<password>: allows, for five minutes, what follows.",
    "ACCOUNT PASSWORD :<new one>: changes the password, and logs out other devices.",
    "ACCOUNT CERT ADD :<label> | LIST | DEL <fingerprint>: devices that log in without one.",
    "ACCOUNT DATA: what the server keeps about you.",
    "ACCOUNT FORGET: all that you ever said here is taken back.",
    "ACCOUNT DELETE: the account is gone for good.",
  ],
  INVITATION: [
    "INVITATION CREATE [uses] [hours] | LIST | WITHDRAW <id>",
    "Lets new people in. For those who own the server.",
  ],
  SILENCE: [
    "SILENCE | SILENCE +<mask> | SILENCE -<mask>",
    "Whose direct messages and invitations don't reach you, on any of your devices.",
  ],
  ACCEPT: ["ACCEPT <nick> | ACCEPT -<nick> | ACCEPT *", "Who may write to you past +g and +R."],

  // Rooms
  JOIN: [
    "JOIN <#room>[,<#room>] [<key>[,<key>]]",
    "Goes into rooms. One that isn't there is opened, and yours.",
    "JOIN 0 leaves all rooms.",
  ],
  PART: ["PART <#room>[,<#room>] [:<why>]", "Leaves rooms, on all your devices."],
  TOPIC: [
    "TOPIC <#room> [:<text>]",
    "Shows a room's topic, or sets it; an empty text takes it away.",
  ],
  NAMES: [
    "NAMES <#room>",
    "Lists who is in a room: ~ founder, & admin, @ op, % half-op, + voice.",
    "NAMES alone does so for every room that you may know of.",
  ],
  LIST: [
    "LIST [<#room or mask>] [<filters>]",
    "Lists the rooms that you may know of. Filters: >5 or <5 members, C<60 made in the",
    "last 60 minutes, T<60 a topic since then, !#t* not that name; commas between them.",
  ],
  INVITE: [
    "INVITE <nick> <#room>",
    "Asks somebody in; the invitation opens a closed room, once.",
    "INVITE alone lists rooms into which you are invited.",
  ],
  UNINVITE: ["UNINVITE <nick> <#room>", "Takes an invitation back."],
  KNOCK: ["KNOCK <#room>", "Asks a closed room's ops to be let in."],
  KICK: ["KICK <#room> <nick>[,<nick>] [:<why>]", "Puts people out of a room. For its ops."],
  RENAME: ["RENAME <#room> <#new name> [:<why>]", "Gives a room another name. For its ops."],
  MODE: [
    "MODE <#room> [<changes> [values]] | MODE <your nick> [<changes>]",
    "Shows or changes how a room is, or how you are.",
    "Ranks: q founder, a admin, o op, h half-op, v voice: MODE #tea +o mina",
    "Lists: b bans, e exceptions from bans, I exceptions from i. Without a mask: shows one.",
    "Masks: nick!user@host, ~a:account, and ~m:mask, who may come in but not talk.",
    "i by invitation, k key, l limit, R accounts only, f #room: where to go instead,",
    "m only ranks talk, M only accounts talk, U the others are heard by ops alone,",
    "n nobody talks from outside, C no CTCP, t topic by ops, s secret, u auditorium.",
    "Your own: i not listed to strangers, R no messages from guests, B you are a bot,",
    "g messages from people you ACCEPT only, w you hear WALLOPS.",
  ],

  // Talking
  PRIVMSG: ["PRIVMSG <#room or nick> :<text>", "Says something to a room or to a person."],
  NOTICE: [
    "NOTICE <#room or nick> :<text>",
    "The same, and nothing answers by itself. For programs.",
  ],
  TAGMSG: [
    "TAGMSG <#room or nick>",
    "A message of tags alone: reactions, and that you are typing.",
  ],
  BATCH: ["BATCH +<name> draft/multiline <target> … BATCH -<name>", "A message of several lines."],
  REDACT: [
    "REDACT <#room or nick> <msgid> [:<why>]",
    "Takes a message back: your own for a while, and any in a room if you are its op.",
  ],
  EDIT: ["EDIT <#room or nick> <msgid> :<new text>", "Corrects a message of yours, for a while."],
  CHATHISTORY: [
    "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN <target> <point> [<point>] <number>",
    "What was said. A point is timestamp=… or msgid=…, or * for LATEST.",
    "CHATHISTORY TARGETS <timestamp> <timestamp> <number>: where something was said.",
  ],
  HISTORY: [
    "HISTORY <#room or nick> [<number> | <time>]",
    "What was said: the last 50 messages, or as many as you say, or since 30m, 2h, 7d.",
  ],
  MARKREAD: [
    "MARKREAD <#room or nick> [timestamp=…]",
    "Up to where you have read; your other devices hear of it.",
  ],
  SEARCH: [
    "SEARCH <in=#room;from=nick;after=time;before=time;text=words;limit=number>",
    'Finds messages that you may read. \\s stands for a space: text="green\\stea"\\smilk',
  ],
  METADATA: [
    "METADATA <target> GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …",
    "What people say of themselves.",
  ],

  // People
  AWAY: ["AWAY [:<why>]", "Says that you aren't there; without a text, that you are back."],
  SETNAME: ["SETNAME :<real name>", "Changes your real name."],
  WHO: [
    "WHO <#room, nick or mask> [o][%<fields>[,<number>]]",
    "Lists people: H here or G gone, * operator, ranks, B bot. o: only operators.",
  ],
  WHOIS: ["WHOIS <nick>", "What is known of one person."],
  WHOWAS: ["WHOWAS <nick> [<number>]", "Who had a name before."],
  ISON: ["ISON <nick> [<nick> …]", "Which of these people are connected."],
  USERHOST: ["USERHOST <nick> [<nick> …]", "User and host of up to five people."],
  MONITOR: [
    "MONITOR + <nick>[,<nick>] | - <nick>[,<nick>] | C | L | S",
    "Tells you when people come and go. C clears your list, L shows it, S who is there.",
  ],

  // The server
  MOTD: ["MOTD", "The message of the day."],
  LUSERS: ["LUSERS", "How many people and rooms there are."],
  VERSION: ["VERSION", "What the server runs, and what it can do."],
  TIME: ["TIME", "The server's clock."],
  INFO: ["INFO", "What this server is."],
  LINKS: ["LINKS", "The servers of this network: one."],
  ADMIN: ["ADMIN", "Who looks after this server."],
  STATS: [
    "STATS u|m|o|k|d|l",
    "What the server counts: u how long it has been up. For operators also m commands,",
    "o operators, k and d who is kept out, l connections.",
  ],
  HELP: ["HELP [<command>]", "This."],
  HELPOP: ["HELPOP [<command>]", "The same as HELP."],

  // Looking after it
  OPER: ["OPER <name> <password>", "Makes you an operator of this server."],
  DEOPER: ["DEOPER", "You are no operator any more."],
  WALLOPS: ["WALLOPS :<text>", "Tells something to all operators, and to people with +w."],
  KILL: ["KILL <nick> :<why>", "Ends somebody's connections. For operators."],
  REHASH: ["REHASH", "Reads the settings again. For operators."],
  KLINE: [
    "KLINE [<duration>] <mask> [:<why>]",
    "Keeps people out of the server: nick!user@host, or ~a:account. For operators.",
    "A duration is 30m, 2h, 7d, or a number of minutes.",
  ],
  UNKLINE: ["UNKLINE <mask>", "Lets them in again."],
  DLINE: [
    "DLINE [<duration>] <address or network> [:<why>]",
    "Keeps an address out of the server. For operators.",
  ],
  UNDLINE: ["UNDLINE <address>", "Lets it in again."],
  NICKSERV: ["NICKSERV <command> (or NS)", "Accounts, for clients that know no better way."],
  NS: ["NS <command>", "The same as NICKSERV."],
  CHANSERV: ["CHANSERV <command> (or CS)", "Rooms, for clients that know no better way."],
  CS: ["CS <command>", "The same as CHANSERV."],
};
