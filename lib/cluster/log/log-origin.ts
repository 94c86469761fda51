import { isJsonObject } from "../../protocol/json-decoder.ts";
import type { LogFacts } from "../engine.ts";

/*
 * How a log began, and whether a data folder fits it. A log that NATS has lost is made anew by the node that has most of
 * it. Its sequences go on far behind: no sequence ever means two records, and who has another one's tail notices it.
 */

/** Sequences of two logs of a cluster never meet: no log has so many entries. */
const GAP = 2 ** 40;

/** How a log began. */
export interface LogOrigin {
  /** The sequence before its first entry. */
  readonly after: number;
  /** Up to where the node that made it had the log before, which NATS had lost; `null` for a cluster's first log. */
  readonly previous: number | null;
  /** Whether it had more besides, which was in no log: a server without a cluster had used its folder meanwhile. */
  readonly hasMore: boolean;
  /** Names the key of the cluster's nodes: `Seal.keyId`. `null` where nobody knows it. */
  readonly keyId: string | null;
}

/** The origin of a log that anybody may write. */
export const FIRST_ORIGIN: LogOrigin = { after: 0, previous: null, hasMore: false, keyId: null };

const BEGINNING = "Sodam's log ";

/** Returns the origin of a log that is made in place of one that is lost. `draw` draws a number from 0 to 1. */
export function laterOrigin(
  had: Pick<LogOrigin, "hasMore" | "keyId"> & { readonly previous: number },
  draw: () => number,
): LogOrigin {
  return { ...had, after: had.previous + GAP + Math.floor(draw() * GAP) };
}

/** Returns an origin as the engine keeps it: a line of text. */
export function formatOrigin({ after, previous, hasMore, keyId }: LogOrigin): string {
  return BEGINNING + JSON.stringify({ after, previous, hasMore, keyId });
}

/** Reads what {@link formatOrigin} returned; unknown fields are passed over. `null` for anything else. */
export function parseOrigin(text: string): LogOrigin | null {
  if (!text.startsWith(BEGINNING)) return null;
  try {
    const value: unknown = JSON.parse(text.slice(BEGINNING.length));
    if (!isJsonObject(value)) return null;
    const { after, previous = null, hasMore = false, keyId = null } = value;
    if (!isSequence(after)) return null;
    return {
      after,
      previous: isSequence(previous) ? previous : null,
      hasMore: hasMore === true,
      keyId: typeof keyId === "string" ? keyId : null,
    };
  } catch {
    return null;
  }
}

/** What a data folder has of a cluster's log. */
export interface FolderPosition {
  /** Everything up to here is safe in the files, with the soft state of then. */
  readonly sequence: number;
  /** Everything up to here was written to the files. At least `sequence`. */
  readonly reached: number;
}

/**
 * Whether a folder can follow a log:
 * - `follows`: from this sequence on;
 * - `behind`: the log has no more what the folder lacks. `isPart`: whoever leads has all that the folder has. Otherwise the
 *   folder is of a log before the last one, and nobody knows how far that one was told;
 * - `ahead`: the folder has what the log doesn't have.
 */
export type LogFit =
  | { readonly kind: "follows"; readonly from: number }
  | { readonly kind: "behind"; readonly isPart: boolean }
  | { readonly kind: "ahead" };

/** Returns whether a folder that has a part of a cluster's log can follow the log. */
export function fitOf(
  { sequence, reached }: FolderPosition,
  { after, previous, hasMore }: Pick<LogOrigin, "after" | "previous" | "hasMore">,
  { first, last }: Pick<LogFacts, "first" | "last">,
): LogFit {
  if (sequence < after && reached < after) {
    const lacked = (previous ?? 0) - reached;
    if (lacked < 0) return { kind: "ahead" };
    const hasAll = reached === previous && !hasMore && first === after + 1;
    return hasAll ? { kind: "follows", from: after } : { kind: "behind", isPart: lacked < GAP / 2 };
  }
  if (reached > last) return { kind: "ahead" };
  // It was a node of this log already when it ended.
  const from = Math.max(sequence, after);
  return from + 1 < first ? { kind: "behind", isPart: true } : { kind: "follows", from };
}

function isSequence(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
