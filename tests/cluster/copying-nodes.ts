import { expect } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { FileIndex, sentFileOf } from "../../lib/chat-server/files/file-index.ts";
import type { Upload } from "../../lib/chat-server/files/file-queries.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { FileSender } from "../../lib/cluster/transfer/file-sender.ts";
import type { TransferClock } from "../../lib/cluster/transfer/transfer-ports.ts";
import { FileStore } from "../../lib/file-manager/files/file-store.ts";
import type { AccountId } from "../../lib/protocol/account-id.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import { FileCopies } from "../../lib/server-process/node/file-copies.ts";
import { type MemoryConnection, MemoryEngine, World } from "../memory-engine.ts";
import { Prng } from "../prng.ts";
import { awaited, threadsRest, unwatchThreads, watchThreads } from "./awaited-threads.ts";

/* Nodes of a cluster with real folders and threads of files, over a bus in memory. */

const SEAL = new Seal(new Uint8Array(32).fill(7));
/** Who sends. */
export const ACCOUNT = "mina12345678" as AccountId;
const folders: string[] = [];
const stores: FileStore[] = [];

/** Ends what the nodes so far have begun, and deletes their folders. For `afterAll`. */
export function closeNodes(): void {
  unwatchThreads();
  for (const store of stores.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function bytesOf(length: number, seed = 1): Buffer {
  const prng = new Prng(seed);
  return Buffer.from(Uint8Array.from({ length }, () => prng.below(256)));
}

/** A file that Mina sends, with a preview. */
export function fileOf(letter: string, length = 300_000, previewLength = 2000) {
  const [bytes, preview] = [bytesOf(length, letter.charCodeAt(0)), bytesOf(previewLength, 99)];
  const id = letter.repeat(26);
  const path = `room1/2026-11-30/${id}-picture.png`;
  const facts = { name: "picture.png", size: length, sha256: hashOf(bytes), type: "image/png" };
  const file = { ...facts, id, path, ...(previewLength > 0 && { preview: previewLength }) };
  const event: RoomEvent = {
    ...{ kind: "said", conversation: "room1" as ConversationId, position: letter.charCodeAt(0) },
    ...{ time: 1, msgid: `m${letter}`, verb: "PRIVMSG", text: "", tags: {} },
    by: {
      ...{ nick: "mina", user: "m", host: "h", realname: "", account: "mina", accountId: ACCOUNT },
      isBot: false,
    },
    file,
  } as unknown as RoomEvent;
  return { bytes, preview, file, event };
}

type Sent = ReturnType<typeof fileOf>;

function newRoot(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `sodam-copies-${name}-`));
  folders.push(folder);
  return join(folder, "files");
}

/** A node, with a folder and threads of its own. */
export class Node {
  readonly root: string;
  readonly index = new FileIndex();
  readonly store: FileStore;
  readonly copies: FileCopies;
  readonly notes: string[] = [];
  readonly connection: MemoryConnection;

  /** @param root its folder of files, if it was there before */
  constructor(stage: Stage, name: string, root: string | null = null) {
    this.root = root ?? newRoot(name);
    this.store = new FileStore(this.root, (text) => this.notes.push(text));
    stores.push(this.store);
    this.connection = stage.engine.connect();
    this.copies = new FileCopies({
      ...{ bus: this.connection, cluster: "t", seal: SEAL, clock: stage.clock },
      ...{ root: this.root, store: this.store, index: this.index, now: () => stage.world.nowMs },
      newReader: () => stage.prng.letters(16),
      newName: () => hashOf(Buffer.from(stage.prng.letters(16))),
      others: () => stage.others,
      note: (_, text) => this.notes.push(text),
    });
    const { copies } = this;
    const read = copies.read.bind(copies);
    copies.read = (...part) => awaited(read(...part));
    this.index.onUnreferenced = (paths) => void this.store.ask({ kind: "remove-files", paths });
  }

  /** Leads: serves others, as `FolderSender` does. */
  lead(stage: Stage): FileSender {
    this.copies.lead();
    return new FileSender(this.connection, {
      ...{ cluster: "t", seal: SEAL, clock: stage.clock, readersMax: 4 },
      read: (_, name, offset, length) => this.copies.read(name, offset, length),
      onRequest() {},
      onEnd() {},
    });
  }

  /** Receives a file, as from its sender. Returns what names it. */
  async receive({ bytes, preview, file }: Sent): Promise<{ upload: Upload; key: string }> {
    const { sha256, size } = file;
    const upload = { account: ACCOUNT, sha256, size, preview: preview.length, offset: 0 };
    const incoming = this.store.receive(upload);
    expect(await incoming.opened).toBe(true);
    incoming.write(Buffer.concat([bytes, preview]));
    const { key } = incoming;
    expect(await incoming.finish()).toBe("stored");
    return { upload, key };
  }

  /** As when its process is killed. */
  kill(): void {
    this.connection.kill();
    this.copies.close();
    this.store.close();
  }

  /** Takes a message of the log. */
  hear({ event }: Sent): void {
    this.index.add(sentFileOf(event) as NonNullable<ReturnType<typeof sentFileOf>>);
    this.copies.recorded([{ kind: "event", event }]);
  }

  /** Has a file in its place. */
  has({ bytes, preview, file }: Sent): boolean {
    const has = (path: string, content: Buffer): boolean =>
      existsSync(join(this.root, path)) && readFileSync(join(this.root, path)).equals(content);
    return has(file.path, bytes) && (preview.length === 0 || has(previewPath(file), preview));
  }

  /** Puts a file into its place. */
  put({ bytes, preview, file }: Sent): void {
    mkdirSync(dirname(join(this.root, file.path)), { recursive: true });
    writeFileSync(join(this.root, file.path), bytes);
    if (preview.length > 0) writeFileSync(join(this.root, previewPath(file)), preview);
  }

  /** Names of files that lie where they are unfinished. */
  get unfinished(): string[] {
    const path = join(this.root, "unfinished");
    return existsSync(path) ? readdirSync(path) : [];
  }
}

/** Nodes on one bus, and their time. */
export class Stage {
  readonly world = new World();
  readonly prng: Prng;
  readonly engine: MemoryEngine;
  others = 1;
  readonly clock: TransferClock = {
    elapsed: () => this.world.nowMs,
    later: (ms, run) => {
      let isCancelled = false;
      this.world.after(ms, () => {
        if (!isCancelled) run();
      });
      return () => {
        isCancelled = true;
      };
    },
  };

  /** @param seed what is by chance */
  constructor(seed = 5) {
    watchThreads();
    this.prng = new Prng(seed);
    this.engine = new MemoryEngine(this.world, new Prng(seed + 1));
    Object.assign(this.engine.faults, { delayMs: 2, bytesMax: 40_000 });
  }

  node(name: string, root: string | null = null): Node {
    return new Node(this, name, root);
  }

  /** Lets time pass until something is so, while threads do their work. */
  async until(isSo: () => boolean, msMax = 120_000): Promise<void> {
    for (let ms = 0; !isSo(); ms += 1) {
      if (ms > msMax) throw new Error("it did not come so");
      this.world.run(1);
      await new Promise((resolve) => setImmediate(resolve));
      await threadsRest();
    }
  }

  async run(ms: number): Promise<void> {
    let left = ms;
    await this.until(() => {
      left -= 1;
      return left < 0;
    });
  }

  /** Settles with the promise, while time passes. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    void promise.finally(() => {
      isSettled = true;
    });
    await this.until(() => isSettled);
    return promise;
  }
}
