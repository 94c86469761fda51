import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { serverCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { Program, run, SERVER } from "../e2e/program.ts";
import { Stranger } from "../e2e/stranger.ts";
import { ClusterServer, ClusterStage, Conversation } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** `bun server.ts gateway`: connections on a machine without a node. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Joins #tea through a gateway on 127.0.0.2. */
async function enters(port: number, nick: string): Promise<Stranger> {
  const host = "127.0.0.2";
  for (;;) {
    const person = await Stranger.connect(port, { host }).catch(() => null);
    if (person === null) {
      await Bun.sleep(20);
      continue;
    }
    person.says(`NICK ${nick}`);
    person.says(`USER ${nick} 0 * :${nick}`);
    await person.hears(/ (376|422) /);
    person.says("JOIN #tea");
    await person.hears(/ 366 /);
    return person;
  }
}

describe("gateways without a node", () => {
  test("hold connections for the cluster, and say good-bye at their end", async () => {
    await using stage = new ClusterStage([nats.url]);
    const node = await stage.start("a");
    await node.leads();
    const settings = [
      "--nats",
      nats.url,
      "--cluster",
      stage.cluster,
      "--certs",
      stage.folder.at("certs"),
    ];
    const own = ["--node", "edge", "--host", "127.0.0.2", "--port", "0", "--gateways", "2"];
    const command = [...SERVER, "gateway", ...settings, ...own];
    const gateway = await ClusterServer.start(
      stage.folder,
      command,
      /gateways of the cluster \S+, on 127.0.0.2 port (\d+)/,
    );
    await using program = gateway.program;
    const talk = await Conversation.between(node, node);
    const ara = await enters(gateway.port, "ara");
    await talk.say("hello");
    await ara.hears(/ :hello$/);
    program.kill("SIGTERM");
    expect(await program.exited).toBe(0);
    await ara.hears(/^ERROR :This gateway .* is going down/);
    await ara.closed;
    await talk.say("the others talk on");
  });

  test("with another certificate are told so, and so is the leader's owner", async () => {
    await using stage = new ClusterStage([nats.url]);
    const node = await stage.start("a");
    await node.leads();
    const certs = stage.folder.at("other-certs");
    expect(serverCertificate(certs, ["localhost"])).not.toHaveProperty("refused");
    const place = ["--nats", nats.url, "--cluster", stage.cluster, "--certs", certs];
    const own = ["--node", "edge", "--host", "127.0.0.2", "--port", "0", "--gateways", "1"];
    await using gateway = new Program([...SERVER, "gateway", ...place, ...own], {
      cwd: stage.folder.path,
    });
    const why =
      /gateway 1 of edge shows a certificate with the fingerprint \S+, and the leader one/;
    await Promise.all([gateway.sees(why), node.program.sees(why)]);
    // The gateway asks for two seconds before it says so.
  }, 15_000);

  test("are refused without --nats, and without the cluster's certificate", async () => {
    await using stage = new ClusterStage([nats.url]);
    const start = (...args: string[]) =>
      run([...SERVER, "gateway", ...args], { cwd: stage.folder.path });
    expect(await start()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("needs --nats"),
    });
    expect((await start("--nats", nats.url)).stderr).toContain(
      "copy the folder of --certs from a node",
    );
  });
});
