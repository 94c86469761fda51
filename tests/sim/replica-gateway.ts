import { BusConnector } from "../../lib/cluster/bus/bus-connector.ts";
import { TICK_MS } from "../../lib/cluster/bus/bus-timing.ts";
import type { FrameHandlers } from "../../lib/cluster/frames/frame-connection.ts";
import { LeaderConnection } from "../../lib/cluster/gateway/leader-connection.ts";
import { KEY_ALONE } from "../cluster/bus/certificates.ts";
import type { KilledPeer } from "../kills/kill-stage.ts";
import type { MemoryConnection } from "../memory-engine.ts";
import { CLUSTER, type ClusterContext, nodeNameOf } from "./replica-node.ts";
import { engineOf, SimProcess } from "./sim-process.ts";

/** A gateway, over an engine in memory. */
export class ReplicaGateway {
  readonly peers = new Set<KilledPeer>();
  /** Those whose connections were closed here. */
  readonly closed = new Set<KilledPeer>();
  /** What should never happen. */
  problem: string | null = null;
  readonly #context: ClusterContext;
  readonly #number: number;
  readonly #process: SimProcess;
  readonly #connection: MemoryConnection;
  readonly #connector: BusConnector;
  readonly #leader: LeaderConnection;
  /** The newest term of which a leader spoke to it. */
  #obeyed = 0;

  readonly #fail = (text: string): void => {
    this.problem = text;
  };

  constructor(number: number, context: ClusterContext) {
    this.#context = context;
    this.#number = number;
    const { world, engine, prng } = context;
    const process = new SimProcess(world, prng.below(1e6), false);
    this.#process = process;
    this.#connection = engine.connect();
    const { elapsed, atTurnEnd, after, every } = process;
    const id = prng.letters(8);
    this.#connector = new BusConnector({
      ...{ bus: engineOf(this.#connection, process), cluster: CLUSTER },
      timing: { elapsed, atTurnEnd, startTicks: (tick) => every(TICK_MS, tick) },
      // The first three nodes' machines have one each.
      opening: { process: id, node: nodeNameOf(number - 1), number },
      ...{ certificate: () => KEY_ALONE, note: this.#fail },
      draw: () => prng.below(2 ** 48),
    });
    const handlers = { order() {}, lost() {} };
    this.#leader = new LeaderConnection(this.#connect, handlers, { after, every, atTurnEnd });
    this.#leader.greet({ kind: "listening", number, pid: number, problem: null });
    void this.#leader.connect();
  }

  get isCutOff(): boolean {
    return this.#connection.isCutOff;
  }

  get isAsleep(): boolean {
    return this.#process.isAsleep;
  }

  get name(): string {
    return `gateway ${this.#number}`;
  }

  open(peer: KilledPeer): void {
    this.peers.add(peer);
    this.#process.run(() => this.#leader.handlers.open(peer));
  }

  send(peer: KilledPeer, text: string): void {
    this.#process.run(() => this.#leader.handlers.data(peer, Buffer.from(text)));
  }

  break(peer: KilledPeer, why = "Connection lost"): void {
    peer.isOpen = false;
    this.peers.delete(peer);
    this.#process.run(() => this.#leader.handlers.close(peer, why));
  }

  /** Connections that were closed here end. */
  endClosed(): void {
    for (const peer of this.peers) {
      if (peer.isOpen) continue;
      this.closed.add(peer);
      this.break(peer, "Closed here");
    }
  }

  /** @param isNoticed whether the process hears of it, or nothing comes any more */
  setCutOff(isCutOff: boolean, isNoticed: boolean): void {
    if (isNoticed) this.#connection.setConnected(!isCutOff);
    else this.#connection.isCutOff = isCutOff;
  }

  setAsleep(isAsleep: boolean): void {
    this.#process.setAsleep(isAsleep);
  }

  /** Its connections end with it. */
  kill(): void {
    this.#process.kill();
    this.#connection.kill();
    for (const peer of this.peers) {
      peer.isOpen = false;
      this.closed.add(peer);
    }
    this.peers.clear();
  }

  #connect = async (handlers: FrameHandlers): ReturnType<BusConnector["connect"]> => {
    let term: number | null = null;
    const { world } = this.#context;
    return this.#connector.connect({
      ...handlers,
      open: () => {
        term = this.#connector.term;
      },
      data: (connection, bytes) => {
        if ((term ?? 0) < this.#obeyed) {
          this.problem = `${this.name} obeys term ${term} after ${this.#obeyed}, at ${world.nowMs}`;
        }
        this.#obeyed = Math.max(this.#obeyed, term ?? 0);
        handlers.data(connection, bytes);
      },
    });
  };
}
