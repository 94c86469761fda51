import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerOptions } from "../../lib/chat-server/server-options.ts";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FrameReader } from "../../lib/cluster/frames/frame.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { TurnEnd, Wire } from "../gateway-stage.ts";
import type { Prng } from "../prng.ts";
import { OPENING_TIME } from "../scene.ts";
import { KilledLeader } from "./killed-leader.ts";

/** A disk in memory is quicker by far, where there is one. */
const MEMORY_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A person's end of a connection to a gateway. */
export class KilledPeer implements Link {
  readonly host = "peer.test";
  readonly secure = true;
  readonly certificate = null;
  readonly address: string;
  isOpen = true;
  #received = "";

  constructor(address: string) {
    this.address = address;
  }

  send(bytes: Uint8Array): void {
    if (this.isOpen) this.#received += Buffer.from(bytes).toString("latin1");
  }

  close(lastWords: Uint8Array = new Uint8Array(0)): void {
    this.send(lastWords);
    this.isOpen = false;
  }

  drop(): void {
    this.isOpen = false;
  }

  setReading(): void {}

  /** Returns the lines that were received since the last call. */
  hears(): string[] {
    const end = this.#received.lastIndexOf("\r\n");
    if (end < 0) return [];
    const lines = Buffer.from(this.#received.slice(0, end), "latin1").toString("utf8");
    this.#received = this.#received.slice(end + 2);
    return lines.split("\r\n");
  }
}

/** A gateway, and the bytes under way between it and the leader. */
class KilledGateway {
  readonly turnEnd = new TurnEnd();
  readonly links: GatewayLinks;
  readonly peers = new Set<KilledPeer>();
  up: Wire;
  down: Wire;
  readonly #pieceBytes: () => number;

  constructor(id: string, pieceBytes: () => number) {
    this.#pieceBytes = pieceBytes;
    this.links = new GatewayLinks(id, (frame) => this.up.write(frame), this.turnEnd.add);
    this.up = this.#upWire(() => {});
    this.down = this.#downWire();
    this.links.leaderLost();
  }

  /** There is a leader, or none: the bytes to the last one are lost. */
  connect(leader: KilledLeader | null, index: number): void {
    const reader = new FrameReader();
    this.up = this.#upWire((piece) => {
      for (const frame of reader.push(piece)) leader?.remotes[index]?.receive(frame);
    });
    this.down = this.#downWire();
    if (leader === null) this.links.leaderLost();
    else this.links.leaderCame();
  }

  #upWire(take: (piece: Uint8Array) => void): Wire {
    return new Wire(this.#pieceBytes, take);
  }

  #downWire(): Wire {
    const reader = new FrameReader();
    return new Wire(this.#pieceBytes, (piece) => {
      for (const frame of reader.push(piece)) this.links.receive(frame);
    });
  }
}

/** How a {@link KillStage} is set up. */
export interface KillStageOptions {
  readonly prng: Prng;
  readonly options?: Partial<ServerOptions>;
  readonly hasHistory?: boolean;
  readonly isSynced?: boolean;
  readonly gateways?: number;
  /** See `RemoteLinksContext.frameFullBytes`. */
  readonly frameFullBytes?: number;
}

/**
 * Gateways, and one leader after the other on what the disk has of the last one. Nothing happens by itself: a play steps
 * through what can happen, and kills leaders at any point of it.
 */
export class KillStage {
  now = OPENING_TIME;
  leader: KilledLeader | null = null;
  /** Whether the last leader has ended by its own fault. */
  isAfterFault = false;
  /** The name of the next leader's node. */
  node = "tea1";
  /** How many leaders were killed. */
  kills = 0;
  readonly gateways: readonly KilledGateway[];
  readonly #prng: Prng;
  readonly #setup: KillStageOptions;
  readonly #root = mkdtempSync(join(MEMORY_FOLDER, "kills-"));
  #folders = 0;
  #ids = 0;
  #opened = 0;
  /** Where the folder is after the last kill. */
  #next: string | null = null;
  #dead: KilledLeader | null = null;

