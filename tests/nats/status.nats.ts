import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectNats } from "../../lib/cluster/nats/nats-engine.ts";
import { loadTotp } from "../../lib/member-server/second-factor.ts";
import { guest, processesOf } from "../e2e/gateway-server.ts";
import { Folder, Program, run, SERVER } from "../e2e/program.ts";
import type { Stranger } from "../e2e/stranger.ts";
import { ClusterStage } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** What the owner of a cluster sees and sets, and what its log keeps. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

let clusters = 0;

/** A cluster whose nodes have a data folder and a settings file each. */
class Cluster {
  readonly folder = new Folder();
  readonly name: string;
  readonly programs = new Map<string, Program>();
  readonly ports = new Map<string, number>();

  constructor() {
    clusters += 1;
    this.name = `status-${clusters}`;
  }

  /** Starts a node; the first one leads. */
  async start(node: string, settings = "guests = true"): Promise<Program> {
    this.write(node, settings);
    const first = [...this.ports.keys()][0];
    if (first !== undefined && first !== node && !this.ports.has(node)) {
      mkdirSync(this.folder.at(node));
      cpSync(this.folder.at(`${first}/cluster.key`), this.folder.at(`${node}/cluster.key`));
    }
    const args = ["--nats", nats.url, "--cluster", this.name, "--node", node];
    const own = ["--data", node, "--certs", "certs", "--config", `${node}.toml`];
    const program = new Program(
      [...SERVER, "--host", "127.0.0.1", "--port", "0", ...args, ...own],
      {
        cwd: this.folder.path,
      },
    );
    this.programs.set(node, program);
    const [, port = ""] = await program.sees(/gateways listen on \S+ port (\d+)/);
    this.ports.set(node, Number(port));
    return program;
  }

  write(node: string, settings: string): void {
    writeFileSync(this.folder.at(`${node}.toml`), `${settings}\n`);
  }

  /** Runs `bun server.ts COMMAND` for a node. */
  ask(node: string, ...command: string[]): ReturnType<typeof run> {
    return run([...SERVER, ...command, "--data", node], { cwd: this.folder.path });
  }

  /** Resolves to what `status --json` says, once something holds of it. */
  async status(node: string, holds: (status: Status) => boolean): Promise<Status> {
    for (;;) {
      const { stdout } = await this.ask(node, "status", "--json");
      if (stdout !== "") {
        const status = JSON.parse(stdout) as Status;
        if (holds(status)) return status;
      }
      await Bun.sleep(100);
    }
  }

