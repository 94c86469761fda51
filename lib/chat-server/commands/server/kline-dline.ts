import { formatCount } from "../../../protocol/plural.ts";
import { formatTime } from "../../../protocol/time.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, inSteps, type RegisteredContext, type Steps } from "../../command.ts";
import { notStored } from "../../relay/error-replies.ts";
import type { ServerBan } from "../../snapshot/snapshot.ts";
import { auditName } from "../../users/audit.ts";
import { requireRight } from "../../users/operator-doors.ts";
import { sendNotice } from "../../users/operators.ts";
import {
  liftServerBan,
  parseBanDuration,
  parseBanTarget,
  setServerBan,
} from "../../users/set-server-ban.ts";

/**
 * Server bans: KLINE and UNKLINE by nick!user@host or account, DLINE and UNDLINE by address or network.
 * Connections that a new ban matches are closed at once.
 */

type BanKind = ServerBan["of"];

/** Bans a mask or an account from the server. */
export const KLINE: Command = {
  verb: "KLINE",
  params: 1,
  phase: "registered",
  handle: inSteps((context: RegisteredContext) => addBan(context, "mask")),
};
/** Lifts a ban made by KLINE. */
export const UNKLINE: Command = {
  verb: "UNKLINE",
  params: 1,
  phase: "registered",
  handle: (context) => liftBan(context, "mask"),
};
/** Bans an address or a network from the server. */
export const DLINE: Command = {
  verb: "DLINE",
  params: 1,
  phase: "registered",
  handle: inSteps((context: RegisteredContext) => addBan(context, "address")),
};
/** Lifts a ban made by DLINE. */
export const UNDLINE: Command = {
  verb: "UNDLINE",
  params: 1,
  phase: "registered",
  handle: (context) => liftBan(context, "address"),
};

/** `KLINE [duration] <mask> [:reason]`; a duration is `30m`, `2h`, `7d`, or a number of minutes. */
function* addBan(context: RegisteredContext, of: BanKind): Steps {
  if (!requireRight(context, of === "mask" ? "KLINE" : "DLINE")) return;
  const { state, user, reply, message } = context;
  const { durationMs, target: targetText, reason } = parseParams(context.params);
  const target = parseBanTarget(of, targetText);
  if (target === null) return refuseTarget(context, of, targetText);
  const by = { by: user.nick, auditedBy: auditName(user), operator: user };
  const result = yield* setServerBan(state, { of, target, durationMs, reason, ...by });
  if ("refused" in result) {
    const fail = (code: string, sentence: string) =>
      reply.fail(message.verb, code, [target], sentence);
    switch (result.refused) {
      case "own-target":
        return fail("OWN_TARGET", "That ban would match yourself");
      case "protected":
        return fail(
          "PROTECTED_ACCOUNT",
          "That ban would match an owner, or an operator who may ban",
        );
      case "too-many":
        return fail("LIMIT_REACHED", "There are too many bans");
      case "not-stored":
        return notStored(reply, message.verb, target);
    }
  }
  const { ban, closed } = result;
  state.ports.note("info", `${user.source} bans ${target}: ${ban.reason}`);

  const until = ban.until === null ? "until the ban is lifted" : `until ${formatTime(ban.until)}`;
  const connections = formatCount(closed, "connection");
  sendNotice(context, `${target} is banned ${until}; closed ${connections}`);
}

function liftBan(context: RegisteredContext, of: BanKind): void {
  if (!requireRight(context, of === "mask" ? "UNKLINE" : "UNDLINE")) return;
  const { state, user, reply, message, params } = context;
  const [targetText = ""] = params;
  const target = parseBanTarget(of, targetText);
  if (target === null) return refuseTarget(context, of, targetText);
  const refusal = liftServerBan(state, { of, target, auditedBy: auditName(user) });
  if (refusal === "no-such-ban") {
    const sentence = `There is no such ban: see STATS ${of === "mask" ? "k" : "d"}`;
    return reply.fail(message.verb, "NO_SUCH_BAN", [target], sentence);
  }
  if (refusal === "not-stored") return notStored(reply, message.verb, target);
  state.ports.note("info", `${user.source} lifts the ban on ${target}`);
  sendNotice(context, `The ban on ${target} is lifted`);
}

interface BanParams {
  /** `null` for a ban without an end. */
  readonly durationMs: number | null;
  readonly target: string;
  readonly reason: string;
}

function parseParams(params: readonly string[]): BanParams {
  const [first = "", second, ...rest] = params;
  const durationMs = second === undefined ? undefined : parseBanDuration(first);
  if (durationMs === undefined) {
    return { durationMs: null, target: first, reason: [second ?? "", ...rest].join(" ") };
  }
  return { durationMs, target: second ?? "", reason: rest.join(" ") };
}

function refuseTarget({ reply }: RegisteredContext, of: BanKind, text: string): void {
  const sentence =
    of === "mask"
      ? "That is not a valid mask"
      : "Give an address such as 192.0.2.1, or a network such as 2001:db8::/64";
  reply.numeric(NUMERIC.ERR_BADMASK, text, sentence);
}
