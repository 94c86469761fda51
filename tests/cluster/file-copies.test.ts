import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
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

/* Nodes of a cluster with real folders and threads of files, over a bus in memory. */

const SEAL = new Seal(new Uint8Array(32).fill(7));
const ACCOUNT = "mina12345678" as AccountId;
const folder = mkdtempSync(join(tmpdir(), "sodam-copies-"));
const stores: FileStore[] = [];
afterAll(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function bytesOf(length: number, seed = 1): Buffer {
  const prng = new Prng(seed);
  return Buffer.from(Uint8Array.from({ length }, () => prng.below(256)));
}

/** A file that Mina sends, with a preview. */
function fileOf(letter: string, length = 300_000, previewLength = 2000) {
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

class Node {
  readonly root: string;
  readonly index = new FileIndex();
  readonly store: FileStore;
  readonly copies: FileCopies;
  readonly notes: string[] = [];
  readonly connection: MemoryConnection;

  constructor(stage: Stage, name: string) {
    this.root = join(mkdtempSync(join(folder, name)), "files");
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

class Stage {
  readonly world = new World();
  readonly prng = new Prng(5);
  readonly engine = new MemoryEngine(this.world, new Prng(3));
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

  constructor() {
    Object.assign(this.engine.faults, { delayMs: 2, bytesMax: 40_000 });
  }

  node(name: string): Node {
    return new Node(this, name);
  }

  /** Lets time pass until something is so, while threads do their work. */
  async until(isSo: () => boolean, msMax = 120_000): Promise<void> {
    for (let ms = 0; !isSo(); ms += 1) {
      if (ms > msMax) throw new Error("it did not come so");
      this.world.run(1);
      await new Promise((resolve) => setImmediate(resolve));
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

describe("a file that somebody sends", () => {
  test("is on another node before its message is sent, and goes to its place there with the message", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    const { upload, key } = await leader.receive(sent);
    await stage.settled(leader.copies.spread(upload, key));
    expect(standby.unfinished.sort()).toEqual(leader.unfinished.sort());
    expect(standby.has(sent)).toBe(false);
    standby.hear(sent);
    await stage.until(() => standby.has(sent));
    expect(standby.unfinished).toEqual([]);
    expect([leader.notes, standby.notes]).toEqual([[], []]);
  });

  test("whose leader dies before its message is in the log is whole for who sends it again", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    const { upload, key } = await leader.receive(sent);
    await stage.settled(leader.copies.spread(upload, key));
    leader.connection.kill();
    standby.lead(stage);
    const { account, sha256, size } = upload;
    const question = { kind: "unfinished-file", account, sha256, size } as const;
    expect(await standby.store.ask(question)).toEqual({
      bytes: size,
      key: `${account}-${sha256}-${size}`,
    });
  });

  test("whose message doesn't come within an hour is deleted on the other node, and not before", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const { upload, key } = await leader.receive(fileOf("a"));
    await stage.settled(leader.copies.spread(upload, key));
    // Its bytes are as old as those of a beginning that nobody goes on with.
    for (const name of standby.unfinished) utimesSync(join(standby.root, "unfinished", name), 0, 0);
    stage.world.run(3_500_000);
    await standby.store.ask({ kind: "file-space" });
    expect(standby.unfinished).toHaveLength(2);
    stage.world.run(800_000);
    await stage.until(() => standby.unfinished.length === 0);
    // The leader's own is in use, however long that takes.
    expect(leader.unfinished).toHaveLength(2);
  });

  test("waits for nobody where there is no other node", async () => {
    const stage = new Stage();
    stage.others = 0;
    const leader = stage.node("leader");
    leader.lead(stage);
    const { upload, key } = await leader.receive(fileOf("a"));
    await leader.copies.spread(upload, key);
    expect(leader.notes).toEqual([]);
  });

  test("is sent all the same when the others say nothing, and the owner hears of it once", async () => {
    const stage = new Stage();
    const leader = stage.node("leader");
    leader.lead(stage);
    for (const letter of ["a", "b"]) {
      const { upload, key } = await leader.receive(fileOf(letter));
      await stage.settled(leader.copies.spread(upload, key));
    }
    expect(leader.notes).toEqual([
      "no other node takes the files that are sent: until one does, they are on this one alone",
    ]);
  });

  test("is sent when every other node's disk refuses it", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    // A file where its folder should be.
    writeFileSync(standby.root, "");
    const { upload, key } = await leader.receive(fileOf("a"));
    // It says that it is there until it is refused: so nobody's silence ends this.
    await stage.settled(leader.copies.spread(upload, key));
    expect(standby.notes.join()).toContain("a file of the cluster can't be stored");
  });

  test("that another node has already isn't fetched again", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const first = fileOf("a");
    for (const node of [leader, standby]) {
      node.put(first);
      node.hear(first);
    }
    const { upload, key } = await leader.receive(first);
    await stage.settled(leader.copies.spread(upload, key));
    expect(standby.unfinished).toEqual([]);
  });
});

describe("a node that lacks files", () => {
  test("fetches those that were sent while it was down, each with its preview", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const files = [fileOf("a"), fileOf("b", 1, 0), fileOf("c", 0, 0), fileOf("d", 150_000, 0)];
    for (const sent of files) {
      leader.put(sent);
      leader.hear(sent);
      standby.index.add(sentFileOf(sent.event) as NonNullable<ReturnType<typeof sentFileOf>>);
    }
    expect(standby.copies.missing).toBe(0);
    await standby.copies.begin();
    expect(standby.copies.missing).toBe(4);
    await stage.until(() => standby.copies.missing === 0);
    expect(files.map((sent) => standby.has(sent))).toEqual([true, true, true, true]);
    expect(standby.unfinished).toEqual([]);
  });

  test("goes on where it was when it begins again", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    leader.put(sent);
    leader.hear(sent);
    const upload = {
      account: ACCOUNT,
      sha256: sent.file.sha256,
      size: 300_000,
      preview: 0,
      offset: 0,
    };
    const begun = standby.store.receive(upload);
    await begun.opened;
    begun.write(sent.bytes.subarray(0, 250_000));
    begun.close();
    const reads: number[] = [];
    const read = leader.copies.read.bind(leader.copies);
    leader.copies.read = (name, offset, length) => {
      reads.push(offset);
      return read(name, offset, length);
    };
    standby.hear(sent);
    await stage.until(() => standby.has(sent));
    expect(Math.min(...reads)).toBe(250_000);
  });

  test("gets a preview alone where the same file was sent before", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const first = fileOf("a");
    const again = { ...first, file: { ...first.file, id: "z".repeat(26) } };
    const event = { ...first.event, msgid: "mz", position: 200, file: again.file } as RoomEvent;
    for (const sent of [first, { ...again, event }]) {
      leader.put(sent);
      leader.hear(sent);
    }
    standby.put(first);
    standby.hear(first);
    standby.hear({ ...again, event });
    await stage.until(() => standby.has({ ...again, event }));
    expect(standby.unfinished).toEqual([]);
  });

  test("that leads gets them from the others", async () => {
    const stage = new Stage();
    const [old, standby, next] = [stage.node("old"), stage.node("standby"), stage.node("next")];
    const sent = fileOf("a");
    for (const node of [old, standby]) {
      node.put(sent);
      node.hear(sent);
    }
    old.connection.kill();
    next.lead(stage);
    next.hear(sent);
    await stage.until(() => next.copies.missing === 0);
    expect(next.has(sent)).toBe(true);
  });

  test("says nothing of what it lacks to a leader, which tries again", async () => {
    const stage = new Stage();
    const [standby, leader] = [stage.node("standby"), stage.node("leader")];
    leader.lead(stage);
    const sent = fileOf("a");
    leader.hear(sent);
    standby.hear(sent);
    await stage.run(40_000);
    expect([leader.has(sent), leader.copies.missing]).toEqual([false, 1]);
    standby.put(sent);
    await stage.until(() => leader.has(sent));
  });

  test("keeps nothing of a file whose message was taken back meanwhile", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    leader.put(sent);
    leader.hear(sent);
    standby.hear(sent);
    await stage.until(() => standby.unfinished.length > 0);
    standby.index.remove("room1" as ConversationId, "ma");
    await stage.until(() => standby.copies.missing === 0);
    expect(standby.unfinished).toEqual([]);
    expect(existsSync(join(standby.root, sent.file.path))).toBe(false);
  });
});
