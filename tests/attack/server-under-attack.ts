import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onServerCore } from "../bench/cores.ts";
import type { Target } from "../bench/load.ts";

/** The most connections that the server takes, unless the limit of open files is lower. */
const CONNECTIONS_MAX = 20_000;

/** A real server with the limits that every owner gets, on a core of its own where there are two. */
export interface ServerUnderAttack {
  readonly pid: number;
  readonly tls: Target;
  readonly proxy: Target;
  stop(): Promise<void>;
}

/** Makes a data folder for a server that is started more than once. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "sodam-attack-"));
}

/** Removes what {@link makeFolder} made. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts the server. Without limits it is prepared for the attacks, with them it is attacked. */
export async function startServer(folder: string, isLimited: boolean): Promise<ServerUnderAttack> {
  const command = [
    ...[process.execPath, join(import.meta.dir, "../../server.ts"), "--host", "127.0.0.1"],
    ...["--port", "0", "--proxy", "127.0.0.1:0", "--sign-up", "open", "--guests"],
    ...["--data", join(folder, "data"), "--certs", join(folder, "certs"), "--lang", "en"],
    ...["--max-connections", String(CONNECTIONS_MAX)],
    ...(isLimited ? [] : ["--no-flood-control", "--max-connections-per-address", "1000"]),
  ];
  const raised = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
  const child = Bun.spawn(["sh", "-c", raised, "sh", ...onServerCore(command)], {
    ...{ cwd: folder, stdin: "ignore", stdout: "pipe" },
    stderr: Bun.file(join(folder, `log-${isLimited}`)),
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ports = await portsOf(child.stdout);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    child.kill("SIGTERM");
    await child.exited;
  };
  const host = "127.0.0.1";
  return {
    pid: child.pid,
    tls: { host, port: ports.tls, tls: true },
    proxy: { host, port: ports.proxy, tls: false },
    stop,
  };
}

/** Reads the server's output up to its ports. */
async function portsOf(
  output: ReadableStream<Uint8Array>,
): Promise<{ tls: number; proxy: number }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    const tls = /port (\d+) \(TLS\)/.exec(text)?.[1];
    const proxy = /Proxies connect to \S+ port (\d+)/.exec(text)?.[1];
    if (tls !== undefined && proxy !== undefined) return { tls: Number(tls), proxy: Number(proxy) };
  }
  throw new Error(`The server ended before it listened:\n${text}`);
}