  kill(node: string): void {
    const program = this.programs.get(node);
    if (program !== undefined) process.kill(processesOf(program.pid).leader, "SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.programs.values()) await program[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

interface Status {
  readonly cluster: string;
  readonly leader: string | null;
  readonly logRecords: number;
  readonly logBytes: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly role: string;
    readonly differing: string;
    readonly behindRecords: number;
  }[];
  readonly gateways: readonly { readonly node: string; readonly connections: number }[];
}

async function person(port: number, nick: string): Promise<Stranger> {
  for (let tries = 0; tries < 200; tries += 1) {
    const connected = await guest(port, nick).catch(() => null);
    if (connected !== null) return connected;
    await Bun.sleep(20);
  }
  throw new Error(`${nick} can't connect`);
}

describe("bun server.ts status", () => {
  test("says on every node who leads, who follows, and which gateways there are", async () => {
    await using cluster = new Cluster();
    const a = await cluster.start("a");
    await a.sees(/is listening on/);
    await cluster.start("b");
    await person(cluster.ports.get("b") ?? 0, "jun");
    for (const node of ["a", "b"]) {
      const status = await cluster.status(
        node,
        ({ nodes, gateways }) =>
          nodes.length === 2 && gateways.some(({ connections }) => connections === 1),
      );
      expect(status).toMatchObject({
        cluster: cluster.name,
        leader: "a",
        logRecords: expect.any(Number),
        nodes: [
          { node: "a", role: "leader", differing: "" },
          { node: "b", role: "standby", differing: "" },
        ],
      });
      expect(status.logBytes).toBeGreaterThan(0);
      expect(status.gateways.map((gateway) => gateway.node)).toEqual(["a", "b"]);
    }
    const words = await cluster.ask("b", "status");
    expect(words.stdout).toMatch(/^a leads the cluster \S+ since 20.*Z\.\nb follows, /);
    const korean = await cluster.ask("b", "status", "--lang", "ko");
    expect(korean.stdout).toContain("클러스터를 이끄는 노드: a");
    cluster.kill("a");
    await cluster.status("b", ({ leader }) => leader === "b");
  }, 60_000);

  test("is asked for anything else on a standby, and names the node that leads", async () => {
    await using cluster = new Cluster();
    const a = await cluster.start("a");
    await a.sees(/is listening on/);
    const b = await cluster.start("b", "guests = true\nlog-level = 'info'");
    await cluster.status("b", ({ leader }) => leader === "a");
    const said = await cluster.ask("b", "admin", "say", "hello");
    expect(said).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("ask on a, which does"),
    });
    cluster.write("b", "guests = true\nlog-level = 'debug'\nmotd = 'of b'");
    const reloaded = await cluster.ask("b", "admin", "reload");
    expect(reloaded).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("reload them on a"),
    });
    await b.sees(/debug: settings/);
    expect(await cluster.ask("b", "admin", "check")).toMatchObject({ code: 0 });
    const level = await cluster.ask("b", "admin", "log-level", "warn");
    expect(level).toMatchObject({ code: 0, stdout: expect.stringContaining("level is warn") });
    expect(await cluster.ask("b", "admin", "log-level", "loud")).toMatchObject({ code: 1 });
  }, 60_000);
});

describe("the settings of a cluster", () => {
  test("are those of its leader, also when another node leads, and those that differ are named", async () => {
    await using cluster = new Cluster();
    const a = await cluster.start("a", "guests = true\nmotd = 'tea of a'");
    await a.sees(/is listening on/);
    const b = await cluster.start(
      "b",
      "guests = true\nmotd = 'tea of b'\nserver-password = 'kettle'",
    );
    await b.sees(
      /own settings differ from the cluster's, which hold here, too: motd, server-password/,
    );
    const differing = ({ nodes }: Status): string | undefined => nodes[1]?.differing;
    await cluster.status("a", (status) => differing(status) === "motd, server-password");
    cluster.write("a", "guests = true\nmotd = 'second tea'");
    expect(await cluster.ask("a", "admin", "reload")).toMatchObject({ code: 0 });
    const [followed] = [await cluster.status("b", ({ nodes }) => nodes[1]?.behindRecords === 0)];
    expect(followed.leader).toBe("a");
    await Bun.sleep(1500);
    const jun = await person(cluster.ports.get("b") ?? 0, "jun");
    a.kill("SIGTERM");
    await b.sees(/this node leads/);
    jun.says("MOTD");
    await jun.hears(/ 372 jun :- second tea/);
    expect(await cluster.ask("b", "admin", "reload")).toMatchObject({ code: 0 });
    jun.says("MOTD");
    await jun.hears(/ 372 jun :- tea of b/);
  }, 60_000);
});

/** Sets up a second factor. Resolves to its key. */
async function setUpSecondFactor(mina: Stranger, password: string): Promise<string> {
  mina.says(`ACCOUNT CONFIRM ${password}`);
  mina.says("ACCOUNT 2FA SETUP");
  const line = await mina.hears(/ SECOND_FACTOR_KEY /);
  const secret = / SECOND_FACTOR_KEY ([A-Z2-7]{32}) /.exec(line)?.[1] ?? "";
  const { TOTP, Secret } = loadTotp();
  mina.says(`ACCOUNT 2FA ON ${new TOTP({ secret: Secret.fromBase32(secret) }).generate()}`);
  await mina.hears(/ SECOND_FACTOR_ON /);
  return secret;
}

