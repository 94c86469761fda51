import { PieceJoiner } from "../../lib/cluster/log/pieces.ts";

/* Each rule of a cluster, broken once. */

/** A way to break a rule: what the nodes, gateways or the engine do otherwise. */
export interface Mutation {
  readonly broken: string;
  /** What the simulation is to say of it. */
  readonly findings: RegExp;
  readonly ignoresFence?: boolean;
  readonly forgetsIds?: boolean;
  readonly obeysAnyTerm?: boolean;
  readonly leadsBehindAnything?: boolean;
  readonly speaksBeforeAck?: boolean;
  readonly hasTwoUnderWay?: boolean;
  readonly talksAfterYield?: boolean;
  readonly forgetsConsumed?: boolean;
  readonly storesAnyway?: boolean;
  readonly carriesOn?: "fenced" | "refused";
  makeJoiner?(): PieceJoiner;
}

/** Joins the pieces of any record to those of another one. */
class CarelessJoiner extends PieceJoiner {
  #parts: Uint8Array[] = [];

  override push(bytes: Uint8Array): Uint8Array | null {
    const text = Buffer.from(bytes).toString("latin1");
    const [head = "", count] = /^\{"piece":\d+,"of":(\d+).*\n/.exec(text) ?? [];
    if (count === undefined) return bytes;
    this.#parts.push(bytes.subarray(head.length));
    if (this.#parts.length < Number(count)) return null;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [];
    return joined;
  }
}

const TWO_TERMS = /two terms|the log has \d+ after|prefix/;

export const MUTATIONS: readonly Mutation[] = [
  { broken: "the log takes what is behind another entry", ignoresFence: true, findings: TWO_TERMS },
  {
    broken: "an append whose answer was lost is another one when it is asked for again",
    ...{ forgetsIds: true, ignoresFence: true, findings: /the log has|prefix/ },
  },
  {
    broken: "a gateway obeys a leader of an earlier term",
    ...{ obeysAnyTerm: true, findings: /obeys/ },
  },
  {
    broken: "a node leads that hasn't read everything",
    ...{ leadsBehindAnything: true, findings: /prefix|the log has|misses|heard/ },
  },
  {
    broken: "frames leave before their record is acknowledged",
    ...{ speaksBeforeAck: true, findings: /heard/ },
  },
  {
    broken: "a leader doesn't wait for the record before",
    ...{ hasTwoUnderWay: true, findings: /the log has|prefix|heard/ },
  },
  { broken: "a leader goes on after it was fenced", carriesOn: "fenced", findings: TWO_TERMS },
  {
    broken: "a leader goes on after a record was refused",
    ...{ carriesOn: "refused", findings: /the log has|still has|misses/ },
  },
  {
    broken: "a leader goes on after it has handed over",
    talksAfterYield: true,
    findings: TWO_TERMS,
  },
  {
    broken: "a new leader doesn't know what was consumed",
    ...{ forgetsConsumed: true, findings: /the log has g\d|still has/ },
  },
  {
    broken: "a record is stored in the folder that the log didn't take",
    ...{ storesAnyway: true, findings: /prefix|and the log begins/ },
  },
  {
    broken: "half a record is joined to the next one",
    ...{ makeJoiner: () => new CarelessJoiner(), findings: /damaged|prefix|the log has/ },
  },
];
