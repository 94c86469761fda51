import type { ListedServer } from "../chat-screen/listed-places.ts";
import type { Split } from "../chat-screen/screen-split.ts";
import type { OpenServer } from "./open-server.ts";

/** Owns the list of open servers, in the order in which they were opened, and which of them is on screen. */
export class OpenServers {
  /** The conversation that stands beside the one on screen; null: none. */
  split: Split | null = null;
  #all: readonly OpenServer[] = [];
  #listed: readonly ListedServer[] = [];
  #shown: OpenServer | null = null;
  readonly #listeners = new Set<() => void>();

  get all(): readonly OpenServer[] {
    return this.#all;
  }

  /** The servers as the screen lists them; the same array until one is added or removed. */
  get listed(): readonly ListedServer[] {
    return this.#listed;
  }

  /** The server on screen; null while none is open. */
  get shown(): OpenServer | null {
    return this.#shown;
  }

  /** Returns the open server with this id (see `serverKey`), or null. */
  find(id: string): OpenServer | null {
    return this.#all.find((server) => server.id === id) ?? null;
  }

  /** Adds a server, in the place of one with the same id, which is closed. */
  add(server: OpenServer): void {
    const before = this.find(server.id);
    before?.close();
    if (before === this.#shown || this.#shown === null) this.#shown = server;
    this.#set(
      before === null
        ? [...this.#all, server]
        : this.#all.map((other) => (other === before ? server : other)),
    );
  }

  /** Shows a server that is on the list. */
  show(server: OpenServer): void {
    if (this.#all.includes(server)) this.#shown = server;
  }

  /** Closes a server and takes it off the list. Returns how many of its messages were not sent. */
  close(server: OpenServer): number {
    const index = this.#all.indexOf(server);
    if (index < 0) return 0;
    const others = this.#all.filter((other) => other !== server);
    if (this.#shown === server) this.#shown = others[Math.min(index, others.length - 1)] ?? null;
    this.#set(others);
    return server.close();
  }

  /** Calls `listener` after the list has changed. The returned function stops it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #set(servers: readonly OpenServer[]): void {
    this.#all = servers;
    this.#listed = servers.map(({ listed }) => listed);
    for (const { connection } of servers) connection.memoryShare = 1 / servers.length;
    for (const listener of [...this.#listeners]) listener();
  }
}
