import { parseNetwork } from "../../protocol/address.ts";
import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import type { Steps } from "../command.ts";
import type { ServerBan } from "../snapshot/snapshot.ts";
import {
  liftServerBan,
  parseBanDuration,
  parseBanTarget,
  setServerBan,
} from "../users/set-server-ban.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  listOf,
} from "./admin-handler.ts";

/** The console's commands about bans from the server: those of KLINE and DLINE. */

/** What nobody can have as a nick: "192.0.2.0/33". */
const MISTYPED_ADDRESS = /^[0-9a-f:./]*[:./][0-9a-f:./]*$/i;

export const BAN_HANDLERS = {
  bans: ({ state }) => listOf(state.bans.all(state.now), banRow),
  ban,
  unban,
} satisfies AdminHandlers;

function banRow({ of, target, time, until, by, reason }: ServerBan): AdminRow {
  return { of, target, createdAt: time, expiresAt: until, by, reason };
}

/** `ban TARGET [DURATION] [REASON…]`: a word that isn't a duration begins the reason. */
function* ban(context: AdminContext): Steps<AdminResult> {
  const { state, words, by } = context;
  const [text = "", second = "", ...rest] = words;
  const of = kindOf(text);
  const target = parseBanTarget(of, text);
  if (target === null) return { refused: ["badBanTarget", text] };
  const durationMs = second === "" ? null : parseBanDuration(second);
  const isReason = durationMs === undefined;
  // "2houres" and "-2h" are mistakes, and no reason for a ban without an end.
  if (isReason && /^[-+]?\d/.test(second)) return { refused: ["badDuration", second] };
  const reason = (isReason ? [second, ...rest] : rest).join(" ");
  const request = { of, target, by: "*", auditedBy: by, durationMs: durationMs ?? null, reason };
  const result = yield* setServerBan(state, { ...request, operator: null });
  if ("refused" in result) {
    return { refused: result.refused === "too-many" ? ["tooManyBans"] : ["notStored"] };
  }
  state.ports.note("info", `${by} bans ${target}: ${reason}`);
  return { done: ["banned", target, result.ban.until, result.closed] };
}

function unban({ state, words: [text = ""], by }: AdminContext): AdminResult {
  const of = kindOf(text);
  const target = parseBanTarget(of, text);
  if (target === null) return { refused: ["badBanTarget", text] };
  const refusal = liftServerBan(state, { of, target, auditedBy: by });
  if (refusal === "no-such-ban") return { refused: ["noSuchBan", target] };
  if (refusal === "not-stored") return { refused: ["notStored"] };
  state.ports.note("info", `${by} lifts the ban on ${target}`);
  return { done: ["unbanned", target] };
}

/** An address or network is banned as such, also a mistyped one, which is no nick; anything else as a mask. */
function kindOf(text: string): ServerBan["of"] {
  return parseNetwork(text) !== null || MISTYPED_ADDRESS.test(text) ? "address" : "mask";
}
