import type { KnownVerb } from "../protocol/wire/secret-params.ts";

/** The lines of one help page, each short enough for a window of 80 columns. */
export type HelpPage = readonly string[];

/** The reply to HELP without a subject, before the list of commands. */
export const HELP_START: HelpPage = [
  "This server speaks IRC. Your client writes most commands for you.",
  "HELP <command> explains a command. The commands are:",
];

/** A page for each command, by its verb: how it is written, and what it does. */
export const HELP_PAGES = {
  // Connection
  CAP: [
    "CAP LS|LIST|REQ|END [capabilities]",
    "Negotiates extensions of the protocol. Clients do this automatically.",
  ],
  AUTHENTICATE: [
    "AUTHENTICATE <mechanism> | AUTHENTICATE <data>",
    "Logs in by SASL: PLAIN with account and password, EXTERNAL with a certificate.",
  ],
  REGISTER: [
    "REGISTER <account or *> <e-mail or *> :<password>",
    "Creates an account. If the server requires an invitation, send it with PASS first.",
  ],
  VERIFY: [
    "VERIFY <account> <code>",
    "Confirms a new account, on servers that require it. This one doesn't.",
  ],
  PASS: [
    "PASS :<password or invitation>",
    "Before NICK and USER: the server's password, an invitation, or both in two lines.",
  ],
  NICK: ["NICK <nick>", "Sets your nick. The name of an account is reserved for that account."],
  USER: ["USER <name> 0 * :<real name>", "Introduces a client. Only once, after connecting."],
  QUIT: [
    "QUIT [:<reason>]",
    "Closes this connection. People with an account stay in their rooms, as away.",
  ],
  PING: ["PING <token>", "Checks that the server is there; it answers PONG."],
  PONG: ["PONG <token>", "Answers the server's PING."],
  ISUPPORT: ["ISUPPORT", "Lists again what this server supports."],

  // Account
  ACCOUNT: [
    "ACCOUNT CHECK <name>: shows whether a name is free.",
    "ACCOUNT CONFIRM :<password>: allows the following commands for five minutes.",
    "ACCOUNT PASSWORD [KEEP] :<new password>: changes it, and logs out your other devices.",
    "ACCOUNT EMAIL :<address or *>: changes your e-mail address.",
    "ACCOUNT SESSIONS: lists your connections and devices.",
    "ACCOUNT END <session>|others: ends other connections, and what their devices may do.",
    "ACCOUNT RESET <code> :<new password>: sets it by a code of the server's owner.",
    "ACCOUNT RESETLINK <account>: makes such a code, for operators.",
    "ACCOUNT CERT ADD :<label> | LIST | DEL <fingerprint>: devices that need no password.",
    "ACCOUNT 2FA STATUS | SETUP | ON <code> | OFF <code> | CODES <code>: codes of an app.",
    "ACCOUNT BOT ADD <name> [rooms=#a,#b] [rights=read,speak]: an account for a program.",
    "ACCOUNT BOT SET <name> … | TOKEN <name> | DEL <name> | LIST: changes bots.",
    "ACCOUNT DATA: shows what the server stores about you.",
    "ACCOUNT FORGET: deletes all your messages.",
    "ACCOUNT DELETE: deletes your account for good.",
    "For operators: ACCOUNT SUSPEND <account> [<duration>] [:<reason>] | UNSUSPEND <account>",
    "| RENAME <account> <name> [FREE] | REMOVE <account> [MESSAGES] | GRADE <account> <grade>.",
  ],
  INVITATION: [
    "INVITATION CREATE [uses or *] [hours or *] | LIST | WITHDRAW <id>",
    "Invites new people to sign up; * is no limit. For the owners of the server.",
  ],
  PREFERENCE: [
    "PREFERENCE <#room, nick or *> <key> [:<value>]",
    "Stores a setting of your own, for all your devices; without a value it is removed.",
  ],
  SILENCE: [
    "SILENCE | SILENCE +<mask> | SILENCE -<mask>",
    "Lists, blocks or unblocks people. Their direct messages and invitations don't reach you.",
  ],
  ACCEPT: [
    "ACCEPT <nick> | ACCEPT -<nick> | ACCEPT *",
    "Lets people write to you even if you have +g or +R. * lists them.",
  ],

  // Rooms
  JOIN: [
    "JOIN <#room>[,<#room>] [<key>[,<key>]]",
    "Joins rooms. A room that doesn't exist is created, and is yours.",
    "JOIN 0 leaves all rooms.",
  ],
  PART: ["PART <#room>[,<#room>] [:<reason>]", "Leaves rooms, on all your devices."],
  TOPIC: [
    "TOPIC <#room> [:<text>]",
    "Shows or sets the topic of a room; an empty text removes it.",
  ],
  NAMES: [
    "NAMES <#room>[,<#room>]",
    "Lists the members of rooms: ~ founder, & admin, @ op, % half-op, + voice.",
    "NAMES alone lists every room that you can see.",
  ],
  LIST: [
    "LIST [<#room or mask>] [<filters>]",
    "Lists the rooms that you can see. Filters, with commas between them: >5 or <5 members,",
    "C<60 created or T<60 topic set in the last 60 minutes, !#t* names that don't match.",
  ],
  INVITE: [
    "INVITE <nick> <#room>",
    "Invites a user to a room. The invitation opens a closed room once.",
    "It waits for 30 days for somebody who is away.",
    "INVITE alone lists the rooms that you are invited to.",
  ],
  UNINVITE: [
    "UNINVITE <nick> <#room>",
    "Withdraws an invitation, or declines your own. With your own nick it also takes a",
    "request to join back.",
  ],
  KNOCK: ["KNOCK <#room>", "Asks the ops of a closed room to let you in."],
  KICK: [
    "KICK <#room> <nick>[,<nick>] [:<reason>]",
    "Removes people from a room. For the room's ops.",
  ],
  AUDIT: [
    "AUDIT <#room> [<number>]",
    "Lists who moderated a room lately, and how. For the room's ops.",
  ],
  REPORT: [
    "REPORT <#room or nick> <msgid> [:<reason>]",
    "Shows a message to the room's ops and the owner, as it is now.",
  ],
  REPORTS: [
    "REPORTS | REPORTS DONE <id>",
    "Lists the reports that you may handle, or removes one that is handled.",
  ],
  RENAME: [
    "RENAME <#room> <#new name> [:<reason>]",
    "Gives a room another name. For its founder and admins, or ops where it has no founder.",
  ],
  MODE: [
    "MODE <#room> [<changes> [values]] | MODE <your nick> [<changes>]",
    "Shows or changes the modes of a room, or your own.",
    "Ranks: q founder, a admin, o op, h half-op, v voice: MODE #tea +o mina",
    "Lists: b bans, e exceptions from bans, I exceptions from i. Without a mask: shows one.",
    "Masks: nick!user@host, ~a:account, and ~m:mask for who may join but not talk;",
    "~t:2h:mask ends by itself. g filters a word: word refuses the message, ~h:word shows",
    "it to ops alone, ~r:word replaces the word; * is anything, ? one letter.",
    "i invite only, k key, l limit, R accounts only, f #room: where to go instead,",
    "A ops approve who joins, j 5:60 at most five joins a minute, Y 2h and y 2h how old an",
    "account must be to join and to talk, W 10 a message each ten seconds,",
    "H members read what came since they joined,",
    "m only ranks talk, M only accounts talk, U only ops see the others' messages,",
    "n nobody talks from outside, C no CTCP, t topic by ops, u auditorium, s in no list:",
    "who knows or guesses the name of a room with s may still join, unless i or k is set.",
    "Your own: i hidden from strangers, R no messages from guests, B you are a bot,",
    "T no CTCP, g messages only from people you ACCEPT, w you get WALLOPS.",
  ],

  // Messages
  PRIVMSG: ["PRIVMSG <#room or nick> :<text>", "Sends a message to a room or a person."],
  NOTICE: [
    "NOTICE <#room or nick> :<text>",
    "Sends a message that programs don't answer automatically.",
  ],
  TAGMSG: [
    "TAGMSG <#room or nick>",
    "Sends tags without a text: reactions, and that you are typing.",
  ],
  BATCH: [
    "BATCH +<name> draft/multiline <target> … BATCH -<name>",
    "Sends a message of several lines.",
  ],
  REDACT: [
    "REDACT <#room or nick> <msgid> [:<reason>]",
    "Deletes a message: your own for a while, and anybody's in a room whose op you are.",
  ],
  EDIT: ["EDIT <#room or nick> <msgid> :<new text>", "Changes your own message, for a while."],
  CHATHISTORY: [
    "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN <target> <point> [<point>] <number>",
    "Shows earlier messages. A point is timestamp=… or msgid=…, or * for LATEST.",
    "CHATHISTORY TARGETS <timestamp> <timestamp> <number>: rooms and people with messages.",
  ],
  HISTORY: [
    "HISTORY <#room or nick> [<number> | <time>]",
    "Shows the last 50 messages, or that number, or those since 30m, 2h, 7d.",
  ],
  MARKREAD: [
    "MARKREAD <#room or nick> [timestamp=…]",
    "Shows or moves your read marker, on all your devices.",
  ],
  SEARCH: [
    "SEARCH <in=#room;from=nick;after=time;before=time;text=words;limit=number>",
    'Finds messages that you can read. \\s stands for a space: text="green\\stea"\\smilk',
  ],
  FILE: [
    "FILE SEND <#room or nick> [:<caption>]: asks to send the file of the tag sodam.chat/file.",
    "FILE CANCEL <id>: gives up sending it.",
    "FILE FETCH <id> [preview]: asks to get a file.",
    "FILE LIST <#room or nick> <limit> [<before>] [:<filter>]: lists files.",
    "The bytes go over connections of their own: FILE PUT|GET <token> <offset>.",
  ],
  METADATA: [
    "METADATA <target> GET|LIST|SET|CLEAR|SUB|UNSUB|SUBS|SYNC …",
    "Shows or sets what describes people and rooms.",
  ],

  // Users
  AWAY: ["AWAY [:<reason>]", "Marks you as away; without a text, as back."],
  SETNAME: ["SETNAME :<real name>", "Changes your real name."],
  WHO: [
    "WHO <#room, nick or mask> [o][%<fields>[,<number>]]",
    "Lists people: H here or G gone, * operator, ranks, B bot. o: only operators.",
  ],
  WHOIS: ["WHOIS <nick>[,<nick>]", "Shows what is known about people."],
  WHOWAS: ["WHOWAS <nick>[,<nick>] [<number>]", "Shows who had a nick before."],
  ISON: ["ISON <nick> [<nick> …]", "Shows which of these people are connected."],
  USERHOST: ["USERHOST <nick> [<nick> …]", "Shows user and host of up to five people."],
  MONITOR: [
    "MONITOR + <nick>[,<nick>] | - <nick>[,<nick>] | C | L | S",
    "Notifies you when people connect and disconnect. C clears your list, L shows it,",
    "S shows which of them are connected.",
  ],

  // Server
  MOTD: ["MOTD", "Shows the message of the day."],
  LUSERS: ["LUSERS", "Shows how many people and rooms there are."],
  VERSION: ["VERSION", "Shows the server's version, and what it supports."],
  TIME: ["TIME", "Shows the server's time."],
  INFO: ["INFO", "Shows facts about this server."],
  LINKS: ["LINKS", "Lists the servers of this network: there is one."],
  ADMIN: ["ADMIN", "Shows who runs this server."],
  STATS: [
    "STATS u|m|o|k|d|l",
    "Shows a report: u uptime. For operators also m commands, o operators, k and d bans,",
    "l connections.",
  ],
  HELP: ["HELP [<command>]", "Shows this help."],
  HELPOP: ["HELPOP [<command>]", "The same as HELP."],

  // Operators
  OPER: ["OPER <name> <password>", "Makes you an operator of this server."],
  DEOPER: ["DEOPER", "Makes you an ordinary user again."],
  WALLOPS: ["WALLOPS :<text>", "Sends a text to all operators, and to people with +w."],
  KILL: ["KILL <nick> :<reason>", "Closes a user's connections. For operators."],
  REHASH: ["REHASH", "Reloads the settings. For operators."],
  KLINE: [
    "KLINE [<duration>] <mask> [:<reason>]",
    "Bans people from the server: nick!user@host, or ~a:account. For operators.",
    "A duration is 30m, 2h, 7d, or a number of minutes.",
  ],
  UNKLINE: ["UNKLINE <mask>", "Lifts a ban that KLINE set."],
  DLINE: [
    "DLINE [<duration>] <address or network> [:<reason>]",
    "Bans an address from the server. For operators.",
  ],
  UNDLINE: ["UNDLINE <address>", "Lifts a ban that DLINE set."],

  // Services
  NICKSERV: [
    "NICKSERV <command> (or NS)",
    "Manages accounts, for clients without commands for it.",
  ],
  NS: ["NS <command>", "The same as NICKSERV."],
  CHANSERV: ["CHANSERV <command> (or CS)", "Manages rooms, for clients without commands for it."],
  CS: ["CS <command>", "The same as CHANSERV."],
} as const satisfies Partial<Record<KnownVerb, HelpPage>>;

/** A verb that has a page: the only ones that a command may have. */
export type DocumentedVerb = keyof typeof HELP_PAGES;

/** Returns the page about a verb, or `null`. */
export function helpPage(verb: string): HelpPage | null {
  return Object.hasOwn(HELP_PAGES, verb) ? HELP_PAGES[verb as DocumentedVerb] : null;
}
