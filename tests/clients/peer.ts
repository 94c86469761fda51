import type { Socket } from "bun";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { FROM_SERVER, LineReader } from "../../lib/protocol/wire/lines.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { HeardLines } from "./heard-lines.ts";

/** The smallest client over TLS: it says lines, and waits for lines. It answers no PING, and needs not to. */
export class Peer {
  readonly #socket: Socket;
  readonly #lines: HeardLines;

  private constructor(socket: Socket, lines: HeardLines) {
    this.#socket = socket;
    this.#lines = lines;
  }

  /** @param device certificate and key of this device, in one text */
  static async connect({ host, port, fingerprint }: ServerLink, device?: string): Promise<Peer> {
    const reader = new LineReader(FROM_SERVER);
    const lines = new HeardLines();
    const { promise: secured, resolve, reject } = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: host,
      port,
      tls: {
        rejectUnauthorized: false,
        ...(device === undefined ? {} : { cert: device, key: device }),
      },
      socket: {
        handshake(socket) {
          const seen = socket.getPeerCertificate()?.fingerprint256 ?? "";
          if (seen.replaceAll(":", "").toLowerCase() === fingerprint) return resolve();
          socket.terminate();
          reject(new Error(`Another certificate than expected: ${seen}`));
        },
        data(_, bytes) {
          for (const line of reader.push(bytes)) {
            lines.add(line.kind === "text" ? line.text : `<${line.kind}>`);
          }
        },
        connectError: (_, error) => reject(error),
      },
    });
    await secured;
    return new Peer(socket, lines);
  }

  /** Connects a new user, who signs up by an invitation, or without one where that is allowed. */
  static async signUp(
    link: ServerLink,
    nick: string,
    password: string,
    device?: string,
  ): Promise<Peer> {
    const peer = await Peer.connect(link, device);
    if (link.invitation !== null) peer.says(`PASS ${link.invitation}`);
    peer.says("CAP LS 302", `NICK ${nick}`, `USER ${nick} 0 * :${nick}`);
    peer.says(`REGISTER * * ${password}`, "CAP END");
    await peer.hears(" 001 ");
    return peer;
  }

  /** Connects a user with an account, by SASL PLAIN. */
  static async logIn(link: ServerLink, nick: string, password: string): Promise<Peer> {
    const peer = await Peer.connect(link);
    peer.says("CAP REQ sasl", `NICK ${nick}`, `USER ${nick} 0 * :${nick}`, "AUTHENTICATE PLAIN");
    for (const piece of encodePlain(nick, password)) peer.says(`AUTHENTICATE ${piece}`);
    peer.says("CAP END");
    await peer.hears(" 001 ");
    return peer;
  }

  says(...lines: readonly string[]): void {
    this.#socket.write(Buffer.from(lines.map((line) => `${line}\r\n`).join("")));
  }

  /** The next line in which it stands; those before it are passed over. */
  hears(what: string | RegExp): Promise<string> {
    return this.#lines.next(what);
  }

  end(): void {
    this.#socket.terminate();
  }
}
