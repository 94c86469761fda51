import { agree, formatCount } from "../../protocol/plural.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import type { User } from "../users/user.ts";

/** Sends the message of the day, or ERR_NOMOTD. */
export function sendMotd({ options }: State, reply: Reply): void {
  if (options.motd.length === 0) {
    reply.numeric(NUMERIC.ERR_NOMOTD, "There is no message of the day");
    return;
  }
  reply.numeric(NUMERIC.RPL_MOTDSTART, `- Message of the day of ${options.network} -`);
  for (const line of options.motd) reply.numeric(NUMERIC.RPL_MOTD, `- ${line}`);
  reply.numeric(NUMERIC.RPL_ENDOFMOTD, "End of the message of the day");
}

/**
 * Sends the answer to LUSERS: counts of users, operators, and rooms that the user may know of. A user with three
 * devices counts once.
 *
 * @param unregistered connections that are not registered; left out when 0
 */
export function sendUserCounts(
  { userCounts, rooms }: State,
  user: User,
  reply: Reply,
  unregistered = 0,
): void {
  const online = String(userCounts.size);
  const peak = String(userCounts.peak);
  const invisible = userCounts.count("i");
  const operators = userCounts.count("o");
  const visible = userCounts.size - invisible;
  const verb = agree(visible, "is", "are");
  const people = `${formatPeople(visible)} and ${invisible} invisible`;
  reply.numeric(NUMERIC.RPL_LUSERCLIENT, `There ${verb} ${people} on 1 server`);
  if (operators > 0) {
    reply.numeric(
      NUMERIC.RPL_LUSEROP,
      String(operators),
      `${agree(operators, "operator", "operators")} online`,
    );
  }
  if (unregistered > 0) {
    const connections = agree(unregistered, "connection", "connections");
    reply.numeric(
      NUMERIC.RPL_LUSERUNKNOWN,
      String(unregistered),
      `${connections} not logged in yet`,
    );
  }
  let roomCount = rooms.listedSize;
  for (const room of user.rooms) if (room.hasMode("s")) roomCount += 1;
  if (roomCount > 0) {
    const word = agree(roomCount, "room", "rooms");
    reply.numeric(NUMERIC.RPL_LUSERCHANNELS, String(roomCount), word);
  }
  reply.numeric(NUMERIC.RPL_LUSERME, `I have ${formatPeople(userCounts.size)} and 0 other servers`);
  reply.numeric(NUMERIC.RPL_LOCALUSERS, online, peak, `People here: ${online}, at most ${peak}`);
  reply.numeric(
    NUMERIC.RPL_GLOBALUSERS,
    online,
    peak,
    `People everywhere: ${online}, at most ${peak}`,
  );
}

function formatPeople(count: number): string {
  return formatCount(count, "person", "people");
}
