import { type Decoder, number, object, string } from "../../protocol/json-decoder.ts";
import { type Subject, subjectOf } from "../engine.ts";

/*
 * How gateways learn who leads: the leader says it each second. They obey the newest term that they have heard of, for
 * good: a leader that was replaced and doesn't know it yet says an older one.
 */

/** How often a leader says that it leads. */
export const LEADER_BEAT_MS = 1000;

/** What a leader says. */
export interface LeaderBeat {
  /** The name of its node. */
  readonly node: string;
  /** The sequence of the record by which it took over: the next leader's is higher. */
  readonly term: number;
  /** The sequence of its last record. */
  readonly sequence: number;
}

const decodeBeat: Decoder<LeaderBeat> = object({ node: string, term: number, sequence: number });

/** Returns a beat as it is said. */
export function writeBeat(beat: LeaderBeat): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(beat));
}

/** Reads a beat; fields that aren't known are passed over. `null` for what is none. */
export function readBeat(bytes: Uint8Array): LeaderBeat | null {
  try {
    const beat = decodeBeat(JSON.parse(new TextDecoder().decode(bytes)));
    return beat !== undefined && Number.isSafeInteger(beat.term) && beat.term > 0 ? beat : null;
  } catch {
    return null;
  }
}

/** Returns the subject on which a cluster's leader says that it leads. */
export function beatSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "leader");
}

/** A gateway's view of who leads. */
export class LeaderWatch {
  #newest: LeaderBeat | null = null;

  /** The last beat of the newest term; `null` before one was heard. */
  get newest(): LeaderBeat | null {
    return this.#newest;
  }

  /** Takes a beat. Returns whether it is of a newer term than all before. */
  heard(beat: LeaderBeat): boolean {
    const term = this.#newest?.term ?? 0;
    if (beat.term < term) return false;
    this.#newest = beat;
    return beat.term > term;
  }
}
