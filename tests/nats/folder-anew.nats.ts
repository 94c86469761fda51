import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { connectNats } from "../../lib/cluster/nats/nats-engine.ts";
import { readClusterState } from "../../lib/file-manager/record-log/cluster-state.ts";
import { processesOf } from "../e2e/gateway-server.ts";
import { Program } from "../e2e/program.ts";
import { readFolder } from "../sim/transfer-folders.ts";
import { type ClusterServer, ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { freePorts, NatsServer } from "./nats-server.ts";

/** A node that was away until the log no longer had what it lacks, and how it comes back. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Up to where a node has saved its folder. */
function sequenceIn(stage: ClusterStage, name: string): number {
  const read = readClusterState(stage.folder.at(name));
  return "state" in read ? (read.state?.sequence ?? 0) : 0;
}

/** Two nodes of which the second is away since before something that was said, and taken back. */
async function oneAway(stage: ClusterStage): Promise<ClusterServer> {
  const [a, b] = await stage.startTwo();
  const dora = await joined(a.port, "dora");
  dora.says("CAP REQ :draft/message-redaction echo-message message-tags");
  dora.says("PRIVMSG #tea :a secret of the kettle");
  const line = await dora.hears(/ :a secret of the kettle$/);
  await stage.until(() => stage.historyOf("b").includes("a secret of the kettle"));
  await b.stop();
  dora.says(`REDACT #tea ${/msgid=([^;\s]+)/.exec(line)?.[1]} :sorry`);
  await dora.hears(/REDACT #tea/);
  const redacted = sequenceIn(stage, "a");
  // It saves its folder, and begins again.
  a.signal("SIGUSR2");
  await a.leads(2);
  await stage.until(() => sequenceIn(stage, "a") > redacted);
  // What the leader does when a node is away for longer than 45 seconds.
  const connected = await connectNats({ urls: [nats.url], name: stage.cluster });
  if ("refused" in connected) throw new Error(connected.refused);
  await connected.engine.cut(sequenceIn(stage, "a"));
  await connected.engine.close();
  dora.leaves();
  return a;
}

/** Returns whether a text is in any file of a node's folder. */
function hasText(stage: ClusterStage, name: string, text: string): boolean {
  return [...readFolder(stage.folder.at(name)).values()].some((content) => content.includes(text));
}

/** Stops a node's process in the middle of what it does. Returns its process. */
function pausedNode(program: Program): number {
  const node = processesOf(program.pid).leader;
  process.kill(node, "SIGSTOP");
  return node;
}

describe("a node that was away while something was taken back", () => {
  test("fetches its folder anew, also when it is killed, and its gateway serves people meanwhile", async () => {
    await using stage = new ClusterStage([nats.url]);
    const a = await oneAway(stage);
    expect(hasText(stage, "b", "a secret of the kettle")).toBe(true);
    // So that it takes a while.
    const days = Array.from(
      { length: 28 },
      (_, day) => `2026-02-${String(day + 1).padStart(2, "0")}`,
    );
    for (const day of days) {
      const path = stage.folder.at(`a/history/room.big.9/${day}.jsonl`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `{"day":"${day}","text":"${"x".repeat(999)}"}\n`.repeat(2000));
    }
    const [port = 0] = freePorts(1);
    await using program = new Program([...stage.command("b"), "--port", `${port}`], {
      cwd: stage.folder.path,
    });
    const replacement = stage.folder.at("b/replacement/history/room.big.9");
    await stage.until(() => existsSync(replacement) && readdirSync(replacement).length > 3);
    const node = await pausedNode(program);
    expect(hasText(stage, "b", "a secret of the kettle")).toBe(true);
    expect(existsSync(stage.folder.at("b/joining"))).toBe(false);
    const ara = await joined(port, "ara");
    const talk = await Conversation.between(a, a);
    await talk.say("through the leader");
    await ara.hears(/ :through the leader$/);
    process.kill(node, "SIGKILL");
    await program.sees(/the data folder is complete: the old one, .* is removed/);
    expect(program.stderr.match(/is older than the beginning of the cluster's log/g)).toHaveLength(
      2,
    );
    await talk.say("last");
    await ara.hears(/ :last$/);
    await stage.until(() => stage.historyOf("b").includes("last"));
    expect(stage.historyOf("b")).toContain("through the leader");
    expect(hasText(stage, "b", "a secret of the kettle")).toBe(false);
    expect(existsSync(join(replacement, "..", ".."))).toBe(false);
    expect(readdirSync(stage.folder.at("b/history/room.big.9")).sort()).toEqual(
      days.map((day) => `${day}.jsonl`),
    );
    expect(ara.lines.filter((line) => / QUIT |^ERROR/.test(line))).toEqual([]);
  });

  test("goes on fetching a folder that is half there, though the rest fits the log", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, a);
    await talk.say("before");
    await stage.until(() => stage.historyOf("b").includes("before"));
    await b.stop();
    // As a kill leaves it while the last files arrive.
    rmSync(stage.folder.at("b/history"), { recursive: true });
    mkdirSync(stage.folder.at("b/joining"));
    await stage.start("b");
    await talk.say("after");
    await stage.until(() => stage.historyOf("b").includes("after"));
    expect(stage.historyOf("b")).toContain("before");
    expect(existsSync(stage.folder.at("b/joining"))).toBe(false);
  });

  test("says what its owner can do when no node is left that has more", async () => {
    await using stage = new ClusterStage([nats.url]);
    const a = await oneAway(stage);
    a.program.kill("SIGKILL");
    await a.program.exited;
    cpSync(stage.folder.at("b"), stage.folder.at("before"), { recursive: true });
    await using program = new Program(stage.command("b"), { cwd: stage.folder.path });
    await program.sees(/No node leads the cluster .* start this node once without --nats/);
    program.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    const [now, before] = ["b", "before"].map((name) => readFolder(stage.folder.at(name)));
    expect(now).toEqual(before ?? new Map());
  });
});
