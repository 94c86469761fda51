import { connectLocally, type LocalConnection } from "../transport/local-socket.ts";
import type { LinkHandlers } from "../transport/socket-link.ts";
import { FrameReader } from "./frame.ts";
import { GatewayLinks } from "./gateway-links.ts";

/** Between two attempts to reach the leader. */
const RETRY_MS = 100;
const BACKLOGS_MS = 50;
const LEADER_LOST = new TextEncoder().encode("ERROR :The server starts again: connect again\r\n");

/** A gateway's connection to the leader of its machine. It connects again when the leader was started again. */
export class LeaderConnection {
  readonly #path: string;
  readonly #links: GatewayLinks;
  #connection: LocalConnection | null = null;
  #reader = new FrameReader();

  constructor(path: string) {
    this.#path = path;
    this.#links = new GatewayLinks((frame) => this.#connection?.write(frame));
    setInterval(() => this.#links.tellBacklogs(), BACKLOGS_MS).unref();
  }

  /** For the gateway's listeners. A connection that comes while there is no leader is closed. */
  get handlers(): LinkHandlers {
    const { handlers } = this.#links;
    return {
      ...handlers,
      open: (link) => {
        if (this.#connection === null) link.close(LEADER_LOST);
        else handlers.open(link);
      },
    };
  }

  /** How many connections it has. */
  get links(): number {
    return this.#links.size;
  }

  /** Resolves when the leader is there; tries until then. */
  async connect(): Promise<void> {
    while (this.#connection === null) {
      try {
        this.#reader = new FrameReader();
        this.#connection = await connectLocally(this.#path, {
          data: (connection, bytes) => this.#receive(connection, bytes),
          close: () => this.#lost(),
        });
      } catch {
        await Bun.sleep(RETRY_MS);
      }
    }
    // An empty frame says that the gateway is there.
    this.#links.greet();
  }

  #receive(connection: LocalConnection, bytes: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(bytes)) this.#links.receive(frame);
    } catch {
      connection.close();
    }
  }

  #lost(): void {
    if (this.#connection === null) return;
    this.#connection = null;
    this.#links.closeAll(LEADER_LOST);
    void this.connect();
  }
}
