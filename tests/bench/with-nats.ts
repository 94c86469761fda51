import { writeFileSync } from "node:fs";
import { NatsCluster, NatsServer } from "../nats/nats-server.ts";

/*
 * Starts a nats-server, or three that are one, and then a command behind `--`, which gets their addresses as `--nats`:
 * `bun tests/bench/with-nats.ts 1|3 ADDRESSES-FILE -- COMMAND…`. All are children of this process, so that its CPU and
 * memory are measured with theirs.
 */

const [count = "1", file = "", , ...command] = Bun.argv.slice(2);
const cluster = count === "3" ? new NatsCluster() : null;
const servers = cluster?.servers ?? [new NatsServer()];
await Promise.all(servers.map((server) => server.start()));
const urls = servers.map(({ url }) => url).join(",");
writeFileSync(file, urls);
const run = () =>
  Bun.spawn([...command, "--nats", urls], { stdio: ["ignore", "inherit", "inherit"] });
process.exit(await run().exited);
