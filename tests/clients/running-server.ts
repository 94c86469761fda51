import { join } from "node:path";
import { parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";
import { until } from "./until.ts";

const SERVER = join(import.meta.dir, "../../server.ts");

/** The server's own script on loopback, with data and certificate in one folder; it can die and come back. */
export class RunningServer {
  /** The owner's invitation; only on the first start, while the server has no owner. */
  link: ServerLink = {
    host: "127.0.0.1",
    port: 0,
    fingerprint: null,
    invitation: null,
    room: null,
  };
  readonly #folder: string;
  readonly #settings: readonly string[];
  #child: Bun.Subprocess | null = null;

  /** @param settings flags besides the ones that keep it on loopback and in its folder */
  constructor(folder: string, settings: readonly string[]) {
    this.#folder = folder;
    this.#settings = settings;
  }

  /** Starts it, on the port that it had before if it ever ran. */
  async start(): Promise<void> {
    const output = join(this.#folder, "server.log");
    await Bun.write(output, "");
    const child = Bun.spawn(
      [
        ...[process.execPath, SERVER, "--host", "127.0.0.1", "--port", String(this.link.port)],
        ...["--data", join(this.#folder, "data"), "--certs", join(this.#folder, "certs")],
        ...["--password-cost", "test", ...this.#settings],
      ],
      {
        cwd: this.#folder,
        stdin: "ignore",
        stdout: Bun.file(output),
        stderr: Bun.file(`${output}.errors`),
      },
    );
    this.#child = child;
    // For who clears up.
    await Bun.write(join(this.#folder, "server.pid"), String(child.pid));
    this.link = await until(
      async () => {
        const errors = await Bun.file(`${output}.errors`).text();
        if (child.exitCode !== null) throw new Error(`The server ended:\n${errors}`);
        return parseLink(/sodam:\/\/\S+(?=\n)/.exec(await Bun.file(output).text())?.[0] ?? "");
      },
      () => "The server never said where it listens",
    );
  }

  /** Replaces the server while it runs, as its owner would. Returns what that says. */
  async upgrade(...args: readonly string[]): Promise<string> {
    const data = join(this.#folder, "data");
    const upgrade = Bun.spawn([process.execPath, SERVER, "upgrade", ...args, "--data", data], {
      ...{ cwd: this.#folder, stdout: "pipe", stderr: "pipe" },
      env: { ...process.env, LANG: "C" },
    });
    const said = await Promise.all(
      [upgrade.stdout, upgrade.stderr].map((s) => new Response(s).text()),
    );
    return said.join("");
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }
}
