import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectNats, type NatsEngine } from "../../lib/cluster/nats/nats-engine.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { FolderSender } from "../../lib/cluster/transfer/folder-sender.ts";
import { joinFolder } from "../../lib/cluster/transfer/join-folder.ts";
import type { TransferProgress } from "../../lib/cluster/transfer/transfer-progress.ts";
import { openJoiningFolder } from "../../lib/file-manager/transfer/joining-data-folder.ts";
import { SentDataFolder } from "../../lib/file-manager/transfer/sent-data-folder.ts";
import { Prng } from "../prng.ts";
import { readFolder } from "../sim/transfer-folders.ts";
import { CLUSTER_KEY, MACHINE_CLOCK } from "./joining-node.ts";
import { CuttableWay, NatsServer, until } from "./nats-server.ts";

/* A data folder goes over a real nats-server. */

const server = new NatsServer();
const prng = new Prng(48);
const root = mkdtempSync(join(tmpdir(), "sodam-transfer-nats-"));
beforeAll(() => server.start());
afterAll(async () => {
  await server.remove();
  rmSync(root, { recursive: true });
});

let cluster = "";
let source = "";
let target = "";
beforeEach(() => {
  cluster = `c-${prng.letters(8)}`;
  [source, target] = [join(root, cluster, "source"), join(root, cluster, "target")];
});

/** Makes a folder of so many days with lines that say something else each. */
function makeFolder(days: number, dayBytes: number): void {
  for (let day = 0; day < days; day += 1) {
    const folder = join(source, "history", `room.${day % 7}`);
    mkdirSync(folder, { recursive: true });
    const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    const line = `{"at":${day},"text":"secret-${prng.letters(40)}"}\n`;
    writeFileSync(join(folder, `${date}.jsonl`), line.repeat(Math.ceil(dayBytes / line.length)));
  }
  writeFileSync(join(source, "users.json"), '{"format":2}\n');
  writeFileSync(join(source, "rooms.json"), `{"format":2,"text":"secret"}\n`);
  writeFileSync(join(source, "people.journal"), '{"n":1}\n');
}

async function connect(url: string): Promise<NatsEngine> {
  const connected = await connectNats({ urls: [url], name: cluster });
  if ("refused" in connected) throw new Error(connected.refused);
  return connected.engine;
}

const options = () => ({ cluster, seal: new Seal(CLUSTER_KEY), clock: MACHINE_CLOCK });

function send(engine: NatsEngine): FolderSender {
  const folder = new SentDataFolder(source);
  return new FolderSender(engine, { ...options(), folder, sequence: () => 9 });
}

test("a node gets the leader's folder while that is written, though its connection breaks", async () => {
  makeFolder(60, 300_000);
  const way = new CuttableWay(() => server.port);
  const [leader, node] = [await connect(server.url), await connect(way.url)];
  const sender = send(leader);
  const opened = await openJoiningFolder(target);
  if ("refused" in opened) throw new Error(opened.refused);
  const progresses: TransferProgress[] = [];
  const joining = joinFolder(node, opened.folder, {
    ...options(),
    reader: prng.letters(16),
    onProgress: (progress) => progresses.push(progress),
  });
  await until(() => readFolder(target).size > 3);
  appendFileSync(join(source, "history/room.0/1970-01-01.jsonl"), '{"at":99,"text":"later"}\n');
  writeFileSync(join(source, "rooms.json"), '{"format":2,"text":"another"}\n');
  way.setCut(true);
  await until(() => !node.isConnected);
  way.setCut(false);
  expect(await joining).toEqual({ sequence: 9 });
  await opened.folder.close();
  const [there, here] = [readFolder(source), readFolder(target)];
  expect([...here.keys()].sort()).toEqual([...there.keys()].sort());
  const changed = [...there].filter(([path, text]) => here.get(path) !== text);
  for (const [path, text] of changed) expect(text.startsWith(here.get(path) ?? "-")).toBe(true);
  expect(changed.length).toBeLessThan(2);
  expect(progresses.at(-1)).toMatchObject({ stage: "finishing", files: 63, filesInAll: 63 });
  sender.close();
  await leader.close();
  await node.close();
  way.close();
});

test("a node that is killed goes on where it stopped, and NATS sees nothing of what was said", async () => {
  makeFolder(40, 1_000_000);
  const leader = await connect(server.url);
  const sender = send(leader);
  const heard: Buffer[] = [];
  // The cast: a subject for eavesdroppers alone.
  leader.subscribe(`sodam.${cluster}.>` as never, (bytes) => void heard.push(Buffer.from(bytes)));
  const start = () =>
    Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, "joining-node.ts"),
        server.url,
        cluster,
        target,
      ].concat(prng.letters(16)),
      { stdio: ["ignore", "pipe", "inherit"] },
    );
  const first = start();
  await until(() => {
    try {
      return (
        [...readFolder(target).keys()].filter((path) => path.startsWith("history/")).length > 5
      );
    } catch {
      return false;
    }
  });
  first.kill("SIGKILL");
  await first.exited;
  const before = heard.length;
  const second = start();
  const lines = (await second.stdout.text()).trim().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ sequence: 9 });
  expect(readFolder(target)).toEqual(readFolder(source));
  const bytes = heard.slice(before).reduce((sum, { length }) => sum + length, 0);
  // The first had got some of it, and nothing of that came again.
  expect(bytes).toBeLessThan(38_000_000);
  expect(heard.some((message) => message.includes("secret") || message.includes("history"))).toBe(
    false,
  );
  sender.close();
  await leader.close();
});

test("a node with another key is refused with a sentence", async () => {
  makeFolder(1, 100);
  const [leader, node] = [await connect(server.url), await connect(server.url)];
  const sender = send(leader);
  const opened = await openJoiningFolder(target);
  if ("refused" in opened) throw new Error(opened.refused);
  const seal = new Seal(new Uint8Array(32).fill(8));
  const joined = await joinFolder(node, opened.folder, {
    ...options(),
    ...{ seal, reader: prng.letters(16) },
  });
  expect(joined).toMatchObject({ refused: expect.stringContaining("Copy cluster.key") });
  await opened.folder.close();
  sender.close();
  await leader.close();
  await node.close();
});
