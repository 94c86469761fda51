import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, SERVER } from "../e2e/program.ts";
import { TestAuthority } from "../transport/test-authority.ts";
import { ClusterServer, ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NATS_PROGRAM, until } from "./nats-server.ts";

/** Three machines, each an address of this one, as "Three machines" of docs/cluster.md sets them up: with TLS and passwords. */

const DOCS = join(import.meta.dir, "../../docs");
/** A network that no other run uses, in the place of the page's. */
const NETWORK = `127.${random(1, 250)}.${random(1, 250)}.`;
const ADDRESSES = [1, 2, 3].map((machine) => `${NETWORK}${machine}`);
const URLS = ADDRESSES.map((address) => `tls://${address}:4222`).join(",");

const folder = mkdtempSync(join(tmpdir(), "sodam-three-machines-"));
const servers: Bun.Subprocess[] = [];

function random(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

function onNetwork(text: string): string {
  return text.replaceAll("10.0.0.", NETWORK);
}

/** Step 1 of the page: certificates, and passwords. */
function makeCredentials(): void {
  const page = readFileSync(join(DOCS, "cluster.md"), "utf8");
  const [, commands = ""] = /```\n(openssl ecparam[\s\S]*?)```/.exec(page) ?? [];
  const made = Bun.spawnSync(["bash", "-ec", onNetwork(commands)], { cwd: folder });
  if (made.exitCode !== 0) throw new Error(made.stderr.toString());
}

function passwordOf(user: string): string {
  return (
    readFileSync(join(folder, `${user}.creds`), "utf8")
      .trim()
      .split(":")[1] ?? ""
  );
}

/** Step 2: the configuration of one machine's nats-server, with what the page says to change. */
function writeConfiguration(machine: number): string {
  const etc = join(folder, `etc${machine}`);
  mkdirSync(etc);
  const installed = {
    "ca.pem": "ca.pem",
    [`n${machine}.pem`]: "cert.pem",
    [`n${machine}-key.pem`]: "key.pem",
  };
  for (const [file, name] of Object.entries(installed))
    copyFileSync(join(folder, file), join(etc, name));
  const own = `${NETWORK}${machine}`;
  const text = onNetwork(readFileSync(join(DOCS, "nats.conf"), "utf8"))
    .replace(/^server_name: .*/m, `server_name: n${machine}`)
    .replaceAll(/listen: [\d.]+:/g, `listen: ${own}:`)
    .replaceAll("/etc/nats", etc)
    .replaceAll("/var/lib/nats", join(folder, `store${machine}`))
    .replaceAll("NODE-PASSWORD", passwordOf("node"))
    .replaceAll("GATEWAY-PASSWORD", passwordOf("gateway"));
  const path = join(etc, "nats.conf");
  writeFileSync(path, text);
  return path;
}

function startNats(machine: number): void {
  const log = Bun.file(join(folder, `log${machine}`));
  const stdio = ["ignore", "ignore", log] as const;
  servers[machine - 1] = Bun.spawn(
    [NATS_PROGRAM, "-c", join(folder, `etc${machine}`, "nats.conf")],
    { stdio: [...stdio] },
  );
}

/** Returns the settings of a machine, with the credentials of a user of NATS. */
function natsAs(user: string, authority = "ca.pem"): string[] {
  return [
    "--nats",
    URLS,
    "--nats-ca",
    join(folder, authority),
    "--nats-creds",
    join(folder, `${user}.creds`),
  ];
}

beforeAll(async () => {
  makeCredentials();
  for (const machine of [1, 2, 3]) {
    writeConfiguration(machine);
    startNats(machine);
  }
  await until(() =>
    [1, 2, 3].some((machine) =>
      readFileSync(join(folder, `log${machine}`), "utf8").includes(
        "JetStream cluster new metadata leader",
      ),
    ),
  );
});
afterAll(async () => {
  for (const server of servers) server.kill("SIGKILL");
  await Promise.all(servers.map(({ exited }) => exited));
  rmSync(folder, { recursive: true, force: true });
});

describe("three machines with TLS and two users of NATS", () => {
  test("serve people through nodes and a gateway of its own, also when leader and NATS are killed", async () => {
    await using stage = new ClusterStage([]);
    const a = await stage.start("a", natsAs("node"));
    await a.leads();
    const b = await stage.start("b", natsAs("node"));
    const own = ["--node", "g1", "--host", "127.0.0.1", "--port", "0", "--gateways", "2"];
    const place = ["--cluster", stage.cluster, "--certs", stage.folder.at("certs")];
    const gateway = await ClusterServer.start(
      stage.folder,
      [...SERVER, "gateway", ...natsAs("gateway"), ...place, ...own],
      /gateways of the cluster \S+, on \S+ port (\d+)/,
    );
    await using edge = gateway.program;
    const talk = await Conversation.between(b, b);
    const ara = await joined(gateway.port, "ara");
    await talk.say("first");
    await ara.hears(/ :first$/);
    a.signal("SIGKILL");
    await talk.say("after the leader");
    servers[0]?.kill("SIGKILL");
    await talk.say("after NATS");
    await ara.hears(/ :after NATS$/);
    startNats(1);
    expect(talk.heard).toEqual(talk.said);
    for (const { stderr } of [edge, a.program, b.program]) expect(stderr).not.toMatch(/violation/i);
  });

  test("refuse a node with a wrong password, the gateways' one, or another authority", async () => {
    await using stage = new ClusterStage([]);
    const other = await TestAuthority.create();
    writeFileSync(join(folder, "other.pem"), other.cert);
    writeFileSync(join(folder, "wrong.creds"), "node:wrong\n");
    const reasons: string[] = [];
    for (const args of [natsAs("wrong"), natsAs("gateway"), natsAs("node", "other.pem")]) {
      const { code, stderr } = await run(stage.command("a", args), { cwd: stage.folder.path });
      reasons.push(`${code} ${stderr}`);
    }
    expect(reasons).toEqual([
      expect.stringMatching(/^1 .*Authorization Violation/),
      expect.stringMatching(/^1 .*Permissions Violation/),
      expect.stringMatching(/^1 .*certificate/),
    ]);
  });
});
