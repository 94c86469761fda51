import type { Link, Standing } from "../lib/chat-server/server-ports.ts";
import { FrameReader } from "../lib/cluster/frames/frame.ts";
import { GatewayLinks } from "../lib/cluster/gateway/gateway-links.ts";
import { RemoteLinks } from "../lib/cluster/leader/remote-links.ts";
import type { ElapsedMs } from "../lib/protocol/time.ts";
import { ConnectionPlaces, type PlaceHolder } from "../lib/transport/connection-places.ts";
import { FlushScheduler } from "../lib/transport/flush-scheduler.ts";
import { OwedBytes } from "../lib/transport/owed-bytes.ts";
import type { LinkHandlers } from "../lib/transport/socket-link.ts";
import { Prng } from "./prng.ts";

/** More connections than any play opens. */
const CONNECTIONS_MAX = 100_000;
/** Pieces of this length cut the heads of frames and entries. */
const SHORT_BYTES_MAX = 10;
const PIECE_BYTES_MAX = 5000;

/** What a gateway stage needs of its play. */
export interface GatewayStageOptions {
  /** The leader's handlers of links. */
  readonly handlers: LinkHandlers;
  /** How many gateways there are. */
  readonly gateways: number;
  /** Seeds where frames are cut, and which of them arrive first. */
  readonly seed: number;
  /** Reads the monotonic clock. */
  elapsed(): ElapsedMs;
  /** How full the server is: see `Link.pressure`. */
  pressure(): number;
  /** Whether there is no place for a guest. */
  areGuestsFull(): boolean;
  /** The links owe too much in all. */
  relieve(): void;
  /** What the leader or a gateway refused, for the log. */
  refused?(address: string, why: string): void;
}

/** Something under way: it returns `false` when there is nothing of it. */
type Step = () => boolean;

/** Runs what one process put off to the end of its turn. */
export class TurnEnd {
  #queue: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  add = (run: () => void): void => void this.#queue.push(run);

  run: Step = () => {
    if (this.#queue.length === 0) return false;
    const queue = this.#queue;
    this.#queue = [];
    for (const run of queue) run();
    return true;
  };
}

/** Carries frames in one direction as bytes, which arrive in order and cut anywhere. */
export class Wire {
  #queued: Uint8Array[] = [];
  /** Joined bytes of which the first `#start` have arrived. */
  #joined = Buffer.alloc(0);
  #start = 0;
  readonly #pieceBytes: () => number;
  readonly #take: (piece: Uint8Array) => void;

  /** @param pieceBytes returns the length of the next piece */
  constructor(pieceBytes: () => number, take: (piece: Uint8Array) => void) {
    this.#pieceBytes = pieceBytes;
    this.#take = take;
  }

  get isEmpty(): boolean {
    return this.#start === this.#joined.length && this.#queued.length === 0;
  }

  write = (frame: Uint8Array): void => void this.#queued.push(frame.slice());

