import { acceptOverBus } from "../../../lib/cluster/bus/bus-acceptor.ts";
import type { BusConnection } from "../../../lib/cluster/bus/bus-connection.ts";
import { BusConnector } from "../../../lib/cluster/bus/bus-connector.ts";
import { type BusTiming, TICK_MS } from "../../../lib/cluster/bus/bus-timing.ts";
import type { FrameBus } from "../../../lib/cluster/engine.ts";
import type {
  FrameConnection,
  FrameHandlers,
  FrameListener,
  GatewayOpening,
  LeaderFrameHandlers,
} from "../../../lib/cluster/frames/frame-connection.ts";
import type { ElapsedMs } from "../../../lib/protocol/time.ts";
import type { CertificatePair } from "../../../lib/transport/listen.ts";
import { type MemoryConnection, MemoryEngine, World } from "../../memory-engine.ts";
import { Prng } from "../../prng.ts";
import { KEY_ALONE } from "./certificates.ts";

/** Leaders and gateways whose connections go over a bus in memory. */

/** One end's timing in a world. Nothing happens there while it is paused, or any more once it is dead. */
export class StageTiming implements BusTiming {
  isDead = false;
  isPaused = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  elapsed(): ElapsedMs {
    return this.#world.nowMs as ElapsedMs;
  }

  startTicks(tick: () => void): () => void {
    let isStopped = false;
    const next = (): void => {
      if (isStopped || this.isDead) return;
      if (!this.isPaused) tick();
      this.#world.after(TICK_MS, next);
    };
    this.#world.after(TICK_MS, next);
    return () => {
      isStopped = true;
    };
  }

  atTurnEnd(run: () => void): void {
    this.#world.after(0, () => {
      if (!this.isDead) run();
    });
  }
}

/** What one end has sent and heard over one connection. */
export class StageEnd {
  readonly connection: FrameConnection;
  sent = "";
  heard = "";
  isClosed = false;
  drainedCount = 0;
  readonly silences: boolean[] = [];

  constructor(connection: FrameConnection) {
    this.connection = connection;
  }

  /** What both ends of the connection are called, and no other's. */
  get name(): string {
    // The cast: there are no others here.
    const { opener, acceptor } = (this.connection as BusConnection).numbers;
    return `${opener} ${acceptor}`;
  }

  write(text: string): void {
    if (this.isClosed) return;
    this.sent += text;
    const bytes = Buffer.from(text);
    this.connection.write(bytes);
    // It may be used again.
    bytes.fill(0);
  }
}

/** Handlers that note what happens to each connection. */
export function notingHandlers(ends: StageEnd[], ended: () => void = () => {}): FrameHandlers {
  const endOf = (connection: FrameConnection): StageEnd | undefined =>
    ends.find((end) => end.connection === connection);
  return {
    open: (connection) => void ends.push(new StageEnd(connection)),
    data(connection, bytes) {
      const end = endOf(connection);
      if (end !== undefined) end.heard += Buffer.from(bytes);
    },
    drained(connection) {
      const end = endOf(connection);
      if (end !== undefined) end.drainedCount += 1;
    },
    silent: (connection, isSilent) => void endOf(connection)?.silences.push(isSilent),
    close(connection) {
      const end = endOf(connection);
      if (end !== undefined) end.isClosed = true;
      ended();
    },
  };
}

/** A leader on the stage. */
export class StageLeader {
  readonly ends: StageEnd[] = [];
  readonly bus: MemoryConnection;
  readonly timing: StageTiming;
  readonly acceptor: FrameListener;
  readonly notes: string[] = [];
  readonly unproven: (GatewayOpening & { readonly misfit: string | null })[] = [];
  certificate: CertificatePair;
  /** The one in its folder. */
  renewed: CertificatePair | null = null;
  admit: (opening: GatewayOpening) => string | null = () => null;

  constructor(
    stage: BusStage,
    term: number,
    certificate: CertificatePair,
    isInTouch: () => boolean = () => true,
  ) {
    this.certificate = certificate;
    this.bus = stage.engine.connect();
    this.timing = new StageTiming(stage.world);
    const handlers: LeaderFrameHandlers = {
      ...notingHandlers(this.ends),
      certificate: () => this.certificate,
      renewedCertificate: () => this.renewed,
      admit: (opening) => this.admit(opening),
      unproven: (opening, misfit) => void this.unproven.push({ ...opening, misfit }),
    };
    this.acceptor = acceptOverBus(
      {
        ...{ bus: this.bus, cluster: "team", node: `node-${term}`, term, timing: this.timing },
        ...{ lastRecord: () => term, isInTouch },
        note: (text) => void this.notes.push(text),
      },
      handlers,
    );
  }

  /** The connections that are open here. */
  get open(): StageEnd[] {
    return this.ends.filter(({ isClosed }) => !isClosed);
  }

  /** As when its process is killed. */
  kill(): void {
    this.timing.isDead = true;
    this.bus.kill();
  }
}

/** A gateway on the stage, which connects again whenever its connection is closed. */
export class StageGateway {
  readonly ends: StageEnd[] = [];
  readonly bus: MemoryConnection;
  readonly timing: StageTiming;
  readonly connector: BusConnector;
  /** What its log has of messages that were passed over, and what else: why no leader takes it. */
  readonly notes: string[] = [];
  readonly refusals: string[] = [];
  certificate: CertificatePair;

  constructor(stage: BusStage, number: number, certificate: CertificatePair) {
    this.certificate = certificate;
    this.bus = stage.engine.connect();
    this.timing = new StageTiming(stage.world);
    const process = `p${stage.prng.below(2 ** 32)}`;
    this.connector = new BusConnector({
      ...{ bus: this.bus as FrameBus, cluster: "team", timing: this.timing },
      opening: { process, node: "hana", number },
      certificate: () => this.certificate,
      note: (text) => void (text.includes("passed over") ? this.notes : this.refusals).push(text),
      draw: () => stage.prng.below(2 ** 48),
    });
    const handlers: FrameHandlers = notingHandlers(this.ends, () => {
      void this.connector.connect(handlers);
    });
    void this.connector.connect(handlers);
  }

  /** The connection that is open; `null` for none. */
  get open(): StageEnd | null {
    return this.ends.find(({ isClosed }) => !isClosed) ?? null;
  }

  kill(): void {
    this.timing.isDead = true;
    this.bus.kill();
  }
}

/** A world with a bus. */
export class BusStage {
  readonly world = new World();
  readonly prng: Prng;
  readonly engine: MemoryEngine;

  constructor(seed = 1) {
    this.prng = new Prng(seed);
    this.engine = new MemoryEngine(this.world, this.prng);
  }

  lead(term: number, certificate = KEY_ALONE, isInTouch?: () => boolean): StageLeader {
    return new StageLeader(this, term, certificate, isInTouch);
  }

  addGateway(number = 1, certificate = KEY_ALONE): StageGateway {
    return new StageGateway(this, number, certificate);
  }
}
