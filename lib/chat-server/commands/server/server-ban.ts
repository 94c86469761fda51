import { isWithin, parseNetwork } from "../../../protocol/address.ts";
import { parseDuration } from "../../../protocol/duration.ts";
import { formatTime } from "../../../protocol/time.ts";
import { cutUtf8 } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KICK_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { notStored } from "../../relay/error-replies.ts";
import type { Session } from "../../sessions/session.ts";
import type { ServerBan } from "../../snapshot/snapshot.ts";
import { isMuteMask, matchesBanMask, parseMask } from "../../users/masks.ts";
import { isOperator, noticeOperators, requireOperator } from "../../users/operators.ts";
import { closeSession } from "../../users/presence.ts";
import { banSentence, SERVER_BANS_MAX } from "../../users/server-bans.ts";

/**
 * Keeping people out of the server: by nick!user@host or account (KLINE), by address or network (DLINE).
 * Those who are here and meant are disconnected at once.
 */

type Of = ServerBan["of"];

const KLINE: Command = {
  verb: "KLINE",
  params: 1,
  phase: "registered",
  handle: (context) => ban(context, "mask"),
};
const DLINE: Command = {
  verb: "DLINE",
  params: 1,
  phase: "registered",
  handle: (context) => ban(context, "address"),
};
const UNKLINE: Command = {
  verb: "UNKLINE",
  params: 1,
  phase: "registered",
  handle: (context) => lift(context, "mask"),
};
const UNDLINE: Command = {
  verb: "UNDLINE",
  params: 1,
  phase: "registered",
  handle: (context) => lift(context, "address"),
};

export const SERVER_BAN: readonly Command[] = [KLINE, UNKLINE, DLINE, UNDLINE];

/** `KLINE [duration] <mask> [:reason]`; a duration is `30m`, `2h`, `7d`, or a number of minutes. */
function ban(context: RegisteredContext, of: Of): void {
  if (!requireOperator(context)) return;
  const { state, user, reply, message } = context;
  const { ms, target: asked, reason } = read(context.params);
  const target = parseTarget(of, asked);
  if (target === null) return badTarget(context, asked);
  const ban: ServerBan = {
    of,
    target,
    by: user.nick,
    time: state.now,
    until: ms === null ? null : state.now + ms,
    reason: cutUtf8(reason, KICK_BYTES_MAX),
  };
  const isKeptOut = meantBy(ban);
  if (user.sessions.some(isKeptOut)) {
    return reply.fail(message.verb, "OWN_TARGET", [target], "That would keep you out yourself");
  }
  const isNew = !state.bans.has(of, target, state.now);
  if (isNew && state.bans.all(state.now).length >= SERVER_BANS_MAX) {
    return reply.fail(message.verb, "LIMIT_REACHED", [target], "There are too many bans already");
  }
  if (!state.ports.appendPerson({ kind: "banned", ban })) {
    return notStored(reply, message.verb, target);
  }
  state.bans.set(ban);
  state.ports.note("info", `${user.source} keeps ${target} out: ${ban.reason}`);
  let gone = 0;
  for (const session of [...state.sessions].filter(isKeptOut)) {
    // Operators don't put each other out.
    if (session.user !== null && isOperator(session.user)) continue;
    gone += 1;
    closeSession(state, session, banSentence(ban));
  }
  const until = ban.until === null ? "until it is lifted" : `until ${formatTime(ban.until)}`;
  noticeOperators(context, `${target} is kept out ${until}; ${gone} connections ended`);
}

function lift(context: RegisteredContext, of: Of): void {
  if (!requireOperator(context)) return;
  const { state, user, reply, message, params } = context;
  const [asked = ""] = params;
  const target = parseTarget(of, asked);
  if (target === null) return badTarget(context, asked);
  if (!state.bans.has(of, target, state.now)) {
    return reply.fail(message.verb, "NO_SUCH_BAN", [target], "There is no such ban: see STATS k");
  }
  if (!state.ports.appendPerson({ kind: "unbanned", of, target })) {
    return notStored(reply, message.verb, target);
  }
  state.bans.lift(of, target);
  state.ports.note("info", `${user.source} lets ${target} in again`);
  noticeOperators(context, `${target} may come in again`);
}

function read(params: readonly string[]): { ms: number | null; target: string; reason: string } {
  const [first = "", second, ...rest] = params;
  const ms = second === undefined ? null : parseDuration(first, 60_000);
  if (ms === null) return { ms: null, target: first, reason: [second ?? "", ...rest].join(" ") };
  return { ms: ms === 0 ? null : ms, target: second ?? "", reason: rest.join(" ") };
}

function parseTarget(of: Of, text: string): string | null {
  if (of === "address") return parseNetwork(text) === null ? null : text.toLowerCase();
  const mask = parseMask(text);
  return mask === null || isMuteMask(mask) ? null : mask;
}

function badTarget({ reply, message }: RegisteredContext, asked: string): void {
  const isMask = message.verb.endsWith("KLINE");
  const sentence = isMask
    ? "That is no mask"
    : "That is no address, like 192.0.2.1 or 2001:db8::/64";
  reply.numeric(NUMERIC.ERR_BADMASK, asked, sentence);
}

/** Whose connections a ban means. */
function meantBy(ban: ServerBan): (session: Session) => boolean {
  if (ban.of === "mask")
    return ({ user }) => user !== null && matchesBanMask(ban.target, user.identity);
  const outer = parseNetwork(ban.target);
  return ({ link }) => {
    const from = parseNetwork(link.address);
    return outer !== null && from !== null && isWithin(outer, from);
  };
}
