import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { readMetrics } from "../metrics-reader.ts";
import { ClusterStage, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** What an owner watches of a cluster: the metrics file of each node. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

test("the metrics of every node say who leads, who is behind, how large the log is, and when NATS is gone", async () => {
  await using stage = new ClusterStage([nats.url]);
  const start = (name: string) => {
    const file = stage.folder.at(`${name}.prom`);
    return stage.start(name, ["--metrics-file", file, "--metrics-seconds", "1"]);
  };
  const values = (name: string, metric: string): Record<string, number> => {
    const file = stage.folder.at(`${name}.prom`);
    if (!existsSync(file)) return {};
    const metrics = readMetrics(readFileSync(file, "utf8"));
    return Object.fromEntries(metrics.get(`sodam_${metric}`)?.values ?? []);
  };
  const say = (name: string, metric: string, wanted: Record<string, number>) =>
    stage.until(() => Bun.deepEquals(values(name, metric), wanted));
  const a = await start("a");
  await a.leads();
  const b = await start("b");
  await joined(b.port, "mina");
  for (const name of ["a", "b"]) {
    await say(name, "cluster_node_leads", { "node=a": 1, "node=b": 0 });
    await say(name, "cluster_gateway_connections", {
      "node=a gateway=1": 0,
      "node=b gateway=1": 1,
    });
    await say(name, "cluster_node_behind_records", { "node=a": 0, "node=b": 0 });
    await say(name, "cluster_log_reached", { "": 1 });
    expect(values(name, "log_bytes")[""]).toBeGreaterThan(0);
    expect(values(name, "memory_bytes")[""]).toBeGreaterThan(1 << 20);
  }
  // What is the service's, and not a node's, is told once.
  await say("a", "people", { "kind=member": 0, "kind=guest": 1 });
  expect(values("b", "people")).toEqual({});
  a.signal("SIGKILL");
  await b.leads();
  for (const name of ["a", "b"]) {
    await say(name, "cluster_node_leads", { "node=a": 0, "node=b": 1 });
  }
  await say("b", "people", { "kind=member": 0, "kind=guest": 1 });
  expect(values("a", "people")).toEqual({});
  await nats.kill();
  await say("a", "cluster_log_reached", { "": 0 });
  await nats.start();
  for (const name of ["a", "b"]) await say(name, "cluster_log_reached", { "": 1 });
  await a.stop();
  await stage.until(() => !existsSync(stage.folder.at("a.prom")));
  await say("b", "cluster_node_leads", { "node=b": 1 });
}, 60_000);
