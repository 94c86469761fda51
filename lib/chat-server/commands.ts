import type { Command } from "./command.ts";
import { ACCOUNT } from "./commands/account.ts";
import { AUTHENTICATE } from "./commands/authenticate.ts";
import { BATCH } from "./commands/batch.ts";
import { BLOCK } from "./commands/block.ts";
import { CAP } from "./commands/capability.ts";
import { helpCommands } from "./commands/help.ts";
import { HISTORY_COMMANDS } from "./commands/history.ts";
import { INFO } from "./commands/info.ts";
import { INVITATION } from "./commands/invitation.ts";
import { KNOCK } from "./commands/knock.ts";
import { LIST } from "./commands/list.ts";
import { MESSAGE } from "./commands/message.ts";
import { METADATA } from "./commands/metadata.ts";
import { MODE } from "./commands/mode.ts";
import { OPERATOR } from "./commands/operator.ts";
import { PEOPLE } from "./commands/people.ts";
import { MARKREAD } from "./commands/read-marker.ts";
import { REGISTER_COMMANDS } from "./commands/register.ts";
import { REGISTRATION } from "./commands/registration.ts";
import { RENAME } from "./commands/rename.ts";
import { REWRITE } from "./commands/rewrite.ts";
import { ROOM } from "./commands/room.ts";
import { SEARCH } from "./commands/search.ts";
import { SERVER_BAN } from "./commands/server-ban.ts";
import { SERVICES } from "./commands/services.ts";
import { STATS } from "./commands/stats.ts";
import { ISUPPORT } from "./isupport.ts";

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
