import type { UpgradedPart } from "../../chat-server/process-ports.ts";
import { array, nullable, number, object, oneOf, string } from "../../protocol/json-decoder.ts";
import type { FrameEntry, FrameWriter } from "./frame.ts";

/*
 * What frames say between the supervisor and the leader of a machine, over the socket of its gateways. Each is JSON; fields
 * that are not known are passed over, as are entries of other kinds. The supervisor is the oldest process of all: what it
 * doesn't know is left unanswered.
 */

/** What a supervisor tells the leader. */
export type SupervisorWord =
  /** Each second: the leader answers with `alive`. */
  | { readonly kind: "ping" }
  /** These gateways are to accept no connections any more. */
  | { readonly kind: "retire"; readonly gateways: readonly number[] }
  /** How an `upgrade` ended, unless it replaced the leader that asked for it. */
  | ({ readonly kind: "upgraded" } & UpgradeOutcome);

/** What the leader tells its supervisor. */
export type LeaderReport =
  /** The leader answers, and has heard of these gateways since the last time. */
  | { readonly kind: "alive"; readonly gateways: readonly number[] }
  /** The owner asks for another leader, or for other gateways. */
  | { readonly kind: "upgrade"; readonly part: UpgradedPart };

/** How an upgrade ended. `how` says how the process ended, or is `null` when it took too long. */
export type UpgradeOutcome =
  | { readonly outcome: "done"; readonly how: null }
  | { readonly outcome: "failed"; readonly how: string | null }
  /** Another one is under way, or the server stops. */
  | { readonly outcome: "busy"; readonly how: null };

/** The numbers of the kinds on the wire, which are apart from all others. */
const UP = { ping: 112, retire: 113, upgraded: 114 } as const;
const DOWN = { alive: 112, upgrade: 113 } as const;

const decodeGateways = object({ gateways: array(number) });
const decodeUpgraded = object({ outcome: string, how: nullable(string) });
const decodeUpgrade = object({ part: oneOf("leader", "gateways") });

/** Adds what a supervisor tells to a frame. */
export function writeSupervisorWord(frame: FrameWriter, { kind, ...fields }: SupervisorWord): void {
  frame.addJson(UP[kind], fields);
}

/** Reads what a supervisor tells. `null`: a kind that isn't one of these, or what can't be read. */
export function readSupervisorWord(entry: FrameEntry): SupervisorWord | null {
  if (entry.kind === UP.ping) return { kind: "ping" };
  if (entry.kind === UP.retire) {
    const fields = decodeGateways(entry.json());
    return fields === undefined ? null : { kind: "retire", ...fields };
  }
  if (entry.kind !== UP.upgraded) return null;
  const outcome = toUpgradeOutcome(entry.json());
  return outcome === null ? null : { kind: "upgraded", ...outcome };
}

/** Returns how an upgrade ended, as it was told. An outcome of a newer version is a failure. `null`: what can't be read. */
export function toUpgradeOutcome(value: unknown): UpgradeOutcome | null {
  const fields = decodeUpgraded(value);
  if (fields === undefined) return null;
  const { outcome, how } = fields;
  if (outcome === "done" || outcome === "busy") return { outcome, how: null };
  return { outcome: "failed", how };
}

/** Adds what the leader tells its supervisor to a frame. */
export function writeLeaderReport(frame: FrameWriter, { kind, ...fields }: LeaderReport): void {
  frame.addJson(DOWN[kind], fields);
}

/** Reads what the leader tells its supervisor. `null`: a kind that isn't one of these, or what can't be read. */
export function readLeaderReport(entry: FrameEntry): LeaderReport | null {
  if (entry.kind === DOWN.alive) {
    const fields = decodeGateways(entry.json());
    return fields === undefined ? null : { kind: "alive", ...fields };
  }
  if (entry.kind !== DOWN.upgrade) return null;
  const fields = decodeUpgrade(entry.json());
  return fields === undefined ? null : { kind: "upgrade", ...fields };
}
