import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { SharedPorts } from "../cluster/frames/gateway-entries.ts";
import type { UpgradeOutcome } from "../cluster/frames/supervisor-entries.ts";
import type { ChildListener } from "../cluster/supervisor/child-listener.ts";
import type { ChildName, ChildProcess } from "../cluster/supervisor/child-processes.ts";
import { Supervisor } from "../cluster/supervisor/supervisor.ts";
import { findCertificate } from "../file-manager/certificates/certificates.ts";
import { makeSocketFolder } from "../file-manager/disk/socket-path.ts";
import { type Log, makeLog } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { type StartWords, startWords } from "../settings/start-words.ts";
import { gatewaysProblem, listenFailureMessage } from "../settings/startup-messages.ts";
import { elapsed, startTicks } from "../transport/clock.ts";
import { ListenError } from "../transport/listen-error.ts";
import { listenHost, localAddresses, machineName } from "../transport/local-addresses.ts";
import { ownCommand } from "../transport/program-name.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { claimPorts } from "../transport/tried-ports.ts";
import { languageOf, makeOutputs, print } from "./process-output.ts";
import {
  type ClusterPlace,
  childEnvironment,
  newRunKey,
  type ProcessRole,
} from "./process-role.ts";
import { childrenAsPeers, leaderAsPeer, type SupervisorPeers } from "./supervisor-peers.ts";

/** How often hanging children are looked for. */
const TICK_MS = 1000;

/**
 * Starts a leader and gateways as children of this process, and ends with the leader's exit code.
 *
 * @param isAlone whether gateways are all that this machine has of a cluster
 */
export async function supervise(settings: ServerSettings, isAlone = false): Promise<void> {
  const words = startWords(languageOf(settings));
  const refusal = isAlone ? gatewayProblem(settings, words) : null;
  if (refusal !== null) return exitWithError([refusal], 2);
  const problem = gatewaysProblem(settings, process.platform, words);
  if (problem !== null) return exitWithError([problem], 2);
  if (settings.check) return print(words.gatewaysChecked);
  const ports = await claimSharedPorts(settings);
  if (ports instanceof ListenError) {
    return exitWithError([listenFailureMessage(ports, settings, words)], 1);
  }
  const folder = makeSocketFolder();
  process.once("exit", folder.remove);
  const socket = join(folder.path, "gateways.sock");
  const isCluster = settings.nats.length > 0;
  const gateways = gatewayCount(settings);
  const key = newRunKey();
  const place = {
    socket,
    ports,
    gateways,
    key,
    ...(isCluster && { cluster: clusterPlace(settings) }),
    ...(isAlone && { isAlone }),
  };
  const { logOutput, startOutput } = makeOutputs(Date.now);
  // As it was started: when the program has been replaced on disk, the system no longer knows its path.
  const command = ownCommand(process.argv);
  const note = makeLog(
    () => settings.logLevel,
    (line) => logOutput.write(line),
    Date.now,
  );
  const supervisor: Supervisor = new Supervisor({
    ...{ gateways, elapsed, wait: Bun.sleep, note },
    ...{ isWithoutLeader: isAlone, areSelfReporting: isCluster },
    leaderName: isCluster ? "node" : "leader",
    start(child, isAfterFault) {
      const role = roleOf(child, place);
      return spawnChild(command, isAfterFault ? { ...role, isAfterFault } : role);
    },
    retire: (numbers) => peers.retire(numbers),
  });
  const children = isCluster ? childrenAsPeers(socket, supervisor) : null;
  const peers: SupervisorPeers = children ?? leaderAsPeer(socket, supervisor);
  startTicks(TICK_MS, () => supervisor.tick());
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => supervisor.stop());
  if (isAlone && children !== null) {
    const host = listenHost(settings.host, localAddresses());
    await takeOwnersWords(settings, supervisor, children, note);
    startOutput.write(`${words.gatewaysAlone(gateways, settings.cluster, host, ports.tls)}\n`);
  } else {
    process.on("SIGHUP", () => supervisor.passOn("SIGHUP"));
    // The folder of a cluster's node is no other process's: the node hands over to another one, and is started anew.
    process.on("SIGUSR2", () => {
      if (isCluster) supervisor.passOn("SIGUSR2");
      else void supervisor.upgrade("leader");
    });
  }
  process.exit(await supervisor.run());
}

/** Where there are gateways alone, the supervisor is the one that answers their owner. */
async function takeOwnersWords(
  { cluster, node, certs }: ServerSettings,
  supervisor: Supervisor,
  children: Pick<ChildListener, "gateways">,
  note: Log,
): Promise<void> {
  const upgrade = (): Promise<UpgradeOutcome> => supervisor.upgrade("gateways");
  process.on("SIGUSR2", () => void upgrade());
  process.on("SIGHUP", () => {
    const what = "gateways have the cluster's settings, and take a renewed certificate from their";
    note("info", `${what} folder when the node that leads reads its settings again`);
  });
  const { openGatewayConsole } = await import("./gateway-console.ts");
  const console = await openGatewayConsole({
    ...{ cluster, node: node ?? machineName(), certs, upgrade, note },
    gateways: () => children.gateways,
  });
  process.once("exit", () => console.close());
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

/** Returns what a child is told to be. */
function roleOf(
  name: ChildName,
  place: Pick<ProcessRole, "socket" | "ports" | "gateways" | "key" | "cluster" | "isAlone">,
): ProcessRole {
  const [kind = "", number = "0"] = name.split(" ");
  if (kind === "gateway") return { ...place, kind: "gateway", number: Number(number) };
  const role = { ...place, kind: "leader", number: 0 } as const;
  return name === "candidate" ? { ...role, isCandidate: true } : role;
}

function spawnChild(command: readonly string[], role: ProcessRole): ChildProcess {
  const child = Bun.spawn([...command], {
    env: childEnvironment(process.env, role),
    stdio: ["pipe", "inherit", "inherit"],
  });
  return {
    ...{ pid: child.pid, exited: child.exited },
    get signalCode() {
      return child.signalCode === null ? null : String(child.signalCode);
    },
    kill: (signal) => child.kill(signal),
  };
}

function gatewayCount({ gateways, nats }: ServerSettings): number {
  if (typeof gateways === "number") return gateways;
  const isOne = gateways === null && nats.length > 0;
  return isOne ? 1 : Math.max(1, availableParallelism() - 1);
}

function clusterPlace(settings: ServerSettings): ClusterPlace {
  const { cluster, nats, natsCreds, natsCa, certs, node, host, plain, proxy } = settings;
  const hosts = {
    host: listenHost(host, localAddresses()),
    ...{ plainHost: plain?.host ?? null, proxyHost: proxy?.host ?? null },
  };
  return { cluster, node: node ?? machineName(), nats, natsCreds, natsCa, certs, hosts };
}

/** Why a machine can't have gateways alone; `null` if it can. */
function gatewayProblem({ nats, certs }: ServerSettings, words: StartWords): string | null {
  if (nats.length === 0) return words.gatewayNeedsNats;
  const certificate = findCertificate(certs);
  if (certificate === null) return words.gatewayNeedsCertificate(certs);
  return "refused" in certificate ? certificate.refused : null;
}
