import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";
import { peakBytes } from "./procfs.ts";

/**
 * One end of a transfer, in a process of its own: it reads, hashes and sends a file, or receives, hashes, writes and syncs
 * one, and deletes it. With the same at the other end it is the least that a transfer on Bun can cost.
 *
 *     bun tests/bench/file-peer.ts serve FOLDER          a bare other end: prints its port
 *     bun tests/bench/file-peer.ts put PORT TOKEN FILE
 *     bun tests/bench/file-peer.ts get PORT TOKEN FILE
 */

const WINDOW_BYTES = 256 << 10;

/** What `put` and `get` print. */
export interface PeerReport {
  readonly seconds: number;
  readonly bytes: number;
  /** By how much its resident memory has grown at most. */
  readonly grownBytes: number;
  /** The last line, if one came behind the file. */
  readonly answer: string;
}

/** Sends a file from its beginning, as fast as the other end takes it. */
class Sending {
  readonly hash = new Bun.CryptoHasher("sha256");
  readonly #fd: number;
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #rest = this.#window.subarray(0, 0);
  #offset = 0;
  readonly #end: () => void;

  constructor(path: string, end: () => void) {
    this.#fd = openSync(path, "r");
    this.#end = end;
  }

  flush(socket: Socket<unknown>): void {
    for (;;) {
      if (this.#rest.length === 0 && !this.#read()) return this.#end();
      const taken = socket.write(this.#rest);
      if (taken < 0) return;
      this.#rest = this.#rest.subarray(taken);
      if (this.#rest.length > 0) return;
    }
  }

  #read(): boolean {
    const bytes = readSync(this.#fd, this.#window, 0, WINDOW_BYTES, this.#offset);
    this.#offset += bytes;
    this.#rest = this.#window.subarray(0, bytes);
    this.hash.update(this.#rest);
    return bytes > 0;
  }
}

/** Receives a file of so many bytes. */
class Receiving {
  readonly #hash = new Bun.CryptoHasher("sha256");
  readonly #fd: number;
  #restBytes: number;

  constructor(path: string, bytes: number) {
    this.#fd = openSync(path, "w");
    this.#restBytes = bytes;
  }

  /** Returns the hash when it is whole, and safe on the disk. */
  take(bytes: Buffer): string | null {
    this.#hash.update(bytes);
    writeSync(this.#fd, bytes);
    this.#restBytes -= bytes.length;
    if (this.#restBytes > 0) return null;
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
    return this.#hash.digest("hex");
  }
}

const [role, ...words] = process.argv.slice(2);
if (role === "serve") serve(words[0] ?? "");
else await transfer(role === "put", Number(words[0]), words[1] ?? "", words[2] ?? "");

/** Answers `FILE PUT <bytes> 0` and `FILE GET <path> 0`. */
function serve(folder: string): void {
  const receiving = new Map<Socket<unknown>, Receiving>();
  const sending = new Map<Socket<unknown>, Sending>();
  const take = (socket: Socket<unknown>, bytes: Buffer): void => {
    const file = receiving.get(socket);
    if (file !== undefined) {
      if (file.take(bytes) === null) return;
      socket.write("FILE DONE bare\r\n");
      return unlinkSync(join(folder, "received"));
    }
    const [, verb, token = ""] = bytes.toString().trim().split(" ");
    if (verb === "PUT") {
      receiving.set(socket, new Receiving(join(folder, "received"), Number(token)));
      socket.write("FILE READY 0\r\n");
    } else {
      const sent = new Sending(token, () => {});
      sending.set(socket, sent);
      socket.write(`FILE DATA ${Bun.file(token).size}\r\n`);
      sent.flush(socket);
    }
  };
  const pem = (name: string): string => readFileSync(join(folder, `${name}.pem`), "utf8");
  const { port } = Bun.listen({
    ...{ hostname: "127.0.0.1", port: 0, tls: { cert: pem("cert"), key: pem("key") } },
    socket: {
      data: take,
      drain: (socket) => sending.get(socket)?.flush(socket),
      close(socket) {
        receiving.delete(socket);
        sending.delete(socket);
      },
      error() {},
    },
  });
  process.stdout.write(`${port}\n`);
}

/** Sends a file, or fetches one, and prints a {@link PeerReport}. */
async function transfer(isPut: boolean, port: number, token: string, path: string): Promise<void> {
  const done = Promise.withResolvers<string>();
  const before = process.memoryUsage.rss();
  let sending: Sending | null = null;
  let receiving: Receiving | null = null;
  let bytes = 0;
  let startedMs = 0;
  const begin = (socket: Socket<unknown>, line: string): void => {
    startedMs = performance.now();
    if (!/^(?::\S+ )?FILE (?:READY|DATA) /.test(line)) return done.reject(new Error(line));
    if (isPut) {
      bytes = Bun.file(path).size;
      sending = new Sending(path, () => {});
      return sending.flush(socket);
    }
    bytes = Number(line.split(" ").at(-1));
    receiving = new Receiving(path, bytes);
  };
  const socket = await Bun.connect({
    ...{ hostname: "127.0.0.1", port, tls: { rejectUnauthorized: false } },
    socket: {
      handshake: (socket) => void socket.write(`FILE ${isPut ? "PUT" : "GET"} ${token} 0\r\n`),
      data(socket, received) {
        let rest = received;
        if (startedMs === 0) {
          const end = received.indexOf("\r\n");
          begin(socket, received.toString("utf8", 0, end));
          rest = received.subarray(end + 2);
        }
        if (rest.length === 0) return;
        if (receiving === null) return done.resolve(rest.toString().trim());
        const hash = receiving.take(rest);
        if (hash !== null) done.resolve(hash);
      },
      drain: (socket) => sending?.flush(socket),
      close: () => done.reject(new Error("the connection has ended")),
      error: (_, error) => done.reject(error),
    },
  });
  const answer = await done.promise;
  const report: PeerReport = {
    seconds: (performance.now() - startedMs) / 1000,
    ...{ bytes, answer, grownBytes: peakBytes(process.pid) - before },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (!isPut) unlinkSync(path);
  socket.terminate();
}
