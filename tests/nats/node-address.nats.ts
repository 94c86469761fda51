import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync } from "node:fs";
import { guest } from "../e2e/gateway-server.ts";
import { Folder, Program, SERVER } from "../e2e/program.ts";
import { NatsServer } from "./nats-server.ts";

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Starts a node, which listens on an address of its own. */
function startNode(folder: Folder, name: string, host: string): Program {
  const cluster = ["--nats", nats.url, "--node", name];
  const own = ["--data", folder.at(name), "--certs", folder.at("certs")];
  const place = ["--host", host, "--port", "0", "--guests"];
  return new Program([...SERVER, ...place, ...cluster, ...own], { cwd: folder.path });
}

test("a node's gateways listen on its own address, whatever the leader's is", async () => {
  using folder = new Folder();
  await using first = startNode(folder, "a", "127.0.0.2");
  await first.sees(/is listening on/);
  mkdirSync(folder.at("b"));
  cpSync(folder.at("a/cluster.key"), folder.at("b/cluster.key"));
  await using second = startNode(folder, "b", "127.0.0.1");
  const [, port = ""] = await second.sees(/gateways listen on \S+ port (\d+)/);
  await second.sees("this node follows a, which leads the cluster sodam");
  let person: Awaited<ReturnType<typeof guest>> | null = null;
  for (let tries = 0; tries < 200 && person === null; tries += 1) {
    // Its gateway opens the port when it has found the leader.
    person = await guest(Number(port), "jun").catch(() => null);
    if (person === null) await Bun.sleep(20);
  }
  expect(person?.lines.some((line) => line.includes(" 001 jun "))).toBe(true);
}, 60_000);
