import { type Decoder, jsonOf, number, object, string } from "../../protocol/json-decoder.ts";
import { type Subject, subjectOf } from "../engine.ts";
import type { FrameSecret } from "./frame-secret.ts";

/*
 * How gateways learn who leads: the leader says it each second. They obey the newest term that they have heard of, for
 * good: a leader that was replaced and doesn't know it yet says an older one. Anybody can read a beat, and only who has the
 * certificate's key can make one up.
 */

/** How often a leader says that it leads. */
export const LEADER_BEAT_MS = 1000;
const SCOPE = "leader beats";

/** What a leader says. */
export interface LeaderBeat {
  /** The name of its node. */
  readonly node: string;
  /** The sequence of the record by which it took over: the next leader's is higher. */
  readonly term: number;
  /** The sequence of its last record. */
  readonly sequence: number;
  /** Fingerprint of the certificate in use. */
  readonly certificate: string;
}

/** A beat as it was heard. */
export interface HeardBeat {
  /** As anybody may have said it: see {@link isLeaders}. */
  readonly beat: LeaderBeat;
  readonly proof: string;
}

const decodeBeat: Decoder<LeaderBeat & { readonly proof: string }> = object({
  ...{ node: string, term: number, sequence: number, certificate: string, proof: string },
});

/** Returns a beat as it is said. */
export function writeBeat(beat: LeaderBeat, { seal }: FrameSecret): Uint8Array {
  const proof = seal.seal(new Uint8Array(0), SCOPE, contextOf(beat));
  const said = { ...beat, proof: Buffer.from(proof).toString("base64") };
  return new TextEncoder().encode(JSON.stringify(said));
}

/** Reads a beat, which may be anybody's; fields that aren't known are passed over. `null` for what is none. */
export function readBeat(bytes: Uint8Array): HeardBeat | null {
  const said = decodeBeat(jsonOf(new TextDecoder().decode(bytes)));
  if (said === undefined || !Number.isSafeInteger(said.term) || said.term <= 0) return null;
  const { node, term, sequence, certificate, proof } = said;
  return { beat: { node, term, sequence, certificate }, proof };
}

/** Whether a leader with this secret has said it. */
export function isLeaders({ beat, proof }: HeardBeat, { seal }: FrameSecret): boolean {
  const bytes = Buffer.from(proof, "base64");
  return "bytes" in seal.open(bytes, SCOPE, contextOf(beat), seal.keyId);
}

function contextOf({ node, term, sequence, certificate }: LeaderBeat): string {
  return JSON.stringify([node, term, sequence, certificate]);
}

/** Returns the subject on which a cluster's leader says that it leads. */
export function beatSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "leader");
}

/** A gateway's view of who leads. */
export class LeaderWatch {
  #term = 0;

  /** The newest term; 0 before one was heard of. */
  get term(): number {
    return this.#term;
  }

  /** Takes the term of a leader. Returns whether it is newer than all before. */
  heard(term: number): boolean {
    if (term <= this.#term) return false;
    this.#term = term;
    return true;
  }
}
