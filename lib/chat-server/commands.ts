import type { Command } from "./command.ts";
import { ACCOUNT } from "./commands/account/account-management.ts";
import { REGISTER, VERIFY } from "./commands/account/account-registration.ts";
import { AUTHENTICATE } from "./commands/account/authenticate.ts";
import { INVITATION } from "./commands/account/invitation.ts";
import { CAP } from "./commands/connection/capability.ts";
import { NICK, PASS, PING, PONG, QUIT, USER } from "./commands/connection/connection.ts";
import { BATCH } from "./commands/message/batch.ts";
import { CHATHISTORY, HISTORY } from "./commands/message/chathistory.ts";
import { FILE } from "./commands/message/file.ts";
import { NOTICE, PRIVMSG, TAGMSG } from "./commands/message/privmsg-tagmsg.ts";
import { MARKREAD } from "./commands/message/read-marker.ts";
import { EDIT, REDACT } from "./commands/message/redact-edit.ts";
import { SEARCH } from "./commands/message/search.ts";
import { INVITE, UNINVITE } from "./commands/room/invite.ts";
import { JOIN, PART } from "./commands/room/join-part.ts";
import { KICK } from "./commands/room/kick.ts";
import { KNOCK } from "./commands/room/knock.ts";
import { LIST, NAMES } from "./commands/room/list-names.ts";
import { MODE } from "./commands/room/mode.ts";
import { RENAME } from "./commands/room/rename.ts";
import { REPORT, REPORTS } from "./commands/room/report.ts";
import { AUDIT } from "./commands/room/room-audit.ts";
import { TOPIC } from "./commands/room/topic.ts";
import { HELP, HELPOP } from "./commands/server/help.ts";
import { DLINE, KLINE, UNDLINE, UNKLINE } from "./commands/server/kline-dline.ts";
import { DEOPER, KILL, OPER, REHASH, WALLOPS } from "./commands/server/operator.ts";
import {
  ADMIN,
  INFO,
  ISUPPORT,
  LINKS,
  LUSERS,
  MOTD,
  TIME,
  VERSION,
} from "./commands/server/server-info.ts";
import { STATS } from "./commands/server/stats.ts";
import { CHANSERV, CS, NICKSERV, NS } from "./commands/services/service-commands.ts";
import { AWAY, SETNAME } from "./commands/user/away-setname.ts";
import { METADATA } from "./commands/user/metadata.ts";
import { MONITOR } from "./commands/user/monitor.ts";
import { PREFERENCE } from "./commands/user/preference.ts";
import { ACCEPT, SILENCE } from "./commands/user/silence-accept.ts";
import { ISON, USERHOST } from "./commands/user/userhost-ison.ts";
import { WHO } from "./commands/user/who.ts";
import { WHOIS, WHOWAS } from "./commands/user/whois-whowas.ts";

/**
 * Every command by its verb, in upper case. Each command is a constant named for its verb in the file of its
 * topic. A new one is added there, here, in help-pages.ts and secret-params.ts, and in docs/protocol.md.
 */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    // Connection
    ...[CAP, PASS, NICK, USER, QUIT, PING, PONG],
    // Account
    ...[AUTHENTICATE, REGISTER, VERIFY, ACCOUNT, INVITATION, NICKSERV, NS],
    // Messages
    ...[PRIVMSG, NOTICE, TAGMSG, BATCH, REDACT, EDIT, CHATHISTORY, HISTORY, MARKREAD, SEARCH, FILE],
    // Rooms
    ...[JOIN, PART, TOPIC, NAMES, LIST, INVITE, UNINVITE, KNOCK, KICK, RENAME, MODE, CHANSERV, CS],
    ...[REPORT, REPORTS, AUDIT],
    // Users
    ...[AWAY, SETNAME, WHO, WHOIS, WHOWAS, ISON, USERHOST, MONITOR, METADATA, SILENCE, ACCEPT],
    PREFERENCE,
    // Server
    ...[MOTD, LUSERS, VERSION, ISUPPORT, TIME, INFO, LINKS, ADMIN, STATS, HELP, HELPOP],
    // Operators
    ...[OPER, DEOPER, WALLOPS, KILL, REHASH, KLINE, UNKLINE, DLINE, UNDLINE],
  ].map((command) => [command.verb, command]),
);
