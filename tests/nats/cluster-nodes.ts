import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { guest, processesOf } from "../e2e/gateway-server.ts";
import { Folder, Program, run, SERVER } from "../e2e/program.ts";
import type { Stranger } from "../e2e/stranger.ts";

/** Nodes of clusters in temporary folders, as their owners start them, and people who talk through them. */

let clusters = 0;

/** Returns the name of a cluster that no other test has. */
export function newClusterName(): string {
  clusters += 1;
  return `test-${clusters}`;
}

/** What a cluster's test starts: everything ends with it. */
export class ClusterStage {
  readonly folder = new Folder();
  readonly cluster = newClusterName();
  readonly #urls: readonly string[];
  readonly #nodes: ClusterServer[] = [];
  #keyOf: string | null = null;
  /** Returns the words that start a node's program. */
  programOf: (node: string) => readonly string[] = () => SERVER;

  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /**
   * Starts a node. A new one gets the key of the first one.
   *
   * @param within makes of the command line another one that starts it
   */
  async start(
    name: string,
    args: readonly string[] = [],
    within = (command: string[]): string[] => command,
  ): Promise<ClusterServer> {
    const path = this.folder.at(name);
    if (this.#keyOf === null) this.#keyOf = this.folder.at(name, "cluster.key");
    else if (mkdirSync(path, { recursive: true }) !== undefined) {
      cpSync(this.#keyOf, this.folder.at(name, "cluster.key"));
    }
    const node = await ClusterServer.start(this.folder, within(this.command(name, args)));
    this.#nodes.push(node);
    return node;
  }

  /** Starts two nodes: the first leads, and the second has joined it. */
  async startTwo(args: readonly string[] = []): Promise<[ClusterServer, ClusterServer]> {
    const first = await this.start("a", args);
    await first.leads();
    const second = await this.start("b", args);
    return [first, second];
  }

  /** Returns the command line that starts a node, whose `args` may name other servers of NATS. */
  command(name: string, args: readonly string[] = []): string[] {
    const urls = args.includes("--nats") ? [] : ["--nats", this.#urls.join(",")];
    const cluster = [...urls, "--cluster", this.cluster, "--node", name];
    const folders = ["--data", this.folder.at(name), "--certs", this.folder.at("certs")];
    const ports = ["--host", "127.0.0.1", "--port", "0"];
    return [...this.programOf(name), ...ports, ...cluster, ...folders, "--guests", ...args];
  }

  /** Runs a task of the server's program on a node's folder. */
  task(name: string, ...words: string[]) {
    const folders = ["--data", this.folder.at(name), "--certs", this.folder.at("certs")];
    return run([...SERVER, ...words, ...folders], { cwd: this.folder.path });
  }

  /** Returns all that a node's folder has of what was said. */
  historyOf(name: string): string {
    const folder = this.folder.at(name);
    const paths = [...new Bun.Glob("{history,gone}/*/*").scanSync(folder)];
    return paths.map((path) => readFileSync(join(folder, path), "utf8")).join("");
  }

  /** Resolves when something holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await Bun.sleep(20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map(({ program }) => program[Symbol.asyncDispose]()));
    this.folder[Symbol.dispose]();
  }
}

/** A node of a cluster: its supervisor, with a gateway. */
export class ClusterServer {
  readonly program: Program;
  readonly port: number;

  private constructor(program: Program, port: number) {
    this.program = program;
    this.port = port;
  }

  static async start(
    folder: Folder,
    command: readonly string[],
    listening = /gateways listen on \S+ port (\d+)/,
  ): Promise<ClusterServer> {
    const program = new Program(command, { cwd: folder.path });
    const [, port = ""] = await program.sees(listening);
    return new ClusterServer(program, Number(port));
  }

  /** Resolves when it has begun to lead so many times. */
  async leads(times = 1): Promise<void> {
    await this.program.sees(new RegExp(`(this node leads[^]*){${times}}`));
  }

  /** Resolves when its gateway takes connections: it does as soon as it knows who leads. */
  async listens(): Promise<void> {
    const socket = { data() {} };
    const isOpen = (): Promise<boolean> =>
      Bun.connect({ hostname: "127.0.0.1", port: this.port, socket }).then(
        (connection) => {
          connection.end();
          return true;
        },
        () => false,
      );
    while (!(await isOpen())) await Bun.sleep(20);
  }

  /** The process that follows or leads. */
  get process(): number {
    return processesOf(this.program.pid).leader;
  }

  get gateway(): number {
    return processesOf(this.program.pid).gateways[0] ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.process, signal);
  }

  /** Sends a signal to all processes of this machine: SIGKILL is as when it loses its power. */
  signalAll(signal: NodeJS.Signals): void {
    const { leader, gateways } = processesOf(this.program.pid);
    for (const pid of [this.program.pid, leader, ...gateways]) process.kill(pid, signal);
  }

  /** Ends the service of this machine. */
  async stop(): Promise<number> {
    this.program.kill("SIGTERM");
    return this.program.exited;
  }
}

/** Somebody in a room of their own, who says lines that another one hears. */
export class Conversation {
  readonly said: string[] = [];
  readonly #speaker: Stranger;
  readonly #listener: Stranger;

  private constructor(speaker: Stranger, listener: Stranger) {
    this.#speaker = speaker;
    this.#listener = listener;
  }

  static async between(speaker: ClusterServer, listener: ClusterServer): Promise<Conversation> {
    const people = [
      await joined(speaker.port, "mina"),
      await joined(listener.port, "jun"),
    ] as const;
    return new Conversation(...people);
  }

  /** Says a line, and waits until it is heard. Resolves to how long that took, in ms. */
  async say(text: string): Promise<number> {
    const startedAtMs = performance.now();
    this.said.push(text);
    this.#speaker.says(`PRIVMSG #tea :${text}`);
    await this.#listener.hears(new RegExp(` :${text}$`));
    return performance.now() - startedAtMs;
  }

  /** Resolves when a line of anybody is heard. */
  async hears(text: string): Promise<void> {
    await this.#listener.hears(new RegExp(` :${text}$`));
  }

  /** Resolves when the other one has heard that somebody left. */
  async left(nick: string): Promise<void> {
    await this.#listener.hears(new RegExp(`^:${nick}!\\S+ QUIT `));
  }

  /** Says a line that may be refused. */
  tries(text: string): void {
    this.#speaker.says(`PRIVMSG #tea :${text}`);
  }

  /** Says lines until something is over, and one more. Resolves to how long the slowest took, in ms. */
  async sayUntil(over: Promise<unknown>): Promise<number> {
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    let longestMs = 0;
    for (let count = 1; ; count += 1) {
      const wasOver = isOver;
      longestMs = Math.max(longestMs, await this.say(`line ${count}`));
      if (wasOver) return longestMs;
      await Bun.sleep(10);
    }
  }

  /** Both close their connections. */
  leaves(): void {
    this.#speaker.leaves();
    this.#listener.leaves();
  }

  /** What the other one heard, in order. */
  get heard(): (string | undefined)[] {
    return this.#listener.lines
      .filter((line) => / PRIVMSG #tea /.test(line))
      .map((line) => line.split(" :")[1]);
  }

  /** What both were told by nobody in particular: notices, and who left. */
  get told(): string[] {
    const lines = [...this.#speaker.lines, ...this.#listener.lines];
    return lines.filter((line) => /^NOTICE | QUIT |^ERROR/.test(line));
  }
}

/** Connects as soon as the gateway takes connections, and joins #tea. */
export async function joined(port: number, nick: string): Promise<Stranger> {
  for (let tries = 0; ; tries += 1) {
    const person = await guest(port, nick).catch(() => null);
    if (person !== null) {
      person.says("JOIN #tea");
      await person.hears(/ 366 /);
      return person;
    }
    if (tries > 400) throw new Error(`${nick} can't connect`);
    await Bun.sleep(20);
  }
}
