import type { Command } from "./command.ts";
import { ACCOUNT } from "./commands/account/account-management.ts";
import { REGISTER_COMMANDS } from "./commands/account/account-registration.ts";
import { AUTHENTICATE } from "./commands/account/authenticate.ts";
import { INVITATION } from "./commands/account/invitation.ts";
import { CAP } from "./commands/connection/capability.ts";
import { REGISTRATION } from "./commands/connection/connection.ts";
import { BATCH } from "./commands/message/batch.ts";
import { HISTORY_COMMANDS } from "./commands/message/chathistory.ts";
import { MESSAGE } from "./commands/message/privmsg.ts";
import { MARKREAD } from "./commands/message/read-marker.ts";
import { REWRITE } from "./commands/message/redact-edit.ts";
import { SEARCH } from "./commands/message/search.ts";
import { ROOM } from "./commands/room/join-part.ts";
import { KNOCK } from "./commands/room/knock.ts";
import { LIST } from "./commands/room/list.ts";
import { MODE } from "./commands/room/mode.ts";
import { RENAME } from "./commands/room/rename.ts";
import { helpCommands } from "./commands/server/help.ts";
import { INFO } from "./commands/server/info.ts";
import { OPERATOR } from "./commands/server/operator.ts";
import { SERVER_BAN } from "./commands/server/server-ban.ts";
import { STATS } from "./commands/server/stats.ts";
import { SERVICES } from "./commands/services/services.ts";
import { METADATA } from "./commands/user/metadata.ts";
import { BLOCK } from "./commands/user/silence-accept.ts";
import { PEOPLE } from "./commands/user/userhost-ison.ts";
import { ISUPPORT } from "./sessions/isupport-tokens.ts";

/** Every command by its verb. A new one is a row in its topic's file, and its topic a line here. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    CAP,
    AUTHENTICATE,
    BATCH,
    ACCOUNT,
    INVITATION,
    ISUPPORT,
    LIST,
    METADATA,
    MARKREAD,
    RENAME,
    SEARCH,
    ...REGISTRATION,
    ...REGISTER_COMMANDS,
    ...ROOM,
    ...MESSAGE,
    ...REWRITE,
    ...HISTORY_COMMANDS,
    ...INFO,
    ...PEOPLE,
    ...MODE,
    ...BLOCK,
    ...KNOCK,
    ...SERVICES,
    ...OPERATOR,
    ...SERVER_BAN,
    STATS,
    ...helpCommands(() => COMMANDS.keys()),
  ].map((command) => [command.verb, command]),
);
