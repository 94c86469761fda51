import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { serverCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { isGone, processesOf } from "../e2e/gateway-server.ts";
import { Program, run, SERVER } from "../e2e/program.ts";
import { Stranger } from "../e2e/stranger.ts";
import { ClusterServer, ClusterStage, Conversation } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** `bun server.ts gateway`: connections on a machine without a node. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** The machine with gateways alone has another address than the nodes. */
const HOST = "127.0.0.2";
const LIMIT_MS = 90_000;

/** Joins #tea through a gateway of that machine. */
async function enters(port: number, nick: string): Promise<Stranger> {
  for (;;) {
    const person = await Stranger.connect(port, { host: HOST }).catch(() => null);
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

function gatewayCommand(stage: ClusterStage, url: string, ...args: readonly string[]): string[] {
  const cluster = ["--nats", url, "--cluster", stage.cluster, "--node", "edge"];
  const own = ["--certs", stage.folder.at("certs"), "--host", HOST, "--gateways", "2"];
  return [...SERVER, "gateway", ...cluster, ...own, "--port", "0", ...args];
}

/** Starts the machine with gateways alone. */
function startGateways(
  stage: ClusterStage,
  url = nats.url,
  ...args: readonly string[]
): Promise<ClusterServer> {
  const listening = /gateways of the cluster \S+, on 127.0.0.2 port (\d+)/;
  return ClusterServer.start(stage.folder, gatewayCommand(stage, url, ...args), listening);
}

/** Runs `bun server.ts COMMAND` on that machine. */
function ask(stage: ClusterStage, ...command: readonly string[]): ReturnType<typeof run> {
  const words = [...SERVER, ...command, "--certs", stage.folder.at("certs")];
  return run(words, { cwd: stage.folder.path, env: { LANG: "C" } });
}

interface GatewayStatus {
  readonly leader: string | null;
  readonly natsReached: boolean;
  readonly gateways: readonly {
    readonly gateway: number;
    readonly pid: number;
    readonly connections: number;
    readonly listening: boolean;
    readonly leaving: boolean;
  }[];
}

/** Resolves to what `status --json` says, once something holds of it. */
async function statusWith(
  stage: ClusterStage,
  holds: (status: GatewayStatus) => boolean,
): Promise<GatewayStatus> {
  for (;;) {
    const { stdout } = await ask(stage, "status", "--json");
    const status = stdout === "" ? null : (JSON.parse(stdout) as GatewayStatus);
    if (status !== null && holds(status)) return status;
    await Bun.sleep(50);
  }
}

describe("gateways without a node", () => {
  test("hold connections for the cluster, and say good-bye at their end", async () => {
    await using stage = new ClusterStage([nats.url]);
    const node = await stage.start("a");
    await node.leads();
    const gateway = await startGateways(stage);
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

  test("are checked beforehand, and refused where their port is in use", async () => {
    await using stage = new ClusterStage([nats.url]);
    const node = await stage.start("a");
    await node.leads();
    const check = [...gatewayCommand(stage, nats.url), "--check"];
    expect(await run(check, { cwd: stage.folder.path })).toMatchObject({
      code: 0,
      stdout: "Settings and certificate are good.\n",
    });
    const own = ["--host", "127.0.0.1", "--port", String(node.port)];
    const refused = await run([...gatewayCommand(stage, nats.url), ...own], {
      cwd: stage.folder.path,
    });
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`listens on port ${node.port} already`),
    });
  });

  test(
    "say who leads, whether NATS is reached, and how many connections they have",
    async () => {
      const own = new NatsServer();
      await own.start();
      try {
        await using stage = new ClusterStage([own.url]);
        await (await stage.start("a")).leads();
        const machine = await startGateways(stage, own.url);
        await using program = machine.program;
        await statusWith(stage, isReady);
        await enters(machine.port, "ara");
        const status = await statusWith(stage, ({ gateways }) =>
          gateways.some(({ connections }) => connections === 1),
        );
        expect(status).toMatchObject({
          ...{ cluster: stage.cluster, leader: "a", node: "edge", natsReached: true },
          gateways: [
            { gateway: 1, leaving: false },
            { gateway: 2, leaving: false },
          ],
        });
        const words = await ask(stage, "status");
        expect(words.stdout.split("\n").slice(0, 3)).toEqual([
          "This machine, edge, has gateways alone: 2 gateways hold 1 connection.",
          "NATS is reached.",
          `a leads the cluster ${stage.cluster}.`,
        ]);
        const korean = await ask(stage, "status", "--lang", "ko");
        expect(korean.stdout).toContain("이 컴퓨터(edge)에는 게이트웨이만 있습니다");
        expect(korean.stdout).toContain("NATS에 연결되어 있습니다");
        expect(await ask(stage, "admin", "say", "hello")).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("ask on a, the node that leads"),
        });
        await own.kill();
        await statusWith(
          stage,
          ({ natsReached, gateways }) => !natsReached && gateways.length === 2,
        );
        expect((await ask(stage, "status")).stdout).toContain("NATS is not reached from here");
        await own.start();
        await statusWith(stage, isReady);
        program.kill("SIGTERM");
        await program.exited;
        expect((await ask(stage, "status")).stderr).toContain("No server is running");
      } finally {
        await own.remove();
      }
    },
    LIMIT_MS,
  );

  test("serve also where nobody can ask them how they are, and say why", async () => {
    await using stage = new ClusterStage([nats.url]);
    await (await stage.start("a")).leads();
    await using first = (await startGateways(stage)).program;
    const second = await startGateways(stage);
    await using program = second.program;
    await program.sees(`can't reach these gateways: those of process ${first.pid} have the same`);
    await enters(second.port, "ara");
    program.kill("SIGTERM");
    await program.exited;
    rmSync(stage.folder.at("certs", ".gateways"), { recursive: true });
    writeFileSync(stage.folder.at("certs", ".gateways"), "");
    await using third = (await startGateways(stage)).program;
    await third.sees(/can't reach these gateways: .*lock/);
  });

  test("leave settings and certificates to the node that leads when they are to read them again", async () => {
    await using stage = new ClusterStage([nats.url]);
    await using program = await leadAndStart(stage);
    program.kill("SIGHUP");
    await program.sees("when the node that leads reads its settings again");
    expect(await ask(stage, "admin", "reload")).toMatchObject({ code: 1 });
  });
});

/** Starts a node that leads, and the machine with gateways alone; resolves to that when it is ready. */
async function leadAndStart(stage: ClusterStage): Promise<Program> {
  await (await stage.start("a")).leads();
  const { program } = await startGateways(stage);
  await statusWith(stage, isReady);
  return program;
}

function isReady({ leader, natsReached, gateways }: GatewayStatus): boolean {
  const listening = gateways.filter((gateway) => gateway.listening);
  return leader === "a" && natsReached && listening.length === 2;
}

describe("a gateway of a machine without a node", () => {
  test(
    "that hangs is killed and started again",
    async () => {
      await using stage = new ClusterStage([nats.url]);
      await using program = await leadAndStart(stage);
      const [hanging = 0] = processesOf(program.pid).gateways;
      process.kill(hanging, "SIGSTOP");
      await program.sees("the gateway 1 has answered nothing for 15 seconds and is killed");
      await program.sees("the gateway 1 ended (SIGKILL) and is started again");
      await statusWith(stage, (status) => isReady(status) && pidOf(status, 1) !== hanging);
    },
    LIMIT_MS,
  );

  test(
    "is replaced by the owner's word, and runs empty while its people talk",
    async () => {
      await using stage = new ClusterStage([nats.url]);
      const node = await stage.start("a");
      await node.leads();
      const machine = await startGateways(stage);
      await using program = machine.program;
      await statusWith(stage, isReady);
      const ara = await enters(machine.port, "ara");
      const talk = await Conversation.between(node, node);
      const before = processesOf(program.pid).gateways;
      for (const words of [["upgrade"], ["upgrade", "--gateways"]]) {
        const upgraded = await ask(stage, ...words);
        expect(upgraded).toMatchObject({ code: 0, stderr: "" });
        expect(upgraded.stdout).toStartWith("New gateways take new connections.");
      }
      program.kill("SIGUSR2");
      // Those that had nobody have ended already.
      const { gateways } = await statusWith(
        stage,
        (status) => status.gateways.length === 3 && pidOf(status, 8) !== undefined,
      );
      const [left, ...others] = gateways;
      expect(left).toMatchObject({ connections: 1, leaving: true });
      expect(others.map(({ gateway, leaving }) => [gateway, leaving])).toEqual([
        [7, false],
        [8, false],
      ]);
      const jun = await enters(machine.port, "late");
      await talk.say("to all gateways");
      for (const person of [ara, jun]) await person.hears(/ :to all gateways$/);
      ara.leaves();
      for (const pid of before) await isGone(pid);
      await statusWith(stage, (status) => status.gateways.length === 2);
      await jun.isAnswered();
    },
    LIMIT_MS,
  );
});

function pidOf({ gateways }: GatewayStatus, number: number): number | undefined {
  return gateways.find(({ gateway }) => gateway === number)?.pid;
}
