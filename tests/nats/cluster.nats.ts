import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync } from "node:fs";
import { guest, processesOf } from "../e2e/gateway-server.ts";
import { Folder, Program, SERVER } from "../e2e/program.ts";
import type { Stranger } from "../e2e/stranger.ts";
import { NatsServer } from "./nats-server.ts";

/** Nodes of one cluster, each with a gateway, and people who talk through both. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

let clusters = 0;

class Node {
  readonly program: Program;
  readonly port: number;

  private constructor(program: Program, port: number) {
    this.program = program;
    this.port = port;
  }

  static async start(folder: Folder, cluster: string, name: string): Promise<Node> {
    const args = ["--nats", nats.url, "--cluster", cluster, "--node", name];
    const own = ["--data", folder.at(name), "--certs", folder.at("certs")];
    const program = new Program(
      [...SERVER, "--host", "127.0.0.1", "--port", "0", ...args, ...own, "--guests"],
      { cwd: folder.path },
    );
    const [, port = ""] = await program.sees(/gateways listen on \S+ port (\d+)/);
    return new Node(program, Number(port));
  }

  /** Kills the process that follows or leads. */
  kill(): void {
    process.kill(processesOf(this.program.pid).leader, "SIGKILL");
  }
}

/** Two nodes: the first leads, and the second has joined it. */
async function twoNodes(folder: Folder): Promise<[Node, Node]> {
  clusters += 1;
  const cluster = `test-${clusters}`;
  const first = await Node.start(folder, cluster, "a");
  await first.program.sees(/is listening on/);
  mkdirSync(folder.at("b"));
  cpSync(folder.at("a/cluster.key"), folder.at("b/cluster.key"));
  return [first, await Node.start(folder, cluster, "b")];
}

async function joined(port: number, nick: string): Promise<Stranger> {
  for (let tries = 0; ; tries += 1) {
    const person = await guest(port, nick).catch(() => null);
    if (person !== null) {
      person.says("JOIN #tea");
      await person.hears(/ 366 /);
      return person;
    }
    if (tries > 200) throw new Error(`${nick} can't connect`);
    await Bun.sleep(20);
  }
}

const heard = (person: Stranger): (string | undefined)[] =>
  person.lines.filter((line) => / PRIVMSG #tea /.test(line)).map((line) => line.split(" :")[1]);

describe("people of two gateways", () => {
  test("talk on while leaders, NATS and a standby are killed, and hear each line once", async () => {
    using folder = new Folder();
    const [a, b] = await twoNodes(folder);
    await using programs = {
      [Symbol.asyncDispose]: async () => {
        await Promise.all([a, b].map(({ program }) => program[Symbol.asyncDispose]()));
      },
    };
    void programs;
    const mina = await joined(a.port, "mina");
    const jun = await joined(b.port, "jun");
    const said: string[] = [];
    const say = async (text: string): Promise<void> => {
      said.push(text);
      mina.says(`PRIVMSG #tea :${text}`);
      await jun.hears(new RegExp(` :${text}$`));
    };
    await say("first");
    a.kill();
    await say("after the leader");
    await say("on the second");
    b.kill();
    await say("after the second leader");
    await nats.kill();
    const waiting = say("without NATS");
    await Bun.sleep(300);
    await nats.start();
    await waiting;
    await say("last");
    expect(heard(jun)).toEqual(said);
  }, 120_000);
});
