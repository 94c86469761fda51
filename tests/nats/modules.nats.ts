import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { processesOf } from "../e2e/gateway-server.ts";
import { MARKS, ModuleWatch } from "../e2e/loaded-modules.ts";
import { Folder, run, SERVER } from "../e2e/program.ts";
import { ClusterServer, ClusterStage, Conversation } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** No process of a cluster has a module of http or of WebSockets: NATS is spoken to by TCP. */

const SPOKEN = /\bhttps?\b|\bws\b|ws_|websocket|undici/i;
const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

describe("modules of http and WebSockets", () => {
  test("are seen where a program loads them", async () => {
    for (const [module, mark] of Object.entries(MARKS)) {
      using folder = new Folder();
      const watch = new ModuleWatch(folder);
      const script = folder.at("loads.ts");
      writeFileSync(script, `await import(${JSON.stringify(module)});`);
      await run(watch.watched([process.execPath, script]), { cwd: folder.path });
      const seen = watch.read().flatMap(({ builtins }) => builtins);
      expect({ mark, seen }).toEqual({ mark, seen: expect.arrayContaining([module]) });
    }
  });

  test("are in no process of a cluster: supervisors, leader, standby and gateways", async () => {
    await using stage = new ClusterStage([nats.url]);
    const watch = new ModuleWatch(stage.folder);
    const leader = await stage.start("a", [], watch.watched);
    await leader.leads();
    const standby = await stage.start("b", [], watch.watched);
    const edge = await ClusterServer.start(
      stage.folder,
      watch.watched([
        ...[...SERVER, "gateway", "--nats", nats.url, "--cluster", stage.cluster],
        ...["--certs", stage.folder.at("certs"), "--node", "edge"],
        ...["--host", "127.0.0.1", "--port", "0", "--gateways", "1"],
      ]),
      /gateways? of the cluster \S+, on 127.0.0.1 port (\d+)/,
    );
    await using program = edge.program;
    const talk = await Conversation.between(standby, edge);
    await talk.say("hello");
    const processes = [leader, standby, edge].flatMap(({ program }) => {
      const { leader: node, gateways } = processesOf(program.pid);
      return [program.pid, node, ...gateways].filter((pid) => pid > 0);
    });
    // The standby leads before it ends.
    await leader.stop();
    await standby.leads();
    await talk.say("hello again");
    await standby.stop();
    program.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    const loaded = watch.read();
    expect(loaded.map(({ pid }) => pid).sort()).toEqual(processes.sort());
    expect(loaded).toHaveLength(8);
    const withNats = loaded.filter(({ files }) =>
      files.some((path) => path.includes("@nats-io/nats-core")),
    );
    expect(withNats.length).toBeGreaterThanOrEqual(5);
    for (const { files, builtins } of loaded) {
      expect(builtins).toEqual([]);
      expect(
        files.filter((path) => SPOKEN.test(path.slice(path.lastIndexOf("node_modules")))),
      ).toEqual([]);
    }
  }, 60_000);
});
