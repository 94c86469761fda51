import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";

/** What the server tells of itself to whoever comes, and again to whoever asks. */

/** The message of the day, as lines, or that there is none. */
export function sendMotd({ options }: State, reply: Reply): void {
  if (options.motd.length === 0) {
    reply.numeric(NUMERIC.ERR_NOMOTD, "There is no message of the day");
    return;
  }
  reply.numeric(NUMERIC.RPL_MOTDSTART, `- Message of the day of ${options.network} -`);
  for (const line of options.motd) reply.numeric(NUMERIC.RPL_MOTD, `- ${line}`);
  reply.numeric(NUMERIC.RPL_ENDOFMOTD, "End of the message of the day");
}

/** How many people, rooms and connections there are. A person with three devices is one person. */
export function sendUserCounts({ userCounts, rooms }: State, reply: Reply, visitors = 0): void {
  const here = String(userCounts.size);
  const most = String(userCounts.peak);
  const invisible = userCounts.count("i");
  const operators = userCounts.count("o");
  const people = `${userCounts.size - invisible} people and ${invisible} invisible`;
  reply.numeric(NUMERIC.RPL_LUSERCLIENT, `There are ${people} on 1 server`);
  if (operators > 0) {
    reply.numeric(NUMERIC.RPL_LUSEROP, String(operators), "operators online");
  }
  if (visitors > 0) {
    reply.numeric(NUMERIC.RPL_LUSERUNKNOWN, String(visitors), "connections not logged in yet");
  }
  if (rooms.size > 0) reply.numeric(NUMERIC.RPL_LUSERCHANNELS, String(rooms.size), "rooms");
  reply.numeric(NUMERIC.RPL_LUSERME, `I have ${here} people and 0 other servers`);
  reply.numeric(NUMERIC.RPL_LOCALUSERS, here, most, `People here: ${here}, at most ${most}`);
  reply.numeric(NUMERIC.RPL_GLOBALUSERS, here, most, `People everywhere: ${here}, at most ${most}`);
}
