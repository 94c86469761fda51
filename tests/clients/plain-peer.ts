import type { Socket } from "bun";
import { until } from "./until.ts";

/** Somebody with the smallest of old clients: plain text, in bytes of any encoding. It answers PINGs. */
export class PlainPeer {
  readonly #socket: Socket;
  readonly #lines: string[];
  #heard = 0;

  private constructor(socket: Socket, lines: string[]) {
    this.#socket = socket;
    this.#lines = lines;
  }

  /** Enters a server, and a room of it. */
  static async enter(port: number, nick: string, room: string): Promise<PlainPeer> {
    const lines: string[] = [];
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
            lines.push(line);
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
  async hears(what: string | RegExp): Promise<string> {
    return await until(
      () => {
        while (this.#heard < this.#lines.length) {
          const line = this.#lines[this.#heard++] ?? "";
          if (typeof what === "string" ? line.includes(what) : what.test(line)) return line;
        }
        return null;
      },
      () => `Nobody said ${what}, but:\n${this.#lines.slice(-40).join("\n")}`,
    );
  }

  end(): void {
    this.#socket.terminate();
  }
}
