import { PieceJoiner } from "../../lib/cluster/log/pieces.ts";
import { decodeRecord } from "../../lib/cluster/log/record.ts";
import { MemoryEngine, World } from "../memory-engine.ts";
import type { Prng } from "../prng.ts";
import type { Mutation } from "./cluster-mutations.ts";
import { type LoggedRecord, messagesOf } from "./sim-frames.ts";
import { SimGateway } from "./sim-gateway.ts";
import { SimNode } from "./sim-node.ts";

/* The stage of leadership.test.ts: nodes, gateways, dice, and what must hold. */

const STEPS = 60;
const STEP_MS_MAX = 2500;
/** So long after the last fault, everything must have arrived everywhere. */
const QUIET_MS = 40_000;
const ENTRY_BYTES_MAX = 700;

/** Plays a cluster from a seed. Throws when something doesn't hold. */
export function playCluster(
  prng: Prng,
  mutation: Mutation | null,
): { readonly terms: number; readonly messages: number } {
  const cluster = new SimCluster(prng, mutation);
  for (let step = 0; step < STEPS; step += 1) {
    cluster.step();
    cluster.check();
  }
  cluster.heal();
  for (let waitedMs = 0; waitedMs < QUIET_MS; waitedMs += 1000) {
    cluster.run(1000);
    cluster.check();
  }
  cluster.checkProgress();
  return cluster.sums;
}

class SimCluster {
  readonly #prng: Prng;
  readonly #world = new World();
  readonly #engine: MemoryEngine;
  readonly #nodes: SimNode[];
  readonly #gateways: SimGateway[];
  readonly log = new CheckedLog();
  /** How much of what each has was compared with the log. */
  readonly #checked = new Map<SimNode | SimGateway, number>();

