import { ACCOUNT } from "../account/account-management.ts";
import type { AccountModerationVerb } from "../account/account-moderation-command.ts";
import { runCommand, type ServiceCommand } from "./service.ts";

/** NickServ's commands for operators, by the handlers of ACCOUNT. */

function moderationCommand(
  name: string,
  verb: AccountModerationVerb,
  usage: string,
  help: string,
  params: number,
): ServiceCommand {
  return {
    ...{ name, usage, help: `For operators. ${help}`, params },
    names: ([account = ""]) => [account],
    handle: (context) => runCommand(ACCOUNT, context, [verb, ...context.params]),
  };
}

const DELETE: ServiceCommand = {
  name: "DELETE",
  usage: "<account> YES [MESSAGES] [<reason>]",
  help: "For operators. Removes an account for good, with all its messages if you say so.",
  params: 1,
  names: ([account = ""]) => [account],
  handle: (context) => {
    const { reply, params } = context;
    const [account = "", confirmation, ...words] = params;
    if (confirmation === "YES") return runCommand(ACCOUNT, context, ["REMOVE", account, ...words]);
    reply.say(
      "The account will be gone for good. SUSPEND can be lifted again.",
      `To confirm: /msg NickServ DELETE ${account} YES`,
      `With all its messages: /msg NickServ DELETE ${account} YES MESSAGES`,
    );
  },
};

/** The commands with which operators suspend, rename, remove and grade accounts. */
export const ACCOUNT_MODERATION_COMMANDS: readonly ServiceCommand[] = [
  moderationCommand(
    "SUSPEND",
    "SUSPEND",
    "<account> [<duration>] [<reason>]",
    "Ends an account's connections and keeps it from logging in, for 2h or 7d, or until UNSUSPEND.",
    1,
  ),
  moderationCommand("UNSUSPEND", "UNSUSPEND", "<account>", "Lets an account log in again.", 1),
  moderationCommand(
    "RENAME",
    "RENAME",
    "<account> <new name> [FREE]",
    "Gives an account another name. The former one rests, or with FREE can be taken at once.",
    2,
  ),
  DELETE,
  moderationCommand(
    "GRADE",
    "GRADE",
    "<account> <grade or none>",
    "Makes an account an operator: helper, moderator or admin; or a maker of rooms.",
    2,
  ),
];
