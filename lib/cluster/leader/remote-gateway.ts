import type { GatewayFacts } from "../../chat-server/process-ports.ts";
import type { Link } from "../../chat-server/server-ports.ts";
import type { Flushable } from "../../transport/flush-scheduler.ts";
import type { Traffic } from "../../transport/traffic.ts";
import { type FrameEntry, FrameReader, FrameWriter } from "../frames/frame.ts";
import type { FrameConnection, GatewayOpening } from "../frames/frame-connection.ts";
import {
  type GatewayOrder,
  type GatewayReport,
  type GatewayStats,
  type PortProblem,
  readReport,
  writeOrder,
} from "../frames/gateway-entries.ts";
import type { ConsumedBytes } from "../log/record.ts";
import { gatewayName } from "./gateway-admission.ts";
import type { GatewayPlace } from "./link-notes.ts";
import type { RemoteLinksContext } from "./remote-link.ts";
import { RemoteLinks } from "./remote-links.ts";

/** What {@link RemoteGateway} needs of the leader. */
export interface RemoteGatewayContext extends RemoteLinksContext {
  /** Counts what all gateways read and write. */
  readonly traffic: Traffic;
  /** A gateway has opened its ports, or couldn't. */
  listening(gateway: RemoteGateway, problem: PortProblem | null): void;
  /** An entry came that no gateway sends: of another process of this machine, or of a newer version. */
  other(connection: FrameConnection, entry: FrameEntry): void;
  /** Writes a line to the server's log. */
  note(level: "warn" | "error", text: string): void;
}

/** The leader's side of one gateway: its links, what it told of itself, and the orders for it. */
export class RemoteGateway implements Flushable {
  readonly isMembers = true;
  readonly #context: RemoteGatewayContext;
  readonly #connection: FrameConnection;
  readonly #links: RemoteLinks;
  readonly #reader = new FrameReader();
  readonly #orders = new FrameWriter();
  #isScheduled = false;
  #number: number | null = null;
  #pid = 0;
  #isListening = false;
  #stats: GatewayStats | null = null;
  #isLeaving = false;
  #certificate: string | null = null;
  #isHeard = false;

  constructor(context: RemoteGatewayContext, connection: FrameConnection) {
    this.#context = context;
    this.#connection = connection;
    this.#links = new RemoteLinks(
      context,
      (frame) => connection.write(frame),
      () => this.#place,
      () => connection.isBusy,
    );
    context.takeover?.connected(this.#links);
  }

  /** The supervisor's number of it; `null` before it listens. */
  get number(): number | null {
    return this.#isListening ? this.#number : null;
  }

  get #place(): GatewayPlace | null {
    const { opening } = this;
    if (opening !== undefined) return { node: opening.node, number: opening.number };
    return this.#number === null ? null : { number: this.#number };
  }

  /** What it said of itself before; left out for a gateway of this machine. */
  get opening(): GatewayOpening | undefined {
    return this.#connection.opening;
  }

  /** Fingerprint of the certificate that it shows, if that is its own. */
  get certificate(): string {
    return this.#certificate ?? this.opening?.certificate ?? "";
  }

  /** What the owner's log calls it. */
  get name(): string {
    return gatewayName(this.#number, this.opening);
  }

  /** How many links there are. */
  get size(): number {
    return this.#links.size;
  }

  /** The links that it has now. */
  get links(): readonly Link[] {
    return this.#links.links;
  }

  /** Returns what the owner may want to know of it; `null` before it listens. */
  get facts(): GatewayFacts | null {
    const { number } = this;
    if (number === null) return null;
    const { memoryBytes = 0, loopDelay = { meanMs: 0, maxMs: 0 } } = this.#stats ?? {};
    const { node } = this.opening ?? {};
    return {
      ...{ number, ...(node !== undefined && { node }), pid: this.#pid },
      ...{ links: this.size, memoryBytes, loopDelay, isLeaving: this.#isLeaving },
    };
  }

  /** Takes bytes of the gateway. Throws for what is no frame. */
  receive(bytes: Uint8Array): void {
    for (const frame of this.#reader.push(bytes)) {
      this.#links.receive(frame);
      for (const entry of frame) {
        try {
          this.#hear(entry);
        } catch (error) {
          this.#context.entryFailed?.(error);
        }
      }
    }
  }

  /** Everything that was sent has left. */
  drained(): void {
    this.#links.raw.drained();
  }

  /** Returns its number if it listens and has told something of itself since the last call. */
  takeHeard(): number | null {
    const isHeard = this.#isHeard;
    this.#isHeard = false;
    return isHeard ? this.number : null;
  }

  /** See {@link RemoteLinks.takeConsumed}. */
  takeConsumed(): ConsumedBytes[] {
    return this.#links.takeConsumed();
  }

  /** See {@link RemoteLinks.tellRecord}. */
  tellRecord(): void {
    this.#links.tellRecord();
  }

  /** The last record of which it has got the frames; `null` before it has said who it is. */
  get heardRecord(): number | null {
    return this.#links.gateway === null ? null : this.#links.heardRecord;
  }

  /** Queues an order behind everything that was said to its links so far. */
  tell(order: GatewayOrder): void {
    writeOrder(this.#orders, order);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#context.flushScheduler.schedule(this);
  }

  /** The gateway is gone, and all its connections with it. */
  ended(): void {
    if (this.#connection.isOverLimit) {
      this.#context.note("warn", `${this.name} took nothing, and was cut off`);
    }
    this.#links.ended();
  }

  seal(): void {
    this.#isScheduled = false;
  }

  flush(): number {
    if (this.#orders.isEmpty) return 0;
    this.#connection.write(this.#orders.take());
    return 1;
  }

  flushed(): void {}

  #hear(entry: FrameEntry): void {
    const report = readReport(entry);
    if (report !== null) this.#take(report);
    else if (this.opening === undefined) this.#context.other(this.#connection, entry);
  }

  #take(report: GatewayReport): void {
    const { handlers, note } = this.#context;
    this.#isHeard = true;
    switch (report.kind) {
      case "listening":
        this.#number = report.number;
        this.#pid = report.pid;
        this.#isListening = report.problem === null;
        this.#isLeaving = report.isLeaving === true;
        this.#links.raw.areKnown = report.carriesFiles === true;
        this.#certificate = report.certificate ?? null;
        if (this.#context.takeover?.isOver === false) this.#context.takeover.came(this.#links);
        return this.#context.listening(this, report.problem);
      case "stats":
        return this.#count(report.stats);
      case "refused":
        return handlers.refused?.(report.address, report.why);
      case "broken":
        return handlers.broken?.(report.address, report.why);
      case "log":
        note(report.level, `${this.name}: ${report.text}`);
    }
  }

  #count(stats: GatewayStats): void {
    const { traffic } = this.#context;
    traffic.bytesIn += stats.bytesIn;
    traffic.bytesOut += stats.bytesOut;
    traffic.linesOut += stats.linesOut;
    this.#stats = stats;
  }
}