  constructor(prng: Prng, mutation: Mutation | null) {
    this.#prng = prng;
    this.#engine = new MemoryEngine(this.#world, prng);
    this.#engine.ignoresFence = mutation?.ignoresFence ?? false;
    this.#engine.forgetsIds = mutation?.forgetsIds ?? false;
    Object.assign(this.#engine.faults, { delayMs: 40, lost: 2, bytesMax: ENTRY_BYTES_MAX });
    const context = { world: this.#world, engine: this.#engine, prng, mutation };
    this.#nodes = ["a", "b", "c"].map((name) => new SimNode(name, context));
    this.#gateways = ["g1", "g2"].map((name) => new SimGateway(name, context));
  }

  /** Lets something happen, and some time pass. */
  step(): void {
    const prng = this.#prng;
    for (let talk = prng.below(4); talk > 0; talk -= 1) prng.pick(this.#gateways).say();
    const node = prng.pick(this.#nodes);
    const leader = this.#nodes.find(({ isLeading }) => isLeading) ?? node;
    const victim = prng.chance(60) ? leader : node;
    const { faults } = this.#engine;
    switch (prng.below(12)) {
      case 0:
        victim.kill();
        break;
      case 1:
        victim.setAsleep(!victim.isAsleep);
        break;
      case 2:
        victim.setCutOff(!victim.isCutOff, prng.chance(50));
        break;
      case 3:
        prng.pick(this.#gateways).setCutOff(prng.chance(40));
        break;
      case 4:
        faults.lost = prng.pick([0, 2, 10, 40]);
        break;
      case 5:
        faults.delayMs = prng.pick([0, 5, 40, 300]);
        break;
      case 6:
        leader.handOver(prng.pick([null, "a", "b", "c"]));
        break;
      case 7:
        this.#engine.loseAnswers = 1 + prng.below(3);
        break;
      case 8:
        faults.isFull = prng.chance(30);
        break;
      case 10:
        this.#shorten();
        break;
      case 9:
        for (const each of this.#nodes) if (prng.chance(70)) each.setAsleep(false);
        for (const each of this.#nodes) if (prng.chance(70)) each.setCutOff(false, true);
    }
    for (const each of this.#nodes) if (each.isDead && prng.chance(30)) each.start();
    this.run(prng.below(STEP_MS_MAX));
  }

  /** Cuts the log, or erases an entry, of what every folder has. */
  #shorten(): void {
    const all = Math.min(...this.#nodes.map(({ folder }) => folder.at(-1)?.sequence ?? 0));
    const upTo = this.#prng.below(all + 1);
    const isCut = this.#prng.chance(50);
    const first = isCut ? 1 : upTo;
    this.#engine.remove(Array.from({ length: upTo - first + 1 }, (_, index) => first + index));
  }

  /** Ends all faults. */
  heal(): void {
    Object.assign(this.#engine.faults, { delayMs: 5, lost: 0, isFull: false });
    this.#engine.loseAnswers = 0;
    for (const gateway of this.#gateways) gateway.setCutOff(false);
    for (const node of this.#nodes) {
      node.setAsleep(false);
      node.setCutOff(false, true);
      if (node.isDead) node.start();
    }
  }

  run(ms: number): void {
    this.#world.run(ms);
  }

  /** What must hold at any time. Looks at what is new. */
  check(): void {
    const { log } = this;
    log.read(this.#engine.entries);
    for (const node of this.#nodes) {
      let checked = this.#checked.get(node) ?? 0;
      for (; checked < node.folder.length; checked += 1) {
        if (log.records[checked]?.sequence === node.folder[checked]?.sequence) continue;
        throw new Error(`the folder of ${node.name} is no prefix of the log`);
      }
      this.#checked.set(node, checked);
    }
    for (const gateway of this.#gateways) {
      let checked = this.#checked.get(gateway) ?? 0;
      for (; checked < gateway.heard.length; checked += 1) {
        if (log.messages[checked] === gateway.heard[checked]) continue;
        throw new Error(
          `${gateway.name} heard ${gateway.heard[checked]}, which isn't there in the log`,
        );
      }
      this.#checked.set(gateway, checked);
      if (gateway.problem !== null) throw new Error(gateway.problem);
    }
  }

  /** What must hold some time after the last fault. */
  checkProgress(): void {
    const { messages } = this.log;
    for (const gateway of this.#gateways) {
      if (gateway.waiting > 0) throw new Error(`${gateway.name} still has what it said`);
      if (gateway.heard.length < messages.length) throw new Error(`${gateway.name} misses some`);
    }
    for (const node of this.#nodes) {
      const last = this.#engine.facts.last - (node.folder.at(-1)?.sequence ?? 0);
      // Beats go on.
      if (last > 3) throw new Error(`${node.name} is ${last} entries behind`);
    }
  }

  get sums(): { readonly terms: number; readonly messages: number } {
    const { records, messages } = this.log;
    const terms = records.filter(({ record }) => record.kind === "lead").length;
    return { terms, messages: messages.length };
  }
}

/** The log as it is: each record is of the term before it and has its number, and each message is there once. */
class CheckedLog {
  readonly records: LoggedRecord[] = [];
  readonly messages: string[] = [];
  readonly #joiner = new PieceJoiner();
  readonly #said = new Map<string, number>();
  #read = 0;
  #term = 0;
  #number = 0;
  #hasYielded = false;

  /** Reads what is new. */
  read(entries: MemoryEngine["entries"]): void {
    for (; this.#read < entries.length; this.#read += 1) {
      const entry = entries[this.#read];
      const bytes = entry ? this.#joiner.push(entry.bytes) : null;
      if (!entry || bytes === null) continue;
      const decoded = decodeRecord(bytes, null);
      if ("unreadable" in decoded) throw new Error(decoded.unreadable);
      const logged = { sequence: entry.sequence, record: decoded.record };
      this.records.push(logged);
      this.#check(logged);
    }
  }

  #check({ sequence, record }: LoggedRecord): void {
    if (record.kind === "lead") {
      this.#term = sequence;
      this.#number = 0;
      this.#hasYielded = false;
      return;
    }
    if (record.kind === "unknown") throw new Error("the log has an unknown record");
    const { term, number } = record;
    if (term !== this.#term) throw new Error(`the log has two terms: ${term} in ${this.#term}`);
    if (this.#hasYielded) throw new Error(`the log has ${number} after a yield`);
    if (number !== this.#number + 1) throw new Error(`the log has ${number} after ${this.#number}`);
    this.#number = number;
    this.#hasYielded = record.kind === "yield";
    for (const message of messagesOf(record)) {
      const [gateway = "", count = ""] = message.split(":");
      const before = this.#said.get(gateway) ?? 0;
      if (Number(count) !== before + 1) throw new Error(`the log has ${message} after ${before}`);
      this.#said.set(gateway, before + 1);
      this.messages.push(message);
    }
  }
}
