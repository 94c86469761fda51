import type { AccountId } from "../../protocol/account-id.ts";
import { isWithin, parseNetwork } from "../../protocol/address.ts";
import { parseDuration } from "../../protocol/time.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { KICK_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import type { Steps } from "../command.ts";
import { closeSession } from "../sessions/attach-session.ts";
import type { Session } from "../sessions/session.ts";
import { pause, Slice } from "../slices.ts";
import type { ServerBan } from "../snapshot/snapshot.ts";
import type { State } from "../state.ts";
import { audit } from "./audit.ts";
import {
  identitiesOf,
  isMuteMask,
  matchesBanMask,
  nameMask,
  parseMask,
  renamedMask,
} from "./ban-masks.ts";
import { hasRight, isOperator, isProtected } from "./operators.ts";
import { banSentence, SERVER_BANS_MAX } from "./server-bans.ts";
import type { User } from "./user.ts";
import { unitsOfQuit } from "./users.ts";

/** Sets and lifts server bans: for KLINE and DLINE, and for the owner's console. */

type BanKind = ServerBan["of"];

/** A server ban that somebody asks for. */
interface BanRequest {
  readonly of: BanKind;
  readonly target: string;
  /** Who sets it, as the ban lists show it. */
  readonly by: string;
  /** Who sets it, as the audit file shows it. */
  readonly auditedBy: string;
  /** `null` for a ban without an end. */
  readonly durationMs: number | null;
  readonly reason: string;
  /** The operator who sets it, whom it must not match, nor anybody who is protected from them; `null`: the console. */
  readonly operator: User | null;
}

type BanResult =
  | { readonly ban: ServerBan; readonly closed: number }
  | { readonly refused: "own-target" | "protected" | "too-many" | "not-stored" };

/** Returns a ban's target in its stored form, or `null` if it is invalid. */
export function parseBanTarget(of: BanKind, text: string): string | null {
  if (of === "address") return parseNetwork(text) === null ? null : text.toLowerCase();
  const mask = parseMask(text);
  return mask === null || isMuteMask(mask) ? null : mask;
}

/** Returns the duration of a ban (`30m`, `2h`, `7d`, or minutes): `null` for one without an end, `undefined` for no duration. */
export function parseBanDuration(text: string): number | null | undefined {
  const durationMs = parseDuration(text, 60_000);
  if (durationMs === null) return undefined;
  return durationMs === 0 ? null : durationMs;
}

/**
 * Sets a ban and closes the sessions that it matches, except those of operators. Returns the ban and how many were
 * closed, or why it was refused.
 */
export function* setServerBan(state: State, request: BanRequest): Steps<BanResult> {
  const { of, target, by, durationMs, operator } = request;
  const reason = cutUtf8(request.reason, KICK_BYTES_MAX);
  const until = durationMs === null ? null : state.now + durationMs;
  const named = namedAccount(state, of, target);
  const ban: ServerBan = { of, target, by, time: state.now, until, reason, ...named };
  const isBanned = sessionMatcher(ban);
  if (operator?.sessions.some(isBanned)) return { refused: "own-target" };
  if (operator !== null && matchesProtected(state, operator, ban, isBanned)) {
    return { refused: "protected" };
  }
  const isNew = !state.bans.has(of, target, state.now);
  if (isNew && state.bans.all(state.now).length >= SERVER_BANS_MAX) return { refused: "too-many" };
  const renamed = renamedBan(state, ban);
  for (const each of renamed === null ? [ban] : [renamed, ban]) {
    if (!state.ports.appendPerson({ kind: "banned", ban: each })) return { refused: "not-stored" };
    state.bans.set(each);
  }
  const act = of === "mask" ? "kline" : "dline";
  const { account } = named;
  audit(state, { by: request.auditedBy, act, target, ...(account && { account }), reason });
  // Each session's sources or addresses, and its account.
  state.budgets.meter.masks += 5 * state.sessions.size;
  let closed = 0;
  const slice = new Slice({ units: 0 });
  for (const session of [...state.sessions].filter(isBanned)) {
    // Operators can't disconnect each other by a ban.
    if (session.user !== null && isOperator(session.user)) continue;
    closed += 1;
    if (slice.isOver(unitsOfQuit(session.user))) yield* pause();
    closeSession(state, session, banSentence(ban));
  }
  return { ban, closed };
}

/**
 * Returns whether a ban matches an owner, or an operator who may ban as well: one who is connected, or whose account a
 * mask means. Operators don't keep each other out, except those who give grades.
 */
function matchesProtected(
  state: State,
  operator: User,
  ban: ServerBan,
  isBanned: (session: Session) => boolean,
): boolean {
  if (hasRight(operator, "grades")) return false;
  state.budgets.meter.rows += state.accounts.size;
  for (const account of state.accounts.accounts()) {
    if (!isProtected(state, operator, account, "ban")) continue;
    const user = state.users.byAccount(account.id);
    const isMeant = ban.account === account.id;
    if (isMeant || user?.sessions.some(isBanned)) return true;
    if (ban.of === "mask" && user !== null && matchesBan(ban, user)) return true;
  }
  return false;
}

function matchesBan(ban: ServerBan, user: User): boolean {
  return identitiesOf(user).some((each) => matchesBanMask({ ...ban, mask: ban.target }, each));
}

/** Lifts a ban. Returns `null`, or why it could not be lifted. */
export function liftServerBan(
  state: State,
  { of, target, auditedBy }: Pick<BanRequest, "of" | "target" | "auditedBy">,
): "no-such-ban" | "not-stored" | null {
  const { account = null } = namedAccount(state, of, target);
  const listed = state.bans.find(of, target, account, state.now);
  if (listed === null) return "no-such-ban";
  if (!state.ports.appendPerson({ kind: "unbanned", of, target: listed.target })) {
    return "not-stored";
  }
  state.bans.lift(of, listed.target);
  audit(state, { by: auditedBy, act: of === "mask" ? "unkline" : "undline", target });
  return null;
}

/** Returns a ban that another one would replace, under the present name of the account that it means; or `null`. */
function renamedBan(state: State, ban: ServerBan): ServerBan | null {
  if (ban.of !== "mask") return null;
  const listed = state.bans.find(ban.of, ban.target, null, state.now);
  if (listed === null) return null;
  const nameOf = (id: AccountId) => state.accounts.byId(id)?.name ?? null;
  const renamed = renamedMask(nameOf, { ...listed, mask: listed.target }, ban);
  return renamed === null ? null : { ...listed, target: renamed.mask };
}

/** Returns the account that a mask means, as a part of a ban. */
function namedAccount(state: State, of: BanKind, target: string): Pick<ServerBan, "account"> {
  const { account } = of === "mask" ? nameMask(state.accounts, target, true) : {};
  return account === undefined ? {} : { account };
}

/** Makes a test of whether a ban matches a session. */
function sessionMatcher(ban: ServerBan): (session: Session) => boolean {
  if (ban.of === "mask") {
    return ({ user }) => user !== null && matchesBan(ban, user);
  }
  const network = parseNetwork(ban.target);
  return ({ link }) => {
    const address = parseNetwork(link.address);
    return network !== null && address !== null && isWithin(network, address);
  };
}
