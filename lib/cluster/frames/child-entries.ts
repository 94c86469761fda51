import type { UpgradedPart } from "../../chat-server/process-ports.ts";
import {
  boolean,
  type Decoder,
  nullable,
  number,
  object,
  oneOf,
  string,
} from "../../protocol/json-decoder.ts";
import type { FrameEntry, FrameWriter } from "./frame.ts";
import { toUpgradeOutcome, type UpgradeOutcome } from "./supervisor-entries.ts";

/*
 * What frames say between the supervisor of a cluster's machine and each of its children, over the supervisor's socket: the
 * leader may be on another machine, so that nobody else can speak for them. Each is JSON; fields that are not known are
 * passed over, as are entries of other kinds.
 */

/** How a gateway of a cluster is. */
export interface GatewayState {
  /** Whether its ports are open. */
  readonly isListening: boolean;
  /** Whether it accepts no connections any more. */
  readonly isLeaving: boolean;
  readonly links: number;
  /** The name of the node that leads, and answers; `null` for none. */
  readonly leader: string | null;
  /** Whether NATS is reached. */
  readonly isReached: boolean;
  readonly memoryBytes: number;
  readonly loopDelay: { readonly meanMs: number; readonly maxMs: number };
}

/** What a child tells its supervisor. */
export type ChildReport =
  /** First of all: which process it is. */
  | { readonly kind: "child"; readonly pid: number }
  /** Each second. The next one may take up to `silentMs`, since it is about to do something long. */
  | { readonly kind: "alive"; readonly silentMs: number; readonly gateway: GatewayState | null }
  /** A node's owner asks for other gateways, or another leader. */
  | { readonly kind: "upgrade"; readonly part: UpgradedPart };

/** What a supervisor tells a child. */
export type ChildOrder =
  /** A gateway is to accept no connections any more. */
  | { readonly kind: "retire" }
  /** How an `upgrade` ended. */
  | ({ readonly kind: "upgraded" } & UpgradeOutcome);

/** The numbers of the kinds on the wire, which are apart from all others. */
const UP = { child: 128, alive: 129, upgrade: 130 } as const;
const DOWN = { retire: 128, upgraded: 129 } as const;

const decodeChild = object({ pid: number });
const decodeState: Decoder<GatewayState> = object({
  ...{ isListening: boolean, isLeaving: boolean, links: number },
  ...{ leader: nullable(string), isReached: boolean, memoryBytes: number },
  loopDelay: object({ meanMs: number, maxMs: number }),
});
const decodeAlive = object({ silentMs: number, gateway: nullable(decodeState) });
const decodeUpgrade = object({ part: oneOf("leader", "gateways") });

/** Adds what a child tells its supervisor to a frame. */
export function writeChildReport(frame: FrameWriter, { kind, ...fields }: ChildReport): void {
  frame.addJson(UP[kind], fields);
}

/** Reads what a child tells its supervisor. `null`: a kind that isn't one of these, or what can't be read. */
export function readChildReport(entry: FrameEntry): ChildReport | null {
  switch (entry.kind) {
    case UP.child: {
      const fields = decodeChild(entry.json());
      return fields === undefined ? null : { kind: "child", ...fields };
    }
    case UP.alive: {
      const fields = decodeAlive(entry.json());
      return fields === undefined ? null : { kind: "alive", ...fields };
    }
    case UP.upgrade: {
      const fields = decodeUpgrade(entry.json());
      return fields === undefined ? null : { kind: "upgrade", ...fields };
    }
    default:
      return null;
  }
}

/** Adds what a supervisor tells a child to a frame. */
export function writeChildOrder(frame: FrameWriter, { kind, ...fields }: ChildOrder): void {
  frame.addJson(DOWN[kind], fields);
}

/** Reads what a supervisor tells a child. `null`: a kind that isn't one of these, or what can't be read. */
export function readChildOrder(entry: FrameEntry): ChildOrder | null {
  if (entry.kind === DOWN.retire) return { kind: "retire" };
  if (entry.kind !== DOWN.upgraded) return null;
  const outcome = toUpgradeOutcome(entry.json());
  return outcome === null ? null : { kind: "upgraded", ...outcome };
}
