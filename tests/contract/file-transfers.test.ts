import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "bun";
import type { FileAnswers, FileQuery, Upload } from "../../lib/chat-server/files/file-queries.ts";
import type { Link } from "../../lib/chat-server/server-ports.ts";
import { FileStore } from "../../lib/file-manager/files/file-store.ts";
import { FileTransfers } from "../../lib/server-process/file-transfers.ts";
import { type Listener, listen } from "../../lib/transport/listen.ts";
import { accountId } from "../account-ids.ts";

/** Files over real connections, with the real thread: what the chat server asks for at a connection's first line. */

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** More than the windows of both ends and what the system keeps. */
const LARGE_BYTES = 24 << 20;

const SERVER = "chat.example.org";
type Answer = FileAnswers["receive-file"] | FileAnswers["send-file"];

class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), "transfers-"));
  readonly problems: string[] = [];
  readonly #store = new FileStore(this.folder, (text) => this.problems.push(text));
  readonly #listener: Listener;
  readonly #transfers: FileTransfers;
  #queryOf: (link: Link) => FileQuery = () => ({ kind: "file-space" });
  #answered = Promise.withResolvers<Answer>();
  links = 0;

  constructor(stallMs?: number) {
    this.#transfers = new FileTransfers(this.#store, stallMs);
    this.#listener = listen(
      { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000 },
      {
        open: () => {
          this.links += 1;
        },
        data: (link) => {
          const answered = this.#transfers.answer(this.#queryOf(link));
          void answered.then((answer) => this.#answered.resolve(answer as Answer));
        },
        close: () => {
          this.links -= 1;
        },
      },
    );
    cleanUps.push(
      () => rmSync(this.folder, { recursive: true }),
      () => this.#store.close(),
      () => this.#listener.stop(),
    );
  }

  /** Connects a peer whose first line starts a query. */
  async starts(queryOf: (link: Link) => FileQuery, take?: (peer: Peer) => void): Promise<Peer> {
    this.#queryOf = queryOf;
    this.#answered = Promise.withResolvers();
    const peer = await Peer.connect(this.#listener.port, take);
    peer.send(Buffer.from("FILE\r\n"));
    return peer;
  }

  get answer(): Promise<Answer> {
    return this.#answered.promise;
  }

  ask(query: FileQuery) {
    return this.#transfers.answer(query);
  }
}

class Peer {
  readonly #chunks: Buffer[] = [];
  readonly #take: ((peer: Peer) => void) | undefined;
  #waiting: (() => void) | null = null;
  #unsent = Buffer.alloc(0);
  receivedBytes = 0;
  socket!: Socket<undefined>;

  private constructor(take: ((peer: Peer) => void) | undefined) {
    this.#take = take;
  }

  static async connect(port: number, take?: (peer: Peer) => void): Promise<Peer> {
    const peer = new Peer(take);
    peer.socket = await Bun.connect({
      ...{ hostname: "127.0.0.1", port },
      socket: {
        data: (_, bytes) => peer.#received(bytes),
        drain: () => peer.#flush(),
      },
    });
    cleanUps.push(() => peer.socket.terminate());
    return peer;
  }

  send(bytes: Buffer): void {
    this.#unsent = Buffer.concat([this.#unsent, bytes]);
    this.#flush();
  }

  /** Resolves to the first line, when it has come. */
  async line(): Promise<string> {
    for (;;) {
      const [bytes = Buffer.alloc(0)] = this.#chunks;
      const end = bytes.indexOf("\r\n");
      if (end >= 0) return bytes.subarray(0, end).toString();
      await this.#more();
    }
  }

