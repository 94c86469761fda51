import type { UpgradedPart } from "../../chat-server/process-ports.ts";
import { connectLocally, type LocalConnection } from "../../transport/local-socket.ts";
import { type GatewayState, readChildOrder, writeChildReport } from "../frames/child-entries.ts";
import { FrameReader, FrameWriter } from "../frames/frame.ts";
import type { UpgradeOutcome } from "../frames/supervisor-entries.ts";
import { HANG_MS } from "./watchdog.ts";

/** How often a child says that it is alive; also between two attempts to reach its supervisor. */
const ALIVE_MS = 1000;
/** How long reading a data folder may take, in which nothing else is done. */
const LONG_WORK_MS = 300_000;

/** What a child of a cluster's supervisor does besides. */
interface ChildHandlers {
  /** Returns how the gateway is; left out by a node. */
  gateway?(): GatewayState;
  /** The gateway is to accept no connections any more. It may be told so again. */
  retire?(): void;
}

/**
 * A child's connection to its supervisor, in a cluster: it says each second that it is alive. A supervisor of an older
 * version doesn't listen, which changes nothing else.
 */
export class ChildConnection {
  readonly #path: string;
  readonly #handlers: ChildHandlers;
  readonly #frame = new FrameWriter();
  #connection: LocalConnection | null = null;
  #isConnecting = false;
  #upgrade: PromiseWithResolvers<UpgradeOutcome> | null = null;

  /** @param path the supervisor's socket */
  constructor(path: string, handlers: ChildHandlers = {}) {
    this.#path = path;
    this.#handlers = handlers;
    setInterval(() => this.#tick(), ALIVE_MS).unref();
    void this.#connect();
  }

  /** Something begins that takes long, and lets nothing else happen meanwhile. */
  beginLongWork(): void {
    this.#sayAlive(LONG_WORK_MS);
  }

  /** Asks the supervisor to replace something. Resolves to how it ended. */
  async upgrade(part: UpgradedPart): Promise<UpgradeOutcome> {
    if (this.#connection === null || this.#upgrade !== null) return { outcome: "busy", how: null };
    this.#upgrade = Promise.withResolvers();
    writeChildReport(this.#frame, { kind: "upgrade", part });
    this.#send();
    return this.#upgrade.promise;
  }

  #tick(): void {
    if (this.#connection === null) void this.#connect();
    else this.#sayAlive(HANG_MS);
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    const reader = new FrameReader();
    this.#connection = await connectLocally(this.#path, {
      data: (_, bytes) => {
        for (const entry of reader.push(bytes).flat()) {
          const order = readChildOrder(entry);
          if (order?.kind === "retire") this.#handlers.retire?.();
          else if (order?.kind === "upgraded") {
            const { kind: _, ...outcome } = order;
            this.#upgraded(outcome);
          }
        }
      },
      close: () => {
        this.#connection = null;
        this.#upgraded({ outcome: "failed", how: null });
      },
    }).catch(() => null);
    this.#isConnecting = false;
    if (this.#connection === null) return;
    writeChildReport(this.#frame, { kind: "child", pid: process.pid });
    this.#sayAlive(HANG_MS);
  }

  #sayAlive(silentMs: number): void {
    const gateway = this.#handlers.gateway?.() ?? null;
    writeChildReport(this.#frame, { kind: "alive", silentMs, gateway });
    this.#send();
  }

  #upgraded(outcome: UpgradeOutcome): void {
    this.#upgrade?.resolve(outcome);
    this.#upgrade = null;
  }

  #send(): void {
    const frame = this.#frame.take();
    this.#connection?.write(frame);
  }
}