/** Returns how often bytes stand in the files of NATS. */
function countInStore(bytes: Uint8Array): number {
  const files = readdirSync(nats.store, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .filter((file) => readFileSync(join(file.parentPath, file.name)).includes(bytes)).length;
}

describe("the log", () => {
  test("loses what was taken back, sealed as it was, and never had a password's hash or a second factor", async () => {
    await using cluster = new Cluster();
    const hash = `$argon2id$v=19$m=65536,t=2,p=1$${"a".repeat(22)}$${"b".repeat(43)}`;
    const operator = `[[operator]]\nname = "boss"\npassword-hash = "${hash}"`;
    const settings = "sign-up = 'open'\npassword-cost = 'test'\nguests = true\n";
    const a = await cluster.start("a", settings + operator);
    await a.sees(/is listening on/);
    await cluster.start("b", settings + operator);
    await cluster.status("a", ({ nodes }) => nodes.length === 2);
    const mina = await person(cluster.ports.get("a") ?? 0, "mina");
    mina.says("CAP REQ :draft/message-redaction echo-message message-tags standard-replies");
    mina.says("REGISTER * * kettle-on-the-stove");
    await mina.hears(/ REGISTER SUCCESS /);
    expect(readFileSync(cluster.folder.at("a/users.journal"), "utf8")).toContain("$argon2");
    const secret = await setUpSecondFactor(mina, "kettle-on-the-stove");
    const accounts = readFileSync(cluster.folder.at("a/users.journal"), "utf8");
    const [, recovery = ""] = /"recovery":\["([^"]+)"/.exec(accounts) ?? [];
    expect(recovery).not.toBe("");
    expect(accounts).toContain(secret);
    mina.says("JOIN #tea");
    await mina.hears(/ 366 /);
    mina.says("PRIVMSG #tea :a secret of the kettle");
    await mina.hears(/ :a secret of the kettle/);
    const sealed = await sealedRecords(cluster.name);
    expect(sealed.length).toBeGreaterThan(3);
    expect(sealed.every((record) => countInStore(record) > 0)).toBe(true);
    for (const text of ["a secret of the kettle", "$argon2", secret, recovery]) {
      expect(countInStore(Buffer.from(text))).toBe(0);
    }
    const line = mina.lines.find((each) => each.endsWith(" :a secret of the kettle")) ?? "";
    mina.says(`REDACT #tea ${/msgid=([^;\s]+)/.exec(line)?.[1]} :sorry`);
    await mina.hears(/REDACT #tea/);
    const redactedAtMs = performance.now();
    while (sealed.some((record) => countInStore(record) > 0)) await Bun.sleep(100);
    expect(performance.now() - redactedAtMs).toBeLessThan(60_000);
  }, 90_000);
});

/** Resolves to what is sealed of the records of a cluster's log. */
async function sealedRecords(cluster: string): Promise<Uint8Array[]> {
  const connected = await connectNats({ urls: [nats.url], name: cluster });
  if ("refused" in connected) throw new Error(connected.refused);
  const { engine } = connected;
  const records: Uint8Array[] = [];
  await new Promise<void>((resolve) => {
    engine.follow(0, {
      entry({ bytes }) {
        const headEnd = bytes.indexOf(10);
        const head = Buffer.from(bytes.subarray(0, headEnd)).toString();
        if (head.includes('"sealed":true')) records.push(bytes.slice(headEnd + 1));
      },
      atEnd: () => resolve(),
    });
  });
  await engine.close();
  return records;
}

test("a node that is started while NATS is down says that it waits for it, and then serves", async () => {
  const own = new NatsServer();
  await own.start();
  try {
    await using stage = new ClusterStage([own.url]);
    const node = await stage.start("a");
    await node.leads();
    await own.kill();
    node.signal("SIGKILL");
    const status = () => run([...SERVER, "status", "--data", "a"], { cwd: stage.folder.path });
    const waits = /^The node a is starting, and waits for NATS: NATS at .* It is tried again/;
    const answers: string[] = [];
    while (!waits.test(answers.at(-1) ?? "")) {
      const { code, stderr } = await status();
      expect(code).toBe(1);
      answers.push(stderr);
    }
    await own.start();
    await node.leads(2);
    expect((await status()).stdout).toStartWith(`a leads the cluster ${stage.cluster} since`);
  } finally {
    await own.remove();
  }
}, 60_000);