  /** Resolves to what came behind the first line, when so much is there. */
  async behindLine(bytes: number): Promise<Buffer> {
    const start = (await this.line()).length + 2;
    while (this.receivedBytes < start + bytes) await this.#more();
    return Buffer.concat(this.#chunks).subarray(start);
  }

  #received(bytes: Buffer): void {
    this.#chunks.push(Buffer.from(bytes));
    this.receivedBytes += bytes.length;
    this.#take?.(this);
    this.#waiting?.();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #flush(): void {
    const taken = this.socket.write(this.#unsent);
    if (taken > 0) this.#unsent = this.#unsent.subarray(taken);
  }
}

function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 4) bytes.writeUInt32LE((i * 2654435761) % 4294967296, i);
  return bytes;
}

function uploadOf(bytes: Uint8Array, part: Partial<Upload> = {}): Upload {
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const account = accountId("mina");
  return { account, sha256, size: bytes.length, preview: 0, offset: 0, ...part };
}

const receiving = (upload: Upload) => (link: Link) =>
  ({ kind: "receive-file", link, server: SERVER, upload }) as const;
const sending = (path: string, offset: number) => (link: Link) =>
  ({ kind: "send-file", link, server: SERVER, id: "", path, offset }) as const;

describe("a file that is sent to the server", () => {
  test("arrives whole, its preview as well, and the connection stays", async () => {
    const stage = new Stage();
    const [bytes, preview] = [bytesOf(LARGE_BYTES), bytesOf(5000)];
    const peer = await stage.starts(receiving(uploadOf(bytes, { preview: preview.length })));
    expect(await peer.line()).toBe(":chat.example.org FILE READY 0");
    peer.send(Buffer.concat([bytes, preview]));
    const { outcome, key, bytes: arrived } = (await stage.answer) as FileAnswers["receive-file"];
    expect([outcome, arrived]).toEqual(["stored", bytes.length + preview.length]);
    await stage.ask({ kind: "place-file", key, path: "a/b", previewPath: "a/.b" });
    expect(readFileSync(join(stage.folder, "a/b")).equals(bytes)).toBe(true);
    expect(readFileSync(join(stage.folder, "a/.b")).equals(preview)).toBe(true);
    expect([stage.links, stage.problems]).toEqual([1, []]);
  });

  test("goes on where the connection broke", async () => {
    const stage = new Stage();
    const bytes = bytesOf(1 << 20);
    const upload = uploadOf(bytes);
    const broken = await stage.starts(receiving(upload));
    await broken.line();
    broken.send(bytes.subarray(0, 700_000));
    broken.socket.end();
    const cut = await stage.answer;
    expect(cut.outcome).toBe("cut");
    const kept = (await stage.ask({ kind: "unfinished-file", ...upload })) as { bytes: number };
    expect(kept.bytes).toBe(cut.bytes);
    const peer = await stage.starts(receiving({ ...upload, offset: kept.bytes }));
    expect(await peer.line()).toBe(`:chat.example.org FILE READY ${kept.bytes}`);
    peer.send(bytes.subarray(kept.bytes));
    expect(await stage.answer).toMatchObject({
      outcome: "stored",
      bytes: bytes.length - kept.bytes,
    });
  });

  test("needs nothing more where all of it was kept", async () => {
    const stage = new Stage();
    const bytes = bytesOf(300_000);
    const upload = uploadOf(bytes);
    const broken = await stage.starts(receiving({ ...upload, preview: 1 }));
    await broken.line();
    broken.send(bytes);
    broken.socket.end();
    expect(await stage.answer).toMatchObject({ outcome: "cut", bytes: 300_000 });
    const peer = await stage.starts(receiving({ ...upload, offset: 300_000 }));
    expect(await peer.line()).toBe(":chat.example.org FILE READY 300000");
    expect(await stage.answer).toMatchObject({ outcome: "stored", bytes: 0 });
  });

  test("is told apart from one with the same name and other bytes, and what comes behind it is passed over", async () => {
    const stage = new Stage();
    const bytes = bytesOf(1000);
    const wrong = await stage.starts(receiving(uploadOf(bytesOf(1004).subarray(4))));
    await wrong.line();
    wrong.send(bytes);
    expect(await stage.answer).toEqual({ outcome: "wrong-hash", key: "", bytes: 1000 });
    const more = await stage.starts(receiving(uploadOf(bytes)));
    await more.line();
    more.send(Buffer.concat([bytes, bytes]));
    expect(await stage.answer).toMatchObject({ outcome: "stored", bytes: 1000 });
  });

  test("is given up when nothing comes", async () => {
    const stage = new Stage(40);
    const bytes = bytesOf(1000);
    const peer = await stage.starts(receiving(uploadOf(bytes)));
    await peer.line();
    peer.send(bytes.subarray(0, 999));
    expect(await stage.answer).toMatchObject({ outcome: "slow", bytes: 999 });
    // The answer to the peer is still to be sent.
    expect(stage.links).toBe(1);
  });

  test("fails where the disk does", async () => {
    const stage = new Stage();
    writeFileSync(join(stage.folder, "unfinished"), "");
    await stage.starts(receiving(uploadOf(bytesOf(12))));
    expect(await stage.answer).toEqual({ outcome: "disk", key: "", bytes: 0 });
  });
});

