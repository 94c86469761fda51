import { formatCount } from "../../../protocol/plural.ts";
import { type ElapsedMs, formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import { pause, Slice } from "../../slices.ts";
import type { ServerBan } from "../../snapshot/snapshot.ts";
import { mayPass, requireRight } from "../../users/operator-doors.ts";
import { operators } from "../../users/operators.ts";

/** Yields before each row, so that others are let in. */
type Report = (context: RegisteredContext) => Iterable<void>;

const REPORTS: Readonly<Record<string, Report>> = {
  u: sendUptime,
  m: sendCommandCounts,
  o: sendOperators,
  k: (context) => sendBans(context, "mask"),
  d: (context) => sendBans(context, "address"),
  l: sendConnections,
};

/** STATS: sends one report, by its letter. The uptime is for all users, the others for operators. */
export const STATS: Command = {
  verb: "STATS",
  params: 1,
  phase: "registered",
  cost: 3,
  handle: inSteps(function* (context: RegisteredContext) {
    const [query = ""] = context.params;
    const letter = query.charAt(0);
    const report = letter === "u" || requireRight(context, "STATS") ? REPORTS[letter] : undefined;
    const isWhole = report === undefined || (yield* sendReport(context, letter, report));
    const sentence = isWhole ? "End of the report" : "There is more than an answer can hold";
    context.reply.numeric(NUMERIC.RPL_ENDOFSTATS, letter || "*", sentence);
  }),
};

/** Returns whether the report was sent to its end. */
function* sendReport(context: RegisteredContext, letter: string, report: Report): Steps<boolean> {
  const { reply, user } = context;
  const slice = new Slice(reply);
  for (const _ of report(context)) {
    if (reply.isFull) return false;
    if (!slice.isOver()) continue;
    yield* pause();
    if (letter !== "u" && !mayPass(user, "STATS")) return false;
  }
  return true;
}

function* sendUptime({ state, reply }: RegisteredContext): Iterable<void> {
  yield;
  const seconds = Math.floor((state.elapsedMs - state.startedElapsedMs) / 1000);
  const days = formatCount(Math.floor(seconds / 86_400), "day");
  const time = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
  reply.numeric(NUMERIC.RPL_STATSUPTIME, `Server up ${days} ${time}`);
}

function* sendCommandCounts({ state, reply }: RegisteredContext): Iterable<void> {
  for (const [verb, count] of [...state.commandCounts].sort()) {
    yield;
    reply.numeric(NUMERIC.RPL_STATSCOMMANDS, verb, String(count));
  }
}

/** Sends the entries of the settings ("O"), then the operators who are online ("o"). */
function* sendOperators({ state, reply }: RegisteredContext): Iterable<void> {
  for (const { name } of state.options.operators) {
    yield;
    reply.numeric(NUMERIC.RPL_STATSOLINE, "O", "*@*", "*", name);
  }
  for (const user of operators(state)) {
    yield;
    reply.numeric(NUMERIC.RPL_STATSOLINE, "o", user.source, "*", user.account ?? user.nick);
  }
}

function* sendBans({ state, reply }: RegisteredContext, of: ServerBan["of"]): Iterable<void> {
  const numeric = of === "mask" ? NUMERIC.RPL_STATSKLINE : NUMERIC.RPL_STATSDLINE;
  for (const ban of state.bans.all(state.now)) {
    yield;
    if (ban.of !== of) continue;
    const until = ban.until === null ? "*" : formatTime(ban.until);
    reply.numeric(numeric, of === "mask" ? "K" : "D", ban.target, until, ban.by, ban.reason);
  }
}

function* sendConnections({ state, reply }: RegisteredContext): Iterable<void> {
  const secondsSince = (since: ElapsedMs) => String(Math.floor((state.elapsedMs - since) / 1000));
  for (const { link, user, nickOrStar, openedElapsedMs, lastLineElapsedMs } of state.sessions) {
    yield;
    const security = link.secure ? "TLS" : "plain";
    const name = user === null ? `${nickOrStar} (unregistered)` : user.source;
    const [idle, open] = [secondsSince(lastLineElapsedMs), secondsSince(openedElapsedMs)];
    const text = `${link.address} ${security}, idle ${idle} s, open ${open} s`;
    reply.numeric(NUMERIC.RPL_STATSLINKINFO, name, text);
  }
}
