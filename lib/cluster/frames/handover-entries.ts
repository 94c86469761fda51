import { number, object, string } from "../../protocol/json-decoder.ts";
import type { CandidateWord, LeaderWord } from "../supervisor/handover.ts";
import type { FrameEntry, FrameWriter } from "./frame.ts";

/*
 * What frames say between the leader and the process that is to take its place: see handover.ts. Each is JSON; fields that
 * are not known are passed over, as are entries of other kinds.
 */

/** The numbers of the kinds on the wire, which are apart from all others. */
const UP = { follow: 96, take: 97 } as const;
const DOWN = { quiet: 96, yours: 97, refused: 98 } as const;

const decodeFollow = object({ pid: number, version: string });
const decodeRefused = object({ why: string });

/** Adds what a candidate says to a frame. */
export function writeCandidateWord(frame: FrameWriter, { kind, ...fields }: CandidateWord): void {
  frame.addJson(UP[kind], fields);
}

/** Reads what a candidate says. `null`: a kind that isn't one of these, or what can't be read. */
export function readCandidateWord(entry: FrameEntry): CandidateWord | null {
  if (entry.kind === UP.take) return { kind: "take" };
  if (entry.kind !== UP.follow) return null;
  const fields = decodeFollow(entry.json());
  return fields === undefined ? null : { kind: "follow", ...fields };
}

/** Adds what the leader says to a candidate to a frame. */
export function writeLeaderWord(frame: FrameWriter, { kind, ...fields }: LeaderWord): void {
  frame.addJson(DOWN[kind], fields);
}

/** Reads what the leader says to a candidate. `null`: a kind that isn't one of these, or what can't be read. */
export function readLeaderWord(entry: FrameEntry): LeaderWord | null {
  if (entry.kind === DOWN.quiet) return { kind: "quiet" };
  if (entry.kind === DOWN.yours) return { kind: "yours" };
  if (entry.kind !== DOWN.refused) return null;
  const fields = decodeRefused(entry.json());
  return fields === undefined ? null : { kind: "refused", ...fields };
}
