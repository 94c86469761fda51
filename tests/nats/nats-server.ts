import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { streamOf } from "../../lib/cluster/nats/nats-stream.ts";

const WAIT_MS = 60_000;
/** Debian has it where only root's PATH looks. */
export const NATS_PROGRAM =
  Bun.which("nats-server", { PATH: `${process.env["PATH"]}:/usr/sbin` }) ?? "nats-server";

/** A nats-server of the test's own, on a free port, with a store that goes with it. */
export class NatsServer {
  readonly folder = mkdtempSync(join(tmpdir(), "sodam-nats-"));
  /** More lines of its configuration. */
  readonly #config: string;
  readonly #storage: string;
  #process: Bun.Subprocess | null = null;
  port = 0;

  /** @param storage "off" for no JetStream, or how much of the disk it may use: streams set some aside when they are made */
  constructor(config = "", storage = "4TB") {
    this.#config = config;
    this.#storage = storage;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get store(): string {
    return join(this.folder, "store");
  }

  /** Starts it, also again: on the same port then. */
  async start(): Promise<void> {
    const config = join(this.folder, "nats.conf");
    const portsFolder = join(this.folder, "ports");
    rmSync(portsFolder, { recursive: true, force: true });
    const isOff = this.#storage === "off";
    writeFileSync(
      config,
      `port: ${this.port === 0 ? -1 : this.port}
host: 127.0.0.1
ports_file_dir: ${JSON.stringify(this.folder)}
${isOff ? "" : `jetstream { store_dir: ${JSON.stringify(this.store)}, max_file_store: ${this.#storage} }`}
${this.#config}\n`,
    );
    const log = join(this.folder, "log");
    const stdio = ["ignore", "ignore", Bun.file(log)] as const;
    const child = Bun.spawn([NATS_PROGRAM, "-c", config], { stdio: [...stdio] });
    this.#process = child;
    const ports = join(this.folder, `nats-server_${child.pid}.ports`);
    await until(() => {
      try {
        const { nats } = JSON.parse(readFileSync(ports, "utf8")) as { nats: string[] };
        this.port = Number(new URL(nats[0] ?? "").port);
      } catch {
        if (child.exitCode !== null) throw new Error(readFileSync(log, "utf8"));
        return false;
      }
      return readFileSync(log, "utf8").includes("Server is ready");
    });
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#process?.kill(signal);
    await this.#process?.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }
}

/** Resolves when something holds. Rejects after a minute. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error("it doesn't come");
    await Bun.sleep(5);
  }
}

/** Three servers that are one. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];

  constructor() {
    const ports = freePorts(3);
    const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(", ");
    this.servers = ports.map(
      (port, index) =>
        new NatsServer(
          `server_name: n${index}\ncluster { name: c, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
          "1TB",
        ),
    );
  }

  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.start()));
  }

  get urls(): string[] {
    return this.servers.map(({ url }) => url);
  }

  /** Resolves when all servers have all of a cluster's log. */
  async hasCopies(cluster: string): Promise<void> {
    const connection = await connect({ servers: this.urls });
    // While a server comes back, JetStream may not answer.
    const copies = async () => {
      const manager = await jetstreamManager(connection);
      return (await manager.streams.info(streamOf(cluster))).cluster?.replicas ?? [];
    };
    for (;;) {
      const others = await copies().catch(() => []);
      if (others.length === this.servers.length - 1 && others.every(({ current }) => current))
        break;
      await Bun.sleep(50);
    }
    await connection.close();
  }

  async remove(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.remove()));
  }
}

/** Returns ports that were free a moment ago: each server of a cluster has to know those of the others. */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  for (const listener of listeners) listener.stop(true);
  return listeners.map(({ port }) => port);
}

/** A way to the server that can be cut. */
export class CuttableWay {
  /** Whether the next answer to an append gets lost, with its connection. */
  losesAnswer = false;
  #isCut = false;
  readonly #pairs = new Set<{ end(): void }>();
  readonly #listener: { readonly port: number; stop(closeAll: boolean): void };

  constructor(port: () => number) {
    const way = this;
    type Half = { out: Bun.Socket<undefined> | null; waiting: Buffer[]; end(): void };
    this.#listener = Bun.listen<Half>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        async open(near) {
          const half: Half = {
            out: null,
            waiting: [],
            end: () => {
              near.terminate();
              half.out?.terminate();
              way.#pairs.delete(half);
            },
          };
          near.data = half;
          way.#pairs.add(half);
          if (way.#isCut) return half.end();
          try {
            half.out = await Bun.connect({
              hostname: "127.0.0.1",
              port: port(),
              socket: {
                data: (_, bytes) => {
                  if (way.losesAnswer && bytes.includes('"stream":"SODAM-')) {
                    way.losesAnswer = false;
                    return half.end();
                  }
                  near.write(bytes);
                },
                close: () => half.end(),
              },
            });
            for (const bytes of half.waiting) half.out.write(bytes);
          } catch {
            half.end();
          }
        },
        data(near, bytes) {
          const { out, waiting } = near.data;
          if (out === null) waiting.push(Buffer.from(bytes));
          else out.write(bytes);
        },
        close: (near) => near.data?.end(),
      },
    });
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#listener.port}`;
  }

  setCut(isCut: boolean): void {
    this.#isCut = isCut;
    if (isCut) for (const pair of [...this.#pairs]) pair.end();
  }

  close(): void {
    this.setCut(true);
    this.#listener.stop(true);
  }
}
