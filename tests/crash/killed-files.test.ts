import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";
import { Guest, newFolder, Served } from "../e2e/served.ts";
import { Prng, seeds } from "../prng.ts";

/** A file is sent to a real server, and either end is killed at a byte that the seed draws. */

const CAPS = "message-tags server-time batch draft/chathistory sodam.chat/files";
const BYTES = 3_000_000;
const ROOM = "#tea";

let template = newFolder();
afterAll(() => template.remove());

/** The data with which every run begins: an account, a room and a certificate. */
beforeAll(async () => {
  template.remove();
  template = newFolder();
  const served = await Served.start(template.path);
  const guest = await (await Guest.connect(served.port)).enters("mina", true, CAPS);
  guest.says(`JOIN ${ROOM}`);
  await guest.hears((line) => line.includes(` 366 mina ${ROOM} `));
  guest.close();
  await served.end("SIGTERM");
}, 60_000);

/** The raw end of a transfer. */
class Carrier {
  readonly #chunks: Buffer[] = [];
  #wake: () => void = () => {};
  #unsent: Buffer = Buffer.alloc(0);
  #sentBytes = 0;
  #onSent: { readonly bytes: number; readonly call: () => void } | null = null;
  isClosed = false;
  socket!: Socket<undefined>;

  static async connect(port: number, line: string): Promise<Carrier> {
    const carrier = new Carrier();
    carrier.socket = await Bun.connect({
      ...{ hostname: "127.0.0.1", port },
      socket: {
        data: (_, bytes) => {
          carrier.#chunks.push(Buffer.from(bytes));
          carrier.#wake();
        },
        drain: () => carrier.#flush(),
        close: () => {
          carrier.isClosed = true;
          carrier.#wake();
        },
      },
    });
    carrier.socket.write(`${line}\r\n`);
    return carrier;
  }

  /** Resolves to all that has come when `isEnough`, or the connection has ended. */
  async received(isEnough: (all: Buffer) => boolean): Promise<Buffer> {
    for (;;) {
      const all = Buffer.concat(this.#chunks);
      if (isEnough(all) || this.isClosed) return all;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  /** Sends bytes, and calls `call` when so many of them have left, or all. */
  send(bytes: Buffer, after: number, call: () => void): void {
    this.#unsent = bytes;
    this.#onSent = { bytes: Math.min(after, bytes.length), call };
    this.#flush();
  }

  #flush(): void {
    const stop = this.#onSent?.bytes ?? 0;
    while (this.#sentBytes < stop) {
      const taken = this.socket.write(this.#unsent.subarray(this.#sentBytes, stop));
      if (taken <= 0) return;
      this.#sentBytes += taken;
    }
    const call = this.#onSent?.call;
    this.#onSent = null;
    call?.();
  }
}

/** Asks to send a file, and returns the connection for it with the offset from which it goes on. */
async function offer(guest: Guest, port: number, tag: string) {
  guest.says(`@sodam.chat/file=${tag} FILE SEND ${ROOM} :a film`);
  const granted = (await guest.hears((line) => / FILE (?:GRANT|SEND) /.test(line))).at(-1) ?? "";
  const [, token, offset] = / FILE GRANT \S+ (\S+) (\d+) /.exec(granted) ?? [];
  expect(token, granted).toBeString();
  const carrier = await Carrier.connect(port, `FILE PUT ${token} ${offset}`);
  const ready = (await carrier.received((all) => all.includes("\r\n"))).toString();
  const [, begin] = /FILE READY (\d+)/.exec(ready) ?? [];
  expect(begin, ready).toBeString();
  return { carrier, offset: Number(begin) };
}

/** Returns the ids of the room's files. */
async function filesIn(guest: Guest): Promise<string[]> {
  guest.says(`CHATHISTORY LATEST ${ROOM} * 100`);
  const lines = await guest.hears((line) => / BATCH -|FAIL CHATHISTORY/.test(line));
  return lines.flatMap((line) => /sodam\.chat\/file=\S*?\bid=([^,;\s]+)/.exec(line)?.[1] ?? []);
}

async function fetched(guest: Guest, port: number, id: string): Promise<Buffer> {
  guest.says(`FILE FETCH ${id}`);
  const granted = (await guest.hears((line) => / FILE (?:GRANT|FETCH) /.test(line))).at(-1) ?? "";
  const [, token] = / FILE GRANT \S+ (\S+) /.exec(granted) ?? [];
  expect(token, granted).toBeString();
  const carrier = await Carrier.connect(port, `FILE GET ${token} 0`);
  const endOfHead = (all: Buffer) => all.indexOf("\n") + 1;
  const all = await carrier.received(
    (all) => endOfHead(all) > 0 && all.length >= endOfHead(all) + BYTES,
  );
  expect(all.toString("utf8", 0, endOfHead(all))).toMatch(
    new RegExp(`^:\\S+ FILE DATA ${BYTES}\r\n$`),
  );
  return all.subarray(endOfHead(all));
}

for (const seed of seeds(12)) {
  test(`killed at any byte, a file is there whole or not at all, and is sent to its end then (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const home = newFolder();
    cpSync(template.path, home.path, {
      recursive: true,
      filter: (path) => !path.endsWith("/lock"),
    });
    const bytes = Buffer.from(Array.from({ length: 1000 }, () => prng.below(256)));
    const film = Buffer.alloc(BYTES, bytes);
    const sha256 = new Bun.CryptoHasher("sha256").update(film).digest("hex");
    const tag = `size=${BYTES},sha256=${sha256},type=video/mp4,name=film.mp4`;
    let served = await Served.start(home.path);
    try {
      let guest = await (await Guest.connect(served.port)).enters("mina", false, CAPS);
      const killed = prng.pick(["server", "server", "sender", "connection"]);
      const { carrier } = await offer(guest, served.port, tag);
      // Often all of it has left, and then it races with the answer.
      const end = Promise.withResolvers<void>();
      carrier.send(film, prng.below(BYTES * 1.3), () => end.resolve());
      await end.promise;
      if (killed === "server") await served.end("SIGKILL");
      else carrier.socket.terminate();
      // A process that is killed loses all its connections.
      if (killed === "sender") guest.vanishes();
      const answer = (await carrier.received(() => false)).toString();
      if (killed === "server") served = await Served.start(home.path);
      if (killed !== "connection") {
        guest = await (await Guest.connect(served.port)).enters("mina", false, CAPS);
      }
      let ids = await filesIn(guest);
      expect(ids.length).toBeLessThanOrEqual(1);
      if (answer.includes("FILE DONE")) expect(ids).toHaveLength(1);
      if (ids.length === 0) {
        const again = await offer(guest, served.port, tag);
        again.carrier.send(film.subarray(again.offset), BYTES, () => {});
        const done = await again.carrier.received(() => false);
        expect(done.toString()).toContain("FILE DONE");
        ids = await filesIn(guest);
      }
      expect((await fetched(guest, served.port, ids[0] ?? "")).equals(film)).toBe(true);
      const placed = [...new Bun.Glob("*/*/*").scanSync(join(home.path, "data/files"))];
      expect(placed).toHaveLength(1);
      const [path = ""] = placed;
      expect(readFileSync(join(home.path, "data/files", path)).equals(film)).toBe(true);
      guest.close();
    } finally {
      await served.end("SIGKILL");
      home.remove();
    }
  }, 60_000);
}
