import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync } from "node:fs";
import { Program, run, SERVER } from "../e2e/program.ts";
import { ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** A data folder of one server that becomes a node's, and one server's again. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Says a line to a server without a cluster on a node's folder. */
async function sayAlone(
  stage: ClusterStage,
  name: string,
  text: string,
  signal: NodeJS.Signals,
  args: readonly string[] = [],
) {
  const folders = ["--data", stage.folder.at(name), "--certs", stage.folder.at("certs")];
  const own = ["--host", "127.0.0.1", "--port", "0", "--guests", ...folders, ...args];
  await using program = new Program([...SERVER, ...own], { cwd: stage.folder.path });
  const [, port = ""] = await program.sees(/is listening on \S+ port (\d+)/);
  const mina = await joined(Number(port), "mina");
  mina.says(`PRIVMSG #tea :${text}`);
  await mina.isAnswered();
  program.kill(signal);
  await program.exited;
}

/** Returns the texts of a history: those of rooms that are gone stand before those of others. */
function textsOf(history: string): string[] {
  return history.split("\n").flatMap((line) => {
    const text = line === "" ? null : (JSON.parse(line) as { text?: string }).text;
    return text ?? [];
  });
}

function task(stage: ClusterStage, name: string, ...words: string[]) {
  const folders = ["--data", stage.folder.at(name), "--certs", stage.folder.at("certs")];
  return run([...SERVER, ...words, ...folders], { cwd: stage.folder.path });
}

describe("a data folder", () => {
  test("of a server becomes that of a cluster's first node, leaves it, and comes back", async () => {
    await using stage = new ClusterStage([nats.url]);
    // Killed, it leaves a log of its own behind.
    await sayAlone(stage, "a", "before", "SIGKILL", ["--gateways", "1"]);
    const first = await stage.start("a");
    await first.leads();
    const talk = await Conversation.between(first, first);
    await talk.say("in the cluster");
    await first.stop();
    await sayAlone(stage, "a", "without it", "SIGTERM");
    const again = await stage.start("a");
    await again.leads();
    const later = await Conversation.between(again, again);
    await later.say("back");
    for (const text of ["before", "in the cluster", "without it", "back"]) {
      expect(stage.historyOf("a")).toContain(text);
    }
  });

  test("of a node that was killed without NATS is one server's, with every line", async () => {
    await using lost = new NatsServer();
    await lost.start();
    await using stage = new ClusterStage([lost.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    for (let count = 1; count <= 20; count += 1) await talk.say(`line ${count}`);
    await lost.kill();
    for (const { program } of [b, a]) program.kill("SIGKILL");
    await sayAlone(stage, "a", "without NATS", "SIGKILL");
    await sayAlone(stage, "a", "and again", "SIGTERM");
    const lines = textsOf(stage.historyOf("a"));
    expect(lines.toSorted()).toEqual([...talk.said, "without NATS", "and again"].toSorted());
  });

  test("that was one server's for a while is not taken for a current one", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    await b.program.sees(/listen on/);
    await stage.until(() => existsSync(stage.folder.at("b/cluster.json")));
    await b.stop();
    await sayAlone(stage, "b", "apart", "SIGTERM");
    const refused = await run(stage.command("b"), { cwd: stage.folder.path });
    expect(refused.stderr).toContain("A server without a cluster has used the data folder");
    const talk = await Conversation.between(a, a);
    await talk.say("the other talks on");
  });

  test("of a node is checked, mended and backed up as any other, also of one that stands by", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, a);
    await talk.say("hello");
    expect(await task(stage, "b", "backup", stage.folder.at("copy"))).toMatchObject({ code: 0 });
    expect(await task(stage, "b", "--check")).toMatchObject({ code: 0, stderr: "" });
    await b.stop();
    expect(await task(stage, "b", "doctor")).toMatchObject({ code: 0, stderr: "" });
    // A backup of a node is one, too.
    cpSync(stage.folder.at("copy", "data"), stage.folder.at("c"), { recursive: true });
    await stage.start("c");
    await talk.say("with a third node");
    await stage.until(() => stage.historyOf("c").includes("with a third node"));
    expect(stage.historyOf("c")).toContain("hello");
  });
});

describe("a node", () => {
  test("that leads, and one that follows, are replaced while people talk", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    await b.program.sees(/this node follows/);
    const talk = await Conversation.between(a, b);
    const upgrade = (...words: string[]) =>
      run([...SERVER, "upgrade", ...words, "--data", stage.folder.at("a")], {
        cwd: stage.folder.path,
      });
    for (const role of ["leader", "standby"]) {
      const upgrading = upgrade();
      const longestMs = await talk.sayUntil(upgrading);
      expect((await upgrading).stdout).toMatch(/was replaced/);
      expect([role, longestMs < 4000]).toEqual([role, true]);
    }
    const gateways = await upgrade("--gateways");
    expect(gateways.code).toBe(1);
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
  });
});
