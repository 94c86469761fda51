import type { UpgradedPart } from "../../chat-server/process-ports.ts";
import { type LocalConnection, listenLocally } from "../../transport/local-socket.ts";
import {
  type ChildOrder,
  type GatewayState,
  readChildReport,
  writeChildOrder,
} from "../frames/child-entries.ts";
import { FrameReader, FrameWriter } from "../frames/frame.ts";
import type { ChildName } from "./child-processes.ts";

/** What a supervisor does with what its children say. */
export interface ChildListenerHandlers {
  /** Returns the child that is a process; `null` for a stranger's, or one that has ended. */
  nameOf(pid: number): ChildName | null;
  /** A child lives, and may say nothing for so long. */
  alive(child: ChildName, silentMs: number): void;
  /** The gateways that listen, by their numbers. */
  listening(gateways: readonly number[]): void;
  /** A node's owner asks for other gateways. */
  upgrade(part: UpgradedPart): void;
  /** Returns the gateways that are to accept no connections any more. */
  leaving(): readonly number[];
}

/** What the supervisor knows of a child that has connected. */
interface Child {
  readonly reader: FrameReader;
  pid: number;
  gateway: GatewayState | null;
}

/** A gateway of this machine, as it said last. */
export interface KnownGateway extends GatewayState {
  readonly number: number;
  readonly pid: number;
}

/** A supervisor's side of its children's connections, in a cluster. */
export class ChildListener {
  readonly #handlers: ChildListenerHandlers;
  readonly #children = new Map<LocalConnection, Child>();
  readonly #frame = new FrameWriter();

  /** @param path of the socket. Throws the system's error when nothing can listen there */
  constructor(path: string, handlers: ChildListenerHandlers) {
    this.#handlers = handlers;
    listenLocally(path, {
      open: (connection) => {
        const child = { reader: new FrameReader(), pid: 0, gateway: null };
        this.#children.set(connection, child);
      },
      data: (connection, bytes) => this.#receive(connection, bytes),
      close: (connection) => void this.#children.delete(connection),
    });
  }

  /** The gateways that have said how they are, by number. */
  get gateways(): readonly KnownGateway[] {
    const known = [...this.#children.values()].flatMap(({ pid, gateway }) => {
      const number = this.#numberOf(pid);
      return gateway === null || number === null ? [] : { ...gateway, number, pid };
    });
    return known.sort((a, b) => a.number - b.number);
  }

  /** Tells the gateways that are leaving to accept no connections any more. */
  retire(): void {
    const leaving = this.#handlers.leaving();
    for (const [connection, { pid, gateway }] of this.#children) {
      const number = this.#numberOf(pid);
      if (number === null || !leaving.includes(number) || gateway?.isLeaving === true) continue;
      this.#tell(connection, { kind: "retire" });
    }
  }

  /** Tells the node how an upgrade ended. */
  tellNode(order: ChildOrder): void {
    for (const [connection, { pid }] of this.#children) {
      if (this.#handlers.nameOf(pid) === "leader") this.#tell(connection, order);
    }
  }

  #receive(connection: LocalConnection, bytes: Uint8Array): void {
    const child = this.#children.get(connection);
    if (child === undefined) return;
    for (const entry of child.reader.push(bytes).flat()) {
      const report = readChildReport(entry);
      const name = this.#handlers.nameOf(child.pid);
      if (report?.kind === "child") child.pid = report.pid;
      else if (report !== null && name === null) connection.close();
      else if (report?.kind === "upgrade") this.#handlers.upgrade(report.part);
      else if (report?.kind === "alive" && name !== null) {
        child.gateway = report.gateway;
        this.#handlers.alive(name, report.silentMs);
        const listening = this.gateways.filter(({ isListening }) => isListening);
        this.#handlers.listening(listening.map(({ number }) => number));
      }
    }
    // One that has just connected may be leaving.
    this.retire();
  }

  #numberOf(pid: number): number | null {
    const [kind, number] = this.#handlers.nameOf(pid)?.split(" ") ?? [];
    return kind === "gateway" ? Number(number) : null;
  }

  #tell(connection: LocalConnection, order: ChildOrder): void {
    writeChildOrder(this.#frame, order);
    connection.write(this.#frame.take());
  }
}
