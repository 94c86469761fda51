import { boolean, type Decoder, number, object, string } from "../../protocol/json-decoder.ts";
import type { Subject } from "../engine.ts";
import { subjectOf } from "../engine.ts";

/*
 * Who makes the log anew when NATS has lost it: the node whose folder has most of it, so that nothing is lost that was
 * acknowledged. Nodes that wait for a log say what they have, and give way to one that has more. A node that led last has
 * everything. Any other one gives half a minute to those that may have more and aren't there yet.
 */

/** How often a waiting node says what it has. */
export const FOUNDING_BEAT_MS = 250;
/** Others are listened to for so long. */
const LISTEN_MS = 3000;
/** Where there is a log: longer than a leader may be silent, and another one takes to follow it. */
export const LISTEN_BEFORE_REPLACING_MS = 15_000;
/** A new cluster's first node has nothing to lose. */
const LISTEN_AS_FIRST_MS = 600;
const WAIT_FOR_LEADER_MS = 30_000;
/** Who has been silent for so long doesn't wait any more. */
const SILENCE_MS = 2000;

/** What a node says that waits for a log. */
export interface FoundingClaim {
  /** The name of its process. */
  readonly node: string;
  /** Up to where its folder has the log; 0 for a new cluster. */
  readonly reached: number;
  /** Whether it led when it wrote that. */
  readonly led: boolean;
}

/**
 * - `wait`: for others to say what they have;
 * - `wait-for-leader`: the same, since the node that led last may have more;
 * - `give-way`: `node` has more, and makes the log;
 * - `make`: this node makes it.
 */
export type FoundingVerdict =
  | { readonly kind: "wait" | "wait-for-leader" | "make" }
  | { readonly kind: "give-way"; readonly node: string };

const decodeClaim: Decoder<FoundingClaim> = object({
  node: string,
  reached: number,
  led: boolean,
});

/** Returns the subject on which nodes say what they have. */
export function foundingSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "founding");
}

/** Returns a claim as it is said. */
export function writeClaim(claim: FoundingClaim): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(claim));
}

/** Reads a claim; fields that aren't known are passed over. `null` for what is none. */
export function readClaim(bytes: Uint8Array): FoundingClaim | null {
  try {
    return decodeClaim(JSON.parse(new TextDecoder().decode(bytes))) ?? null;
  } catch {
    return null;
  }
}

/** One node's view of who makes the log. It has no clock and no bus. */
export class LogFounding {
  readonly #own: FoundingClaim;
  readonly #others = new Map<string, { readonly claim: FoundingClaim; readonly atMs: number }>();
  readonly #listenMs: number;
  #sinceMs: number;

  /** @param replacesLog whether there is a log, which lacks what the node has */
  constructor(own: FoundingClaim, nowMs: number, replacesLog = false) {
    this.#own = own;
    const isFirst = own.reached === 0;
    this.#listenMs = isFirst ? LISTEN_AS_FIRST_MS : LISTEN_MS;
    if (replacesLog) this.#listenMs = LISTEN_BEFORE_REPLACING_MS;
    this.#sinceMs = nowMs;
  }

  /** Another node says what it has. */
  heard(claim: FoundingClaim, nowMs: number): void {
    if (claim.node !== this.#own.node) this.#others.set(claim.node, { claim, atMs: nowMs });
  }

  /** A node says that it leads: it will find out that the log is gone, and say what it has. */
  heardLeader(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  verdict(nowMs: number): FoundingVerdict {
    const waiting = [...this.#others.values()].filter(({ atMs }) => nowMs - atMs < SILENCE_MS);
    const claims = [this.#own, ...waiting.map(({ claim }) => claim)].sort(byMost);
    const [best = this.#own] = claims;
    if (best !== this.#own) return { kind: "give-way", node: best.node };
    const { reached, led } = best;
    const waitedMs = nowMs - this.#sinceMs;
    const isFirst = reached === 0;
    if (waitedMs < this.#listenMs) return { kind: "wait" };
    // Another one that has as much may have led.
    const hasLeader = isFirst || claims.some((claim) => claim.led && claim.reached === reached);
    if (hasLeader || led || waitedMs >= WAIT_FOR_LEADER_MS) return { kind: "make" };
    return { kind: "wait-for-leader" };
  }
}

function byMost(a: FoundingClaim, b: FoundingClaim): number {
  return b.reached - a.reached || (a.node < b.node ? -1 : 1);
}
