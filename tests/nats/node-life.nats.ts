import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { isGone, processesOf } from "../e2e/gateway-server.ts";
import { ROOT, run, SERVER } from "../e2e/program.ts";
import { ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** A node whose processes are replaced, hang, and are started again. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

const ENDLESS_LOOP = join(ROOT, "tests/e2e/programs/endless-loop.ts");
const LIMIT_MS = 120_000;

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
    // The leader first, which follows then. How long people wait for it is measured by tests/bench/takeover.ts.
    for (const _ of ["leader", "standby"]) {
      const upgrading = upgrade();
      await talk.sayUntil(upgrading);
      expect((await upgrading).stdout).toMatch(/was replaced/);
    }
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
  });

  test("gets other gateways by its owner's word, be it one that leads or follows", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    await b.program.sees(/this node follows/);
    const talk = await Conversation.between(a, b);
    await talk.say("before");
    for (const [name, node] of [
      ["a", a],
      ["b", b],
    ] as const) {
      const { gateway } = node;
      const upgraded = await stage.task(name, "upgrade", "--gateways");
      expect(upgraded).toMatchObject({ code: 0, stderr: "" });
      expect(upgraded.stdout).toMatch(/was replaced in .*\nNew gateways take new connections\./);
      expect(node.program.stderr).toContain("new gateways take new connections, and the old ones");
      await talk.say(`after those of ${name}`);
      // The old one has the person who was there before.
      const { gateways } = processesOf(node.program.pid);
      expect(gateways).toHaveLength(2);
      expect(gateways).toContain(gateway);
      const late = await joined(node.port, `late-${name}`);
      await talk.say(`with late-${name}`);
      await late.hears(new RegExp(` :with late-${name}$`));
    }
    expect(b.program.stderr.match(/is started anew/g)).toHaveLength(1);
    expect(await stage.task("b", "admin", "upgrade", "everything")).toMatchObject({
      code: 1,
      stderr: "What may stand behind upgrade: gateways.\n",
    });
    const gone = [a, b].map(({ gateway }) => gateway);
    talk.leaves();
    for (const pid of gone) await isGone(pid);
  });

  // A stopped process is idle, and one that loops is busy: neither says that it lives.
  test.each(["SIGSTOP", "SIGWINCH"] as const)(
    "that hangs (%s) is killed and started again, whether it leads or follows, and so is its gateway",
    async (signal) => {
      await using stage = new ClusterStage([nats.url]);
      const [bun, script] = SERVER;
      stage.programOf = () => [bun, "--preload", ENDLESS_LOOP, script];
      const [a, b] = await stage.startTwo();
      await b.program.sees(/this node follows/);
      const talk = await Conversation.between(a, b);
      const killed = "has answered nothing for 15 seconds and is killed";
      for (const { program, process: node } of [a, b]) {
        process.kill(node, signal);
        await program.sees(`the node ${killed}`);
        await program.sees(/the node ended \(SIGKILL\) and is started again/);
        await talk.say(`process ${node} is gone`);
      }
      process.kill(b.gateway, signal);
      await b.program.sees(`the gateway 1 ${killed}`);
      await joined(b.port, "late");
      expect(talk.heard).toEqual(talk.said);
      const looping = /loops from now on/.test(a.program.stderr + b.program.stderr);
      expect(looping).toBe(signal === "SIGWINCH");
    },
    LIMIT_MS,
  );
});
