import type { Socket } from "bun";
import { HeardLines } from "./heard-lines.ts";

/** Somebody with the smallest of old clients: plain text, in bytes of any encoding. It answers PINGs. */
export class PlainPeer {
  readonly #socket: Socket;
  readonly #lines: HeardLines;

  private constructor(socket: Socket, lines: HeardLines) {
    this.#socket = socket;
    this.#lines = lines;
  }

  /** Enters a server, and a room of it. */
  static async enter(port: number, nick: string, room: string): Promise<PlainPeer> {
    const lines = new HeardLines();
    let rest = "";
    const decoder = new TextDecoder();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data(socket, bytes) {
          const parts = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
          rest = parts.pop() ?? "";
          for (const line of parts) {
            lines.add(line);
            if (line.startsWith("PING ")) socket.write(`PONG ${line.slice("PING ".length)}\r\n`);
          }
        },
      },
    });
    const peer = new PlainPeer(socket, lines);
    peer.says(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
    await peer.hears(" 001 ");
    peer.says(`JOIN ${room}`);
    await peer.hears(" 366 ");
    return peer;
  }

  says(...lines: readonly string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  saysBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next line in which it stands; those before it are passed over. */
  hears(what: string | RegExp): Promise<string> {
    return this.#lines.next(what);
  }

  end(): void {
    this.#socket.terminate();
  }
}
