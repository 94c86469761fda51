import type { Link as ChatLink, SessionInput } from "../chat-server/server-ports.ts";
import { FROM_CLIENT, LineReader } from "../protocol/wire/lines.ts";
import type { Link, LinkHandlers } from "./socket-link.ts";

/** What the owner's log hears of connections. */
export interface ConnectionLog {
  /** A connection that never got in: the address, and why. */
  refused(address: string, why: string): void;
  failed(error: unknown): void;
}

/**
 * Joins links to the conversation: bytes become lines, and a link becomes a session.
 *
 * @param hostOf gives what others see of an address; see `Link.host` of the conversation.
 */
export function lineConnections<Session>(
  inbound: SessionInput<Session>,
  hostOf: (address: string) => string,
  log: ConnectionLog,
): LinkHandlers {
  const peers = new Map<Link, Peer<Session>>();
  return {
    open(link) {
      peers.set(link, new Peer(link, inbound, hostOf(link.address)));
    },
    data(link, bytes) {
      peers.get(link)?.take(bytes);
    },
    close(link, why) {
      const peer = peers.get(link);
      peers.delete(link);
      peer?.end(why);
    },
    overflow(link) {
      peers.get(link)?.end("Reading too slowly");
    },
    drained(link) {
      peers.get(link)?.goOn();
    },
    refused: log.refused,
    failed: (_, error) => log.failed(error),
  };
}

class Peer<Session> implements ChatLink {
  readonly host: string;
  readonly #link: Link;
  readonly #inbound: SessionInput<Session>;
  readonly #reader = new LineReader(FROM_CLIENT);
  readonly #session: Session;

  constructor(link: Link, inbound: SessionInput<Session>, host: string) {
    this.#link = link;
    this.#inbound = inbound;
    this.host = host;
    this.#session = inbound.open(this);
  }

  get address(): string {
    return this.#link.address;
  }

  get secure(): boolean {
    return this.#link.secure;
  }

  get certificate(): string | null {
    return this.#link.certificate;
  }

  get backlog(): number {
    return this.#link.backlog;
  }

  send(bytes: Uint8Array): void {
    this.#link.send(bytes);
  }

  close(): void {
    this.#link.close();
  }

  take(bytes: Uint8Array): void {
    for (const line of this.#reader.push(bytes)) this.#inbound.receive(this.#session, line);
  }

  goOn(): void {
    this.#inbound.resume(this.#session);
  }

  end(why: string): void {
    this.#inbound.close(this.#session, why);
  }
}