  constructor(setup: KillStageOptions) {
    this.#setup = setup;
    this.#prng = setup.prng;
    this.gateways = Array.from(
      { length: setup.gateways ?? 2 },
      (_, index) => new KilledGateway(`gateway${index}`, this.#pieceBytes),
    );
  }

  /** Whether messages are written to disk. */
  get hasHistory(): boolean {
    return this.#setup.hasHistory ?? true;
  }

  /** The folder of the present leader. */
  get folder(): string {
    return join(this.#root, String(this.#folders));
  }

  /** Starts a leader, which dies after so many calls of its disk. Returns whether it lives. */
  async start(callsLeft = Number.POSITIVE_INFINITY): Promise<boolean> {
    await this.#bury();
    const { frameFullBytes } = this.#setup;
    const leader = new KilledLeader({
      ...{ folder: this.folder, service: "one run", options: this.#setup.options ?? {} },
      hasHistory: this.hasHistory,
      ...{ isAfterFault: this.isAfterFault, node: this.node },
      isSynced: this.#setup.isSynced ?? false,
      ...(frameFullBytes !== undefined && { frameFullBytes }),
      downs: this.gateways.map((gateway) => (frame: Uint8Array) => gateway.down.write(frame)),
      now: () => this.now,
      id: () => {
        this.#ids += 1;
        return `id${String(this.#ids).padStart(14, "0")}`;
      },
      part: () => this.#prng.pick([0, this.#prng.unit(), 1]),
      died: () => this.#photograph(),
    });
    leader.disk.callsLeft = callsLeft;
    this.leader = leader;
    if (!(await leader.start())) {
      this.#lose(leader);
      return false;
    }
    for (const [index, gateway] of this.gateways.entries()) gateway.connect(leader, index);
    return true;
  }

  /**
   * Kills the leader between two steps.
   *
   * @param arriving how many pieces of what it wrote to each gateway arrive; left out: by chance
   */
  kill(arriving?: number): void {
    const { leader } = this;
    leader?.die();
    if (leader !== null) this.#lose(leader, arriving);
  }

  /** Lets the leader do what it has to do, of which nothing arrives at the gateways. */
  async leads(): Promise<void> {
    const { leader } = this;
    if (leader === null) return;
    do await leader.rests();
    while (leader.turnEnd.run() || leader.giveAnswer());
  }

  /** Lets everything arrive at the leader that people have sent. */
  arrives(): void {
    for (const gateway of this.gateways) while (gateway.turnEnd.run() || gateway.up.step()) {}
  }

  /** Notices that the leader has died. Returns whether it has. */
  notice(): boolean {
    const { leader } = this;
    if (leader?.isDead !== true) return false;
    this.#lose(leader);
    return true;
  }

  open(peer: KilledPeer): void {
    const gateway = this.gateways[this.#opened % this.gateways.length] as KilledGateway;
    this.#opened += 1;
    gateway.peers.add(peer);
    gateway.links.handlers.open(peer);
  }

  send(peer: KilledPeer, text: string): void {
    this.#gatewayOf(peer)?.links.handlers.data(peer, Buffer.from(text));
  }

  /** A connection breaks. */
  break(peer: KilledPeer, why = "Connection lost"): void {
    peer.isOpen = false;
    const gateway = this.#gatewayOf(peer);
    gateway?.peers.delete(peer);
    gateway?.links.handlers.close(peer, why);
  }

  /** Lets one thing of chance happen. Resolves to whether there was any. */
  async step(): Promise<boolean> {
    const { leader } = this;
    await leader?.rests();
    if (this.notice()) return true;
    const steps = this.gateways.flatMap((gateway) => [
      gateway.turnEnd.run,
      ...(leader === null ? [] : [gateway.up.step, gateway.down.step]),
    ]);
    if (leader !== null) steps.push(leader.turnEnd.run, () => leader.giveAnswer());
    for (const gateway of this.gateways) {
      for (const peer of gateway.peers) if (!peer.isOpen) this.break(peer, "Closed here");
    }
    for (const { links } of this.gateways) if (this.#prng.chance(10)) links.tellHeard();
    const first = this.#prng.below(steps.length);
    const hasMoved = steps.some((_, n) => steps[(first + n) % steps.length]?.() === true);
    return this.notice() || hasMoved;
  }

  /** Lets everything happen that can, until nothing is under way. */
  async settle(): Promise<void> {
    while (await this.step()) {}
  }

  /** Time passes, and the leader notices. */
  passes(ms: number): void {
    this.now += ms;
    if (this.leader === null) return;
    this.leader.server.tick();
    this.leader.log.tick();
    this.notice();
  }

  /** Stops the leader as TERM does, with all connections. Returns the folder. */
  async stop(): Promise<string> {
    const { leader } = this;
    if (leader === null) return this.folder;
    await this.settle();
    leader.save();
    await this.settle();
    this.leader = null;
    await leader.end();
    return this.folder;
  }

  /** Removes everything. */
  async end(): Promise<void> {
    this.leader?.die();
    this.notice();
    await this.#bury();
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Copies the folder as it is at this moment: the next leader's. */
  #photograph(): void {
    this.#next = join(this.#root, String(this.#folders + 1));
    if (!existsSync(this.folder)) return;
    cpSync(this.folder, this.#next, {
      recursive: true,
      filter: (path) => !path.endsWith("/lock") && !path.includes("/lock/"),
    });
  }

  /** What a dead leader wrote arrives at the gateways, up to somewhere. */
  #lose(leader: KilledLeader, arriving?: number): void {
    this.kills += 1;
    this.leader = null;
    this.#dead = leader;
    for (const [index, gateway] of this.gateways.entries()) {
      const count = arriving ?? this.#prng.pick([0, 1, 3, 1000]);
      for (let pieces = count; pieces > 0; pieces -= 1) {
        if (!gateway.down.step()) break;
      }
      gateway.connect(null, index);
    }
  }

  async #bury(): Promise<void> {
    const dead = this.#dead;
    this.#dead = null;
    if (dead === null) return;
    const { folder } = this;
    await dead.end();
    rmSync(folder, { recursive: true, force: true });
    this.#folders += 1;
    if (dead.failures.length > 0) throw new Error(`a leader failed: ${Bun.inspect(dead.failures)}`);
  }

  #pieceBytes = (): number => 1 + this.#prng.below(this.#prng.chance(50) ? 10 : 5000);

  #gatewayOf(peer: KilledPeer): KilledGateway | undefined {
    return this.gateways.find(({ peers }) => peers.has(peer));
  }
}
