import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { SharedPorts } from "../cluster/gateway-entries.ts";
import { type ChildName, type ChildProcess, Supervisor } from "../cluster/supervisor.ts";
import { makeSocketFolder } from "../file-manager/disk/socket-path.ts";
import { makeLog } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { startWords } from "../settings/start-words.ts";
import { gatewaysProblem, listenFailureMessage } from "../settings/startup-messages.ts";
import { elapsed } from "../transport/clock.ts";
import { ListenError } from "../transport/listen-error.ts";
import { listenHost, localAddresses } from "../transport/local-addresses.ts";
import { ownCommand } from "../transport/program-name.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { claimPorts } from "../transport/tried-ports.ts";
import { languageOf, makeOutputs } from "./process-output.ts";
import { type ProcessRole, roleEnvironment } from "./process-role.ts";

/** Starts a leader and gateways as children of this process, and ends with the leader's exit code. */
export async function supervise(settings: ServerSettings): Promise<void> {
  const words = startWords(languageOf(settings));
  const problem = gatewaysProblem(settings, process.platform, words);
  if (problem !== null) return exitWithError([problem], 2);
  const ports = await claimSharedPorts(settings);
  if (ports instanceof ListenError) {
    return exitWithError([listenFailureMessage(ports, settings, words)], 1);
  }
  const folder = makeSocketFolder();
  process.once("exit", folder.remove);
  const socket = join(folder.path, "gateways.sock");
  const gateways = gatewayCount(settings.gateways);
  const { logOutput } = makeOutputs(Date.now);
  const supervisor = new Supervisor({
    ...{ gateways, elapsed, wait: Bun.sleep },
    start(child) {
      // A leader that was killed leaves its socket behind.
      if (child === "leader") folder.removeSocket(socket);
      return spawnChild(child, { socket, ports, gateways });
    },
    note: makeLog(
      () => settings.logLevel,
      (line) => logOutput.write(line),
      Date.now,
    ),
  });
  for (const signal of ["SIGHUP", "SIGUSR2"] as const) {
    process.on(signal, () => supervisor.passOn(signal));
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => supervisor.stop());
  process.exit(await supervisor.run());
}

/** Makes sure that the ports are free, which gateways could not: they share them. */
async function claimSharedPorts(settings: ServerSettings): Promise<SharedPorts | ListenError> {
  const { port, plain, proxy } = settings;
  const tls = { hostname: listenHost(settings.host, localAddresses()), port };
  const others = [plain, proxy].flatMap((address) =>
    address === null ? [] : { hostname: address.host, port: address.port },
  );
  try {
    const [tlsPort = 0, ...rest] = await claimPorts([tls, ...others]);
    const [plainPort = null] = plain === null ? [] : rest;
    const proxyPort = proxy === null ? null : (rest.at(-1) ?? null);
    return { tls: tlsPort, plain: plainPort, proxy: proxyPort };
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
}

function spawnChild(
  name: ChildName,
  place: Pick<ProcessRole, "socket" | "ports" | "gateways">,
): ChildProcess {
  const [kind = "", number = "0"] = name.split(" ");
  const role: ProcessRole = {
    ...{ ...place, number: Number(number) },
    kind: kind === "leader" ? "leader" : "gateway",
  };
  const child = Bun.spawn(ownCommand(process.argv), {
    env: { ...process.env, ...roleEnvironment(role) },
    stdio: ["pipe", "inherit", "inherit"],
  });
  return {
    exited: child.exited,
    get signalCode() {
      return child.signalCode === null ? null : String(child.signalCode);
    },
    kill: (signal) => child.kill(signal),
  };
}

function gatewayCount(setting: ServerSettings["gateways"]): number {
  return typeof setting === "number" ? setting : Math.max(1, availableParallelism() - 1);
}
