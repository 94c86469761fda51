import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { State } from "../../lib/chat-server/state.ts";
import { servicePart } from "../../lib/chat-server/takeover/service-part.ts";
import type { KilledPeer } from "../kills/kill-stage.ts";
import { MemoryEngine, World } from "../memory-engine.ts";
import type { Prng } from "../prng.ts";
import { stateAfterKill } from "./compared-state.ts";
import { DiskWork } from "./disk-work.ts";
import { historiesIn, LoggedTalk, messageIn } from "./logged-talk.ts";
import { ReplicaGateway } from "./replica-gateway.ts";
import type { ReplicaMutation } from "./replica-mutations.ts";
import { type ClusterContext, nodeNameOf, ReplicaNode } from "./replica-node.ts";
import { TalkingCrowd } from "./talking-crowd.ts";

/* The stage of replicas.test.ts: nodes and gateways as they run, people, dice, and what must hold. */

const MEMORY_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const STEP_MS_MAX = 1200;
/** So long after the last fault, everything must have arrived everywhere. */
const QUIET_MS_MAX = 60_000;
/** So long after a gateway was cut off, its people may lose their connections. */
const TROUBLE_MS = 25_000;
/** So long after a node could speak again, all others know up to where it has saved the log. */
const KNOWN_MS = 8000;
/** So long after something was taken back it has left the log, if all nodes live. */
const CUT_WITHIN_MS = 40_000;
/** So long may people wait when a leader dies, hands over, or dies with its machine and a gateway. */
const KILLED_MS_MAX = 6000;
const HANDED_OVER_MS_MAX = 500;
const MACHINE_LOST_MS_MAX = 6500;
const LOOK_MS = 100;

/** How a cluster is played. */
export interface ClusterPlay {
  readonly prng: Prng;
  readonly nodes: number;
  readonly gateways: number;
  readonly hasHistory: boolean;
  readonly steps: number;
  readonly mutation?: ReplicaMutation;
}

/** What happened in a play. */
export interface ClusterSums {
  readonly terms: number;
  readonly joins: number;
  readonly messages: number;
}

/** Plays a cluster from a seed. Rejects when something doesn't hold. */
export async function playReplicas(play: ClusterPlay): Promise<ClusterSums> {
  const undo = play.mutation?.patch?.();
  const cluster = new ReplicaCluster(play);
  try {
    await cluster.begin();
    for (let step = 0; step < play.steps; step += 1) await cluster.step();
    await cluster.quiet();
    cluster.checkAll();
    await cluster.changeLeaders();
    await cluster.loseMachine();
    cluster.checkAll();
    cluster.checkCut();
    return cluster.sums;
  } catch (error) {
    throw new Error(`after ${cluster.last}`, { cause: error });
  } finally {
    await cluster.end();
    undo?.();
  }
}

class ReplicaCluster {
  last = "the start";
  readonly #play: ClusterPlay;
  readonly #prng: Prng;
  readonly #world = new World();
  readonly #engine: MemoryEngine;
  readonly #disk = new DiskWork();
  readonly #log = new LoggedTalk();
  readonly #context: ClusterContext;
  readonly #nodes: ReplicaNode[] = [];
  readonly #gateways: ReplicaGateway[] = [];
  readonly #crowd: TalkingCrowd;
  /** Until when a gateway's people may lose their connections. */
  readonly #troubleUntil = new Map<ReplicaGateway, number>();
  /** Since when a node lives and can speak. */
  readonly #inTouchSince = new Map<ReplicaNode, number>();
  /** The last record that took something back, and since when it is in the log. */
  #takenBack = 0;
  #takenBackAtMs = 0;
  #opened = 0;
  #joins = 0;