  /** Lets one piece arrive. */
  step: Step = () => {
    if (this.#start === this.#joined.length) {
      if (this.#queued.length === 0) return false;
      this.#joined = Buffer.concat(this.#queued);
      this.#queued = [];
      this.#start = 0;
    }
    const end = Math.min(this.#start + this.#pieceBytes(), this.#joined.length);
    // A copy that is overwritten afterwards: nobody may use a piece later.
    const piece = Buffer.from(this.#joined.subarray(this.#start, end));
    this.#start = end;
    this.#take(piece);
    piece.fill(0);
    return true;
  };
}

/** A connection at a gateway. When one side closes it, it has ended at the end of the turn, as a socket has. */
class StageSocket implements Link {
  readonly address: string;
  readonly host: string;
  readonly secure: boolean;
  readonly certificate: string | null;
  readonly certificateValidity: NonNullable<Link["certificateValidity"]> | null;
  readonly #peer: Link;
  readonly #gateway: StageGateway;
  #isOpen = true;

  constructor(peer: Link, gateway: StageGateway) {
    this.#peer = peer;
    this.#gateway = gateway;
    this.address = peer.address;
    this.host = peer.host;
    this.secure = peer.secure;
    this.certificate = peer.certificate;
    this.certificateValidity = peer.certificateValidity ?? null;
  }

  get backlog(): number {
    return this.#peer.backlog ?? 0;
  }

  send(bytes: Uint8Array): void {
    if (this.#isOpen) this.#peer.send(bytes);
  }

  setReading(on: boolean): void {
    this.#peer.setReading?.(on);
  }

  setStanding(standing: Standing, idleMs?: number): boolean {
    return this.#peer.setStanding?.(standing, idleMs) ?? true;
  }

  close(lastWords?: Uint8Array): void {
    if (!this.#isOpen) return;
    this.#peer.close(lastWords);
    this.#end("Closed here");
  }

  drop(): void {
    this.cut("Too much waited");
  }

  /** Ends it at once. */
  cut(why: string): void {
    if (!this.#isOpen) return;
    this.#peer.drop?.();
    this.#end(why);
  }

  received(bytes: Uint8Array): void {
    if (this.#isOpen) this.#gateway.links.handlers.data(this, bytes);
  }

  #end(why: string): void {
    this.#isOpen = false;
    this.#gateway.atTurnEnd(() => this.#gateway.links.handlers.close(this, why));
  }
}

/** A gateway, the leader's links of it, and the wires between them. */
class StageGateway {
  readonly links: GatewayLinks;
  readonly remote: RemoteLinks;
  readonly sockets = new Map<Link, StageSocket>();
  /** What can happen here next. */
  readonly steps: readonly Step[];
  /** Lets a piece from here arrive at the leader. */
  readonly stepUp: Step;
  readonly #wires: readonly Wire[];
  readonly #turnEnd = new TurnEnd();

  constructor(pieceBytes: () => number, context: RemoteLinks["context"]) {
    const [upReader, downReader] = [new FrameReader(), new FrameReader()];
    const up = new Wire(pieceBytes, (piece) => {
      for (const frame of upReader.push(piece)) this.remote.receive(frame);
    });
    const down = new Wire(pieceBytes, (piece) => {
      for (const frame of downReader.push(piece)) this.links.receive(frame);
    });
    this.links = new GatewayLinks("gateway", up.write, this.#turnEnd.add);
    this.remote = new RemoteLinks(context, down.write);
    this.#wires = [up, down];
    this.steps = [this.#turnEnd.run, up.step, down.step];
    this.stepUp = () => this.#turnEnd.run() || up.step();
  }

  get isQuiet(): boolean {
    return this.#turnEnd.isEmpty && this.#wires.every(({ isEmpty }) => isEmpty);
  }

  atTurnEnd(run: () => void): void {
    this.#turnEnd.add(run);
  }

  open(peer: Link): void {
    const socket = new StageSocket(peer, this);
    this.sockets.set(peer, socket);
    this.links.handlers.open(socket);
  }
}

/**
 * Gateways and their leader, which share nothing but the bytes of frames: these are cut anywhere, and those of several
 * gateways arrive in an order of chance. The peers of connections are the play's; the handlers are the leader's.
 */
export class GatewayStage {
  /** While set, what is under way arrives only by {@link carrySome} and {@link settle}. */
  isDelaying = false;
  /** While set, nothing is left to chance: frames arrive as they left. For plays that count steps. */
  isSteady = false;
  readonly #prng: Prng;
  readonly #context: RemoteLinks["context"];
  readonly #gateways: StageGateway[];
  /** The leader's end of a turn. */
  readonly #turnEnd = new TurnEnd();
  readonly #gatewayOf = new Map<Link, StageGateway>();
  #opened = 0;
  #hasBacklog = false;

  constructor(options: GatewayStageOptions) {
    this.#prng = new Prng(options.seed);
    const timing = {
      now: () => 0,
      atTurnEnd: this.#turnEnd.add,
      after: (_: number, run: () => void) => this.#turnEnd.add(run),
    };
    this.#context = {
      // A fault of ours fails the play, as without gateways.
      entryFailed(error) {
        throw error;
      },
      handlers: options.handlers,
      places: new StagePlaces(options),
      owedBytes: new OwedBytes(options.relieve, this.#turnEnd.add),
      flushScheduler: new FlushScheduler(undefined, undefined, timing),
      hostOf: () => "guest.test",
    };
    this.#gateways = Array.from({ length: options.gateways }, () => this.#makeGateway());
  }

  /** How many links the leader has. */
  get linkCount(): number {
    return this.#gateways.reduce((sum, { remote }) => sum + remote.size, 0);
  }

  /** How many places the leader has given away. */
  get placeCount(): number {
    return this.#context.places.count;
  }

  /** Whether nothing is under way. */
  get isQuiet(): boolean {
    return this.#turnEnd.isEmpty && this.#gateways.every(({ isQuiet }) => isQuiet);
  }

  /** A connection comes to one gateway after the other. The leader has its link when this returns. */
  open(peer: Link): void {
    const gateway = this.#gateways[this.#opened % this.#gateways.length] as StageGateway;
    this.#opened += 1;
    this.#gatewayOf.set(peer, gateway);
    gateway.open(peer);
    while (gateway.stepUp()) {}
    this.#arrive();
  }

  receive(peer: Link, bytes: Uint8Array): void {
    this.#socketOf(peer)?.received(bytes);
    this.#arrive();
  }

  /** A connection has ended. */
  close(peer: Link, why: string): void {
    this.#socketOf(peer)?.cut(why);
    this.#arrive();
  }

  /** What waited for a peer has left. */
  drained(peer: Link): void {
    const gateway = this.#gatewayOf.get(peer);
    const socket = this.#socketOf(peer);
    if (socket !== undefined) gateway?.links.handlers.drained?.(socket);
    this.#arrive();
  }

  /** A peer reads too slowly, and is cut off. */
  overflow(peer: Link): void {
    const gateway = this.#gatewayOf.get(peer);
    const socket = this.#socketOf(peer);
    if (socket === undefined) return;
    gateway?.links.handlers.overflow?.(socket);
    socket.cut("Reads too slowly");
    this.#arrive();
  }

  /** What waits for a peer has changed: its gateway tells of it soon. */
  backlogChanged(): void {
    this.#hasBacklog = true;
  }

  /** A gateway dies, and all its connections with it. A new one takes its place. Returns whose connections they were. */
  loseGateway(): Link[] {
    const index = this.#prng.below(this.#gateways.length);
    const lost = this.#gateways[index] as StageGateway;
    this.#gateways[index] = this.#makeGateway();
    const peers = [...lost.sockets.keys()];
    for (const peer of peers) {
      peer.drop?.();
      this.#gatewayOf.delete(peer);
    }
    lost.remote.ended();
    this.#arrive();
    return peers;
  }

  /** Lets some of what is under way arrive. */
  carrySome(): void {
    if (this.#hasBacklog && this.#prng.chance(20)) this.#tellBacklogs();
    for (let left = this.#prng.below(20); left > 0 && this.#step(); left -= 1) {}
  }

  /** Lets everything arrive that is under way. */
  settle(): void {
    while (this.#step()) {}
    if (!this.#hasBacklog) return;
    this.#hasBacklog = false;
    this.#tellBacklogs();
    while (this.#step()) {}
  }

  #arrive(): void {
    if (!this.isDelaying) this.settle();
  }

  #tellBacklogs(): void {
    for (const { links } of this.#gateways) links.tellBacklogs();
  }

  /** Lets one thing of chance happen. Returns whether there was any. */
  #step(): boolean {
    const steps = [this.#turnEnd.run, ...this.#gateways.flatMap((gateway) => gateway.steps)];
    const first = this.isSteady ? 0 : this.#prng.below(steps.length);
    return steps.some((_, n) => steps[(first + n) % steps.length]?.() === true);
  }

  #makeGateway(): StageGateway {
    return new StageGateway(this.#pieceBytes, this.#context);
  }

  #pieceBytes = (): number => {
    if (this.isSteady) return Number.POSITIVE_INFINITY;
    return 1 + this.#prng.below(this.#prng.chance(50) ? SHORT_BYTES_MAX : PIECE_BYTES_MAX);
  };

  #socketOf(peer: Link): StageSocket | undefined {
    return this.#gatewayOf.get(peer)?.sockets.get(peer);
  }
}

/** The leader's places. What decides of them otherwise is how full it is, and that the play says. */
class StagePlaces extends ConnectionPlaces {
  readonly #options: GatewayStageOptions;

  constructor(options: GatewayStageOptions) {
    super({
      ...{ max: CONNECTIONS_MAX, perAddressMax: CONNECTIONS_MAX },
      elapsed: () => options.elapsed(),
      isExempt: () => false,
    });
    this.#options = options;
  }

  override pressureOn(): number {
    return this.#options.pressure();
  }

  override setStanding(holder: PlaceHolder, standing: Standing, idleMs?: number): boolean {
    if (standing === "guest" && this.#options.areGuestsFull()) return false;
    return super.setStanding(holder, standing, idleMs);
  }
}
