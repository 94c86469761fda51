import { acceptOverBus } from "../../../lib/cluster/bus/bus-acceptor.ts";
import { BusConnector } from "../../../lib/cluster/bus/bus-connector.ts";
import { FrameReader } from "../../../lib/cluster/frames/frame.ts";
import type { FrameConnection } from "../../../lib/cluster/frames/frame-connection.ts";
import type { RemoteLinks } from "../../../lib/cluster/leader/remote-links.ts";
import type { MemoryConnection } from "../../memory-engine.ts";
import { Leader, type Peer, StageGateway, StageLog } from "../leader-stage.ts";
import { BusStage, StageTiming } from "./bus-stage.ts";
import { KEY_ALONE } from "./certificates.ts";

/** Until a takeover over a bus that loses messages is surely over. */
const SETTLE_MS = 8000;
const STEP_MS = 10;

/** The two gateways of a `LeaderStage`, and one leader after the other, on a bus. */
export class BusLeaderStage {
  readonly log = new StageLog();
  readonly gateways: readonly StageGateway[];
  leader: Leader | null = null;
  readonly bus: BusStage;
  #term = 0;
  #leaderBus: MemoryConnection | null = null;
  #leaderTiming: StageTiming | null = null;

  constructor(seed = 1) {
    this.bus = new BusStage(seed);
    this.bus.engine.faults.delayMs = 5;
    this.gateways = ["a", "b"].map((id, index) => this.#addGateway(id, index));
  }

  storedOf(peer: Peer): string[] {
    return this.log.storedOf(peer);
  }

  open(peer: Peer, index: number): void {
    this.gateways[index]?.open(peer);
  }

  send(peer: Peer, text: string): void {
    this.#gatewayOf(peer)?.links.handlers.data(peer, Buffer.from(text));
  }

  close(peer: Peer): void {
    this.#gatewayOf(peer)?.close(peer);
  }

  /** The leader dies. */
  kill(): void {
    if (this.leader !== null) this.leader.isDead = true;
    if (this.#leaderTiming !== null) this.#leaderTiming.isDead = true;
    this.#leaderBus?.kill();
    this.leader = null;
  }

  /** Another leader begins with what is in the log. */
  start(): void {
    const leader = new Leader(this.log);
    this.leader = leader;
    this.#term += 1;
    const bus = this.bus.engine.connect();
    const timing = new StageTiming(this.bus.world);
    this.#leaderBus = bus;
    this.#leaderTiming = timing;
    const remotes = new Map<FrameConnection, [RemoteLinks, FrameReader]>();
    acceptOverBus(
      {
        ...{ bus, cluster: "team", node: "leader", term: this.#term, timing, lastRecord: () => 0 },
        note: shouldNot,
      },
      {
        certificate: () => KEY_ALONE,
        renewedCertificate: () => null,
        admit: () => null,
        unproven: ({ node }) => shouldNot(node),
        open(connection) {
          const remote = leader.connect((frame) => connection.write(frame));
          remotes.set(connection, [remote, new FrameReader()]);
        },
        data(connection, bytes) {
          const [remote, reader] = remotes.get(connection) ?? [];
          for (const entries of reader?.push(bytes) ?? []) remote?.receive(entries);
        },
        close: (connection) => remotes.get(connection)?.[0].ended(),
      },
    );
  }

  /** Lets one of the things happen that can happen; `choice` is any number. */
  step(choice: number): void {
    const steps = [
      ...this.gateways.map(({ turnEnd }) => turnEnd),
      ...(this.leader === null ? [] : [this.leader.turnEnd]),
    ];
    for (const gateway of this.gateways) gateway.endClosed();
    const step = steps[choice % (steps.length + 1)];
    if (step === undefined) this.bus.world.run(STEP_MS);
    else step.run();
    if (this.leader?.isDead === true) this.kill();
  }

  settle(): void {
    for (let n = 0; n < (SETTLE_MS / STEP_MS) * 4; n += 1) this.step(n);
  }

  #addGateway(id: string, index: number): StageGateway {
    let open: FrameConnection | null = null;
    let reader = new FrameReader();
    const gateway = new StageGateway(id, (frame) => open?.write(frame));
    const { links } = gateway;
    links.leaderLost();
    const { engine, prng, world } = this.bus;
    const connector = new BusConnector({
      ...{ bus: engine.connect(), cluster: "team", timing: new StageTiming(world) },
      opening: { process: id, node: "hana", number: index + 1 },
      ...{ certificate: () => KEY_ALONE, note: shouldNot },
      draw: () => prng.below(2 ** 48),
    });
    const connect = (): void =>
      void connector.connect({
        open(connection) {
          open = connection;
          reader = new FrameReader();
          links.leaderCame();
        },
        data(_, bytes) {
          for (const entries of reader.push(bytes)) links.receive(entries);
        },
        close() {
          open = null;
          links.leaderLost();
          connect();
        },
      });
    connect();
    return gateway;
  }

  #gatewayOf(peer: Peer): StageGateway | undefined {
    return this.gateways.find(({ peers }) => peers.has(peer));
  }
}

function shouldNot(text: string): never {
  throw new Error(text);
}