  constructor(play: ClusterPlay) {
    this.#play = play;
    const { prng } = play;
    this.#prng = prng;
    this.#engine = new MemoryEngine(this.#world, prng);
    Object.assign(this.#engine.faults, { delayMs: 20, lost: 0, bytesMax: 1 << 16 });
    this.#engine.ignoresFence = play.mutation?.ignoresFence ?? false;
    this.#engine.forgetsIds = play.mutation?.forgetsIds ?? false;
    this.#context = {
      ...{ world: this.#world, engine: this.#engine, prng, disk: this.#disk },
      ...{ hasHistory: play.hasHistory, mutation: play.mutation ?? null },
      root: mkdtempSync(join(MEMORY_FOLDER, "replicas-")),
    };
    this.#crowd = new TalkingCrowd(prng, {
      losesLastWords: true,
      open: (peer) => {
        const gateway = this.#gateways[this.#opened % play.gateways] as ReplicaGateway;
        this.#opened += 1;
        gateway.open(peer);
      },
      send: (peer, text) => this.#gatewayOf(peer)?.send(peer, text),
      break: (peer) => this.#gatewayOf(peer)?.break(peer),
    });
  }

  /** The first node leads, and members have signed up. Others join later. */
  async begin(): Promise<void> {
    this.#nodes.push(new ReplicaNode(nodeNameOf(0), this.#context, true));
    for (let n = 1; n <= this.#play.gateways; n += 1) {
      this.#gateways.push(new ReplicaGateway(n, this.#context));
    }
    await this.#run(3000);
    this.#crowd.begin();
    await this.#run(3000);
    this.#join();
    await this.#run(8000);
    this.#check();
    if (this.#crowd.peers.some(({ isOpen }) => !isOpen)) throw new Error("somebody isn't there");
  }

  /** Lets something happen, and some time pass. */
  async step(): Promise<void> {
    const prng = this.#prng;
    for (let count = prng.below(4); count > 0; count -= 1) this.#crowd.act();
    this.last = this.#crowd.last;
    if (prng.chance(50)) this.#fault();
    for (const node of this.#nodes) if (node.isDead && prng.chance(40)) node.start();
    await this.#run(prng.below(STEP_MS_MAX));
    this.#check();
  }

  /** Ends all faults, and waits until everything has arrived. */
  async quiet(): Promise<void> {
    Object.assign(this.#engine.faults, { delayMs: 5, lost: 0, isFull: false, bytesMax: 1 << 16 });
    this.#engine.loseAnswers = 0;
    this.#crowd.endLines();
    for (const gateway of this.#gateways) this.#heal(gateway);
    for (const node of this.#nodes) node.heal();
    for (let waitedMs = 0; !this.#isQuiet(); waitedMs += 1000) {
      if (waitedMs >= QUIET_MS_MAX) throw new Error("it doesn't come to rest");
      await this.#run(1000);
      this.#check();
    }
    await this.#run(10_000);
    this.#check();
  }

  /** Leaders are killed and hand over while nothing is under way: each has the state of the one before. */
  async changeLeaders(): Promise<void> {
    const { hasHistory } = this.#play;
    for (const isKilled of [true, false]) {
      const leader = this.#leader();
      const state = leader?.serving?.server.state;
      if (leader === undefined || state === undefined) throw new Error("nobody leads");
      const expected = comparable(state, hasHistory);
      this.last = isKilled ? "a quiet kill" : "a handover";
      if (isKilled) leader.kill();
      else leader.handOver(null);
      await this.#waitForAnswer(isKilled ? KILLED_MS_MAX : HANDED_OVER_MS_MAX);
      await this.#run(15_000);
      this.#check();
      if (leader.isDead) leader.start();
      const next = this.#leader()?.serving?.server.state;
      if (next === undefined) throw new Error("nobody leads");
      const actual = comparable(next, hasHistory);
      if (!Bun.deepEquals(actual, expected)) {
        throw new Error(`another leader has another state: ${difference(actual, expected)}`);
      }
      await this.quiet();
    }
  }

  /** A machine loses its power while nothing is under way: a leader and a gateway end at once. */
  async loseMachine(): Promise<void> {
    const [gateway] = this.#gateways;
    const leader = this.#leader();
    if (gateway === undefined || leader === undefined || this.#gateways.length === 1) return;
    this.last = "the loss of a machine";
    leader.kill();
    this.#killGateway(gateway);
    await this.#waitForAnswer(MACHINE_LOST_MS_MAX);
    await this.quiet();
  }

  /** People of the last gateway get an answer within some time. */
  async #waitForAnswer(msMax: number): Promise<void> {
    const isAnswered = this.#crowd.ask(this.#gateways.at(-1)?.peers ?? new Set());
    if (isAnswered === null) return;
    for (let ms = 0; !isAnswered(); ms += LOOK_MS) {
      if (ms > msMax) throw new Error(`people wait for more than ${msMax} ms`);
      await this.#run(LOOK_MS);
      this.#check();
    }
  }

  checkAll(): void {
    this.#check();
    const { hasHistory } = this.#play;
    const leader = this.#leader();
    if (leader?.serving == null) throw new Error("nobody leads");
    this.#crowd.checkAll(hasHistory ? leader.folder : null);
    this.#checkBooks();
    for (const node of hasHistory ? [] : this.#nodes) {
      const message = messageIn(node.folder);
      if (message !== null) throw new Error(`the folder of ${node.name} has ${message}`);
    }
    const { state } = leader.serving.server;
    for (const node of this.#nodes) {
      const other = node.serving?.server.state;
      if (other === undefined || other === state) continue;
      for (const room of state.rooms.conversations()) {
        const { position } = room;
        const otherPosition = state.rooms.byId(room.id) && other.rooms.byId(room.id)?.position;
        if (position !== otherPosition) {
          throw new Error(`${node.name} is at ${otherPosition} in ${room.id}, not ${position}`);
        }
      }
      const motds = [leader, node].map(({ serving }) => serving?.settings.current.motd.join());
      if (motds[0] !== motds[1]) throw new Error(`${node.name} has other settings: ${motds}`);
      const accounts = [...other.accounts.accounts()];
      if (!Bun.deepEquals(accounts, [...state.accounts.accounts()])) {
        throw new Error(`${node.name} has other accounts`);
      }
    }
  }

  async end(): Promise<void> {
    await this.#disk.rests();
    for (const node of this.#nodes) await node.end();
    for (const gateway of this.#gateways) gateway.kill();
    rmSync(this.#context.root, { recursive: true, force: true });
  }

  get sums(): ClusterSums {
    const { lines, terms } = this.#log;
    return { terms, joins: this.#joins, messages: lines.size };
  }

  #fault(): void {
    const prng = this.#prng;
    const node = prng.pick(this.#nodes);
    const victim = prng.chance(60) ? (this.#leader() ?? node) : node;
    const gateway = prng.pick(this.#gateways);
    const { faults } = this.#engine;
    const choice = prng.below(21);
    switch (choice) {
      case 0:
        victim.kill();
        break;
      case 1:
        victim.kill(1 + prng.below(12));
        break;
      case 2:
        victim.setAsleep(!victim.isAsleep);
        break;
      case 3:
        victim.setCutOff(!victim.isCutOff, prng.chance(50));
        break;
      case 4:
        this.#cutOff(gateway, !gateway.isCutOff);
        break;
      case 5:
        faults.lost = prng.pick([0, 0, 2, 10]);
        break;
      case 6:
        faults.delayMs = prng.pick([0, 5, 40, 300]);
        break;
      case 7:
        this.#leader()?.handOver(prng.chance(50) ? null : node.name);
        break;
      case 8:
        this.#engine.loseAnswers = 1 + prng.below(3);
        break;
      case 9:
        faults.isFull = prng.chance(40);
        break;
      case 10:
        faults.bytesMax = prng.pick([1 << 16, 1 << 14, 1 << 12]);
        break;
      case 11:
        victim.save();
        break;
      case 12:
        this.#join();
        break;
      case 13:
        this.#killGateway(gateway);
        break;
      case 14:
        gateway.setAsleep(!gateway.isAsleep);
        break;
      case 15:
        // A machine loses its power: a node and its gateway.
        victim.kill();
        this.#killGateway(gateway);
        break;
      case 16:
      case 17:
      case 18:
      case 19:
      case 20:
        for (const each of this.#nodes) if (prng.chance(70)) each.setAsleep(false);
        for (const each of this.#nodes) if (prng.chance(70)) each.setCutOff(false, true);
        for (const each of this.#gateways) if (prng.chance(70)) this.#heal(each);
        faults.isFull = false;
    }
    this.last += `, ${choice} of ${victim.name}`;
  }

  /** An empty node joins. */
  #join(): void {
    if (this.#nodes.length >= this.#play.nodes) return;
    this.#nodes.push(new ReplicaNode(nodeNameOf(this.#nodes.length), this.#context, false));
    this.#joins += 1;
  }

  #cutOff(gateway: ReplicaGateway, isCutOff: boolean): void {
    if (isCutOff || gateway.isCutOff) this.#trouble(gateway);
    gateway.setCutOff(isCutOff, this.#prng.chance(50) || !isCutOff);
  }

  #heal(gateway: ReplicaGateway): void {
    gateway.setAsleep(false);
    this.#cutOff(gateway, false);
  }

  /** Its people are gone with it, and it is started again. */
  #killGateway(gateway: ReplicaGateway): void {
    gateway.kill();
    this.#crowd.lost(gateway.closed);
    const index = this.#gateways.indexOf(gateway);
    this.#gateways[index] = new ReplicaGateway(index + 1, this.#context);
  }

  #trouble(gateway: ReplicaGateway): void {
    this.#troubleUntil.set(gateway, this.#world.nowMs + TROUBLE_MS);
  }

  async #run(ms: number): Promise<void> {
    const end = this.#world.nowMs + ms;
    await this.#disk.rests();
    while (this.#world.step(end)) {
      await this.#disk.rests();
      // Before something is cut from it.
      this.#log.read(this.#engine.entries);
      for (const gateway of this.#gateways) gateway.endClosed();
    }
    this.#world.run(end - this.#world.nowMs);
  }

  /** Looks at what must hold at any time. */
  #check(): void {
    const { nowMs } = this.#world;
    for (const gateway of this.#gateways) {
      if (gateway.problem !== null) throw new Error(gateway.problem);
      if (gateway.isCutOff || gateway.isAsleep) this.#trouble(gateway);
      if ((this.#troubleUntil.get(gateway) ?? 0) > nowMs) this.#crowd.lost(gateway.closed);
    }
    const [failure, cause] = this.#disk.failures;
    if (failure !== undefined) throw new Error(`${failure}`, { cause: cause ?? failure });
    this.#log.read(this.#engine.entries);
    this.#crowd.check();
    const { takenBack } = this.#log;
    if (takenBack !== this.#takenBack) [this.#takenBack, this.#takenBackAtMs] = [takenBack, nowMs];
    const early = this.#crowd.takeHeard().find((line) => !this.#log.lines.has(line));
    if (early !== undefined) throw new Error(`${early} was heard, and isn't in the log`);
    for (const node of this.#nodes) this.#checkNode(node);
  }

  /** A node's folder and server are a prefix of the log. */
  #checkNode(node: ReplicaNode): void {
    for (const [conversation, events] of historiesIn(node.folder)) {
      const problem = this.#log.problemOf(conversation, events);
      if (problem !== null) throw new Error(`the folder of ${node.name} is no prefix: ${problem}`);
    }
    this.#checkSaved(node);
    if (node.serving === null || node.isLeading) return;
    const { replica, server } = node.serving;
    const { position: sequence } = replica.node;
    for (const { id, position } of server.state.rooms.conversations()) {
      const logged = this.#log.positionAt(id, sequence);
      if (position < logged) throw new Error(`${node.name} misses ${logged} of ${id}`);
    }
  }

  /** What is cut from the log is in the folders of all nodes that live. */
  #checkSaved(node: ReplicaNode): void {
    const { nowMs } = this.#world;
    const isInTouch = node.serving !== null && !node.isAsleep && !node.isCutOff;
    if (!isInTouch) this.#inTouchSince.set(node, nowMs + KNOWN_MS);
    if ((this.#inTouchSince.get(node) ?? nowMs) > nowMs) return;
    const saved = node.serving?.replica.saved ?? 0;
    const cutUpTo = this.#engine.facts.first - 1;
    if (cutUpTo > saved) {
      throw new Error(`the log was cut up to ${cutUpTo}, and ${node.name} has saved ${saved}`);
    }
  }

  /** What was taken back has left the log. */
  checkCut(): void {
    const isLongAgo = this.#world.nowMs - this.#takenBackAtMs > CUT_WITHIN_MS;
    if (this.#takenBack < this.#engine.facts.first || !isLongAgo) return;
    throw new Error(`the log still has what was taken back by ${this.#takenBack}`);
  }

  /** Everybody who is there has a place and a session, and nobody else. */
  #checkBooks(): void {
    const { server, places, listeners } = this.#leader()?.serving ?? {};
    const addresses = this.#gateways.flatMap(({ peers }) =>
      [...peers].map(({ address }) => address),
    );
    const sessions = [...(server?.state.sessions ?? [])].map(({ link }) => link.address);
    const counted = [sessions.length, places?.count, listeners?.tls.links];
    if (counted.some((count) => count !== addresses.length)) {
      throw new Error(`${addresses.length} are connected, and counted as ${counted}`);
    }
    if (sessions.sort().join() !== addresses.sort().join()) {
      throw new Error(`other sessions: ${sessions.join()}, not ${addresses.join()}`);
    }
  }

  #isQuiet(): boolean {
    const leader = this.#leader()?.serving;
    if (leader?.listeners?.gateways.length !== this.#gateways.length) return false;
    const { last } = this.#engine.facts;
    return this.#nodes.every(({ serving }) => {
      const position = serving?.replica.node.position ?? 0;
      return last - position <= 3;
    });
  }

  #leader(): ReplicaNode | undefined {
    const leading = this.#nodes.filter((node) => node.isLeading && !node.isAsleep);
    return leading.sort((a, b) => termOf(b) - termOf(a))[0];
  }

  #gatewayOf(peer: KilledPeer): ReplicaGateway | undefined {
    return this.#gateways.find(({ peers }) => peers.has(peer));
  }
}

function termOf({ serving }: ReplicaNode): number {
  return serving?.replica.node.term ?? 0;
}

/** Returns the state of a leader, without what time changes alone. */
function comparable(state: State, hasHistory: boolean): unknown {
  const { sessions, ...others } = stateAfterKill(state, hasHistory);
  return {
    ...others,
    service: servicePart(state),
    sessions: sessions.map(([address, note, batch, isWaiting]) => {
      // An open message of several lines is refused after a minute, and loses its text then.
      return [address, note, batch?.reference, isWaiting];
    }),
  };
}

/** Returns the first lines in which two values differ. */
function difference(actual: unknown, expected: unknown): string {
  const [a = [], b = []] = [actual, expected].map((value) =>
    Bun.inspect(value, { depth: 20, sorted: true }).split("\n"),
  );
  const index = a.findIndex((line, n) => line !== b[n]);
  const around = (lines: string[]): string => lines.slice(index - 6, index + 6).join("\n");
  return `${around(a)}\nbut before\n${around(b)}`;
}
