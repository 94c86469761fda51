import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { ServerBan } from "../../snapshot/snapshot.ts";
import { operators, requireOperator } from "../../users/operators.ts";

/** What the server counts. Uptime is for everybody, the rest for operators. */
export const STATS: Command = {
  verb: "STATS",
  params: 1,
  phase: "registered",
  cost: 3,
  handle: (context) => {
    const [query = ""] = context.params;
    const letter = query.charAt(0);
    const tell = letter === "u" || requireOperator(context) ? TELLERS[letter] : undefined;
    tell?.(context);
    context.reply.numeric(NUMERIC.RPL_ENDOFSTATS, letter || "*", "End of the report");
  },
};

const TELLERS: Readonly<Record<string, (context: RegisteredContext) => void>> = {
  u: ({ state, reply }) => {
    const seconds = Math.max(0, Math.floor((state.now - state.startedAt) / 1000));
    const days = Math.floor(seconds / 86_400);
    const time = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
    reply.numeric(NUMERIC.RPL_STATSUPTIME, `Server up ${days} days ${time}`);
  },
  m: ({ state, reply }) => {
    for (const [verb, count] of [...state.commandCounts].sort()) {
      reply.numeric(NUMERIC.RPL_STATSCOMMANDS, verb, String(count));
    }
  },
  o: ({ state, reply }) => {
    for (const { name } of state.options.operators) {
      reply.numeric(NUMERIC.RPL_STATSOLINE, "O", "*@*", "*", name);
    }
    for (const user of operators(state)) {
      reply.numeric(NUMERIC.RPL_STATSOLINE, "o", user.source, "*", user.account ?? user.nick);
    }
  },
  k: (context) => tellBans(context, "mask"),
  d: (context) => tellBans(context, "address"),
  l: ({ state, reply }) => {
    const seconds = (since: number) => String(Math.floor((state.now - since) / 1000));
    for (const { link, user, nickOrStar, openedAt, heardAt } of state.sessions) {
      const how = link.secure ? "TLS" : "plain";
      const who = user === null ? `${nickOrStar} (visitor)` : user.source;
      const words = `${link.address} ${how}, ${seconds(heardAt)} s idle, ${seconds(openedAt)} s here`;
      reply.numeric(NUMERIC.RPL_STATSLINKINFO, who, words);
    }
  },
};

function tellBans({ state, reply }: RegisteredContext, of: ServerBan["of"]): void {
  const numeric = of === "mask" ? NUMERIC.RPL_STATSKLINE : NUMERIC.RPL_STATSDLINE;
  for (const ban of state.bans.all(state.now)) {
    if (ban.of !== of) continue;
    const until = ban.until === null ? "*" : formatTime(ban.until);
    reply.numeric(numeric, of === "mask" ? "K" : "D", ban.target, until, ban.by, ban.reason);
  }
}
