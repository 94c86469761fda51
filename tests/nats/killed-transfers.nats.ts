import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { passwordOf, signUp } from "../e2e/house.ts";
import { CLIENT, run } from "../e2e/program.ts";
import type { Stranger } from "../e2e/stranger.ts";
import { Prng } from "../prng.ts";
import { type ClusterServer, ClusterStage } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Processes of a cluster that are killed while our client sends or fetches a file: it goes on by itself. */

const PEOPLE = ["--sign-up", "open", "--password-cost", "test"];
const FILE_BYTES = 60_000_000;
/** When so much has moved, something is killed. */
const AMID_BYTES = 8_000_000;
const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Two nodes, a large file, and Mina, who is at the second node while the first one leads. */
class TransferStage implements AsyncDisposable {
  readonly cluster: ClusterStage;
  readonly a: ClusterServer;
  readonly b: ClusterServer;
  readonly mina: Stranger;
  readonly sha256: string;
  #link = "";

  private constructor(
    cluster: ClusterStage,
    nodes: readonly [ClusterServer, ClusterServer],
    mina: Stranger,
  ) {
    this.cluster = cluster;
    [this.a, this.b] = nodes;
    this.mina = mina;
    const prng = new Prng(7);
    const piece = Buffer.from(Uint8Array.from({ length: 1 << 20 }, () => prng.below(256)));
    const bytes = Buffer.alloc(FILE_BYTES, piece);
    this.sha256 = sha256Of(bytes);
    writeFileSync(cluster.folder.at("film.mp4"), bytes);
  }

  static async start(): Promise<TransferStage> {
    const cluster = new ClusterStage([nats.url]);
    const nodes = await cluster.startTwo(PEOPLE);
    const [a, b] = nodes;
    await b.program.sees(/this node follows a/);
    await b.listens();
    const mina = await signUp({ port: b.port, invitation: null }, "mina");
    mina.says("JOIN #tea");
    await mina.hears(/ 366 /);
    const stage = new TransferStage(cluster, nodes, mina);
    const [, fingerprint = ""] = await a.program.sees(/fp-([0-9a-f]{64})/);
    stage.#link = `sodam://127.0.0.1:${b.port}/fp-${fingerprint}`;
    return stage;
  }

  /** Runs a pipe command of Mina's. */
  runs(...args: readonly string[]) {
    return run([...CLIENT, this.#link, ...args, "--account", "mina"], {
      cwd: this.cluster.folder.path,
      env: { SODAM_PASSWORD: passwordOf("mina") },
    });
  }

  /** Resolves when the largest file of a folder has enough bytes. */
  async isAmid(...folder: readonly string[]): Promise<void> {
    const path = this.cluster.folder.at(...folder);
    await this.cluster.until(() => {
      const sizes = namesIn(path).map((name) => sizeOf(join(path, name)));
      return Math.max(0, ...sizes) >= AMID_BYTES;
    });
  }

  /** Returns the hashes of the files that a node has in their places. */
  async filesOf(node: string): Promise<string[]> {
    const folder = this.cluster.folder.at(node);
    const paths = [...new Bun.Glob("files/*/*/*-film.mp4").scanSync(folder)];
    return paths.map((path) => sha256Of(readFileSync(join(folder, path))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mina[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

describe("a file that is sent", () => {
  test.each<[string, (stage: TransferStage) => void]>([
    ["the leader", ({ a }) => a.signal("SIGKILL")],
    ["the sender's gateway", ({ b }) => process.kill(b.gateway, "SIGKILL")],
  ])("arrives once and whole though %s is killed meanwhile", async (_, kill) => {
    await using stage = await TransferStage.start();
    const sending = stage.runs("send", "#tea", "the film", "--file", "film.mp4");
    await stage.isAmid("a", "files", "unfinished");
    kill(stage);
    expect(await sending).toMatchObject({ code: 0 });
    await stage.cluster.until(() => stage.cluster.historyOf("b").includes("film.mp4"));
    expect(stage.cluster.historyOf("b").split('"the film"').length - 1).toBe(1);
    expect(await stage.filesOf("b")).toEqual([stage.sha256]);
    expect((await stage.runs("get", await idOf(stage), "-o", "got.mp4")).code).toBe(0);
    expect(sha256Of(readFileSync(stage.cluster.folder.at("got.mp4")))).toBe(stage.sha256);
  });
});

test("a file that is sent arrives once and whole, on the old leader too, though that was paused meanwhile", async () => {
  await using stage = await TransferStage.start();
  const { a, b, cluster } = stage;
  const sending = stage.runs("send", "#tea", "the film", "--file", "film.mp4");
  await stage.isAmid("a", "files", "unfinished");
  const paused = a.process;
  process.kill(paused, "SIGSTOP");
  expect(await sending).toMatchObject({ code: 0 });
  await b.leads();
  process.kill(paused, "SIGCONT");
  await a.program.sees(/this node follows b/);
  for (const node of ["a", "b"]) {
    await cluster.until(() => cluster.historyOf(node).includes("film.mp4"));
    while ((await stage.filesOf(node)).length === 0) await Bun.sleep(20);
    expect(cluster.historyOf(node).split('"the film"').length - 1).toBe(1);
    expect(await stage.filesOf(node)).toEqual([stage.sha256]);
  }
});

describe("a file that is fetched", () => {
  test.each<[string, (stage: TransferStage) => void]>([
    ["the leader", ({ a }) => a.signal("SIGKILL")],
    ["the reader's gateway", ({ b }) => process.kill(b.gateway, "SIGKILL")],
  ])("arrives whole though %s is killed meanwhile", async (_, kill) => {
    await using stage = await TransferStage.start();
    expect(await stage.runs("send", "#tea", "the film", "--file", "film.mp4")).toMatchObject({
      code: 0,
    });
    const id = await idOf(stage);
    mkdirSync(stage.cluster.folder.at("into"));
    const fetching = stage.runs("get", id, "-o", "into/got.mp4");
    await stage.isAmid("into");
    kill(stage);
    expect(await fetching).toMatchObject({ code: 0 });
    expect(sha256Of(readFileSync(stage.cluster.folder.at("into", "got.mp4")))).toBe(stage.sha256);
  });
});

/** Returns the id of the file that was sent last. */
async function idOf(stage: TransferStage): Promise<string> {
  const [, id = ""] =
    /"id":"([a-z0-9]+)"/.exec(stage.cluster.historyOf("b").split("film.mp4").at(-2) ?? "") ?? [];
  return id;
}
