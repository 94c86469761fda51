import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { Program, run, SERVER } from "../e2e/program.ts";
import { ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** A data folder of one server that becomes a node's, and one server's again. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

const LIMIT_MS = 120_000;

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

  test.each([2, 3])(
    "of one of %d nodes comes back, and the others fetch theirs anew",
    async (count) => {
      await using stage = new ClusterStage([nats.url]);
      const others = ["b", "c"].slice(0, count - 1);
      const first = await stage.start("a");
      await first.leads();
      const nodes = [];
      for (const name of others) {
        const node = await stage.start(name);
        await node.program.sees(/this node follows/);
        nodes.push(node);
      }
      const talk = await Conversation.between(first, first);
      await talk.say("in the cluster");
      for (const name of others) {
        await stage.until(() => stage.historyOf(name).includes("in the cluster"));
      }
      for (const node of nodes.reverse()) await node.stop();
      await first.stop();
      await sayAlone(stage, "a", "without it", "SIGTERM");
      const again = await stage.start("a");
      await again.leads();
      for (const name of others) {
        const node = await stage.start(name);
        await node.program.sees(/this node follows/);
      }
      const later = await Conversation.between(again, again);
      await later.say("back");
      for (const name of others) {
        await stage.until(() => stage.historyOf(name).includes("back"));
        expect(textsOf(stage.historyOf(name)).toSorted()).toEqual(
          textsOf(stage.historyOf("a")).toSorted(),
        );
      }
      expect(textsOf(stage.historyOf("a"))).toContain("without it");
    },
    LIMIT_MS,
  );

  test("that has what was said after a node left is refused when that one has come back", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    await b.program.sees(/this node follows/);
    await a.stop();
    await b.leads();
    const talk = await Conversation.between(b, b);
    await talk.say("after it left");
    await b.stop();
    await sayAlone(stage, "a", "without it", "SIGTERM");
    const again = await stage.start("a");
    await again.program.sees(/unless another one leads, this node makes it anew in 15 seconds/);
    await again.leads();
    const refused = await run(stage.command("b"), { cwd: stage.folder.path });
    expect(refused.stderr).toContain(
      "made anew from the folder of a node that had been used without",
    );
    // As a line of the log.
    expect(refused.stderr).toMatch(/^\d{4}-\S+Z error: The data folder \S+ has what/m);
    expect(stage.historyOf("b")).toContain("after it left");
  });

  test(
    "that was away while a node left and came back twice is fetched anew, and set aside",
    async () => {
      await using stage = new ClusterStage([nats.url]);
      const [a, b] = await stage.startTwo();
      await b.program.sees(/this node follows/);
      const talk = await Conversation.between(a, a);
      await talk.say("in the cluster");
      await stage.until(() => stage.historyOf("b").includes("in the cluster"));
      await b.stop();
      await a.stop();
      for (const text of ["without it", "again without it"]) {
        await sayAlone(stage, "a", text, "SIGTERM");
        const node = await stage.start("a");
        await node.leads();
        if (text === "without it") await node.stop();
      }
      const again = await stage.start("b");
      await again.program.sees(/may have what the leader doesn't have: it is fetched anew/);
      const [, path = ""] = await again.program.sees(/the old one, .* is in (\S+)\. Remove it/);
      await again.program.sees(/this node follows/);
      expect(stage.historyOf("b")).toContain("again without it");
      expect(existsSync(join(path, "cluster.json"))).toBe(true);
      expect([...new Bun.Glob("{history,gone}/*/*").scanSync(path)]).not.toEqual([]);
    },
    LIMIT_MS,
  );

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
    expect(await stage.task("b", "backup", stage.folder.at("copy"))).toMatchObject({ code: 0 });
    expect(await stage.task("b", "--check")).toMatchObject({ code: 0, stderr: "" });
    await b.stop();
    expect(await stage.task("b", "doctor")).toMatchObject({ code: 0, stderr: "" });
    // A backup of a node is one, too.
    cpSync(stage.folder.at("copy", "data"), stage.folder.at("c"), { recursive: true });
    await stage.start("c");
    await talk.say("with a third node");
    await stage.until(() => stage.historyOf("c").includes("with a third node"));
    expect(stage.historyOf("c")).toContain("hello");
  });
});