describe("a file that is fetched", () => {
  test("comes whole, or from a byte on", async () => {
    const stage = new Stage();
    const bytes = bytesOf(LARGE_BYTES);
    writeFileSync(join(stage.folder, "large"), bytes);
    for (const offset of [0, 7_000_001, bytes.length]) {
      const peer = await stage.starts(sending("large", offset));
      const rest = bytes.subarray(offset);
      expect(await peer.line()).toBe(`:chat.example.org FILE DATA ${rest.length}`);
      expect((await peer.behindLine(rest.length)).equals(rest)).toBe(true);
      expect(await stage.answer).toEqual({ outcome: "sent", bytes: rest.length });
    }
  });

  test("waits for a reader that pauses", async () => {
    const stage = new Stage();
    const bytes = bytesOf(LARGE_BYTES);
    writeFileSync(join(stage.folder, "large"), bytes);
    const paused = Promise.withResolvers<void>();
    let hasPaused = false;
    const peer = await stage.starts(sending("large", 0), ({ socket }) => {
      if (!hasPaused) socket.pause();
      hasPaused = true;
      paused.resolve();
    });
    await paused.promise;
    expect(Bun.peek.status(stage.answer)).toBe("pending");
    peer.socket.resume();
    expect((await peer.behindLine(bytes.length)).equals(bytes)).toBe(true);
    expect(await stage.answer).toEqual({ outcome: "sent", bytes: bytes.length });
  });

  test("is given up when its reader takes nothing, or goes", async () => {
    const stage = new Stage(40);
    writeFileSync(join(stage.folder, "large"), bytesOf(LARGE_BYTES));
    await stage.starts(sending("large", 0), ({ socket }) => socket.pause());
    expect(await stage.answer).toMatchObject({ outcome: "slow" });
    const peer = await stage.starts(sending("large", 0), ({ socket }) => socket.terminate());
    expect(await stage.answer).toMatchObject({ outcome: "cut" });
    expect(peer.receivedBytes).toBeGreaterThan(0);
  });

  test("may be missing", async () => {
    const stage = new Stage();
    await stage.starts(sending("none", 0));
    expect(await stage.answer).toEqual({ outcome: "missing", bytes: 0 });
  });
});

test("a connection that can't carry files is told so", async () => {
  const store = new FileStore("unused", () => {});
  const transfers = new FileTransfers(store);
  const link = {} as Link;
  const upload = uploadOf(bytesOf(12));
  expect(await transfers.answer({ kind: "receive-file", link, server: SERVER, upload })).toEqual({
    ...{ outcome: "off", key: "", bytes: 0 },
  });
  expect(
    await transfers.answer({
      kind: "send-file",
      link,
      server: SERVER,
      id: "",
      path: "a",
      offset: 0,
    }),
  ).toEqual({
    ...{ outcome: "off", bytes: 0 },
  });
});
