import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readReachedPosition } from "../../lib/file-manager/record-log/position-file.ts";
import { Program, run, SERVER } from "../e2e/program.ts";
import { ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Starts of nodes that don't fit their cluster. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Starts a node that is refused. Resolves to why. */
async function refusal(stage: ClusterStage, command: readonly string[]): Promise<string> {
  const { code, stderr } = await run(command, { cwd: stage.folder.path });
  expect(code).toBe(1);
  return stderr.trim();
}

function restore(stage: ClusterStage, name: string) {
  const settings = [
    "--nats",
    nats.url,
    "--cluster",
    stage.cluster,
    "--data",
    stage.folder.at(name),
  ];
  return run([...SERVER, "restore", "--from-leader", ...settings], { cwd: stage.folder.path });
}

describe("a node is refused in a sentence", () => {
  test("that has no key, another one, or data of its own", async () => {
    await using stage = new ClusterStage([nats.url]);
    const first = await stage.start("a");
    await first.leads();
    expect(await refusal(stage, stage.command("c"))).toContain(
      "copy cluster.key from the data folder",
    );
    mkdirSync(stage.folder.at("d"));
    writeFileSync(stage.folder.at("d/cluster.key"), "0f".repeat(32));
    expect(await refusal(stage, stage.command("d"))).toContain("is not the key of the cluster");
    expect((await restore(stage, "d")).stderr).toContain("is not the key of the cluster");
    // A server that was one of its own before.
    const single = [
      ...SERVER,
      "--port",
      "0",
      "--data",
      stage.folder.at("e"),
      "--certs",
      stage.folder.at("certs"),
    ];
    const alone = new Program(single, { cwd: stage.folder.path });
    await alone.sees("is listening on");
    alone.kill("SIGTERM");
    await alone.exited;
    copyFileSync(stage.folder.at("a/cluster.key"), stage.folder.at("e/cluster.key"));
    expect(await refusal(stage, stage.command("e"))).toContain("is not of the cluster");
    expect(await refusal(stage, [...stage.command("a"), "--cluster", "other"])).toContain(
      `is of the cluster ${stage.cluster}, not of other`,
    );
    expect(await refusal(stage, stage.command("a"))).toContain("uses the data folder");
    // With the key, its folder can be given up.
    const restored = await restore(stage, "e");
    expect(restored.code).toBe(0);
    expect(restored.stdout).toContain("is fetched anew from the leader");
    expect(restored.stdout).toContain("has everything");
    const joining = await stage.start("e");
    const mina = await joined(joining.port, "mina");
    await mina.isAnswered();
  });

  test("whose folder has more than the log, as long as another one leads", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    await b.stop();
    const talk = await Conversation.between(a, a);
    await talk.say("with one node");
    await a.stop();
    // The owner has put an older copy of everything in the place of NATS's and the second node's disk.
    await nats.kill();
    rmSync(nats.store, { recursive: true, force: true });
    await nats.start();
    renameSync(stage.folder.at("a"), stage.folder.at("more"));
    renameSync(stage.folder.at("b"), stage.folder.at("a"));
    writeFileSync(stage.folder.at("a/cluster.position"), "1 led\n");
    const less = await stage.start("a");
    await less.leads();
    expect(await refusal(stage, stage.command("more"))).toContain(
      "has what the cluster's log doesn't have",
    );
    // Without it, the folder that has more goes on: at once if it is known to have everything.
    const position = readReachedPosition(stage.folder.at("more"));
    writeFileSync(stage.folder.at("more/cluster.position"), `${position?.sequence} led\n`);
    await less.stop();
    const more = await stage.start("more");
    await more.leads();
    expect(stage.historyOf("more")).toContain("with one node");
  });
});

describe("a start", () => {
  test("waits for NATS, and says so", async () => {
    await using stage = new ClusterStage([nats.url]);
    await nats.kill();
    const program = new Program(stage.command("a"), { cwd: stage.folder.path });
    await program.sees("It is tried again until it can be.");
    await nats.start();
    await program.sees("is listening on");
    program.kill("SIGTERM");
    expect(await program.exited).toBe(0);
  });

  test("without JetStream, or without rights, is refused", async () => {
    const servers = [
      new NatsServer("", "off"),
      new NatsServer(
        'authorization { users: [{ user: u, password: p, permissions: { publish: "sodam.>" } }] }\nno_auth_user: u',
      ),
    ];
    const reasons: string[] = [];
    for (const server of servers) {
      await server.start();
      await using stage = new ClusterStage([server.url]);
      reasons.push(await refusal(stage, stage.command("a")));
      await server.remove();
    }
    expect(reasons[0]).toContain("Start nats-server with -js");
    expect(reasons[1]).toMatch(/permission/i);
  });
});
