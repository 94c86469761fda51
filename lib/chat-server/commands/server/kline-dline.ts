import { isWithin, parseNetwork } from "../../../protocol/address.ts";
import { formatCount } from "../../../protocol/plural.ts";
import { formatTime, parseDuration } from "../../../protocol/time.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KICK_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { notStored } from "../../relay/error-replies.ts";
import { closeSession } from "../../sessions/attach-session.ts";
import type { Session } from "../../sessions/session.ts";
import type { ServerBan } from "../../snapshot/snapshot.ts";
import { isMuteMask, matchesBanMask, parseMask } from "../../users/ban-masks.ts";
import { isOperator, requireOperator, sendNotice } from "../../users/operators.ts";
import { banSentence, SERVER_BANS_MAX } from "../../users/server-bans.ts";

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
  handle: (context) => addBan(context, "mask"),
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
  handle: (context) => addBan(context, "address"),
};
/** Lifts a ban made by DLINE. */
export const UNDLINE: Command = {
  verb: "UNDLINE",
  params: 1,
  phase: "registered",
  handle: (context) => liftBan(context, "address"),
};

/** `KLINE [duration] <mask> [:reason]`; a duration is `30m`, `2h`, `7d`, or a number of minutes. */
function addBan(context: RegisteredContext, of: BanKind): void {
  if (!requireOperator(context)) return;
  const { state, user, reply, message } = context;
  const { durationMs, target: targetText, reason } = parseParams(context.params);
  const target = parseTarget(of, targetText);
  if (target === null) return refuseTarget(context, of, targetText);
  const ban: ServerBan = {
    of,
    target,
    by: user.nick,
    time: state.now,
    until: durationMs === null ? null : state.now + durationMs,
    reason: cutUtf8(reason, KICK_BYTES_MAX),
  };
  const isBanned = sessionMatcher(ban);
  if (user.sessions.some(isBanned)) {
    return reply.fail(message.verb, "OWN_TARGET", [target], "That ban would match yourself");
  }
  const isNew = !state.bans.has(of, target, state.now);
  if (isNew && state.bans.all(state.now).length >= SERVER_BANS_MAX) {
    return reply.fail(message.verb, "LIMIT_REACHED", [target], "There are too many bans");
  }
  if (!state.ports.appendPerson({ kind: "banned", ban })) {
    return notStored(reply, message.verb, target);
  }
  state.bans.set(ban);
  state.ports.note("info", `${user.source} bans ${target}: ${ban.reason}`);
  let closed = 0;
  // Each session's source or address, and its account.
  state.budgets.meter.masks += 2 * state.sessions.size;
  for (const session of [...state.sessions].filter(isBanned)) {
    // Operators can't disconnect each other by a ban.
    if (session.user !== null && isOperator(session.user)) continue;
    closed += 1;
    closeSession(state, session, banSentence(ban));
  }
  const until = ban.until === null ? "until the ban is lifted" : `until ${formatTime(ban.until)}`;
  const connections = formatCount(closed, "connection");
  sendNotice(context, `${target} is banned ${until}; closed ${connections}`);
}

function liftBan(context: RegisteredContext, of: BanKind): void {
  if (!requireOperator(context)) return;
  const { state, user, reply, message, params } = context;
  const [targetText = ""] = params;
  const target = parseTarget(of, targetText);
  if (target === null) return refuseTarget(context, of, targetText);
  if (!state.bans.has(of, target, state.now)) {
    const sentence = `There is no such ban: see STATS ${of === "mask" ? "k" : "d"}`;
    return reply.fail(message.verb, "NO_SUCH_BAN", [target], sentence);
  }
  if (!state.ports.appendPerson({ kind: "unbanned", of, target })) {
    return notStored(reply, message.verb, target);
  }
  state.bans.lift(of, target);
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
  const durationMs = second === undefined ? null : parseDuration(first, 60_000);
  if (durationMs === null) {
    return { durationMs, target: first, reason: [second ?? "", ...rest].join(" ") };
  }
  return {
    durationMs: durationMs === 0 ? null : durationMs,
    target: second ?? "",
    reason: rest.join(" "),
  };
}

function parseTarget(of: BanKind, text: string): string | null {
  if (of === "address") return parseNetwork(text) === null ? null : text.toLowerCase();
  const mask = parseMask(text);
  return mask === null || isMuteMask(mask) ? null : mask;
}

function refuseTarget({ reply }: RegisteredContext, of: BanKind, text: string): void {
  const sentence =
    of === "mask"
      ? "That is not a valid mask"
      : "Give an address such as 192.0.2.1, or a network such as 2001:db8::/64";
  reply.numeric(NUMERIC.ERR_BADMASK, text, sentence);
}

/** Makes a test of whether a ban matches a session. */
function sessionMatcher(ban: ServerBan): (session: Session) => boolean {
  if (ban.of === "mask") {
    return ({ user }) => user !== null && matchesBanMask(ban.target, user.identity);
  }
  const network = parseNetwork(ban.target);
  return ({ link }) => {
    const address = parseNetwork(link.address);
    return network !== null && address !== null && isWithin(network, address);
  };
}
